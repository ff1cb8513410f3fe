/* SPDX-License-Identifier: MIT */
/*
 * In which order a meter is looked for: the likely first.
 *
 * The kit's meter has 9600 baud, even parity and address 1 (installation guide, chapter 3); meters
 * bought elsewhere were seen with parity none, and those that share a line got a low address. So
 * address 1 with every parity comes first, then the low addresses, then all the others. Other
 * rates than 9600 come after that, if at all.
 *
 * Pure: no clock, no I/O.
 */
#ifndef POWEROPT_CTL_SCAN_PLAN_H
#define POWEROPT_CTL_SCAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

#define SCAN_UNIT_MAX	  247
#define SCAN_UNIT_ANYBODY 0 /* Inepro meters answer this with their own address */

/* Every request of the search is for so many registers. */
#define SCAN_REGISTERS 2

/* How long the line is listened to before anything is sent: a charging station asks once a second. */
#define SCAN_LISTEN_MS 1500

/* Addresses to be tried with one setting of the line. */
struct scan_block {
	int32_t baud_rate;
	enum serial_parity parity;
	int first, last;
	bool anybody; /* then SCAN_UNIT_ANYBODY as well */
	int tries;    /* for each address */
	int64_t timeout_ms;
};

#define SCAN_BLOCKS_MAX 96

struct scan_plan {
	struct scan_block blocks[SCAN_BLOCKS_MAX];
	int count;
};

/**
 * scan_plan_make() - the plan.
 * @config:    its settings are tried early, right after the factory's.
 * @all_rates: not only 9600 baud.
 */
void scan_plan_make(struct scan_plan *ret, const struct meter_config *config, bool all_rates);

/** scan_block_ms() - how long a block takes if nobody answers. */
int64_t scan_block_ms(const struct scan_block *block);

/** scan_plan_ms() - how long the whole search takes if nobody answers, the listening included. */
int64_t scan_plan_ms(const struct scan_plan *plan);

/** scan_block_requests() - how many requests a block is if nobody answers. */
int scan_block_requests(const struct scan_block *block);

#endif
