/* SPDX-License-Identifier: MIT */
#include "fake_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "support.h"

struct fake_gpio fake_gpio;

struct chip {
	const struct fake_chip *fake;
};

struct lines {
	int offsets[DIP_SWITCHES];
	int fd;
};

static struct lines *taken; /* gets the edges */

void fake_gpio_begin(void)
{
	memset(&fake_gpio, 0, sizeof(fake_gpio));
	fake_gpio.chips[0] = (struct fake_chip){.path = "/dev/gpiochip0", .label = "dip"};
	fake_gpio.names[4] = "DIP4";
	fake_gpio.names[5] = "DIP5";
	fake_gpio.names[6] = "DIP6";
}

void fake_gpio_end(void)
{
	assert_int_equal(fake_gpio.lines_open, 0);
	assert_int_equal(fake_gpio.chips_open, 0);
}

void fake_gpio_set(int setting)
{
	dip_switches(setting, fake_gpio.active + 4);
	if (taken && taken->fd >= 0 && !fake_gpio.edges_lost && !fake_gpio.gone)
		assert_int_equal(eventfd_write(taken->fd, 1), 0);
}

int chip_open(struct chip **ret, const char *path)
{
	fake_gpio.chip_opens++;
	for (int i = 0; i < FAKE_CHIPS && !fake_gpio.gone; i++) {
		const struct fake_chip *fake = &fake_gpio.chips[i];

		if (!fake->path || strcmp(fake->path, path) != 0)
			continue;
		if (fake->open_error)
			return fake->open_error;
		*ret = malloc(sizeof(**ret));
		assert_non_null(*ret);
		(*ret)->fake = fake;
		fake_gpio.chips_open++;
		return 0;
	}
	return -ENOENT;
}

struct chip *chip_close(struct chip *chip)
{
	if (chip)
		fake_gpio.chips_open--;
	free(chip);
	return NULL;
}

bool chip_has_label(struct chip *chip, const char *label)
{
	return strcmp(chip->fake->label, label) == 0;
}

int chip_line_count(struct chip *chip)
{
	(void)chip;
	return fake_gpio.gone ? -ENODEV : FAKE_LINES;
}

int chip_find_line(struct chip *chip, const char *name)
{
	(void)chip;
	for (int i = 0; i < FAKE_LINES; i++)
		if (fake_gpio.names[i] && strcmp(fake_gpio.names[i], name) == 0)
			return i;
	return -ENOENT;
}

bool chip_consumer(struct chip *chip, int offset, char *buf, size_t size)
{
	(void)chip;
	if (!fake_gpio.used[offset])
		return false;
	snprintf(buf, size, "%s", fake_gpio.consumers[offset] ? fake_gpio.consumers[offset] : "");
	return true;
}

int lines_request(struct lines **ret, struct chip *chip, const int offsets[DIP_SWITCHES],
	const struct dip_config *config, bool edges)
{
	struct lines *lines;

	(void)chip;
	fake_gpio.edges = edges;
	fake_gpio.config = *config;
	if (fake_gpio.bias_refused && config->bias != DIP_BIAS_AS_IS)
		return -EINVAL;
	for (int i = 0; i < DIP_SWITCHES; i++)
		if (fake_gpio.used[offsets[i]])
			return -EBUSY;
	if (edges && fake_gpio.no_edges)
		return -ENXIO;
	lines = calloc(1, sizeof(*lines));
	assert_non_null(lines);
	memcpy(lines->offsets, offsets, sizeof(lines->offsets));
	lines->fd = edges ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
	fake_gpio.lines_open++;
	taken = lines;
	*ret = lines;
	return 0;
}

struct lines *lines_release(struct lines *lines)
{
	if (lines) {
		if (lines->fd >= 0)
			close(lines->fd);
		fake_gpio.lines_open--;
		taken = NULL;
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
	eventfd_t edges;

	if (lines->fd >= 0)
		(void)eventfd_read(lines->fd, &edges);
}

int lines_read(struct lines *lines, bool ret_active[DIP_SWITCHES])
{
	fake_gpio.reads++;
	if (fake_gpio.gone)
		return -ENODEV;
	if (fake_gpio.read_failures > 0) {
		fake_gpio.read_failures--;
		return -EIO;
	}
	for (int i = 0; i < DIP_SWITCHES; i++)
		ret_active[i] = fake_gpio.active[lines->offsets[i]];
	return 0;
}
