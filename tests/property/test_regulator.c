/* SPDX-License-Identifier: MIT */
/*
 * The invariants S1 to S6 of the regulator, each over tens of thousands of random steps.
 *
 * A random world drives the regulator: any valid configuration, limits that change, readings
 * that are good, suspect, invalid, late or missing, faults that come and go, gaps in time up to a
 * suspend. The checks keep their own books and know nothing of the regulator's state.
 */
#include <string.h>

#include "core/fault.h"
#include "core/regulator.h"
#include "support.h"

#define RUNS  300
#define STEPS 500

/* What the checks remember of one step. */
struct past_step {
	int64_t at_ms;
	int32_t allowed_before_ma;
	int32_t allowed_ma;
	int32_t load_ma[PHASES_MAX];
	bool has_reading;
};

struct world {
	struct random random;
	struct regulator_config config;
	struct regulator regulator;
	struct regulator_input input;
	struct regulator_decision decision;
	struct reading reading;
	int64_t now_ms;
	uint8_t mask;
	int32_t house_ma[PHASES_MAX];
	int32_t car_ma; /* follows sooner or later, unless deaf */
	bool deaf;

	/* the books */
	int64_t good_ms;    /* last good reading, or begin */
	int64_t paused_ms;  /* the pause that runs began then; -1: none does */
	int64_t doubt_ms;   /* last reading that was not good, fault, or stall */
	int64_t changed_ms; /* last change of the allowed current */
	int32_t before_ma;  /* allowed before this step */
	enum regulator_state state_before;
	int64_t riding_since_ms; /* -1: not */
	bool stalled;
	bool stopped_while_off; /* by a cap below min_current or a fault, whose hold goes on */
	bool off, was_off;	/* switched off in the last step, and in the one before */
	struct past_step past[STEPS + 1];
	int past_count;
};

static void random_config(struct world *w)
{
	struct random *r = &w->random;
	struct regulator_config *c = &w->config;

	memset(c, 0, sizeof(*c));
	c->min_ma = (int32_t)random_between(r, 6000, 10000);
	c->max_ma = (int32_t)random_between(r, c->min_ma, 40000);
	if (random_chance(r, 50))
		c->failsafe_ma = (int32_t)random_between(r, c->min_ma, c->max_ma);
	c->margin_ma = (int32_t)random_between(r, 0, random_chance(r, 5) ? 25000 : 1000);
	c->resume_margin_ma = (int32_t)random_between(r, 0, 3000);
	c->phase_mask = (uint8_t)random_between(r, 0, 7);
	c->export_is_room = random_chance(r, 50);
	c->lost_after_ms = random_between(r, 500, 10000);
	c->settle_ms = random_between(r, 0, 12000);
	c->raise_delay_ms = random_between(r, c->settle_ms / 3, 20000);
	c->pause_delay_ms = random_between(r, 0, 10000);
	c->resume_delay_ms = random_between(r, 0, random_chance(r, 20) ? 90000 : 9000);
	c->recover_delay_ms = random_between(r, 0, 15000);
	w->mask = c->phase_mask ? c->phase_mask : 7;
}

static void begin(struct world *w, uint64_t seed)
{
	memset(w, 0, sizeof(*w));
	w->random.state = seed;
	random_config(w);
	w->now_ms = random_between(&w->random, 0, 1000000);
	w->input.limit_ma = (int32_t)random_between(&w->random, 10000, 80000);
	w->input.cap_ma = REGULATOR_NO_CAP;
	w->good_ms = w->now_ms;
	w->changed_ms = w->now_ms - w->config.settle_ms;
	w->riding_since_ms = -1;
	w->paused_ms = -1;
	w->state_before = REGULATOR_STARTING;
	w->deaf = random_chance(&w->random, 10);
	regulator_init(&w->regulator, &w->config, w->now_ms);
}

static int32_t load_of(const struct world *w, int phase)
{
	int32_t ma = w->reading.current_ma[phase];

	return ma < 0 && !w->config.export_is_room ? -ma : ma;
}

