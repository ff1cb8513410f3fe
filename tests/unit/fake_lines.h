/* SPDX-License-Identifier: MIT */
/*
 * GPIO chips that a test makes, behind the seam of dip/lines.h. Linked before the library, its
 * functions take the place of those over libgpiod.
 */
#ifndef POWEROPT_TESTS_UNIT_FAKE_LINES_H
#define POWEROPT_TESTS_UNIT_FAKE_LINES_H

#include "dip/lines.h"

#define FAKE_CHIPS 3
#define FAKE_LINES 8

struct fake_chip {
	const char *path; /* NULL: no more chips */
	const char *label;
	int open_error; /* negative errno */
};

struct fake_gpio {
	struct fake_chip chips[FAKE_CHIPS];
	const char *names[FAKE_LINES]; /* of every chip */
	bool used[FAKE_LINES];
	const char *consumers[FAKE_LINES];
	bool active[FAKE_LINES];

	bool gone;     /* the chips have vanished */
	bool no_edges; /* no interrupts */
	bool edges_lost;
	bool bias_refused;
	int read_failures; /* so many reads will fail with -EIO */

	/* what was seen */
	int chips_open, lines_open;
	int chip_opens, reads;
	bool edges;		  /* of the last request */
	struct dip_config config; /* of the last request */
};

extern struct fake_gpio fake_gpio;

/* One chip "gpiochip0" of the label "dip", whose lines 4 to 6 have the names DIP4 to DIP6. */
void fake_gpio_begin(void);

/* Nothing may be left open. */
void fake_gpio_end(void);

/* Move the switches at lines 4, 5, 6 to a setting, one edge for all. */
void fake_gpio_set(int setting);

#endif
