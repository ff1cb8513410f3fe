/* SPDX-License-Identifier: MIT */
#include "core/law.h"

#include <string.h>

/* Growth of an overload below one step of the output (0.1 A on CAN) is noise of the meter. */
#define GROWTH_MIN_MA 100

/* A raise by less than this is not worth a change of the setpoint. */
#define RAISE_MIN_MA 500

/* A cut this soon after a raise takes it back. */
#define TAKEN_BACK_MS 90000

/* Invariant S6 is kept with time to spare for the polls. */
#define SPARE_MS 1000

/* IEC 60898-1: conventional non-tripping and tripping current of a circuit breaker, in thousandths. */
#define NON_TRIPPING 1130
#define TRIPPING     1450

/* What comes again and again is made to wait twice as long each time, up to the longest. */
static int64_t doubled_ms(int64_t once_ms, int times, int64_t longest_ms)
{
	for (; times > 0 && once_ms < longest_ms; times--)
		once_ms *= 2;
	return once_ms < longest_ms ? once_ms : longest_ms;
}

/* ---- changing the allowed current ---- */

void law_change(
	struct regulator *r, const struct regulator_config *c, int32_t allowed_ma, int64_t now_ms)
{
	if (allowed_ma == r->allowed_ma)
		return;
	if (allowed_ma == 0)
		runaway_stop(&r->runaway, r->loads_ma, now_ms);
	else
		runaway_go(&r->runaway);
	if (allowed_ma < r->allowed_ma) {
		memcpy(r->at_cut_ma, r->loads_ma, sizeof(r->at_cut_ma));
		memcpy(r->lowest_ma, r->loads_ma, sizeof(r->lowest_ma));
	}
	draw_change(&r->draw, r->allowed_ma, allowed_ma, r->loads_ma, c->settle_ms, now_ms);
	r->allowed_ma = allowed_ma;
	r->changed_ms = now_ms;
	r->room_since_ms = NEVER;
}

/* Stop charging until @needed_ms of continuous room, and not before @hold_ms are over. */
void law_stop(struct regulator *r, const struct regulator_config *c, int64_t hold_ms,
	int64_t needed_ms, int64_t now_ms)
{
	law_change(r, c, 0, now_ms);
	r->hold_until_ms = now_ms + hold_ms;
	r->free_needed_ms = needed_ms;
	r->free_since_ms = NEVER;
	r->ride_spent_ms = 0;
	r->ride_rate = 0;
	r->raise_repeats = 0; /* a stop is the longer wait */
}

/* A contactor wears, and some cars give up, when the charge stops and goes on all the time. */
static void note_stop(struct regulator *r, int64_t now_ms)
{
	if (r->resumed_ms == NEVER || now_ms - r->resumed_ms >= REPEAT_WINDOW_MS)
		r->repeats = 0;
	else if (r->repeats < REPEATS_MAX)
		r->repeats++;
}

void law_pause(struct regulator *r, const struct regulator_config *c, int64_t now_ms)
{
	note_stop(r, now_ms);
	law_stop(r, c, doubled_ms(c->resume_delay_ms, r->repeats, HOLD_MAX_MS), c->resume_delay_ms,
		now_ms);
}

void law_interrupt(struct regulator *r, const struct regulator_config *c, int64_t now_ms)
{
	int64_t hold_ms = 0;

	note_stop(r, now_ms);
	if (r->repeats > 0)
		hold_ms = doubled_ms(c->resume_delay_ms, r->repeats - 1, HOLD_MAX_MS);
	law_stop(r, c, hold_ms, 0, now_ms);
}

/* ---- riding through a small overload at min_current ---- */

void law_ride(struct regulator *r, int64_t elapsed_ms)
{
	int64_t counted_ms = min64(elapsed_ms, RIDE_MOST_MS);
	int64_t spent_ms = r->ride_spent_ms + counted_ms * r->ride_rate / 1000;

	r->ride_spent_ms = (int32_t)(spent_ms < 0 ? 0 : min64(spent_ms, RIDE_MOST_MS));
}