/* Time goes on, and something new may be known. Most steps are ordinary polls. */
static void random_input(struct world *w)
{
	struct random *r = &w->random;
	int64_t gap_ms = random_between(r, 30, 400);

	if (random_chance(r, 2))
		gap_ms = random_between(r, 0, w->config.lost_after_ms + 2000);
	w->stalled = gap_ms > w->config.lost_after_ms && !w->off;
	w->now_ms += gap_ms;

	if (random_chance(r, 1))
		w->input.limit_ma = random_chance(r, 20) ? 0
							 : (int32_t)random_between(r, 10000, 80000);
	if (random_chance(r, 1))
		w->input.cap_ma = random_chance(r, 70) ? REGULATOR_NO_CAP
						       : (int32_t)random_between(r, 0, 40000);
	if (random_chance(r, 1))
		w->input.faults ^= FAULT_BIT(random_between(r, 0, FAULT_COUNT - 1));
	if (random_chance(r, 5))
		w->input.faults = 0;

	w->input.reading = NULL;
	if (!random_chance(r, 90))
		return;
	w->input.reading = &w->reading;
	w->reading.at_ms = w->now_ms;
	w->reading.phases = 3;
	w->reading.quality = READING_GOOD;
	if (!w->deaf && random_chance(r, 30))
		w->car_ma = w->decision.allowed_ma;
	for (int i = 0; i < PHASES_MAX; i++) {
		if (random_chance(r, 2))
			w->house_ma[i] = (int32_t)random_between(r, -3000, w->input.limit_ma);
		if (random_chance(r, 2))
			w->house_ma[i] = (int32_t)random_between(r, 0, 3000);
		w->reading.current_ma[i] = w->house_ma[i] + (int32_t)random_between(r, -50, 50) +
					   (w->mask & 1u << i ? w->car_ma : 0);
	}
	if (random_chance(r, 3))
		w->reading.quality = random_chance(r, 50) ? READING_SUSPECT : READING_INVALID;
}

static bool has_good_reading(const struct world *w)
{
	return w->input.reading && w->reading.quality == READING_GOOD && !w->stalled;
}

static void step(struct world *w)
{
	w->before_ma = w->decision.allowed_ma;
	w->state_before = w->decision.state;
	regulator_step(&w->regulator, &w->config, &w->input, w->now_ms, &w->decision);
	w->was_off = w->off;
	w->off = w->input.limit_ma == 0;
	w->stopped_while_off = w->off && (w->stopped_while_off || w->decision.faults ||
						 w->input.cap_ma < w->config.min_ma);
}

/* Bookkeeping after the checks of a step. */
static void note(struct world *w)
{
	struct past_step *past = &w->past[w->past_count++];

	past->at_ms = w->now_ms;
	past->allowed_before_ma = w->before_ma;
	past->allowed_ma = w->decision.allowed_ma;
	past->has_reading = has_good_reading(w);
	for (int i = 0; i < PHASES_MAX; i++)
		past->load_ma[i] = load_of(w, i);
	if (w->decision.allowed_ma != w->before_ma)
		w->changed_ms = w->now_ms;
	if (w->decision.allowed_ma == 0 && w->before_ma > 0 && !w->was_off &&
		w->decision.state == REGULATOR_PAUSED)
		w->paused_ms = w->now_ms;
	else if (w->decision.allowed_ma > 0 || w->off)
		w->paused_ms = -1;
	if (w->decision.faults || w->stalled || (w->input.reading && !has_good_reading(w)))
		w->doubt_ms = w->now_ms;
}

