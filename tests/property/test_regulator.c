/* SPDX-License-Identifier: MIT */
/*
 * The invariants S1 to S6 of the regulator, each over tens of thousands of random steps.
 *
 * A random world drives the regulator: any valid configuration, limits that change, readings
 * that are good, suspect, invalid, late or missing, faults that come and go, gaps in time up to a
 * suspend.
 */
#include <string.h>

#include "core/fault.h"
#include "core/regulator.h"
#include "invariants.h"
#include "support.h"

#define RUNS  300
#define STEPS 500

/* What the charger says that it draws. */
enum talk {
	TALK_NONE,
	TALK_TRUTH,
	TALK_NOTHING_MEASURED,
	TALK_ZERO,
	TALK_STUCK,
	TALK_ANYTHING,
	TALKS
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
	bool calm;  /* nothing goes wrong but the loads */
	int phases; /* of the meter */
	enum talk talk;
	struct regulator_feedback feedback;
	struct books books;
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
	/* S6 needs that: a pause may end with settle and be followed by another before room counts */
	c->raise_delay_ms = random_between(r, c->settle_ms / 2, 20000);
	c->pause_delay_ms = random_between(r, 0, 10000);
	c->resume_delay_ms = random_between(r, 0, random_chance(r, 20) ? 90000 : 9000);
	c->recover_delay_ms = random_between(r, 0, 15000);
	if (random_chance(r, 10)) {
		c->max_ma = c->min_ma;
		c->failsafe_ma = 0;
	}
	w->phases = random_chance(r, 25) ? 1 : 3;
	w->mask = w->phases == 1 ? 0x1 : 0x7;
	if (c->phase_mask & w->mask)
		w->mask &= c->phase_mask;
}

static void begin(struct world *w, uint64_t seed)
{
	memset(w, 0, sizeof(*w));
	w->random.state = seed;
	random_config(w);
	w->now_ms = random_between(&w->random, 0, 1000000);
	w->input.limit_ma = (int32_t)random_between(&w->random, 10000, 80000);
	w->input.cap_ma = REGULATOR_NO_CAP;
	books_begin(&w->books, &w->config, w->now_ms);
	w->deaf = random_chance(&w->random, 10);
	w->calm = random_chance(&w->random, 50);
	w->talk = (enum talk)random_between(&w->random, 0, TALKS - 1);
	regulator_init(&w->regulator, &w->config, w->now_ms);
}

static void random_feedback(struct world *w)
{
	struct random *r = &w->random;
	bool stuck = w->talk == TALK_STUCK && random_chance(r, 99);

	w->input.feedback = w->talk == TALK_NONE ? NULL : &w->feedback;
	if (random_chance(r, 90)) /* else it may become too old */
		w->feedback.at_ms = w->now_ms - random_between(r, 0, 300);
	for (int i = 0; i < PHASES_MAX && !stuck; i++) {
		int32_t drawn_ma = w->car_ma;

		if (w->talk == TALK_ZERO)
			drawn_ma = 0;
		else if (w->talk == TALK_ANYTHING)
			drawn_ma = (int32_t)random_between(r, -10000, 100000);
		else if (w->talk == TALK_NOTHING_MEASURED || !(w->mask & 1u << i))
			drawn_ma = -1;
		w->feedback.drawn_ma[i] = drawn_ma;
	}
}

/* Faults come and go, and readings get doubtful. */
static void random_trouble(struct world *w)
{
	struct random *r = &w->random;

	if (random_chance(r, 1))
		w->input.faults ^= FAULT_BIT(random_between(r, 0, FAULT_COUNT - 1));
	if (random_chance(r, 5))
		w->input.faults = 0;
	if (random_chance(r, 3))
		w->reading.quality = random_chance(r, 50) ? READING_SUSPECT : READING_INVALID;
}

