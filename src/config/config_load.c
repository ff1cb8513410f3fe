/* SPDX-License-Identifier: MIT */
/*
 * A configuration file and its drop-ins, into a configuration or a list of errors.
 */
#include "config/config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/config_private.h"

struct load {
	struct config_draft draft;
	int file_error; /* of the first file that could not be read, or 0 */
};

static void file_failed(struct load *load, const char *path, int error)
{
	const struct config_place place = {.file = path};

	if (load->file_error == 0)
		load->file_error = error;
	if (error == -EISDIR)
		config_error(
			&load->draft.report, &place, NULL, NULL, "is a directory, allowed: a file");
	else if (error == -EINVAL)
		config_error(&load->draft.report, &place, NULL, NULL,
			"is neither a file nor a device that can be read");
	else if (error == -EFBIG)
		config_error(&load->draft.report, &place, NULL, NULL,
			"is far too large for a configuration, allowed: 1 MiB");
	else
		config_error(&load->draft.report, &place, NULL, NULL, "cannot be read: %s",
			strerror(-error));
}

static void main_file_load(struct load *load, const char *path)
{
	int r = config_read(path, &load->draft);

	/* Nobody has to write a configuration; but who names one wants it read. */
	if (r == -ENOENT && strcmp(path, CONFIG_FILE_DEFAULT) == 0)
		return;
	if (r < 0)
		file_failed(load, path, r);
}

static int is_drop_in(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > strlen(".conf") &&
	       strcmp(entry->d_name + len - strlen(".conf"), ".conf") == 0;
}

/* In the order of the bytes, which is the same in every locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static char *path_concat(const char *a, const char *b, const char *c)
{
	size_t size = strlen(a) + strlen(b) + strlen(c) + 1;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%s%s%s", a, b, c);
	return path;
}

/* @ret_paths: what keys of the draft came from, ended by NULL; the caller's to free. */
static void drop_ins_load(struct load *load, const char *directory, char ***ret_paths)
{
	struct dirent **entries = NULL;
	int n = scandir(directory, &entries, is_drop_in, by_name);
	char **paths, **end;

	if (n < 0) {
		if (errno != ENOENT)
			file_failed(load, directory, -errno);
		return;
	}
	end = paths = calloc((size_t)n + 1, sizeof(*paths));
	for (int i = 0; i < n; i++) {
		char *path = paths ? path_concat(directory, "/", entries[i]->d_name) : NULL;
		int r = path ? config_read(path, &load->draft) : -ENOMEM;

		if (r < 0)
			file_failed(load, path ? path : directory, r);
		if (path)
			*end++ = path;
		free(entries[i]);
	}
	free(entries);
	*ret_paths = paths;
}

static void paths_free(char **paths)
{
	for (size_t i = 0; paths && paths[i]; i++)
		free(paths[i]);
	free(paths);
}

/* Everything that can be read, checked; returns what is wrong with it, 0 if nothing. */
static int draft_load(struct load *load, const char *path)
{
	char **paths = NULL;
	char *directory;

	config_defaults(&load->draft.config);
	load->draft.origins = calloc(config_key_count(), sizeof(*load->draft.origins));
	directory = load->draft.origins ? path_concat(path, ".d", "") : NULL;
	if (!directory) {
		free(load->draft.origins);
		file_failed(load, path, -ENOMEM);
		return -ENOMEM;
	}
	main_file_load(load, path);
	drop_ins_load(load, directory, &paths);
	config_check(&load->draft);

	paths_free(paths);
	free(directory);
	free(load->draft.origins);
	if (load->file_error < 0)
		return load->file_error;
	return load->draft.report.errors > 0 ? -EBADMSG : 0;
}

int config_load(const char *path, struct config *ret, const struct config_sink *sink)
{
	struct load load = {.draft.report.sink = sink};
	int r = draft_load(&load, path);

	if (r == 0)
		memcpy(ret, &load.draft.config, sizeof(*ret));
	return r;
}

int config_salvage(const char *path, struct config *ret, const struct config_sink *sink)
{
	struct load load = {.draft.report.sink = sink};
	int r = draft_load(&load, path);

	memcpy(ret, &load.draft.config, sizeof(*ret));
	/* With anything wrong, the only current that is surely meant is none. */
	if (r < 0)
		ret->charger.failsafe_ma = 0;
	return r;
}