/* Runs many random worlds; calls check after each step. Fails if the worlds were too quiet to tell. */
static void many_worlds(void (*check)(struct world *w))
{
	struct random seeds = {.state = random_seed()};
	int runs = test_runs(RUNS), raises = 0, cuts = 0, pauses = 0, faults = 0;
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	for (int run = 0; run < runs; run++) {
		begin(w, random_next(&seeds));
		for (int i = 0; i < STEPS; i++) {
			random_input(w);
			step(w);
			check(w);
			note(w);
			raises += w->decision.allowed_ma > w->before_ma;
			cuts += w->decision.allowed_ma < w->before_ma;
			pauses += w->decision.state == REGULATOR_PAUSED &&
				  w->state_before == REGULATOR_LIMITED;
			faults += w->decision.faults != 0;
		}
	}
	printf("%d steps: %d raises, %d cuts, %d pauses, %d steps in a fault\n", runs * STEPS,
		raises, cuts, pauses, faults);
	assert_true(raises > runs && cuts > runs && pauses > runs / 10 && faults > runs);
	free(w);
}

/* ---- S1 ---- */

static void check_S1(struct world *w)
{
	int32_t allowed_ma = w->decision.allowed_ma;

	assert_true(allowed_ma == 0 ||
		    (allowed_ma >= w->config.min_ma && allowed_ma <= w->config.max_ma));
	if (w->input.limit_ma > 0)
		assert_true(
			allowed_ma <= w->input.limit_ma - w->config.margin_ma || allowed_ma == 0);

	assert_true(allowed_ma <= w->input.cap_ma);

	switch (w->decision.state) {
	case REGULATOR_STARTING:
	case REGULATOR_PAUSED:
		assert_int_equal(allowed_ma, 0);
		break;
	case REGULATOR_DISABLED:
		assert_int_equal(w->input.limit_ma, 0);
		if (w->input.cap_ma >= w->config.max_ma && allowed_ma > 0)
			assert_int_equal(allowed_ma, w->config.max_ma);
		if (!w->stopped_while_off)
			assert_true(allowed_ma > 0);
		break;
	case REGULATOR_CHARGING:
		assert_int_equal(allowed_ma, w->config.max_ma);
		break;
	case REGULATOR_LIMITED:
		assert_in_range(allowed_ma, w->config.min_ma, w->config.max_ma - 1);
		break;
	case REGULATOR_FAILSAFE:
		assert_true(allowed_ma <= w->config.failsafe_ma);
		assert_true(allowed_ma <= w->before_ma); /* a fault never raises */
		assert_true(w->decision.faults != 0);
		if (w->decision.faults & FAULTS_THAT_STOP)
			assert_int_equal(allowed_ma, 0);
		break;
	}
}

static void S1_allowed_is_0_or_within_min_and_max_and_below_the_mains_limit(void **state)
{
	(void)state;
	many_worlds(check_S1);
}

/* ---- S2 ---- */

static void check_S2(struct world *w)
{
	if (w->decision.allowed_ma <= w->before_ma || w->decision.state == REGULATOR_DISABLED)
		return;
	assert_true(has_good_reading(w));
	assert_true(w->now_ms - w->changed_ms >= w->config.settle_ms);
	assert_int_equal(w->decision.faults, 0);
	/* room was seen throughout raise_delay: nothing in between made it doubtful */
	if (w->before_ma > 0)
		assert_true(w->now_ms - w->doubt_ms >= w->config.raise_delay_ms);
	/* and a pause lasts */
	if (w->paused_ms >= 0)
		assert_true(w->now_ms - w->paused_ms >= w->config.resume_delay_ms);
}

static void S2_no_raise_without_a_good_reading_nor_before_the_last_change_has_settled(void **state)
{
	(void)state;
	many_worlds(check_S2);
}

/* ---- S3 ---- */

/* The highest current that may still be drawn: what was allowed at any time within settle. */
static int32_t still_drawn_ma(const struct world *w)
{
	int32_t ma = w->before_ma;

	for (int i = w->past_count - 1; i >= 0; i--) {
		if (w->past[i].at_ms <= w->now_ms - w->config.settle_ms)
			break;
		if (w->past[i].allowed_before_ma > ma)
			ma = w->past[i].allowed_before_ma;
	}
	return ma;
}

