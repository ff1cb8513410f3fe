/* SPDX-License-Identifier: MIT */
#include "core/runaway.h"

#include <string.h>

void runaway_stop(struct runaway *runaway, const int32_t load_ma[PHASES_MAX], int64_t now_ms)
{
	runaway->stopped = true;
	runaway->stopped_ms = now_ms;
	runaway->watched = false;
	runaway->verdict = RUNAWAY_NONE;
	memcpy(runaway->before_ma, load_ma, sizeof(runaway->before_ma));
	memcpy(runaway->lowest_ma, load_ma, sizeof(runaway->lowest_ma));
}

void runaway_go(struct runaway *runaway)
{
	runaway->stopped = false;
	runaway->verdict = RUNAWAY_NONE;
}

void runaway_on_reading(struct runaway *runaway, const int32_t load_ma[PHASES_MAX], uint8_t mask,
	int32_t limit_ma, int64_t settle_ms, int64_t now_ms)
{
	bool in_time = now_ms - runaway->stopped_ms <= settle_ms + RUNAWAY_GRACE_MS;
	bool house_alone = false;
	int worst = -1;

	if (!runaway->stopped)
		return;
	runaway->watched |= in_time;
	for (int i = 0; i < PHASES_MAX; i++) {
		if (!(mask & 1u << i))
			continue;
		/* Later on, it is an appliance of the house that falls. */
		if (in_time && load_ma[i] < runaway->lowest_ma[i])
			runaway->lowest_ma[i] = load_ma[i];
		if (runaway->before_ma[i] - runaway->lowest_ma[i] >= RUNAWAY_FALL_MA)
			house_alone = true; /* the car did stop */
		if (load_ma[i] < RUNAWAY_FALL_MA)
			house_alone = true; /* no car draws from all phases */
		if (worst < 0 || load_ma[i] > load_ma[worst])
			worst = i;
	}
	if (worst < 0 || load_ma[worst] <= limit_ma) {
		runaway->verdict = RUNAWAY_NONE;
		return;
	}
	runaway->phase = worst;
	runaway->load_ma = load_ma[worst];
	if (now_ms - runaway->stopped_ms >= settle_ms + RUNAWAY_GRACE_MS)
		runaway->verdict = house_alone || !runaway->watched ? RUNAWAY_HOUSE
								    : RUNAWAY_CHARGER;
}

void runaway_on_feedback(struct runaway *runaway, int phase, int32_t drawn_ma, int64_t now_ms)
{
	if (!runaway->stopped)
		return;
	runaway->phase = phase;
	runaway->load_ma = drawn_ma;
	runaway->verdict = drawn_ma > RUNAWAY_DRAWN_MA &&
					   now_ms - runaway->stopped_ms >= RUNAWAY_FEEDBACK_MS
				   ? RUNAWAY_CHARGER
				   : RUNAWAY_NONE;
}