void law_end_ride(struct regulator *r, const struct regulator_config *c, int64_t now_ms)
{
	if (r->ride_rate > 0 && r->ride_spent_ms >= c->pause_delay_ms)
		law_pause(r, c, now_ms);
}

/* How fast the budget is spent at thousandths of the limit, from 1000 to below TRIPPING. */
static int32_t heat_rate(int32_t ratio)
{
	if (ratio <= NON_TRIPPING)
		return 1000;
	return 1000 * (TRIPPING * TRIPPING - NON_TRIPPING * NON_TRIPPING) /
	       (TRIPPING * TRIPPING - ratio * ratio);
}

/* How fast the budget is spent at a load; returns false if the load must not be ridden through. */
static bool ride_rate(int32_t load_ma, int32_t limit_ma, int32_t *ret_rate)
{
	if (load_ma <= limit_ma)
		*ret_rate = -1000;
	else if ((int64_t)load_ma * 1000 >= (int64_t)limit_ma * TRIPPING)
		return false;
	else /* what is left fits into 32 bits */
		*ret_rate = heat_rate(load_ma * 1000 / limit_ma);
	return true;
}

/* ---- the law, on a good reading ---- */

void law_loads(const struct regulator_config *c, const struct reading *reading, struct loads *ret)
{
	uint8_t measured = reading->phases == 1 ? 0x1 : 0x7;
	bool exporting = false;

	memset(ret, 0, sizeof(*ret));
	ret->mask = c->phase_mask & measured;
	if (ret->mask == 0)
		ret->mask = measured;

	ret->worst = -1;
	ret->car_max_ma = INT32_MAX;
	for (int i = 0; i < PHASES_MAX; i++) {
		int32_t ma = reading->current_ma[i];

		if (!(ret->mask & 1u << i))
			continue;
		exporting |= ma < 0;
		ret->ma[i] = ma < 0 && !c->export_is_room ? -ma : ma;
		if (ret->worst < 0 || ret->ma[i] > ret->ma[ret->worst])
			ret->worst = i;
		if (ret->ma[i] >= DRAW_LEAST_MA) /* else none of the car's: it may use but one */
			ret->car_max_ma = min32(ret->car_max_ma, ret->ma[i]);
	}
	/* With a source behind the meter, a phase may carry less than the car draws from it. */
	if (exporting)
		ret->car_max_ma = INT32_MAX;
}

/* By how much an overload has grown since the last cut, on the phase where it grew most. */
static int32_t growth_ma(const struct regulator *r, const struct loads *loads, int32_t limit_ma)
{
	int32_t growth = 0;

	for (int i = 0; i < PHASES_MAX; i++) {
		int32_t since_lowest = loads->ma[i] - r->lowest_ma[i];

		if (!(loads->mask & 1u << i) || loads->ma[i] <= limit_ma)
			continue;
		if (since_lowest > GROWTH_MIN_MA || loads->ma[i] > r->at_cut_ma[i])
			growth = max32(growth, since_lowest);
	}
	return growth;
}

/* Whatever runs in cycles takes back one raise after the other. */
static void note_taken_back(struct regulator *r, int64_t now_ms)
{
	if (r->draw.raised_ms == NEVER || now_ms - r->draw.raised_ms >= TAKEN_BACK_MS)
		r->raise_repeats = 0;
	else if (r->raise_repeats < REPEATS_MAX)
		r->raise_repeats++;
}