/* Whether cuts that are settling explain the overload of a phase, and it has not grown since. */
static bool explained(const struct world *w, int phase)
{
	int32_t load_ma = load_of(w, phase);

	if (load_ma - (still_drawn_ma(w) - w->before_ma) > w->input.limit_ma)
		return false;
	for (int i = w->past_count - 1; i >= 0; i--)
		if (w->past[i].allowed_ma < w->past[i].allowed_before_ma)
			return !w->past[i].has_reading || load_ma <= w->past[i].load_ma[phase];
	return false;
}

static void check_S3(struct world *w)
{
	bool unexplained = false, severe = false;

	if (w->input.limit_ma == 0 || w->decision.allowed_ma == 0) {
		w->riding_since_ms = -1;
		return;
	}
	/* between readings the ride goes on as it was */
	if (has_good_reading(w)) {
		int32_t settling_ma = still_drawn_ma(w) - w->before_ma;

		for (int i = 0; i < PHASES_MAX; i++) {
			if (!(w->mask & 1u << i) || load_of(w, i) <= w->input.limit_ma)
				continue;
			if (explained(w, i))
				continue;
			unexplained = true;
			severe |= (int64_t)(load_of(w, i) - settling_ma) * 1000 >=
				  (int64_t)w->input.limit_ma * 1450;
		}
		if (!unexplained) {
			w->riding_since_ms = -1;
			return;
		}
		if (w->decision.allowed_ma < w->before_ma) {
			w->riding_since_ms = -1;
			return; /* lowered in the same cycle */
		}
		/* not lowered: only at min_current, while small, and not for long */
		assert_int_equal(w->decision.allowed_ma, w->config.min_ma);
		assert_false(severe);
		if (w->riding_since_ms < 0)
			w->riding_since_ms = w->now_ms;
	}
	if (w->riding_since_ms >= 0 && w->config.pause_delay_ms > 0)
		assert_true(w->now_ms - w->riding_since_ms <= w->config.pause_delay_ms);
}

static void S3_an_overload_lowers_the_current_in_the_same_cycle(void **state)
{
	(void)state;
	many_worlds(check_S3);
}

/* ---- S4 ---- */

static void check_S4(struct world *w)
{
	uint32_t silence = FAULT_BIT(FAULT_METER_LOST) | FAULT_BIT(FAULT_METER_IMPLAUSIBLE);

	if (w->input.limit_ma == 0 || w->stalled || w->was_off || has_good_reading(w))
		w->good_ms = w->now_ms;
	if (w->input.limit_ma == 0)
		return;
	if (w->now_ms - w->good_ms >= w->config.lost_after_ms) {
		assert_int_equal(w->decision.state, REGULATOR_FAILSAFE);
		assert_true(w->decision.faults & silence);
	} else {
		/* it asks to be called in time */
		assert_true(w->decision.deadline_ms <= w->good_ms + w->config.lost_after_ms);
	}
	assert_true(w->decision.deadline_ms > w->now_ms || w->decision.allowed_ma == 0);
	if (w->stalled)
		assert_true(w->decision.faults & FAULT_BIT(FAULT_LOOP_STALLED));
}

static void S4_no_valid_reading_for_lost_after_is_failsafe(void **state)
{
	(void)state;
	many_worlds(check_S4);
}

/* ---- S5 ---- */

static void check_S5(struct world *w)
{
	if (!w->input.reading || w->reading.quality == READING_GOOD || w->input.limit_ma == 0)
		return;
	assert_true(
		w->decision.allowed_ma <= w->before_ma || w->state_before == REGULATOR_DISABLED);
	if (w->reading.quality == READING_SUSPECT && !w->stalled)
		assert_true(w->decision.allowed_ma <= w->config.min_ma);
}

static void S5_a_suspect_reading_lowers_to_min_current_and_none_but_a_good_one_raises(void **state)
{
	(void)state;
	many_worlds(check_S5);
}

