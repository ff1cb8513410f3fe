/* SPDX-License-Identifier: MIT */
/*
 * GPIO chips and lines as the DIP switches need them: the seam between libgpiod 1 and 2.
 *
 * Implemented by lines_gpiod1.c or lines_gpiod2.c, as configure finds the library, and by the
 * tests. They only translate; what is tried, and in which order, is in take.c.
 */
#ifndef POWEROPT_DIP_LINES_H
#define POWEROPT_DIP_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "core/dip.h"

#define LINES_CONSUMER "poweroptd" /* as gpioinfo shows us */

struct chip;
struct lines;

/**
 * chip_open() - open a GPIO chip by the path of its device.
 * Returns 0, -ENOENT, -EACCES, -ENOTTY or -ENODEV or -EISDIR for what is no GPIO chip, ...
 */
int chip_open(struct chip **ret, const char *path);

/** chip_close() - the lines taken of it must have been released. Accepts NULL, returns NULL. */
struct chip *chip_close(struct chip *chip);

/** chip_has_label() - whether that is the label that its driver gives it. */
bool chip_has_label(struct chip *chip, const char *label);

/** chip_line_count() - its offsets are 0 to one less. Returns a negative errno on failure. */
int chip_line_count(struct chip *chip);

/** chip_find_line() - the offset of the line with this name, or -ENOENT or another errno. */
int chip_find_line(struct chip *chip, const char *name);

/**
 * chip_consumer() - who uses a line, as told by libgpiod.
 * Returns whether it is in use; the text is empty if the user has no name.
 */
bool chip_consumer(struct chip *chip, int offset, char *buf, size_t size);

/**
 * lines_request() - take lines as inputs.
 * @offsets: in any order, each once.
 * @config:  for active_low and bias.
 * @edges:   whether both edges are to be reported on lines_fd().
 * Returns 0, -EBUSY, or what the kernel refuses edges or bias with, which differs by driver and
 * by kernel: -ENXIO, -ENODEV, -EINVAL, -EOPNOTSUPP.
 */
int lines_request(struct lines **ret, struct chip *chip, const int offsets[DIP_SWITCHES],
	const struct dip_config *config, bool edges);

/** lines_release() - give the lines back. Accepts NULL, returns NULL. */
struct lines *lines_release(struct lines *lines);

/** lines_fd() - readable (level-triggered) after an edge, until lines_drain(); -1 without edges. */
int lines_fd(const struct lines *lines);

/** lines_drain() - forget the edges that have been reported. Never waits. */
void lines_drain(struct lines *lines);

/**
 * lines_read() - the present levels of all lines in the order of the request, true is active.
 * Returns 0, -ENODEV when the chip is gone, or what its driver says.
 */
int lines_read(struct lines *lines, bool ret_active[DIP_SWITCHES]);

#endif
