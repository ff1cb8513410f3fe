/* SPDX-License-Identifier: MIT */
/*
 * A directory of its own for each test, with a configuration in it, and a record of what the
 * loader said about it.
 */
#ifndef POWEROPT_TESTS_CONFIG_FIXTURE_H
#define POWEROPT_TESTS_CONFIG_FIXTURE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "config/config_table.h"
#include "support.h"

struct fixture {
	char directory[64];
	char path[96];	    /* the main file */
	char drop_ins[104]; /* its directory of drop-ins; not made before drop_in_write() */
	struct config_sink sink;
	struct config config; /* filled with a pattern before each load */
	char said[128 * 1024];
	unsigned int errors, warnings;
};

#define PATTERN 0x5a

static void fixture_say(struct fixture *f, const char *kind, const char *line)
{
	size_t len = strlen(f->said);

	/* One line each, and nothing that a terminal acts on. */
	for (const char *p = line; *p; p++)
		assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
	assert_true(len + strlen(kind) + strlen(line) + 2 < sizeof(f->said));
	sprintf(f->said + len, "%s%s\n", kind, line);
}

static void fixture_error(void *userdata, const char *line)
{
	struct fixture *f = userdata;

	f->errors++;
	fixture_say(f, "", line);
}

static void fixture_warning(void *userdata, const char *line)
{
	struct fixture *f = userdata;

	f->warnings++;
	fixture_say(f, "warning: ", line);
}

static int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->directory, "/tmp/poweropt-config-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof(f->path), "%s/test.conf", f->directory);
	snprintf(f->drop_ins, sizeof(f->drop_ins), "%s.d", f->path);
	f->sink = (struct config_sink){
		.error = fixture_error, .warning = fixture_warning, .userdata = f};
	*state = f;
	return 0;
}

/* Two levels are all that a test makes. */
static void directory_remove(const char *path, int levels)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char name[512];

	while (directory && (entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (unlink(name) < 0 && levels > 0)
			directory_remove(name, levels - 1);
	}
	if (directory)
		closedir(directory);
	rmdir(path);
}

static int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	directory_remove(f->directory, 2);
	free(f);
	return 0;
}

static void file_write(const char *path, const void *bytes, size_t len)
{
	FILE *stream = fopen(path, "w");

	assert_non_null(stream);
	assert_int_equal(fwrite(bytes, 1, len, stream), len);
	assert_int_equal(fclose(stream), 0);
}

static inline void drop_in_write(struct fixture *f, const char *name, const char *text)
{
	char path[256];

	assert_true(mkdir(f->drop_ins, 0755) == 0 || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/%s", f->drop_ins, name);
	file_write(path, text, strlen(text));
}

static int load_path(struct fixture *f, const char *path)
{
	int r;

	f->said[0] = '\0';
	f->errors = f->warnings = 0;
	memset(&f->config, PATTERN, sizeof(f->config));
	r = config_load(path, &f->config, &f->sink);
	if (r < 0) { /* S8, and an error that is not told is none */
		assert_true(f->errors > 0);
		for (size_t i = 0; i < sizeof(f->config); i++)
			assert_int_equal(((const unsigned char *)&f->config)[i], PATTERN);
	} else {
		assert_int_equal(r, 0);
		assert_int_equal(f->errors, 0);
	}
	return r;
}

static int load_bytes(struct fixture *f, const void *bytes, size_t len)
{
	file_write(f->path, bytes, len);
	return load_path(f, f->path);
}

static int load(struct fixture *f, const char *text)
{
	return load_bytes(f, text, strlen(text));
}

static void assert_good(struct fixture *f, const char *text)
{
	if (load(f, text) != 0)
		fail_msg("%s\n%s", text, f->said);
}

/* @expected: after the directory of the fixture and a slash, the whole line. */
static void assert_said(struct fixture *f, const char *expected)
{
	size_t skip = strlen(f->directory) + 1;

	for (const char *line = f->said; *line; line = strchr(line, '\n') + 1) {
		const char *start = strncmp(line, "warning: ", 9) == 0 ? line + 9 : line;

		if (strncmp(start, f->directory, skip - 1) == 0 &&
			strncmp(start + skip, expected, strlen(expected)) == 0 &&
			start[skip + strlen(expected)] == '\n')
			return;
	}
	fail_msg("not said: %s\nbut: %s", expected, f->said);
}

/* The text is rejected, with exactly one error. */
static inline void assert_bad(struct fixture *f, const char *text, const char *expected)
{
	if (load(f, text) != -EBADMSG || f->errors != 1)
		fail_msg("\"%s\" has %u errors: %s", text, f->errors, f->said);
	assert_said(f, expected);
}

#endif
