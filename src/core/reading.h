/* SPDX-License-Identifier: MIT */
/*
 * One sample of the house's currents, as the meter gave it and as far as it can be trusted.
 */
#ifndef POWEROPT_CORE_READING_H
#define POWEROPT_CORE_READING_H

#include <stdint.h>

#define PHASES_MAX 3

/* So much current the wrong way round is worth a word. */
#define READING_EXPORT_MA 500

enum reading_quality {
	READING_GOOD,	 /* every current is finite and within 1.2 times the meter's rating */
	READING_SUSPECT, /* finite, but above that: perhaps a short overload, perhaps rubbish */
	READING_INVALID, /* not a reading: NaN, infinity, or all currents and voltages zero */
};

struct reading {
	int64_t at_ms; /* CLOCK_BOOTTIME of the complete answer */
	int phases;    /* 1 or 3: how many of current_ma are measured */
	/*
	 * Signed, import positive; 0 where not measured. A good one is within +-78,642 A, 1.2 times the
	 * highest rating that a meter can tell (65,535 A), so that differences of two, and of their
	 * differences, fit; another is within +-INT32_MAX / 2 (klefr_current()).
	 */
	int32_t current_ma[PHASES_MAX];
	enum reading_quality quality;
};

#endif
