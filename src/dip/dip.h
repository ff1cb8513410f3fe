/* SPDX-License-Identifier: MIT */
/*
 * The DIP switches on three GPIO lines: which mains limit do they set, and can they be read?
 *
 * Reading always reads the levels of all three lines; an edge only says that it is time to. Where
 * the chip has no interrupts they are polled four times a second, and once a second even where it
 * has, so that neither a lost edge nor a chip that vanished goes unnoticed. Which setting counts is
 * decided in core/dip.h.
 *
 * Whatever makes the lines unreadable is tried again every second. Afterwards the switches have
 * to be read anew: the last setting is not used on.
 *
 * Nothing here blocks, logs, or knows the event loop: the caller watches dip_fd() for input
 * (level-triggered) and calls dip_dispatch() then, on a hang-up, and at dip_deadline_us().
 */
#ifndef POWEROPT_DIP_DIP_H
#define POWEROPT_DIP_DIP_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "core/dip.h"

struct dip;

/* What dip_dispatch() reports, any of these at once. */
#define DIP_CHANGED  (1u << 0) /* dip_status.state, switches or limit_ma */
#define DIP_REOPENED (1u << 1) /* dip_fd() changed, perhaps to -1 */
#define DIP_TROUBLE  (1u << 2) /* dip_error() changed, perhaps to an empty text */
#define DIP_MOVED    (1u << 3) /* dip_status.raw, whether it counts or not */

enum dip_state {
	DIP_STARTING,	/* nothing counts yet: no fault, over at the latest 2 s after debounce */
	DIP_READABLE,	/* switches and limit_ma are valid */
	DIP_UNREADABLE, /* the fault dip-unreadable; dip_error() says why */
};

#define DIP_LIMIT_UNKNOWN (-1)

struct dip_status {
	enum dip_state state;
	bool switches[DIP_SWITCHES]; /* 4, 5, 6 as they count, ON is true; only if READABLE */
	int32_t limit_ma;	     /* 0: disabled; DIP_LIMIT_UNKNOWN unless READABLE */
	bool raw_known;
	bool raw[DIP_SWITCHES]; /* as they stand now */
};

/**
 * dip_new() - make the driver; the lines are taken by the first dip_dispatch().
 * @ret:    owned by the caller, ended by dip_free().
 * @config: copied.
 * Returns 0 or -ENOMEM.
 */
int dip_new(struct dip **ret, const struct dip_config *config);

/** dip_free() - give the lines back. Accepts NULL, returns NULL. */
struct dip *dip_free(struct dip *dip);

/** dip_fd() - to be watched for input, level-triggered; -1 without edges or while not open. */
int dip_fd(const struct dip *dip);

/** dip_deadline_us() - when to call dip_dispatch() even without input. CLOCK_BOOTTIME. */
int64_t dip_deadline_us(const struct dip *dip);

/** dip_dispatch() - go on. Returns a set of DIP_CHANGED and so on. @now_us: CLOCK_BOOTTIME. */
unsigned int dip_dispatch(struct dip *dip, int64_t now_us);

/** dip_status() - what is known. */
const struct dip_status *dip_status(const struct dip *dip);

/** dip_error() - one sentence on the fault with its remedy; empty unless UNREADABLE. */
const char *dip_error(const struct dip *dip);

#endif
