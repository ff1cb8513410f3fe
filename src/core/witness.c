/* SPDX-License-Identifier: MIT */
#include "core/witness.h"

#include <string.h>

#include "core/fault.h"
#include "core/minmax.h"

/* Nothing is raised in a fault, so nothing can disprove it: then the next raise decides again. */
#define RETRY_MS (10 * 60 * 1000)

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

static bool is_still(const int32_t current_ma[PHASES_MAX], const int32_t before_ma[PHASES_MAX])
{
	for (int i = 0; i < PHASES_MAX; i++)
		if (distance(current_ma[i], before_ma[i]) > WITNESS_STILL_MA)
			return false;
	return true;
}

/* The charger has drawn another current for long enough: does the meter agree? */
static void judge(
	struct witness *w, const int32_t current_ma[PHASES_MAX], int64_t settle_ms, int64_t now_ms)
{
	bool stepped = false, raised = false, against = true;

	for (int i = 0; i < PHASES_MAX; i++) {
		int32_t step_ma = w->drawn_ma[i] - w->before_drawn_ma[i];
		int32_t shown_ma = current_ma[i] - w->before_ma[i];

		if (w->drawn_ma[i] < 0 || w->before_drawn_ma[i] < 0)
			continue;
		stepped |= distance(step_ma, 0) >= WITNESS_STEP_MA;
		if (step_ma < WITNESS_STEP_MA)
			continue;
		raised = true;
		against &= shown_ma < -step_ma / 2;
	}
	/* The meter may have shown it before the charger told. */
	if (stepped && w->moved_ms < w->before_ms - settle_ms / 4 && !w->frozen) {
		w->frozen = true;
		memcpy(w->frozen_ma, current_ma, sizeof(w->frozen_ma));
	}
	/* in one go, or the house had a part in it */
	if (!raised || now_ms - w->before_ms > 3 * settle_ms)
		return;
	w->backwards = against ? w->backwards + 1 : 0;
	if (w->backwards > BACKWARDS_ENOUGH)
		w->backwards = BACKWARDS_ENOUGH;
}

/* The charger draws another current from now on. */
static void begin_step(struct witness *w, const int32_t drawn_ma[PHASES_MAX], int64_t now_ms)
{
	if (w->valid && w->judged) {
		memcpy(w->before_drawn_ma, w->drawn_ma, sizeof(w->before_drawn_ma));
		w->before_ms = now_ms;
	} else if (!w->valid) {
		w->before_ms = NEVER;
	}
	memcpy(w->drawn_ma, drawn_ma, sizeof(w->drawn_ma));
	w->since_ms = now_ms;
	w->judged = false;
	w->valid = true;
}

void witness_step(struct witness *w, const int32_t current_ma[PHASES_MAX],
	const int32_t drawn_ma[PHASES_MAX], int64_t settle_ms, int64_t now_ms)
{
	w->frozen = w->frozen && is_still(current_ma, w->frozen_ma);
	if (w->backwards == BACKWARDS_ENOUGH && now_ms - w->before_ms >= RETRY_MS)
		w->backwards--;
	if (!is_still(current_ma, w->before_ma))
		w->moved_ms = now_ms;
	if (!drawn_ma) {
		w->valid = false;
		return;
	}
	if (!w->valid || !is_same(drawn_ma, w->drawn_ma))
		begin_step(w, drawn_ma, now_ms);
	if (now_ms - w->since_ms < 2 * settle_ms)
		return;
	if (!w->judged && w->before_ms != NEVER)
		judge(w, current_ma, settle_ms, now_ms);
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
