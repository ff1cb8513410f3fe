/* SPDX-License-Identifier: MIT */
#include "core/regulator.h"

#include <string.h>

#include "core/fault.h"
#include "core/law.h"

/* Feedback that is older than this says nothing about now. */
#define FEEDBACK_MAX_AGE_MS 1000

/* A restart within the first costs a charge only seconds, if the last one was before the second. */
#define RESTART_WINDOW_MS   (30 * 1000)
#define RESTART_INTERVAL_MS (10 * 60 * 1000)

/* ---- faults ---- */

/* What a fault leaves of the allowed current; it never raises it. */
static void bound_by_fault(
	struct regulator *r, const struct regulator_config *c, int32_t ceiling_ma, int64_t now_ms)
{
	int32_t bound_ma = min32(min32(r->allowed_ma, c->failsafe_ma), ceiling_ma);

	r->raise_repeats = 0;
	if (r->allowed_ma == 0)
		return;
	if (r->trust.faults & FAULTS_THAT_STOP)
		law_pause(r, c, now_ms);
	else if (bound_ma < c->min_ma)
		law_interrupt(r, c, now_ms);
	else
		law_change(r, c, bound_ma, now_ms);
}

/* ---- the step ---- */

void regulator_init(struct regulator *r, const struct regulator_config *c, int64_t now_ms)
{
	memset(r, 0, sizeof(*r));
	r->state = REGULATOR_STARTING;
	trust_init(&r->trust, now_ms);
	draw_init(&r->draw);
	witness_init(&r->witness);
	r->phase = -1;
	r->room_since_ms = NEVER;
	r->resumed_ms = NEVER;
	r->free_since_ms = NEVER;
	r->free_needed_ms = c->resume_delay_ms;
	r->repeats = -1;
	r->restarted_ms = NEVER;
	r->changed_ms = now_ms - c->settle_ms;
}

struct regulator_memory regulator_remember(const struct regulator *r)
{
	return (struct regulator_memory){
		.at_ms = r->trust.cycle_ms,
		.state = r->state,
		.hold_until_ms = r->hold_until_ms,
		.resumed_ms = r->resumed_ms,
		.repeats = r->repeats,
		.restarted_ms = r->restarted_ms,
	};
}

void regulator_recall(struct regulator *r, const struct regulator_memory *memory, int64_t now_ms)
{
	bool recent = memory->at_ms >= 0 && memory->at_ms <= now_ms &&
		      now_ms - memory->at_ms <= RESTART_WINDOW_MS;
	bool again = memory->restarted_ms >= 0 &&
		     now_ms - memory->restarted_ms < RESTART_INTERVAL_MS;

	if (!recent || memory->restarted_ms > now_ms || memory->resumed_ms > now_ms ||
		memory->restarted_ms < NEVER || memory->resumed_ms < NEVER ||
		memory->repeats < -1 || memory->repeats > REPEATS_MAX ||
		memory->hold_until_ms > now_ms + HOLD_MAX_MS)
		return;
	r->repeats = memory->repeats;
	r->resumed_ms = memory->resumed_ms;
	r->restarted_ms = memory->restarted_ms;
	r->hold_until_ms = memory->hold_until_ms;
	if ((memory->state == REGULATOR_CHARGING || memory->state == REGULATOR_LIMITED) && !again) {
		r->free_needed_ms = 0;
		r->restarted_ms = now_ms;
	}
}

/* Without the optimizer the meter is not asked, and only a dead output or switch can be a fault. */
static void step_disabled(struct regulator *r, const struct regulator_config *c,
	const struct regulator_input *in, int64_t now_ms)
{
	int32_t top_ma = min32(c->max_ma, in->cap_ma);

	if (!r->off) /* a pause that the house brought ends here */
		r->hold_until_ms = now_ms;
	r->trust.faults = in->faults & ~FAULTS_OF_READINGS;
	draw_init(&r->draw);
	witness_init(&r->witness);
	r->off = true;
	if (r->trust.faults) {
		bound_by_fault(r, c, top_ma, now_ms);
		r->state = REGULATOR_FAILSAFE;
		return;
	}
	if (top_ma >= c->min_ma && (r->allowed_ma > 0 || now_ms >= r->hold_until_ms))
		law_change(r, c, top_ma, now_ms);
	else if (top_ma < c->min_ma && r->allowed_ma > 0)
		law_pause(r, c, now_ms);
	r->state = REGULATOR_DISABLED;
}

