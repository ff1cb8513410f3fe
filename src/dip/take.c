/* SPDX-License-Identifier: MIT */
#include "dip/dip_private.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Exactly one of these devices must have the label. */
static int choose_by_label(struct chip **ret, const glob_t *devices, const char *label)
{
	struct chip *found = NULL;
	int error = -ENOENT;

	for (size_t i = 0; i < devices->gl_pathc; i++) {
		struct chip *chip = NULL;
		struct stat st;
		int r;

		/* Some kernels link an old name to a chip's present one. */
		if (lstat(devices->gl_pathv[i], &st) < 0 || S_ISLNK(st.st_mode))
			continue;
		r = chip_open(&chip, devices->gl_pathv[i]);
		if (r == -EACCES || r == -EPERM)
			error = r; /* it may be this one */
		if (r < 0)
			continue;
		if (!chip_has_label(chip, label)) {
			chip_close(chip);
		} else if (found) {
			chip_close(chip);
			chip_close(found);
			return -ENOTUNIQ;
		} else {
			found = chip;
		}
	}
	if (!found)
		return error;
	*ret = found;
	return 0;
}

int take_chip(struct chip **ret, const char *dev, const char *name)
{
	char path[PATH_MAX];
	glob_t devices;
	int r;

	if (strchr(name, '/'))
		return chip_open(ret, name);
	snprintf(path, sizeof(path), "%s/%s", dev, name);
	r = chip_open(ret, path);
	if (r != -ENOENT)
		return r;

	snprintf(path, sizeof(path), "%s/gpiochip*", dev);
	r = glob(path, 0, NULL, &devices);
	if (r == GLOB_NOMATCH)
		return -ENOENT;
	if (r != 0)
		return r == GLOB_NOSPACE ? -ENOMEM : -EIO;
	r = choose_by_label(ret, &devices, name);
	globfree(&devices);
	return r;
}

/* A line that is written as a number is an offset, otherwise a name. */
static int find_line(struct chip *chip, const char *text, int line_count)
{
	long long offset = 0;

	if (text[strspn(text, "0123456789")] != '\0')
		return chip_find_line(chip, text);
	for (const char *digit = text; *digit && offset < INT_MAX; digit++)
		offset = offset * 10 + (*digit - '0');
	return offset < line_count ? (int)offset : -ERANGE;
}

static int find_lines(struct chip *chip, const struct dip_config *config, int offsets[DIP_SWITCHES],
	struct dip_trouble *trouble)
{
	trouble->kind = DIP_TROUBLE_LINE;
	trouble->line_count = chip_line_count(chip);
	if (trouble->line_count < 0)
		return trouble->line_count;

	for (int i = 0; i < DIP_SWITCHES; i++) {
		trouble->line = i;
		offsets[i] = find_line(chip, config->lines[i], trouble->line_count);
		if (offsets[i] < 0)
			return offsets[i];
		for (int j = 0; j < i; j++)
			if (offsets[i] == offsets[j])
				return -EEXIST;
	}
	return 0;
}

static int request_lines(struct lines **ret, struct chip *chip, const struct dip_config *config,
	const int offsets[DIP_SWITCHES], struct dip_trouble *trouble)
{
	int r;

	trouble->kind = DIP_TROUBLE_REQUEST;
	trouble->line = DIP_LINE_NONE;
	/* Drivers without interrupts refuse edges with one errno or another, and an interrupt can
	 * be busy where the line is not: whatever it is, what counts is whether it goes without. */
	r = lines_request(ret, chip, offsets, config, true);
	if (r < 0)
		r = lines_request(ret, chip, offsets, config, false);
	if (r != -EBUSY)
		return r;

	for (int i = 0; i < DIP_SWITCHES; i++) {
		if (chip_consumer(chip, offsets[i], trouble->consumer, sizeof(trouble->consumer))) {
			trouble->line = i;
			break;
		}
	}
	return r;
}

int take_lines(struct lines **ret, struct chip *chip, const struct dip_config *config,
	struct dip_trouble *trouble)
{
	struct dip_trouble found = {.line = DIP_LINE_NONE};
	int offsets[DIP_SWITCHES] = {0};
	int r;

	r = find_lines(chip, config, offsets, &found);
	if (r == 0)
		r = request_lines(ret, chip, config, offsets, &found);
	if (r < 0) {
		found.error = r;
		*trouble = found;
	}
	return r;
}
