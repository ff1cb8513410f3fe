/* SPDX-License-Identifier: MIT */
/*
 * Whether the readings can be trusted now: their age, their quality, and the faults that follow.
 * A part of the regulator. Invariant S4 is decided here.
 */
#ifndef POWEROPT_CORE_TRUST_H
#define POWEROPT_CORE_TRUST_H

#include <stdint.h>

#include "core/reading.h"

struct trust {
	uint32_t faults;	  /* present, or gone for less than recover_delay */
	int64_t cycle_ms;	  /* the last control cycle */
	int64_t good_ms;	  /* the last good reading, or when waiting for one began */
	int64_t bad_ms;		  /* the last reading that was not good; -1: none */
	int64_t healthy_since_ms; /* good readings, and nothing else, since then; -1: not now */
};

/** trust_init() - begin to wait for a reading. */
void trust_init(struct trust *trust, int64_t now_ms);

/**
 * trust_cycle() - note a control cycle, with the reading that it got.
 * @reading:       new, or NULL.
 * @lost_after_ms: so long a gap between two cycles is a stall, which discards the reading.
 *
 * Returns the reading if it may be acted on (READING_GOOD in any way, READING_SUSPECT only to
 * lower), else NULL.
 */
const struct reading *trust_cycle(
	struct trust *trust, const struct reading *reading, int64_t lost_after_ms, int64_t now_ms);

/**
 * trust_update() - find the faults of now, into trust->faults.
 * @external: faults that others see.
 *
 * Faults of readings stay until there were good readings, and nothing else, for recover_delay_ms.
 */
void trust_update(struct trust *trust, uint32_t external, int64_t lost_after_ms,
	int64_t recover_delay_ms, int64_t now_ms);

/** trust_deadline_ms() - when the readings become too old; INT64_MAX if they already are. */
int64_t trust_deadline_ms(const struct trust *trust, int64_t lost_after_ms);

#endif