static bool fresh(const struct regulator_feedback *feedback, int64_t now_ms)
{
	return feedback && now_ms - feedback->at_ms <= FEEDBACK_MAX_AGE_MS;
}

static void step_on_feedback(struct regulator *r, const struct regulator_config *c,
	const struct regulator_feedback *feedback, int64_t now_ms)
{
	int most = 0;

	if (!fresh(feedback, now_ms)) {
		draw_on_feedback(&r->draw, -1, c->settle_ms, now_ms);
		return;
	}
	for (int i = 1; i < PHASES_MAX; i++)
		if (feedback->drawn_ma[i] > feedback->drawn_ma[most])
			most = i;
	draw_on_feedback(&r->draw, feedback->drawn_ma[most], c->settle_ms, now_ms);
	if (feedback->drawn_ma[most] >= 0)
		runaway_on_feedback(&r->runaway, most, feedback->drawn_ma[most], now_ms);
}

/* The optimizer was switched on: until a reading says what the house takes, nothing is known. */
static void leave_disabled(struct regulator *r, const struct regulator_config *c, int64_t now_ms)
{
	law_stop(r, c, 0, 0, now_ms);
	trust_init(&r->trust, now_ms);
	r->phase = -1;
	r->state = REGULATOR_STARTING;
	r->off = false;
}

/* The most that may be allowed, whatever the readings say. */
static int32_t top_of(const struct regulator_config *c, const struct regulator_input *in)
{
	return max32(min32(min32(c->max_ma, in->limit_ma - c->margin_ma), in->cap_ma), 0);
}

static void step_on_reading(struct regulator *r, const struct regulator_config *c,
	const struct regulator_input *in, const struct reading *reading, int64_t now_ms)
{
	int32_t ceiling_ma = in->limit_ma - c->margin_ma;
	int32_t top_ma = top_of(c, in);
	struct loads loads;

	law_loads(c, reading, &loads);
	if (reading->quality == READING_SUSPECT) {
		if (r->allowed_ma > c->min_ma)
			law_change(r, c, c->min_ma, now_ms);
		return;
	}

	r->phase = loads.worst;
	memcpy(r->loads_ma, loads.ma, sizeof(r->loads_ma));
	witness_step(&r->witness, reading->current_ma,
		fresh(in->feedback, now_ms) ? in->feedback->drawn_ma : NULL, c->settle_ms, now_ms);
	draw_on_loads(&r->draw, loads.ma, loads.mask, c->settle_ms, now_ms);
	if (r->draw.said_ma < 0) /* silent, or it does not measure */
		runaway_on_reading(
			&r->runaway, loads.ma, loads.mask, in->limit_ma, c->settle_ms, now_ms);
	if (r->allowed_ma > 0)
		law_lower(r, c, in->limit_ma, &loads, now_ms);
	if (r->allowed_ma == 0)
		law_resume(
			r, c, ceiling_ma, &loads, !r->trust.faults && top_ma >= c->min_ma, now_ms);
	if (r->allowed_ma > 0 && !r->trust.faults)
		law_raise(r, c, ceiling_ma, top_ma, &loads, now_ms);
	if (r->state == REGULATOR_STARTING)
		r->state = REGULATOR_PAUSED;
}

