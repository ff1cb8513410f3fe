/* SPDX-License-Identifier: MIT */
/*
 * The lines by libgpiod 2 (Debian 13).
 */
#include "dip/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX 64 /* the kernel keeps 16 for each line */

struct lines {
	struct gpiod_line_request *request;
	struct gpiod_edge_event_buffer *events; /* NULL without edges */
	unsigned int offsets[DIP_SWITCHES];
};

/* struct chip is libgpiod's own. */
static struct gpiod_chip *gpiod(struct chip *chip)
{
	return (struct gpiod_chip *)chip;
}

int chip_open(struct chip **ret, const char *path)
{
	struct gpiod_chip *chip = gpiod_chip_open(path);

	if (!chip)
		return -errno;
	*ret = (struct chip *)chip;
	return 0;
}

struct chip *chip_close(struct chip *chip)
{
	if (chip)
		gpiod_chip_close(gpiod(chip));
	return NULL;
}

bool chip_has_label(struct chip *chip, const char *label)
{
	struct gpiod_chip_info *info = gpiod_chip_get_info(gpiod(chip));
	bool same;

	if (!info)
		return false;
	same = strcmp(gpiod_chip_info_get_label(info), label) == 0;
	gpiod_chip_info_free(info);
	return same;
}

int chip_line_count(struct chip *chip)
{
	struct gpiod_chip_info *info = gpiod_chip_get_info(gpiod(chip));
	int count;

	if (!info)
		return -errno;
	count = (int)gpiod_chip_info_get_num_lines(info);
	gpiod_chip_info_free(info);
	return count;
}

int chip_find_line(struct chip *chip, const char *name)
{
	int offset = gpiod_chip_get_line_offset_from_name(gpiod(chip), name);

	return offset >= 0 ? offset : -errno;
}

bool chip_consumer(struct chip *chip, int offset, char *buf, size_t size)
{
	struct gpiod_line_info *info = gpiod_chip_get_line_info(gpiod(chip), (unsigned int)offset);
	bool used;

	if (!info)
		return false;
	used = gpiod_line_info_is_used(info);
	if (used) {
		const char *consumer = gpiod_line_info_get_consumer(info);

		snprintf(buf, size, "%s", consumer ? consumer : "");
	}
	gpiod_line_info_free(info);
	return used;
}

static enum gpiod_line_bias bias_value(enum dip_bias bias)
{
	switch (bias) {
	case DIP_BIAS_PULL_UP:
		return GPIOD_LINE_BIAS_PULL_UP;
	case DIP_BIAS_PULL_DOWN:
		return GPIOD_LINE_BIAS_PULL_DOWN;
	case DIP_BIAS_DISABLED:
		return GPIOD_LINE_BIAS_DISABLED;
	case DIP_BIAS_AS_IS:
		return GPIOD_LINE_BIAS_AS_IS;
	}
	return GPIOD_LINE_BIAS_AS_IS;
}

/* The request itself, whose description takes three objects. */
static int request_lines(
	struct lines *lines, struct chip *chip, const struct dip_config *config, bool edges)
{
	struct gpiod_line_settings *settings = gpiod_line_settings_new();
	struct gpiod_line_config *line_config = gpiod_line_config_new();
	struct gpiod_request_config *request_config = gpiod_request_config_new();
	int r = -ENOMEM;

	if (!settings || !line_config || !request_config)
		goto out;
	gpiod_request_config_set_consumer(request_config, LINES_CONSUMER);
	gpiod_line_settings_set_active_low(settings, config->active_low);
	if (gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT) < 0 ||
		gpiod_line_settings_set_bias(settings, bias_value(config->bias)) < 0 ||
		gpiod_line_settings_set_edge_detection(
			settings, edges ? GPIOD_LINE_EDGE_BOTH : GPIOD_LINE_EDGE_NONE) < 0 ||
		gpiod_line_config_add_line_settings(
			line_config, lines->offsets, DIP_SWITCHES, settings) < 0) {
		r = -errno;
		goto out;
	}
	lines->request = gpiod_chip_request_lines(gpiod(chip), request_config, line_config);
	r = lines->request ? 0 : -errno;

out:
	gpiod_request_config_free(request_config);
	gpiod_line_config_free(line_config);
	gpiod_line_settings_free(settings);
	return r;
}

/* A buffer for the edges, once for all, and reading them never waits. */
static int watch(struct lines *lines)
{
	int fd = gpiod_line_request_get_fd(lines->request);

	lines->events = gpiod_edge_event_buffer_new(EVENTS_MAX);
	if (!lines->events || fcntl(fd, F_SETFL, O_RDONLY | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

int lines_request(struct lines **ret, struct chip *chip, const int offsets[DIP_SWITCHES],
	const struct dip_config *config, bool edges)
{
	struct lines *lines = calloc(1, sizeof(*lines));
	int r;

	if (!lines)
		return -ENOMEM;
	for (int i = 0; i < DIP_SWITCHES; i++)
		lines->offsets[i] = (unsigned int)offsets[i];
	r = request_lines(lines, chip, config, edges);
	if (r == 0 && edges)
		r = watch(lines);
	if (r < 0) {
		lines_release(lines);
		return r;
	}
	*ret = lines;
	return 0;
}

struct lines *lines_release(struct lines *lines)
{
	if (lines) {
		gpiod_edge_event_buffer_free(lines->events);
		if (lines->request)
			gpiod_line_request_release(lines->request);
	}
	free(lines);
	return NULL;
}

int lines_fd(const struct lines *lines)
{
	return lines->events ? gpiod_line_request_get_fd(lines->request) : -1;
}

void lines_drain(struct lines *lines)
{
	if (lines->events)
		(void)gpiod_line_request_read_edge_events(
			lines->request, lines->events, EVENTS_MAX);
}

int lines_read(struct lines *lines, bool ret_active[DIP_SWITCHES])
{
	enum gpiod_line_value values[DIP_SWITCHES];

	if (gpiod_line_request_get_values_subset(
		    lines->request, DIP_SWITCHES, lines->offsets, values) < 0)
		return -errno;
	for (int i = 0; i < DIP_SWITCHES; i++)
		ret_active[i] = values[i] == GPIOD_LINE_VALUE_ACTIVE;
	return 0;
}
