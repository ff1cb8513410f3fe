/* SPDX-License-Identifier: MIT */
#include "model.h"

#include "core/fault.h"
#include "core/law.h"

struct regulator_config any_config(void)
{
	struct regulator_config c;

	c.export_is_room = any_bool();
	assume(is_within(c.min_ma, CURRENT_LEAST_MA, CURRENT_MOST_MA));
	assume(is_within(c.max_ma, c.min_ma, CURRENT_MOST_MA));
	assume(c.failsafe_ma == 0 || is_within(c.failsafe_ma, c.min_ma, c.max_ma));
	assume(is_within(c.margin_ma, 0, 25000));
	assume(is_within(c.resume_margin_ma, 0, 25000));
	assume(c.phase_mask <= 0x7);
	assume(is_within(c.lost_after_ms, 500, 300000));
	assume(is_within(c.settle_ms, 0, SETTLE_MOST_MS));
	assume(is_within(c.raise_delay_ms, 0, DELAY_MOST_MS));
	assume(is_within(c.pause_delay_ms, 0, 60000));
	assume(is_within(c.resume_delay_ms, 0, DELAY_MOST_MS));
	assume(is_within(c.recover_delay_ms, 0, DELAY_MOST_MS));
	return c;
}

/* ---- the representation invariant ---- */

static bool are_loads(const int32_t ma[PHASES_MAX])
{
	return is_within(ma[0], -GOOD_MOST_MA, GOOD_MOST_MA) &&
	       is_within(ma[1], -GOOD_MOST_MA, GOOD_MOST_MA) &&
	       is_within(ma[2], -GOOD_MOST_MA, GOOD_MOST_MA);
}

static bool is_allowed(int32_t ma)
{
	return ma == 0 || is_within(ma, CURRENT_LEAST_MA, CURRENT_MOST_MA);
}

static bool is_trust_valid(const struct trust *t)
{
	return is_within(t->cycle_ms, 0, TIME_MAX_MS) && t->faults < FAULT_BIT(FAULT_COUNT) &&
	       is_within(t->good_ms, 0, t->cycle_ms) &&
	       is_never_or_before(t->bad_ms, t->cycle_ms) &&
	       is_never_or_before(t->healthy_since_ms, t->cycle_ms);
}

static bool is_runaway_valid(const struct runaway *w, int64_t cycle_ms)
{
	return is_within(w->stopped_ms, 0, cycle_ms) && are_loads(w->before_ma) &&
	       are_loads(w->lowest_ma) && is_within(w->phase, 0, PHASES_MAX - 1) &&
	       is_within(w->verdict, RUNAWAY_NONE, RUNAWAY_CHARGER) &&
	       (w->stopped || w->verdict == RUNAWAY_NONE);
}

int32_t tripping_ma;
struct cut_history cut_history = {.least_ma = INT32_MAX};

bool is_cut_valid(int32_t from_ma, int64_t until_ms, int64_t cycle_ms)
{
	return is_allowed(from_ma) && is_within(until_ms, 0, cycle_ms + SETTLE_MOST_MS) &&
	       (from_ma < cut_history.least_ma || until_ms <= cycle_ms ||
		       until_ms <= cut_history.allowed_ms + cut_history.settle_ms);
}

bool are_cuts_valid(const struct cuts *cuts, int64_t cycle_ms)
{
	bool valid = is_within(cuts->count, 0, CUTS_MAX);

	for (int i = 0; i < CUTS_MAX; i++)
		valid = valid && (i >= cuts->count || is_cut_valid(cuts->list[i].from_ma,
							      cuts->list[i].until_ms, cycle_ms));
	return valid;
}

static bool is_draw_valid(const struct draw *d, int64_t cycle_ms)
{
	return is_never_or_before(d->raised_ms, cycle_ms) &&
	       is_within(d->raised_from_ma, 0, CURRENT_MOST_MA) && are_loads(d->lowest_ma) &&
	       is_within(d->rise_ma, 0, 2 * GOOD_MOST_MA) && is_within(d->rose_ms, 0, cycle_ms) &&
	       is_within(d->said_ma, -1, DRAWN_MOST_MA) &&
	       is_within(d->most_said_ma[0], -1, DRAWN_MOST_MA) &&
	       is_within(d->most_said_ma[1], -1, DRAWN_MOST_MA) &&
	       is_within(d->said_since_ms, 0, cycle_ms);
}

static bool are_waits_valid(const struct regulator *r)
{
	int64_t cycle_ms = r->trust.cycle_ms;

	return is_never_or_before(r->room_since_ms, cycle_ms) &&
	       is_within(r->room_ma, 0, INT32_MAX) && is_within(r->raise_repeats, 0, 20) &&
	       is_within(r->ride_spent_ms, 0, RIDE_MOST_MS) &&
	       is_within(r->ride_rate, -1000, RIDE_RATE_MOST) &&
	       (r->allowed_ma > 0 || r->ride_rate == 0) &&
	       r->hold_until_ms <= cycle_ms + HOLD_MAX_MS &&
	       is_within(r->free_needed_ms, 0, DELAY_MOST_MS) &&
	       is_never_or_before(r->free_since_ms, cycle_ms) &&
	       is_never_or_before(r->resumed_ms, cycle_ms) &&
	       is_never_or_before(r->restarted_ms, cycle_ms) && is_within(r->repeats, -1, 20);
}