static void step_enabled(struct regulator *r, const struct regulator_config *c,
	const struct regulator_input *in, int64_t now_ms)
{
	const struct reading *reading;
	uint32_t faults = in->faults;
	int32_t ceiling_ma = in->limit_ma - c->margin_ma;
	int32_t top_ma = top_of(c, in);

	if (r->off)
		leave_disabled(r, c, now_ms);
	reading = trust_cycle(&r->trust, in->reading, c->lost_after_ms, now_ms);
	step_on_feedback(r, c, in->feedback, now_ms);
	if (r->runaway.verdict == RUNAWAY_CHARGER)
		faults |= FAULT_BIT(FAULT_CHARGER_RUNAWAY);
	faults |= witness_faults(&r->witness, c->export_is_room);
	trust_update(&r->trust, faults, c->lost_after_ms, c->recover_delay_ms, now_ms);
	/* Room must be seen all the time: silence and doubt are not seen. */
	if (r->trust.healthy_since_ms == NEVER) {
		r->room_since_ms = NEVER;
		r->free_since_ms = NEVER;
	}

	if (reading)
		step_on_reading(r, c, in, reading, now_ms);
	law_end_ride(r, c, now_ms);
	if (r->allowed_ma > 0 && min32(r->allowed_ma, top_ma) < c->min_ma)
		law_pause(r, c, now_ms);
	else if (r->allowed_ma > top_ma) /* a lower limit or cap does not wait for a reading */
		law_change(r, c, top_ma, now_ms);

	if (r->trust.faults) {
		bound_by_fault(r, c, ceiling_ma, now_ms);
		r->state = REGULATOR_FAILSAFE;
	} else if (r->allowed_ma > 0) {
		r->state = r->allowed_ma == c->max_ma ? REGULATOR_CHARGING : REGULATOR_LIMITED;
	} else if (r->state != REGULATOR_STARTING) {
		r->state = REGULATOR_PAUSED;
	}
}

static enum regulator_reason reason_of(const struct regulator *r, const struct regulator_config *c,
	const struct regulator_input *in)
{
	int32_t room_ma = r->phase >= 0 ? in->limit_ma - c->margin_ma - r->loads_ma[r->phase] : 0;
	bool capped = in->cap_ma < c->min_ma ? r->allowed_ma == 0 : in->cap_ma == r->allowed_ma;

	switch (r->state) {
	case REGULATOR_STARTING:
		return REASON_NO_READING;
	case REGULATOR_DISABLED:
		return in->cap_ma < c->max_ma ? REASON_CAP : REASON_SWITCHED_OFF;
	case REGULATOR_CHARGING:
		return REASON_NOTHING;
	case REGULATOR_LIMITED:
		if (r->ride_rate > 0)
			return REASON_RIDING;
		if (capped)
			return REASON_CAP;
		return r->room_since_ms != NEVER ? REASON_ROOM : REASON_MAINS;
	case REGULATOR_PAUSED:
		if (capped)
			return REASON_CAP;
		return room_ma < law_needed_ma(r, c) ? REASON_NO_ROOM : REASON_HOLD;
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

	if (r->off)
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
	law_ride(r, now_ms - r->trust.cycle_ms);
	if (in->limit_ma == 0) {
		trust_init(&r->trust, now_ms);
		step_disabled(r, c, in, now_ms);
	} else {
		step_enabled(r, c, in, now_ms);
	}

	*ret = (struct regulator_decision){
		.allowed_ma = r->allowed_ma,
		.state = r->state,
		.reason = reason_of(r, c, in),
		.faults = r->trust.faults,
		.phase = r->phase,
		.load_ma = r->phase >= 0 ? r->loads_ma[r->phase] : 0,
		.needed_ma = law_needed_ma(r, c),
		.hold_until_ms = r->hold_until_ms,
		.reading_ms = r->trust.good_ms,
		.deadline_ms = deadline_of(r, c, now_ms),
		.runaway = &r->runaway,
		.meter_frozen = r->witness.frozen,
	};
	if (ret->reason == REASON_HOLD) {
		int64_t free_ms = r->free_since_ms == NEVER ? now_ms : r->free_since_ms;

		if (free_ms + r->free_needed_ms > ret->hold_until_ms)
			ret->hold_until_ms = free_ms + r->free_needed_ms;
	}
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
