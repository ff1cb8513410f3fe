/* SPDX-License-Identifier: MIT */
/*
 * The charger as a witness of the meter: when it says that it draws another current, the meter must
 * show it. A part of the regulator; of use only with feedback.
 *
 * A meter whose currents stand still to the last digit all the time is frozen. One whose currents fall
 * when the charger draws more, twice in a row, is wired backwards, which only matters where export is
 * room: elsewhere the magnitude counts. Only raises tell: a cut may be hidden by what caused it.
 */
#ifndef POWEROPT_CORE_WITNESS_H
#define POWEROPT_CORE_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/reading.h"

/* A step of the charger's current is worth a look from here on. */
#define WITNESS_STEP_MA 3000

/* How far the charger's current may stray and still be the same. */
#define WITNESS_SAME_MA 500

/* A meter that works moves by more than this when the charger takes such a step. */
#define WITNESS_STILL_MA 50

struct witness {
	bool valid; /* the rest means something */

	/* what the charger draws on the mains phases, and since when; -1: not measured */
	int32_t drawn_ma[PHASES_MAX];
	int64_t since_ms;
	bool judged; /* the step to this current was looked at */

	/* what it drew before that, until when, and the last reading of that time */
	int32_t before_drawn_ma[PHASES_MAX];
	int64_t before_ms; /* -1: never settled yet */
	int32_t before_ma[PHASES_MAX];
	int64_t moved_ms; /* when a current was last another one than in before_ma */

	bool frozen;
	int32_t frozen_ma[PHASES_MAX]; /* the currents that stand still */
	int backwards;		       /* raises in a row that made the readings fall */
};

/** witness_init() - nothing was said yet. */
void witness_init(struct witness *witness);

/**
 * witness_step() - look at a good reading, with what the charger says at the same time.
 * @current_ma: signed, as measured.
 * @drawn_ma:   on the mains phases, -1 where not measured; NULL: it says nothing.
 * @settle_ms:  a step must show within twice that; the longest lag is not known exactly. The charger may
 *              tell of it a quarter of that later than the meter.
 */
void witness_step(struct witness *witness, const int32_t current_ma[PHASES_MAX],
	const int32_t drawn_ma[PHASES_MAX], int64_t settle_ms, int64_t now_ms);

/** witness_faults() - those of the meter that the charger gives away. @export_is_room: see above. */
uint32_t witness_faults(const struct witness *witness, bool export_is_room);

#endif
