/* SPDX-License-Identifier: MIT */
/*
 * A GPIO chip that is a plain file, behind the seam of dip/lines.h: a digit for each line, 1 is active.
 * Linked before the library, its functions take the place of those over libgpiod. It has no
 * interrupts.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dip/lines.h"

#define LINES 8

struct chip {
	char path[CONFIG_TEXT_MAX];
};

struct lines {
	struct chip chip;
	int offsets[DIP_SWITCHES];
};

static int file_read(const struct chip *chip, char ret[LINES])
{
	int fd = open(chip->path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, ret, LINES);
	close(fd);
	return n == LINES ? 0 : -EIO;
}

int chip_open(struct chip **ret, const char *path)
{
	struct chip *chip = calloc(1, sizeof(*chip));
	char digits[LINES];
	int r;

	if (!chip)
		return -ENOMEM;
	memcpy(chip->path, path, strnlen(path, sizeof(chip->path) - 1));
	r = file_read(chip, digits);
	if (r < 0) {
		free(chip);
		return r;
	}
	*ret = chip;
	return 0;
}

struct chip *chip_close(struct chip *chip)
{
	free(chip);
	return NULL;
}

bool chip_has_label(struct chip *chip, const char *label)
{
	(void)chip;
	(void)label;
	return false;
}

int chip_line_count(struct chip *chip)
{
	(void)chip;
	return LINES;
}

int chip_find_line(struct chip *chip, const char *name)
{
	(void)chip;
	(void)name;
	return -ENOENT;
}

bool chip_consumer(struct chip *chip, int offset, char *buf, size_t size)
{
	(void)chip;
	(void)offset;
	(void)buf;
	(void)size;
	return false;
}

int lines_request(struct lines **ret, struct chip *chip, const int offsets[DIP_SWITCHES],
	const struct dip_config *config, bool edges)
{
	struct lines *lines;

	(void)config;
	if (edges)
		return -ENXIO;
	lines = calloc(1, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	lines->chip = *chip;
	memcpy(lines->offsets, offsets, sizeof(lines->offsets));
	*ret = lines;
	return 0;
}

struct lines *lines_release(struct lines *lines)
{
	free(lines);
	return NULL;
}

int lines_fd(const struct lines *lines)
{
	(void)lines;
	return -1;
}

void lines_drain(struct lines *lines)
{
	(void)lines;
}

int lines_read(struct lines *lines, bool ret_active[DIP_SWITCHES])
{
	char digits[LINES];
	int r = file_read(&lines->chip, digits);

	for (int i = 0; r == 0 && i < DIP_SWITCHES; i++)
		ret_active[i] = digits[lines->offsets[i]] == '1';
	return r;
}