static void S5_suspect_readings_for_lost_after_are_implausible(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	assert_non_null(w);
	begin(w, 1);
	w->reading = (struct reading){.phases = 3, .quality = READING_SUSPECT};
	for (int64_t end = w->now_ms + w->config.lost_after_ms; w->now_ms < end;) {
		assert_int_equal(w->decision.faults, 0);
		w->now_ms += 250;
		w->reading.at_ms = w->now_ms;
		w->input.reading = &w->reading;
		step(w);
	}
	assert_int_equal(w->decision.faults, FAULT_BIT(FAULT_METER_IMPLAUSIBLE));
	free(w);
}

/* ---- S6 ---- */

/* A house of constant loads and a car that follows within settle, read every poll_ms. */
static void healthy_step(struct world *w, const int32_t house_ma[], int32_t *car_ma,
	int64_t *car_due_ms, int64_t poll_ms)
{
	w->now_ms += poll_ms;
	if (*car_ma != w->decision.allowed_ma && *car_due_ms < 0)
		*car_due_ms = w->now_ms + w->config.settle_ms / 2;
	if (*car_due_ms >= 0 && w->now_ms >= *car_due_ms) {
		*car_ma = w->decision.allowed_ma;
		*car_due_ms = -1;
	}
	for (int i = 0; i < PHASES_MAX; i++)
		w->reading.current_ma[i] = house_ma[i] + (w->mask & 1u << i ? *car_ma : 0);
	w->reading.quality = READING_GOOD;
	w->reading.phases = 3;
	w->reading.at_ms = w->now_ms;
	w->input.reading = &w->reading;
	w->input.faults = 0;
	w->input.cap_ma = REGULATOR_NO_CAP;
	step(w);
}

static void S6_healthy_inputs_and_room_lead_back_to_max_current_in_time(void **state)
{
	struct random seeds = {.state = random_seed()};
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	assert_non_null(w);
	for (int run = 0; run < test_runs(RUNS); run++) {
		int32_t house_ma[PHASES_MAX], car_ma = 0;
		int64_t bound_ms, hold_ms, car_due_ms = -1, poll_ms;
		int disturbances;

		begin(w, random_next(&seeds));
		disturbances = (int)random_between(&w->random, 0, STEPS - 1);
		for (int i = 0; i < disturbances; i++) {
			random_input(w);
			step(w);
		}
		poll_ms = random_between(&w->random, 30, 450);
		w->input.limit_ma = w->config.max_ma + w->config.margin_ma +
				    w->config.resume_margin_ma +
				    (int32_t)random_between(&w->random, 0, 20000);
		for (int i = 0; i < PHASES_MAX; i++)
			house_ma[i] = (int32_t)random_between(&w->random, 0,
				w->input.limit_ma - w->config.margin_ma - w->config.max_ma -
					w->config.resume_margin_ma);

		hold_ms = w->regulator.hold_until_ms - w->now_ms;
		if (hold_ms < w->config.resume_delay_ms)
			hold_ms = w->config.resume_delay_ms;
		assert_true(hold_ms <= 10 * 60 * 1000);
		bound_ms = w->now_ms + w->config.settle_ms + hold_ms + w->config.recover_delay_ms +
			   3 * w->config.raise_delay_ms + 8 * poll_ms;
		do {
			assert_true(w->now_ms < bound_ms);
			healthy_step(w, house_ma, &car_ma, &car_due_ms, poll_ms);
		} while (w->decision.allowed_ma != w->config.max_ma);
		assert_int_equal(w->decision.state, REGULATOR_CHARGING);
	}
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S1_allowed_is_0_or_within_min_and_max_and_below_the_mains_limit),
		cmocka_unit_test(
			S2_no_raise_without_a_good_reading_nor_before_the_last_change_has_settled),
		cmocka_unit_test(S3_an_overload_lowers_the_current_in_the_same_cycle),
		cmocka_unit_test(S4_no_valid_reading_for_lost_after_is_failsafe),
		cmocka_unit_test(
			S5_a_suspect_reading_lowers_to_min_current_and_none_but_a_good_one_raises),
		cmocka_unit_test(S5_suspect_readings_for_lost_after_are_implausible),
		cmocka_unit_test(S6_healthy_inputs_and_room_lead_back_to_max_current_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
