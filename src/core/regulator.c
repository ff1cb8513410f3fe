/* SPDX-License-Identifier: MIT */
#include "core/regulator.h"

#include <string.h>

#include "core/fault.h"

#define NEVER (-1)

/* Growth of an overload below one step of the output (0.1 A on CAN) is noise of the meter. */
#define GROWTH_MIN_MA 100

/* A raise by less than this is not worth a change of the setpoint. */
#define RAISE_MIN_MA 500

/* IEC 60898-1: conventional non-tripping and tripping current of a circuit breaker, in thousandths. */
#define NON_TRIPPING 1130
#define TRIPPING     1450

/* A pause this soon after the last one ended is held twice as long as that, up to the longest. */
#define REPEAT_WINDOW_MS (10 * 60 * 1000)
#define HOLD_MAX_MS	 (10 * 60 * 1000)

/* What one good reading says, for the phases that the charger uses. */
struct loads {
	int32_t ma[PHASES_MAX]; /* what counts on each phase */
	uint8_t mask;
	int worst; /* the phase with the highest load */
	int32_t car_max_ma; /* the car cannot draw more than the least loaded of its phases carries */
};

static int32_t min32(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int32_t max32(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

/* ---- changing the allowed current ---- */

static void change(
	struct regulator *r, const struct regulator_config *c, int32_t allowed_ma, int64_t now_ms)
{
	if (allowed_ma == r->allowed_ma)
		return;
	if (allowed_ma < r->allowed_ma)
		cuts_add(&r->cuts, r->allowed_ma, now_ms + c->settle_ms);
	r->allowed_ma = allowed_ma;
	r->changed_ms = now_ms;
	r->room_since_ms = NEVER;
}

static void cut(struct regulator *r, const struct regulator_config *c, int32_t allowed_ma,
	const struct loads *loads, int64_t now_ms)
{
	change(r, c, allowed_ma, now_ms);
	memcpy(r->at_cut_ma, loads->ma, sizeof(r->at_cut_ma));
	memcpy(r->lowest_ma, loads->ma, sizeof(r->lowest_ma));
}

/* Stop charging until @needed_ms of continuous room, and not before @hold_ms are over. */
static void stop(struct regulator *r, const struct regulator_config *c, int64_t hold_ms,
	int64_t needed_ms, int64_t now_ms)
{
	change(r, c, 0, now_ms);
	r->hold_until_ms = now_ms + hold_ms;
	r->free_needed_ms = needed_ms;
	r->free_since_ms = NEVER;
	r->ride_spent_ms = 0;
	r->ride_rate = 0;
}

static void pause(struct regulator *r, const struct regulator_config *c, int64_t now_ms)
{
	int64_t hold_ms = c->resume_delay_ms;

	if (r->resumed_ms != NEVER && now_ms - r->resumed_ms < REPEAT_WINDOW_MS)
		r->repeats++;
	else
		r->repeats = 0;
	for (int i = 0; i < r->repeats && hold_ms < HOLD_MAX_MS; i++)
		hold_ms *= 2;
	stop(r, c, hold_ms < HOLD_MAX_MS ? hold_ms : HOLD_MAX_MS, c->resume_delay_ms, now_ms);
}

/* ---- riding through a small overload at min_current ---- */

static void ride_elapse(struct regulator *r, int64_t elapsed_ms)
{
	r->ride_spent_ms += elapsed_ms * r->ride_rate / 1000;
	if (r->ride_spent_ms < 0)
		r->ride_spent_ms = 0;
}

/* How fast the budget is spent at a load; returns false if the load must not be ridden through. */
static bool ride_rate(int32_t load_ma, int32_t limit_ma, int64_t *ret_rate)
{
	int64_t ratio = (int64_t)load_ma * 1000 / limit_ma;

	if (load_ma <= limit_ma)
		*ret_rate = -1000;
	else if (ratio <= NON_TRIPPING)
		*ret_rate = 1000;
	else if (ratio < TRIPPING)
		*ret_rate = 1000 * (TRIPPING * TRIPPING - NON_TRIPPING * NON_TRIPPING) /
			    (TRIPPING * TRIPPING - ratio * ratio);
	else
		return false;
	return true;
}

/* ---- the law, on a good reading ---- */

static void loads_of(
	const struct regulator_config *c, const struct reading *reading, struct loads *ret)
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

/* Invariant S3. */
static void lower(struct regulator *r, const struct regulator_config *c, int32_t limit_ma,
	const struct loads *loads, int64_t now_ms)
{
	int32_t car_ma = min32(cuts_highest_ma(&r->cuts, r->allowed_ma), loads->car_max_ma);
	int32_t settling_ma = max32(car_ma - r->allowed_ma, 0);
	int32_t expected_ma = loads->ma[loads->worst] - settling_ma; /* once all cuts have shown */
	int32_t target_ma;

	/* What has grown since, no cut explains. */
	if (settling_ma > 0)
		expected_ma = max32(expected_ma, limit_ma + growth_ma(r, loads, limit_ma));
	for (int i = 0; i < PHASES_MAX; i++)
		r->lowest_ma[i] = min32(r->lowest_ma[i], loads->ma[i]);

	if (expected_ma > limit_ma) {
		car_ma = min32(car_ma, r->allowed_ma);
		target_ma = max32(car_ma - (expected_ma - (limit_ma - c->margin_ma)), c->min_ma);
		if (target_ma < r->allowed_ma) {
			cut(r, c, target_ma, loads, now_ms);
			expected_ma -= max32(car_ma - target_ma, 0);
		}
	}

	if (r->allowed_ma > c->min_ma)
		r->ride_rate = -1000;
	else if (!ride_rate(expected_ma, limit_ma, &r->ride_rate))
		pause(r, c, now_ms);
}

/* Give the car what was free all the time. Invariant S2: never before the last change has shown. */
static void raise_if_room(struct regulator *r, const struct regulator_config *c, int32_t ceiling_ma,
	const struct loads *loads, int64_t now_ms)
{
	int32_t headroom_ma = ceiling_ma - loads->ma[loads->worst];
	int32_t room_ma = min32(r->allowed_ma, loads->car_max_ma) + headroom_ma;
	int32_t top_ma = min32(c->max_ma, ceiling_ma);
	int32_t target_ma;

	if (room_ma < min32(r->allowed_ma + RAISE_MIN_MA, top_ma) || r->allowed_ma >= top_ma) {
		r->room_since_ms = NEVER;
		return;
	}
	if (r->room_since_ms == NEVER) {
		r->room_since_ms = now_ms;
		r->room_ma = room_ma;
	}
	r->room_ma = min32(r->room_ma, room_ma);

	if (now_ms - r->room_since_ms < c->raise_delay_ms || now_ms - r->changed_ms < c->settle_ms)
		return;
	target_ma = min32(r->room_ma, top_ma);
	if (target_ma > r->allowed_ma)
		change(r, c, target_ma, now_ms);
}

/* Note how long there has been room to charge at all, and end the pause when it was long enough. */
static void resume_if_room(struct regulator *r, const struct regulator_config *c,
	int32_t ceiling_ma, const struct loads *loads, bool may_resume, int64_t now_ms)
{
	int32_t headroom_ma = ceiling_ma - loads->ma[loads->worst];
	int32_t needed_ma = c->min_ma + (r->free_needed_ms > 0 ? c->resume_margin_ma : 0);

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
	change(r, c, c->min_ma, now_ms);
	r->resumed_ms = now_ms;
}

/* ---- faults ---- */

/* What a fault leaves of the allowed current; it never raises it. */
static void bound_by_fault(
	struct regulator *r, const struct regulator_config *c, int32_t ceiling_ma, int64_t now_ms)
{
	int32_t bound_ma = min32(min32(r->allowed_ma, c->failsafe_ma), ceiling_ma);

	if (r->allowed_ma == 0)
		return;
	if (bound_ma < c->min_ma || (r->trust.faults & FAULTS_THAT_STOP))
		stop(r, c, 0, 0, now_ms); /* goes on at once when the fault is gone */
	else
		change(r, c, bound_ma, now_ms);
}

/* ---- the step ---- */

void regulator_init(struct regulator *r, const struct regulator_config *c, int64_t now_ms)
{
	memset(r, 0, sizeof(*r));
	r->state = REGULATOR_STARTING;
	trust_init(&r->trust, now_ms);
	r->phase = -1;
	r->room_since_ms = NEVER;
	r->resumed_ms = NEVER;
	r->free_since_ms = NEVER;
	r->free_needed_ms = c->resume_delay_ms;
	r->changed_ms = now_ms - c->settle_ms;
}

/* Without the optimizer the meter is not asked, and only a dead output or switch can be a fault. */
static void step_disabled(
	struct regulator *r, const struct regulator_config *c, uint32_t external, int64_t now_ms)
{
	r->trust.faults = external & ~FAULTS_OF_READINGS;
	r->cuts.count = 0;
	if (r->trust.faults) {
		bound_by_fault(r, c, c->max_ma, now_ms);
		r->state = REGULATOR_FAILSAFE;
	} else {
		change(r, c, c->max_ma, now_ms);
		r->state = REGULATOR_DISABLED;
	}
}

/* The optimizer was switched on: until a reading says what the house takes, nothing is known. */
static void leave_disabled(struct regulator *r, const struct regulator_config *c, int64_t now_ms)
{
	stop(r, c, 0, 0, now_ms);
	trust_init(&r->trust, now_ms);
	r->phase = -1;
	r->state = REGULATOR_STARTING;
}

static void step_on_reading(struct regulator *r, const struct regulator_config *c, int32_t limit_ma,
	const struct reading *reading, int64_t now_ms)
{
	int32_t ceiling_ma = limit_ma - c->margin_ma;
	struct loads loads;

	loads_of(c, reading, &loads);
	if (reading->quality == READING_SUSPECT) {
		if (r->allowed_ma > c->min_ma)
			cut(r, c, c->min_ma, &loads, now_ms);
		return;
	}

	r->phase = loads.worst;
	r->load_ma = loads.ma[loads.worst];
	if (r->allowed_ma > 0)
		lower(r, c, limit_ma, &loads, now_ms);
	if (r->allowed_ma == 0)
		resume_if_room(r, c, ceiling_ma, &loads, !r->trust.faults, now_ms);
	else if (!r->trust.faults)
		raise_if_room(r, c, ceiling_ma, &loads, now_ms);
	if (r->state == REGULATOR_STARTING)
		r->state = REGULATOR_PAUSED;
}

static void step_enabled(struct regulator *r, const struct regulator_config *c,
	const struct regulator_input *in, int64_t now_ms)
{
	const struct reading *reading;
	int32_t ceiling_ma = in->limit_ma - c->margin_ma;
	int32_t top_ma = min32(c->max_ma, ceiling_ma);

	if (r->state == REGULATOR_DISABLED)
		leave_disabled(r, c, now_ms);
	reading = trust_cycle(&r->trust, in->reading, c->lost_after_ms, now_ms);
	trust_update(&r->trust, in->faults, c->lost_after_ms, c->recover_delay_ms, now_ms);
	cuts_expire(&r->cuts, now_ms);

	if (reading)
		step_on_reading(r, c, in->limit_ma, reading, now_ms);
	if (r->ride_rate > 0 && r->ride_spent_ms >= c->pause_delay_ms)
		pause(r, c, now_ms);
	if (r->allowed_ma > top_ma) /* a lower limit counts without waiting for a reading */
		change(r, c, top_ma, now_ms);
	if (r->allowed_ma > 0 && r->allowed_ma < c->min_ma)
		pause(r, c, now_ms);

	if (r->trust.faults) {
		bound_by_fault(r, c, ceiling_ma, now_ms);
		r->state = REGULATOR_FAILSAFE;
	} else if (r->allowed_ma > 0) {
		r->state = r->allowed_ma == c->max_ma ? REGULATOR_CHARGING : REGULATOR_LIMITED;
	} else if (r->state != REGULATOR_STARTING) {
		r->state = REGULATOR_PAUSED;
	}
}

static enum regulator_reason reason_of(const struct regulator *r)
{
	switch (r->state) {
	case REGULATOR_STARTING:
		return REASON_NO_READING;
	case REGULATOR_DISABLED:
		return REASON_SWITCHED_OFF;
	case REGULATOR_CHARGING:
		return REASON_NOTHING;
	case REGULATOR_LIMITED:
		return r->ride_rate > 0 ? REASON_RIDING : REASON_MAINS;
	case REGULATOR_PAUSED:
		return r->free_since_ms == NEVER ? REASON_NO_ROOM : REASON_HOLD;
	case REGULATOR_FAILSAFE:
		break;
	}
	return REASON_FAULT;
}

/* When the decision may change without a new reading; and a cycle now and then, so that a stall shows. */
static int64_t deadline_of(
	const struct regulator *r, const struct regulator_config *c, int64_t now_ms)
{
	int64_t deadline_ms = now_ms + c->lost_after_ms / 2;

	if (r->state == REGULATOR_DISABLED)
		return INT64_MAX;
	deadline_ms = min64(deadline_ms, trust_deadline_ms(&r->trust, c->lost_after_ms));
	if (r->ride_rate > 0) {
		int64_t left_ms = c->pause_delay_ms - r->ride_spent_ms;

		deadline_ms = min64(
			deadline_ms, now_ms + (left_ms * 1000 + r->ride_rate - 1) / r->ride_rate);
	}
	return deadline_ms;
}

void regulator_step(struct regulator *r, const struct regulator_config *c,
	const struct regulator_input *in, int64_t now_ms, struct regulator_decision *ret)
{
	ride_elapse(r, now_ms - r->trust.cycle_ms);
	if (in->limit_ma == 0) {
		trust_init(&r->trust, now_ms);
		step_disabled(r, c, in->faults, now_ms);
	} else {
		step_enabled(r, c, in, now_ms);
	}

	*ret = (struct regulator_decision){
		.allowed_ma = r->allowed_ma,
		.state = r->state,
		.reason = reason_of(r),
		.faults = r->trust.faults,
		.phase = r->phase,
		.load_ma = r->load_ma,
		.hold_until_ms = r->hold_until_ms,
		.reading_ms = r->trust.good_ms,
		.deadline_ms = deadline_of(r, c, now_ms),
	};
	if (ret->reason == REASON_HOLD && r->free_since_ms + r->free_needed_ms > ret->hold_until_ms)
		ret->hold_until_ms = r->free_since_ms + r->free_needed_ms;
}

const char *regulator_state_name(enum regulator_state state)
{
	switch (state) {
	case REGULATOR_STARTING:
		return "starting";
	case REGULATOR_DISABLED:
		return "disabled";
	case REGULATOR_CHARGING:
		return "charging";
	case REGULATOR_LIMITED:
		return "limited";
	case REGULATOR_PAUSED:
		return "paused";
	case REGULATOR_FAILSAFE:
		return "failsafe";
	}
	return NULL;
}
