/* SPDX-License-Identifier: MIT */
/*
 * Does the charger obey when it is told to stop? A part of the regulator.
 *
 * With feedback that is plain. Without, all that the meter can show is a house that stays overloaded
 * although no phase of the charger fell as it does when a car stops. A house that is overloaded without
 * the car looks different: a phase did fall, or one carries too little for a car to draw from it.
 */
#ifndef POWEROPT_CORE_RUNAWAY_H
#define POWEROPT_CORE_RUNAWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/reading.h"

/* A charger that says it still draws more than this, so long after it was told to stop. */
#define RUNAWAY_DRAWN_MA    1000
#define RUNAWAY_FEEDBACK_MS 10000

/* A phase falls by at least this when a car stops; the least that a car draws is twice as much. */
#define RUNAWAY_FALL_MA 3000

/* How long beyond settle a stop may take to show. */
#define RUNAWAY_GRACE_MS 5000

enum runaway_verdict {
	RUNAWAY_NONE,	 /* the charger may be drawing, or obeys */
	RUNAWAY_HOUSE,	 /* the house alone is overloaded: nothing to be done here */
	RUNAWAY_CHARGER, /* the charger does not obey */
};

struct runaway {
	bool stopped; /* the charger was told to stop, and not to go on since */
	int64_t stopped_ms;
	int32_t before_ma[PHASES_MAX]; /* loads when it was told */
	int32_t lowest_ma[PHASES_MAX]; /* lowest loads since */
	bool watched;		       /* readings came while the stop should have shown */
	enum runaway_verdict verdict;
	int phase;	 /* the phase that is overloaded, or that the charger draws most from */
	int32_t load_ma; /* what it carries, or what the charger draws there */
};

/** runaway_stop() - the charger was told to stop; @load_ma: the loads of the last reading. */
void runaway_stop(struct runaway *runaway, const int32_t load_ma[PHASES_MAX], int64_t now_ms);

/** runaway_go() - the charger may draw again. */
void runaway_go(struct runaway *runaway);

/**
 * runaway_on_reading() - judge by a good reading; only without feedback.
 * @mask: the phases of the charger, not 0.
 */
void runaway_on_reading(struct runaway *runaway, const int32_t load_ma[PHASES_MAX], uint8_t mask,
	int32_t limit_ma, int64_t settle_ms, int64_t now_ms);

/** runaway_on_feedback() - judge by what the charger says that it draws on a mains phase (most). */
void runaway_on_feedback(struct runaway *runaway, int phase, int32_t drawn_ma, int64_t now_ms);

#endif