/* Time goes on, and something new may be known. Most steps are ordinary polls. */
static void random_input(struct world *w)
{
	struct random *r = &w->random;
	int64_t gap_ms = random_between(r, 30, 400);

	if (!w->calm && random_chance(r, 2))
		gap_ms = random_between(r, 0, w->config.lost_after_ms + 2000);
	w->now_ms += gap_ms;

	if (random_chance(r, 1))
		w->input.limit_ma = random_chance(r, 20) ? 0
							 : (int32_t)random_between(r, 10000, 80000);
	if (random_chance(r, 1))
		w->input.cap_ma = random_chance(r, 70) ? REGULATOR_NO_CAP
						       : (int32_t)random_between(r, 0, 40000);

	w->input.reading = random_chance(r, 90) ? &w->reading : NULL;
	w->reading.at_ms = w->now_ms;
	w->reading.phases = w->phases;
	w->reading.quality = READING_GOOD;
	if (!w->deaf && random_chance(r, 30))
		w->car_ma = w->decision.allowed_ma;
	for (int i = 0; i < PHASES_MAX; i++) {
		if (random_chance(r, w->calm ? 1 : 2))
			w->house_ma[i] = (int32_t)random_between(r, -3000, w->input.limit_ma);
		if (random_chance(r, 2))
			w->house_ma[i] = (int32_t)random_between(r, 0, 3000);
		w->reading.current_ma[i] = w->house_ma[i] + (int32_t)random_between(r, -50, 50) +
					   (w->mask & 1u << i ? w->car_ma : 0);
	}
	if (!w->calm)
		random_trouble(w);
	random_feedback(w);
}

static void step(struct world *w)
{
	regulator_step(&w->regulator, &w->config, &w->input, w->now_ms, &w->decision);
	books_step(&w->books, &w->input, &w->decision, w->now_ms);
}

/* Runs many random worlds; calls check after each step. Fails if the worlds were too quiet to tell. */
static void many_worlds(void (*check)(struct books *books))
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
			check(&w->books);
			books_close(&w->books);
		}
		raises += w->books.raises;
		cuts += w->books.cuts;
		pauses += w->books.pauses;
		faults += w->books.faults;
	}
	printf("%d steps: %d raises, %d cuts, %d pauses, %d steps in a fault\n", runs * STEPS,
		raises, cuts, pauses, faults);
	assert_true(raises > runs && cuts > runs && pauses > runs / 10 && faults > runs);
	free(w);
}

static void check_S1(struct books *books)
{
	invariant_S1(books);
}

static void S1_allowed_is_0_or_within_min_and_max_and_below_the_mains_limit(void **state)
{
	(void)state;
	many_worlds(check_S1);
}

static void check_S2(struct books *books)
{
	invariant_S2(books);
}

static void S2_no_raise_without_a_good_reading_nor_before_the_last_change_has_settled(void **state)
{
	(void)state;
	many_worlds(check_S2);
}

static void S3_an_overload_lowers_the_current_in_the_same_cycle(void **state)
{
	(void)state;
	many_worlds(invariant_S3);
}

static void check_S4(struct books *books)
{
	invariant_S4(books);
}

static void S4_no_valid_reading_for_lost_after_is_failsafe(void **state)
{
	(void)state;
	many_worlds(check_S4);
}

static void check_S5(struct books *books)
{
	invariant_S5(books);
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
		books_close(&w->books);
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
	w->reading.phases = w->phases;
	w->reading.at_ms = w->now_ms;
	w->input.reading = &w->reading;
	w->input.faults = 0;
	w->input.cap_ma = REGULATOR_NO_CAP;
	step(w);
	books_close(&w->books);
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
		w->talk = TALK_NONE; /* what a charger said goes on counting, and takes longer */
		disturbances = (int)random_between(&w->random, 0, STEPS - 1);
		for (int i = 0; i < disturbances; i++) {
			random_input(w);
			step(w);
			books_close(&w->books);
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
		bound_ms = w->config.settle_ms + w->config.recover_delay_ms +
			   3 * w->config.raise_delay_ms;
		/* raises that were taken back one after the other: the last may come in two steps */
		if (w->regulator.raise_repeats > 0)
			bound_ms *= 2;
		bound_ms += w->now_ms + hold_ms + 8 * poll_ms;
		do {
			assert_true(w->now_ms < bound_ms);
			healthy_step(w, house_ma, &car_ma, &car_due_ms, poll_ms);
		} while (w->decision.state != REGULATOR_CHARGING);
		/* not before: failsafe_current may be as much */
		assert_int_equal(w->decision.allowed_ma, w->config.max_ma);
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
