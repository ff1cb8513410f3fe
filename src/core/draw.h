/* SPDX-License-Identifier: MIT */
/*
 * What the car may be drawing, of which the meter shows only the sum with the house: bounds from what
 * was allowed, from how much the loads rose after a raise, and from what the charger says. A part of
 * the regulator.
 */
#ifndef POWEROPT_CORE_DRAW_H
#define POWEROPT_CORE_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/cuts.h"
#include "core/reading.h"

/*
 * A car that charges draws more than this: 6 A is the least that it can be offered (IEC 61851-1), and
 * cars stay up to 1.5 A below.
 */
#define DRAW_LEAST_MA 4000

struct draw {
	struct cuts cuts; /* may still be settling */

	/* the last raise, and how it showed in the readings */
	int64_t raised_ms; /* -1: there was none yet */
	int32_t raised_from_ma;
	int32_t lowest_ma[PHASES_MAX]; /* loads since */
	int32_t rise_ma;	       /* the most that a load rose from its lowest */
	int64_t rose_ms;	       /* when it did */

	/* what the charger says; the most of it in two spans that together are longer than settle */
	int32_t said_ma; /* now; -1: nothing */
	int32_t most_said_ma[2];
	int64_t said_since_ms; /* begin of most_said_ma[0] */
	bool said_long_enough; /* most_said_ma[1] counts */
};

/** draw_init() - nothing is known. */
void draw_init(struct draw *draw);

/**
 * draw_change() - another current is allowed from now on.
 * @loads_ma: of the last good reading.
 * @settle_ms: until then the readings may not show it.
 */
void draw_change(struct draw *draw, int32_t from_ma, int32_t to_ma,
	const int32_t loads_ma[PHASES_MAX], int64_t settle_ms, int64_t now_ms);

/** draw_on_loads() - a good reading; @mask: the phases of the charger. */
void draw_on_loads(struct draw *draw, const int32_t loads_ma[PHASES_MAX], uint8_t mask,
	int64_t settle_ms, int64_t now_ms);

/** draw_on_feedback() - what the charger says now, on its phase that carries most; -1: nothing. */
void draw_on_feedback(struct draw *draw, int32_t drawn_ma, int64_t settle_ms, int64_t now_ms);

/** draw_most_ma() - the most of the car that a reading of now may contain. */
int32_t draw_most_ma(const struct draw *draw, int32_t allowed_ma);

/**
 * draw_least_ma() - what a reading of now contains of the car, to which a raise adds.
 *
 * A car that takes part of what it may is taken to draw it all: it may take the rest when it likes,
 * and the readings would not tell it from the house.
 */
int32_t draw_least_ma(
	const struct draw *draw, int32_t allowed_ma, int64_t settle_ms, int64_t now_ms);

/**
 * draw_now_ma() - the most that it draws when all has settled, at most @allowed_ma. A cut to this
 * current or above would change nothing.
 */
int32_t draw_now_ma(const struct draw *draw, int32_t allowed_ma, int64_t settle_ms, int64_t now_ms);

/** draw_raise_shows() - whether readings of now contain the last raise, or it finds no car. */
bool draw_raise_shows(const struct draw *draw, int64_t settle_ms, int64_t now_ms);

#endif
