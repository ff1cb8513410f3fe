/* SPDX-License-Identifier: MIT */
/*
 * What the files of the DIP driver share: how its lines are taken, and what to say if that fails.
 *
 * dip.c      when to read, and what counts
 * take.c     the chip by name, label or path; the lines by offset or name
 * trouble.c  a sentence for whatever goes wrong
 */
#ifndef POWEROPT_DIP_DIP_PRIVATE_H
#define POWEROPT_DIP_DIP_PRIVATE_H

#include "dip/lines.h"

#define DIP_LINE_NONE	  (-1)
#define DIP_CONSUMER_SIZE 32 /* GPIO_MAX_NAME_SIZE of the kernel, zero included */

enum dip_trouble_kind {
	DIP_TROUBLE_CHIP,     /* finding and opening the chip */
	DIP_TROUBLE_LINE,     /* finding a line on it */
	DIP_TROUBLE_REQUEST,  /* taking the lines */
	DIP_TROUBLE_READ,     /* reading them */
	DIP_TROUBLE_LOOSE,    /* off off off, which is a fault here */
	DIP_TROUBLE_RESTLESS, /* no setting counts yet */
};

struct dip_trouble {
	enum dip_trouble_kind kind;
	int error;			  /* negative errno, 0 for the last two */
	int line;			  /* 0 to 2, or DIP_LINE_NONE */
	int line_count;			  /* DIP_TROUBLE_LINE: how many the chip has */
	char consumer[DIP_CONSUMER_SIZE]; /* -EBUSY: who has the line, empty if that has no name */
};

/**
 * take_chip() - open a chip by its path, by its name (which is a path in @dev), or by its label.
 *
 * The number in a name can change from boot to boot and several chips can have one label; a label
 * has to match exactly one. Returns 0, -ENOTUNIQ, or see chip_open().
 */
int take_chip(struct chip **ret, const char *dev, const char *name);

/**
 * take_lines() - take the three lines of the switches; with edges, if there are any.
 *
 * A bias that the kernel refuses is a failure, and not left out: without it an open switch
 * may read as anything, and that may be a higher limit.
 *
 * @trouble: filled in on failure, else untouched. Returns 0 or a negative errno.
 */
int take_lines(struct lines **ret, struct chip *chip, const struct dip_config *config,
	struct dip_trouble *trouble);

/** trouble_sentence() - what is wrong and what to do. Returns buf. */
char *trouble_sentence(
	const struct dip_trouble *trouble, const struct dip_config *config, char *buf, size_t size);

#endif