bool is_valid(const struct regulator *r)
{
	return is_within(r->state, REGULATOR_STARTING, REGULATOR_FAILSAFE) &&
	       is_allowed(r->allowed_ma) && is_within(r->phase, -1, PHASES_MAX - 1) &&
	       is_trust_valid(&r->trust) && are_loads(r->loads_ma) && are_loads(r->at_cut_ma) &&
	       are_loads(r->lowest_ma) && is_runaway_valid(&r->runaway, r->trust.cycle_ms) &&
	       (r->allowed_ma == 0 || !r->runaway.stopped) &&
	       are_cuts_valid(&r->draw.cuts, r->trust.cycle_ms) &&
	       is_draw_valid(&r->draw, r->trust.cycle_ms) &&
	       is_within(r->changed_ms, -SETTLE_MOST_MS, r->trust.cycle_ms) && are_waits_valid(r);
}

void prove_trust_valid(const struct regulator *r)
{
	prove(is_trust_valid(&r->trust));
}

void prove_draw_valid(const struct regulator *r)
{
	prove(is_draw_valid(&r->draw, r->trust.cycle_ms));
}

void prove_waits_valid(const struct regulator *r)
{
	prove(are_waits_valid(r));
}

void prove_rest_valid(const struct regulator *r)
{
	prove(is_within(r->state, REGULATOR_STARTING, REGULATOR_FAILSAFE));
	prove(is_allowed(r->allowed_ma));
	prove(is_within(r->phase, -1, PHASES_MAX - 1));
	prove(are_loads(r->loads_ma) && are_loads(r->at_cut_ma) && are_loads(r->lowest_ma));
	prove(is_runaway_valid(&r->runaway, r->trust.cycle_ms));
	prove(r->allowed_ma == 0 || !r->runaway.stopped);
	prove(is_within(r->changed_ms, -SETTLE_MOST_MS, r->trust.cycle_ms));
}

void prove_valid(const struct regulator *r)
{
	prove_trust_valid(r);
	prove(are_cuts_valid(&r->draw.cuts, r->trust.cycle_ms));
	prove_draw_valid(r);
	prove_waits_valid(r);
	prove_rest_valid(r);
}

/* ---- a step ---- */

static void any_reading(struct step *s)
{
	struct reading *reading = &s->reading;
	int32_t most_ma;

	assume(reading->phases == 1 || reading->phases == 3);
	assume(is_within(reading->quality, READING_GOOD, READING_INVALID));
	assume(is_within(reading->at_ms, 0, s->now_ms));
	most_ma = reading->quality == READING_GOOD ? GOOD_MOST_MA : READING_MOST_MA;
	for (int i = 0; i < PHASES_MAX; i++)
		assume(is_within(reading->current_ma[i], -most_ma, most_ma));
	s->input.reading = any_bool() ? reading : NULL;
}

static void any_feedback(struct step *s)
{
	assume(is_within(s->feedback.at_ms, 0, s->now_ms));
	for (int i = 0; i < PHASES_MAX; i++)
		assume(is_within(s->feedback.drawn_ma[i], -1, DRAWN_MOST_MA));
	s->input.feedback = any_bool() ? &s->feedback : NULL;
}

void any_step(struct step *s)
{
	struct regulator r;

	r.off = any_bool();
	r.runaway.stopped = any_bool();
	r.draw.said_long_enough = any_bool();
	r.witness.frozen = any_bool();
	r.witness.valid = any_bool();
	r.witness.judged = any_bool();
	assume(is_valid(&r));
	s->before = r;
	s->config = any_config();
	assume(is_within(s->now_ms, r.trust.cycle_ms, TIME_MAX_MS));
	assume(is_within(s->input.limit_ma, 0, LIMIT_MOST_MA));
	tripping_ma = nondet_int32();
	assume(tripping_ma > s->input.limit_ma);
	assume(s->input.cap_ma >= 0);
	assume(s->input.faults < FAULT_BIT(FAULT_COUNT));
	any_reading(s);
	any_feedback(s);
}

bool is_of_config(const struct step *s)
{
	return s->before.allowed_ma == 0 ||
	       is_within(s->before.allowed_ma, s->config.min_ma, s->config.max_ma);
}

/* As tests/property/invariants.c has it. */
static void note_loads(struct step *s)
{
	s->mask = s->reading.phases == 1 ? 0x1 : 0x7;
	if (s->config.phase_mask & s->mask)
		s->mask &= s->config.phase_mask;
	for (int i = 0; i < PHASES_MAX; i++) {
		int32_t ma = s->reading.current_ma[i];

		s->load_ma[i] = ma < 0 && !s->config.export_is_room ? -ma : ma;
	}
}

void take_step(struct step *s)
{
	const struct reading *reading = s->input.reading;

	s->off = s->input.limit_ma == 0;
	s->stalled = s->now_ms - s->before.trust.cycle_ms > s->config.lost_after_ms &&
		     !s->before.off && !s->off;
	s->has_good_reading = reading && reading->quality == READING_GOOD && !s->stalled;
	if (reading)
		note_loads(s);
	s->after = s->before;
	regulator_step(&s->after, &s->config, &s->input, s->now_ms, &s->decision);
}
