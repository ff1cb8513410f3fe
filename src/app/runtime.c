/* SPDX-License-Identifier: MIT */
#include "app/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"

#define CONFIG_NAME "poweroptd.conf"
#define MEMORY_NAME "decision"
#define CAPS_NAME   "caps"
#define MEMORY_MAX  256

#define MEMORY_FORMAT                                                                              \
	"at_ms=%" PRId64 " state=%d hold_until_ms=%" PRId64 " resumed_ms=%" PRId64 " repeats=%d "  \
	"restarted_ms=%" PRId64 " allowed_ma=%d\n"
#define MEMORY_SCAN                                                                                \
	"at_ms=%" SCNd64 " state=%d hold_until_ms=%" SCNd64 " resumed_ms=%" SCNd64 " repeats=%d "  \
	"restarted_ms=%" SCNd64 " allowed_ma=%d"

const char *runtime_directory(void)
{
	const char *directory = getenv("RUNTIME_DIRECTORY");

	return directory && directory[0] == '/' ? directory : NULL;
}

static int join(const char *directory, const char *name, char path[PATH_MAX])
{
	int length = snprintf(path, PATH_MAX, "%s/%s", directory, name);

	return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* Both names in one go, so that a reader sees the old contents or the new ones, never half of them. */
static int paths(const char *name, char path[PATH_MAX], char temporary[PATH_MAX])
{
	const char *directory = runtime_directory();
	char new_name[64];
	int r;

	if (!directory)
		return -ENOENT;
	snprintf(new_name, sizeof(new_name), ".%s.new", name);
	r = join(directory, name, path);
	return r < 0 ? r : join(directory, new_name, temporary);
}

/* A file that has its name only once it is whole. */
struct draft {
	char path[PATH_MAX], temporary[PATH_MAX];
	FILE *file;
};

/* Returns the file, or NULL and errno. */
static FILE *draft_begin(struct draft *draft, const char *name)
{
	int r = paths(name, draft->path, draft->temporary);

	if (r < 0) {
		errno = -r;
		return NULL;
	}
	draft->file = fopen(draft->temporary, "we");
	return draft->file;
}

static int draft_end(struct draft *draft)
{
	bool written = !ferror(draft->file);

	if (fclose(draft->file) != 0 || !written)
		return -EIO;
	return rename(draft->temporary, draft->path) < 0 ? -errno : 0;
}

int runtime_store_config(const struct config *config)
{
	struct draft draft;

	if (!draft_begin(&draft, CONFIG_NAME))
		return -errno;
	config_print(config, draft.file);
	return draft_end(&draft);
}

int runtime_load_config(const char *directory, struct config *ret)
{
	char path[PATH_MAX];
	int r = join(directory, CONFIG_NAME, path);

	return r < 0 ? r : config_load(path, ret, NULL);
}

int runtime_store_memory(const struct regulator_memory *memory, int32_t allowed_ma)
{
	char path[PATH_MAX], temporary[PATH_MAX], text[MEMORY_MAX];
	int r = paths(MEMORY_NAME, path, temporary);
	ssize_t written;
	int fd, length;

	if (r < 0)
		return r;
	length = snprintf(text, sizeof(text), MEMORY_FORMAT, memory->at_ms, (int)memory->state,
		memory->hold_until_ms, memory->resumed_ms, memory->repeats, memory->restarted_ms,
		allowed_ma);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	written = write(fd, text, (size_t)length);
	r = written == length ? 0 : written < 0 ? -errno : -EIO;
	close(fd);
	if (r < 0)
		return r;
	return rename(temporary, path) < 0 ? -errno : 0;
}

int runtime_load_memory(
	const char *directory, struct regulator_memory *ret, int32_t *ret_allowed_ma)
{
	char path[PATH_MAX], text[MEMORY_MAX];
	struct regulator_memory memory = {0};
	int r = join(directory, MEMORY_NAME, path);
	int state, allowed_ma, fd;
	ssize_t length;

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text) - 1);
	r = length < 0 ? -errno : 0;
	close(fd);
	if (r < 0)
		return r;
	text[length] = '\0';
	if (sscanf(text, MEMORY_SCAN, &memory.at_ms, &state, &memory.hold_until_ms,
		    &memory.resumed_ms, &memory.repeats, &memory.restarted_ms, &allowed_ma) != 7)
		return -EBADMSG;
	/* Damaged, or somebody else's: no time that was ever kept is before "none". */
	if (state < REGULATOR_STARTING || state > REGULATOR_FAILSAFE || memory.at_ms < 0 ||
		memory.hold_until_ms < 0 || memory.resumed_ms < -1 || memory.restarted_ms < -1)
		return -EBADMSG;
	memory.state = (enum regulator_state)state;
	*ret = memory;
	*ret_allowed_ma = allowed_ma;
	return 0;
}

int runtime_store_caps(const struct caps *caps)
{
	struct draft draft;

	if (!draft_begin(&draft, CAPS_NAME))
		return -errno;
	for (int i = 0; i < caps->count; i++)
		if (caps->list[i].until_us != CAP_NO_END)
			fprintf(draft.file,
				"uid=%" PRIu32 " ma=%" PRId32 " until_us=%" PRId64 " name=%s\n",
				caps->list[i].uid, caps->list[i].ma, caps->list[i].until_us,
				caps->list[i].name);
	return draft_end(&draft);
}

void runtime_load_caps(const char *directory, int64_t now_us, struct caps *caps)
{
	char path[PATH_MAX];
	struct cap cap = {0};
	FILE *file;
	size_t at;

	if (join(directory, CAPS_NAME, path) < 0)
		return;
	file = fopen(path, "re");
	if (!file)
		return;
	while (fscanf(file, "uid=%" SCNu32 " ma=%" SCNd32 " until_us=%" SCNd64 " name=%32s\n",
		       &cap.uid, &cap.ma, &cap.until_us, cap.name) == 4)
		/* From another boot, or damaged: not a cap. A name that is no text could not be
		 * told on the bus. */
		if (text_flaw(cap.name, strlen(cap.name), &at) == TEXT_GOOD && cap.ma >= 0 &&
			cap.ma <= CAP_MA_MAX && cap.until_us > now_us &&
			cap.until_us - now_us <= CAP_TTL_US_MAX)
			(void)caps_set(caps, &cap);
	fclose(file);
}
