/* SPDX-License-Identifier: MIT */
/*
 * The lines by libgpiod 1 (Debian 12).
 *
 * Edges come on one descriptor for each line here; an epoll descriptor makes one of the three.
 */
#include "dip/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_MAX 16 /* as many as the kernel keeps for a line */

struct lines {
	struct gpiod_line_bulk bulk;
	int fd; /* epoll, -1 without edges */
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
	return strcmp(gpiod_chip_label(gpiod(chip)), label) == 0;
}

int chip_line_count(struct chip *chip)
{
	return (int)gpiod_chip_num_lines(gpiod(chip));
}

int chip_find_line(struct chip *chip, const char *name)
{
	struct gpiod_line *line = gpiod_chip_find_line(gpiod(chip), name);

	return line ? (int)gpiod_line_offset(line) : -errno;
}

bool chip_consumer(struct chip *chip, int offset, char *buf, size_t size)
{
	/* Asks the kernel each time. */
	struct gpiod_line *line = gpiod_chip_get_line(gpiod(chip), (unsigned int)offset);
	const char *consumer;

	if (!line || !gpiod_line_is_used(line))
		return false;
	consumer = gpiod_line_consumer(line);
	snprintf(buf, size, "%s", consumer ? consumer : "");
	return true;
}

static int bias_flag(enum dip_bias bias)
{
	switch (bias) {
	case DIP_BIAS_PULL_UP:
		return GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
	case DIP_BIAS_PULL_DOWN:
		return GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
	case DIP_BIAS_DISABLED:
		return GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE;
	case DIP_BIAS_AS_IS:
		return 0;
	}
	return 0;
}

/* Join the lines' descriptors, and let reading from them never wait. */
static int watch(struct lines *lines)
{
	lines->fd = epoll_create1(EPOLL_CLOEXEC);
	if (lines->fd < 0)
		return -errno;
	for (unsigned int i = 0; i < DIP_SWITCHES; i++) {
		int fd = gpiod_line_event_get_fd(gpiod_line_bulk_get_line(&lines->bulk, i));
		struct epoll_event event = {.events = EPOLLIN};

		if (fd < 0 || fcntl(fd, F_SETFL, O_RDONLY | O_NONBLOCK) < 0 ||
			epoll_ctl(lines->fd, EPOLL_CTL_ADD, fd, &event) < 0)
			return -errno;
	}
	return 0;
}

int lines_request(struct lines **ret, struct chip *chip, const int offsets[DIP_SWITCHES],
	const struct dip_config *config, bool edges)
{
	struct gpiod_line_request_config request = {
		.consumer = LINES_CONSUMER,
		.request_type = edges ? GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES
				      : GPIOD_LINE_REQUEST_DIRECTION_INPUT,
		.flags = bias_flag(config->bias) |
			 (config->active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0),
	};
	struct lines *lines = calloc(1, sizeof(*lines));
	int r = 0;

	if (!lines)
		return -ENOMEM;
	lines->fd = -1;
	gpiod_line_bulk_init(&lines->bulk);
	for (int i = 0; i < DIP_SWITCHES; i++) {
		struct gpiod_line *line = gpiod_chip_get_line(
			gpiod(chip), (unsigned int)offsets[i]);

		if (!line) {
			r = -errno;
			goto fail;
		}
		gpiod_line_bulk_add(&lines->bulk, line);
	}
	if (gpiod_line_request_bulk(&lines->bulk, &request, NULL) < 0)
		r = -errno;
	else if (edges)
		r = watch(lines);
	if (r < 0)
		goto fail;
	*ret = lines;
	return 0;

fail:
	lines_release(lines);
	return r;
}

struct lines *lines_release(struct lines *lines)
{
	if (lines) {
		if (lines->fd >= 0)
			close(lines->fd);
		gpiod_line_release_bulk(&lines->bulk);
	}
	free(lines);
	return NULL;
}

int lines_fd(const struct lines *lines)
{
	return lines->fd;
}

void lines_drain(struct lines *lines)
{
	struct gpiod_line_event events[EVENTS_MAX];

	if (lines->fd < 0)
		return;
	for (unsigned int i = 0; i < DIP_SWITCHES; i++) {
		struct gpiod_line *line = gpiod_line_bulk_get_line(&lines->bulk, i);

		(void)gpiod_line_event_read_fd_multiple(
			gpiod_line_event_get_fd(line), events, EVENTS_MAX);
	}
}

int lines_read(struct lines *lines, bool ret_active[DIP_SWITCHES])
{
	int values[DIP_SWITCHES] = {0};

	if (gpiod_line_get_value_bulk(&lines->bulk, values) < 0)
		return -errno;
	for (int i = 0; i < DIP_SWITCHES; i++)
		ret_active[i] = values[i] != 0;
	return 0;
}