/* Invariant S3. */
void law_lower(struct regulator *r, const struct regulator_config *c, int32_t limit_ma,
	const struct loads *loads, int64_t now_ms)
{
	int32_t most_ma = min32(draw_most_ma(&r->draw, r->allowed_ma), loads->car_max_ma);
	int32_t settling_ma = max32(most_ma - r->allowed_ma, 0);
	int32_t expected_ma = loads->ma[loads->worst] - settling_ma; /* once all cuts have shown */
	int32_t car_ma, target_ma;

	/* What has grown since, no cut explains. */
	if (settling_ma > 0)
		expected_ma = max32(expected_ma, limit_ma + growth_ma(r, loads, limit_ma));
	for (int i = 0; i < PHASES_MAX; i++)
		r->lowest_ma[i] = min32(r->lowest_ma[i], loads->ma[i]);

	if (expected_ma > limit_ma) {
		car_ma = draw_now_ma(&r->draw, r->allowed_ma, c->settle_ms, now_ms);
		car_ma = min32(car_ma, loads->car_max_ma);
		target_ma = max32(car_ma - (expected_ma - (limit_ma - c->margin_ma)), c->min_ma);
		if (target_ma < r->allowed_ma) {
			note_taken_back(r, now_ms);
			law_change(r, c, target_ma, now_ms);
			expected_ma -= max32(car_ma - target_ma, 0);
		}
	}

	if (r->allowed_ma > c->min_ma)
		r->ride_rate = -1000;
	else if (!ride_rate(expected_ma, limit_ma, &r->ride_rate))
		law_pause(r, c, now_ms);
}

/* How long room must last; longest for a load that comes and goes, within what S6 leaves. */
static int64_t raise_wait_ms(const struct regulator *r, const struct regulator_config *c)
{
	int64_t longest_ms = c->recover_delay_ms + 3 * c->raise_delay_ms - SPARE_MS;
	int64_t wait_ms = doubled_ms(c->raise_delay_ms, r->raise_repeats, longest_ms);

	return wait_ms > c->raise_delay_ms ? wait_ms : c->raise_delay_ms;
}

/* Give the car what was free all the time. Invariant S2: never before the last change has shown. */
void law_raise(struct regulator *r, const struct regulator_config *c, int32_t ceiling_ma,
	int32_t top_ma, const struct loads *loads, int64_t now_ms)
{
	int32_t headroom_ma = ceiling_ma - loads->ma[loads->worst];
	int32_t room_ma = draw_least_ma(&r->draw, r->allowed_ma, c->settle_ms, now_ms) +
			  headroom_ma;
	int32_t target_ma;

	if (!draw_raise_shows(&r->draw, c->settle_ms, now_ms))
		return;
	if (room_ma < min32(r->allowed_ma + RAISE_MIN_MA, top_ma) || r->allowed_ma >= top_ma) {
		r->room_since_ms = NEVER;
		return;
	}
	if (r->room_since_ms == NEVER) {
		r->room_since_ms = now_ms;
		r->room_ma = room_ma;
	}
	r->room_ma = min32(r->room_ma, room_ma);

	if (now_ms - r->room_since_ms < raise_wait_ms(r, c) ||
		now_ms - r->changed_ms < c->settle_ms)
		return;
	target_ma = min32(r->room_ma, top_ma);
	if (target_ma > r->allowed_ma)
		law_change(r, c, target_ma, now_ms);
}

int32_t law_needed_ma(const struct regulator *r, const struct regulator_config *c)
{
	return c->min_ma + (r->free_needed_ms > 0 ? c->resume_margin_ma : 0);
}

/* Note how long there has been room to charge at all, and end the pause when it was long enough. */
void law_resume(struct regulator *r, const struct regulator_config *c, int32_t ceiling_ma,
	const struct loads *loads, bool may_resume, int64_t now_ms)
{
	int32_t headroom_ma = ceiling_ma - loads->ma[loads->worst];
	int32_t needed_ma = law_needed_ma(r, c);

	if (headroom_ma < needed_ma) {
		r->free_since_ms = NEVER;
		return;
	}
	if (r->free_since_ms == NEVER)
		r->free_since_ms = now_ms;
	if (!may_resume || now_ms < r->hold_until_ms ||
		now_ms - r->free_since_ms < r->free_needed_ms)
		return;
	if (now_ms - r->changed_ms < c->settle_ms)
		return;
	/* Begin small, see it on the meter, then raise. */
	law_change(r, c, c->min_ma, now_ms);
	if (r->repeats >= 0)
		r->resumed_ms = now_ms;
}
