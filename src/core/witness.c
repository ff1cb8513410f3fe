/* SPDX-License-Identifier: MIT */
#include "core/witness.h"

#include <string.h>

#include "core/fault.h"

/* One step may be hidden by an appliance that goes off as the car goes up; two in a row are not. */
#define BACKWARDS_ENOUGH 2

static int32_t distance(int32_t a, int32_t b)
{
	return a > b ? a - b : b - a;
}

void witness_init(struct witness *witness)
{
	memset(witness, 0, sizeof(*witness));
}

static bool is_same(const int32_t a_ma[PHASES_MAX], const int32_t b_ma[PHASES_MAX])
{
	for (int i = 0; i < PHASES_MAX; i++)
		if ((a_ma[i] < 0) != (b_ma[i] < 0) || distance(a_ma[i], b_ma[i]) > WITNESS_SAME_MA)
			return false;
	return true;
}

/* The charger has drawn another current for long enough: does the meter agree? */
static void judge(struct witness *w, const int32_t current_ma[PHASES_MAX])
{
	bool stepped = false, moved = false, against = true;

	for (int i = 0; i < PHASES_MAX; i++) {
		int32_t step_ma = w->drawn_ma[i] - w->before_drawn_ma[i];
		int32_t shown_ma = current_ma[i] - w->before_ma[i];

		if (w->drawn_ma[i] < 0 || w->before_drawn_ma[i] < 0 ||
			distance(step_ma, 0) < WITNESS_STEP_MA)
			continue;
		stepped = true;
		moved |= distance(shown_ma, 0) > WITNESS_STILL_MA;
		against &= (step_ma > 0) != (shown_ma > 0) &&
			   distance(shown_ma, 0) > distance(step_ma, 0) / 2;
	}
	if (!stepped)
		return;
	if (!moved && !w->frozen) {
		w->frozen = true;
		memcpy(w->frozen_ma, current_ma, sizeof(w->frozen_ma));
	}
	w->backwards = against ? w->backwards + 1 : 0;
	if (w->backwards > BACKWARDS_ENOUGH)
		w->backwards = BACKWARDS_ENOUGH;
}

void witness_step(struct witness *w, const int32_t current_ma[PHASES_MAX],
	const int32_t drawn_ma[PHASES_MAX], int64_t settle_ms, int64_t now_ms)
{
	for (int i = 0; w->frozen && i < PHASES_MAX; i++)
		w->frozen = distance(current_ma[i], w->frozen_ma[i]) <= WITNESS_STILL_MA;

	if (!drawn_ma) {
		w->valid = false;
		return;
	}
	if (!w->valid || !is_same(drawn_ma, w->drawn_ma)) {
		/* before it, the current must have been drawn for long enough to show as well */
		if (w->valid && w->judged)
			memcpy(w->before_drawn_ma, w->drawn_ma, sizeof(w->before_drawn_ma));
		else if (!w->valid)
			for (int i = 0; i < PHASES_MAX; i++)
				w->before_drawn_ma[i] = -1;
		memcpy(w->drawn_ma, drawn_ma, sizeof(w->drawn_ma));
		w->since_ms = now_ms;
		w->judged = false;
		w->valid = true;
		return;
	}
	if (now_ms - w->since_ms < 2 * settle_ms)
		return;
	if (!w->judged)
		judge(w, current_ma);
	w->judged = true;
	memcpy(w->before_ma, current_ma, sizeof(w->before_ma));
}

uint32_t witness_faults(const struct witness *w, bool export_is_room)
{
	uint32_t faults = 0;

	if (w->frozen)
		faults |= FAULT_BIT(FAULT_METER_IMPLAUSIBLE);
	if (export_is_room && w->backwards >= BACKWARDS_ENOUGH)
		faults |= FAULT_BIT(FAULT_METER_REVERSED);
	return faults;
}
