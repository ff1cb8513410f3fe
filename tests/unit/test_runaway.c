/* SPDX-License-Identifier: MIT */
/*
 * A charger that does not obey, told apart from a house that is overloaded without it; and what a
 * restart costs.
 */
#include <string.h>

#include "core/fault.h"
#include "core/regulator.h"
#include "support.h"
#include "usual_config.h"

struct site {
	struct regulator regulator;
	struct regulator_decision decision;
	struct regulator_feedback feedback;
	bool has_feedback;
	int64_t now_ms;
	int32_t house_ma[PHASES_MAX];
	int32_t car_ma; /* what is really drawn */
	bool deaf;	/* never draws less than it does */
};

static void site_begin(struct site *site)
{
	memset(site, 0, sizeof(*site));
	site->now_ms = 1000;
	regulator_init(&site->regulator, &usual_config, site->now_ms);
}

static void site_run(struct site *site, int64_t for_ms)
{
	for (int64_t end_ms = site->now_ms + for_ms; site->now_ms < end_ms;) {
		struct reading reading = {.phases = 3, .quality = READING_GOOD};
		struct regulator_input input = {
			.limit_ma = 25000,
			.reading = &reading,
			.cap_ma = REGULATOR_NO_CAP,
		};

		site->now_ms += 250;
		if (!site->deaf || site->decision.allowed_ma > site->car_ma)
			site->car_ma = site->decision.allowed_ma;
		for (int i = 0; i < PHASES_MAX; i++) {
			reading.current_ma[i] = site->house_ma[i] + site->car_ma;
			site->feedback.drawn_ma[i] = site->car_ma;
		}
		reading.at_ms = site->feedback.at_ms = site->now_ms;
		input.feedback = site->has_feedback ? &site->feedback : NULL;
		regulator_step(
			&site->regulator, &usual_config, &input, site->now_ms, &site->decision);
	}
}

/* A car that charges at full current, in a house that is not overloaded yet. */
static void site_charge(struct site *site)
{
	site_begin(site);
	site_run(site, 100000);
	assert_int_equal(site->decision.state, REGULATOR_CHARGING);
}

static void all_phases(struct site *site, int32_t ma)
{
	for (int i = 0; i < PHASES_MAX; i++)
		site->house_ma[i] = ma;
}

static void a_deaf_charger_ends_in_charger_runaway(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	site.deaf = true;
	all_phases(&site, 12000);
	/* three cuts without effect, each given settle; a ride; a stop without effect */
	site_run(&site, 3 * usual_config.settle_ms + usual_config.pause_delay_ms +
				usual_config.settle_ms + 5000 + 2000);
	assert_int_equal(site.decision.state, REGULATOR_FAILSAFE);
	assert_int_equal(site.decision.faults, FAULT_BIT(FAULT_CHARGER_RUNAWAY));
	assert_int_equal(site.decision.allowed_ma, 0);
	assert_int_equal(site.decision.runaway->load_ma, 28000);
	assert_true(site.decision.runaway->stopped_ms < site.now_ms);
}

static void a_deaf_charger_that_does_not_measure_is_judged_by_the_meter(void **state)
{
	struct regulator_feedback feedback = {.drawn_ma = {-1, -1, -1}};
	struct site site;

	(void)state;
	site_charge(&site);
	for (int i = 0; i < 400; i++) {
		struct reading reading = {.at_ms = site.now_ms + 250,
			.phases = 3,
			.current_ma = {28000, 28000, 28000}};
		struct regulator_input input = {
			.limit_ma = 25000,
			.reading = &reading,
			.feedback = &feedback,
			.cap_ma = REGULATOR_NO_CAP,
		};

		site.now_ms += 250;
		feedback.at_ms = site.now_ms;
		regulator_step(&site.regulator, &usual_config, &input, site.now_ms, &site.decision);
	}
	assert_int_equal(site.decision.faults, FAULT_BIT(FAULT_CHARGER_RUNAWAY));
}

static void a_house_that_is_overloaded_without_the_car_is_no_fault(void **state)
{
	struct site site;

	(void)state;
	/* the car obeys, and the house alone goes on being too much */
	site_charge(&site);
	all_phases(&site, 26000);
	site_run(&site, 60000);
	assert_int_equal(site.decision.state, REGULATOR_PAUSED);
	assert_int_equal(site.decision.faults, 0);
	assert_int_equal(site.decision.runaway->verdict, RUNAWAY_HOUSE);

	/* nobody charges, and one phase of the house is too much */
	site_charge(&site);
	site.deaf = true;
	site.car_ma = 0;
	site.house_ma[1] = 27000;
	for (int i = 0; i < 240; i++) {
		site.decision.allowed_ma = 0; /* so that no car follows */
		site_run(&site, 250);
		site.car_ma = 0;
	}
	assert_int_equal(site.decision.faults, 0);
}

static void with_feedback_a_charger_that_goes_on_drawing_is_a_runaway_after_10_s(void **state)
{
	struct site site;
	int64_t stopped_ms;

	(void)state;
	site_charge(&site);
	site.has_feedback = true;
	site.deaf = true;
	all_phases(&site, 24000); /* 1.6 times the limit: no riding through */
	while (site.decision.allowed_ma > 0)
		site_run(&site, 250);
	stopped_ms = site.now_ms;
	all_phases(&site, 0); /* the overload is gone, the disobedience is not */
	while (!site.decision.faults) {
		site_run(&site, 250);
		assert_true(site.now_ms - stopped_ms <= 11000);
	}
	assert_int_equal(site.decision.faults, FAULT_BIT(FAULT_CHARGER_RUNAWAY));
	assert_true(site.now_ms - stopped_ms >= 10000);

	/* it stops at last: the fault is over, and the charge goes on after its hold */
	site.deaf = false;
	site_run(&site, 1000);
	assert_int_equal(site.decision.faults, 0);
	assert_int_equal(site.decision.state, REGULATOR_PAUSED);
	site_run(&site, 90000);
	assert_int_equal(site.decision.state, REGULATOR_CHARGING);
}

static void feedback_that_is_too_old_counts_for_nothing(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	site.has_feedback = true;
	all_phases(&site, 24000);
	while (site.decision.allowed_ma > 0)
		site_run(&site, 250);
	all_phases(&site, 0);
	/* the last frame said 16 A, and no more come */
	for (int i = 0; i < 80; i++) {
		struct reading reading = {.at_ms = site.now_ms + 250, .phases = 3};
		struct regulator_feedback old = {
			.at_ms = site.now_ms - 5000, .drawn_ma = {16000, 16000, 16000}};
		struct regulator_input input = {
			.limit_ma = 25000,
			.reading = &reading,
			.feedback = &old,
			.cap_ma = REGULATOR_NO_CAP,
		};

		site.now_ms += 250;
		regulator_step(&site.regulator, &usual_config, &input, site.now_ms, &site.decision);
		assert_int_equal(site.decision.faults, 0);
	}
}

/* Nobody looked while the car may have stopped: what is seen later may all be the house's. */
static void a_stop_that_nobody_watched_accuses_nobody(void **state)
{
	static const int32_t load_ma[PHASES_MAX] = {28000, 28000, 28000};
	struct runaway runaway = {0};
	int64_t late_ms = 1000 + usual_config.settle_ms + RUNAWAY_GRACE_MS + 1;

	(void)state;
	runaway_stop(&runaway, load_ma, 1000);
	runaway_on_reading(&runaway, load_ma, 7, 25000, usual_config.settle_ms, late_ms);
	assert_int_equal(runaway.verdict, RUNAWAY_HOUSE);
	/* with a look in time, the same loads are the charger's */
	runaway_stop(&runaway, load_ma, 1000);
	runaway_on_reading(&runaway, load_ma, 7, 25000, usual_config.settle_ms, 2000);
	assert_int_equal(runaway.verdict, RUNAWAY_NONE);
	runaway_on_reading(&runaway, load_ma, 7, 25000, usual_config.settle_ms, late_ms);
	assert_int_equal(runaway.verdict, RUNAWAY_CHARGER);
}

/* ---- limits ---- */

static void a_lower_limit_lowers_the_charge_and_does_not_pause_it(void **state)
{
	struct site site;
	struct reading reading = {.phases = 3, .current_ma = {21900, 21900, 21900}};
	struct regulator_input input = {
		.limit_ma = 16000,
		.reading = &reading,
		.cap_ma = REGULATOR_NO_CAP,
	};

	(void)state;
	site_charge(&site);
	reading.at_ms = site.now_ms += 250;
	input.limit_ma = 25000;
	regulator_step(&site.regulator, &usual_config, &input, site.now_ms, &site.decision);
	assert_int_equal(site.decision.allowed_ma, 16000);
	/* first without a reading, then with one in which the car has not followed yet */
	input.limit_ma = 16000;
	input.reading = NULL;
	site.now_ms += 100;
	regulator_step(&site.regulator, &usual_config, &input, site.now_ms, &site.decision);
	assert_int_equal(site.decision.allowed_ma, 15800);
	input.reading = &reading;
	reading.at_ms = site.now_ms += 150;
	regulator_step(&site.regulator, &usual_config, &input, site.now_ms, &site.decision);
	assert_int_equal(site.decision.state, REGULATOR_LIMITED);
	assert_in_range(site.decision.allowed_ma, 9000, 10100);
}

static void a_limit_below_the_margin_allows_nothing(void **state)
{
	struct regulator_config wide = usual_config;
	struct site site;
	struct reading reading = {.phases = 3};
	struct regulator_input input = {
		.limit_ma = 16000,
		.reading = &reading,
		.cap_ma = REGULATOR_NO_CAP,
	};

	(void)state;
	wide.margin_ma = 17000;
	site_charge(&site);
	reading.at_ms = site.now_ms += 250;
	regulator_step(&site.regulator, &wide, &input, site.now_ms, &site.decision);
	assert_int_equal(site.decision.allowed_ma, 0);
}

/* ---- restarts ---- */

/* A new process, with what the old one remembered, in a house with this load. Returns when it allows. */
static int64_t restart(struct site *site, int64_t gap_ms)
{
	struct regulator_memory memory = regulator_remember(&site->regulator);
	int64_t begin_ms;

	site->now_ms += gap_ms;
	begin_ms = site->now_ms;
	regulator_init(&site->regulator, &usual_config, site->now_ms);
	regulator_recall(&site->regulator, &memory, site->now_ms);
	memset(&site->decision, 0, sizeof(site->decision));
	while (site->decision.allowed_ma == 0) {
		site_run(site, 250);
		assert_true(site->now_ms - begin_ms < 700000);
	}
	assert_int_equal(site->decision.allowed_ma, usual_config.min_ma);
	return site->now_ms - begin_ms;
}

static void a_restart_costs_a_charge_one_reading_but_only_once_in_ten_minutes(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	assert_true(restart(&site, 2000) <= 250);
	site_run(&site, 30000);
	assert_int_equal(site.decision.state, REGULATOR_CHARGING);
	site_run(&site, 8 * 60000);
	assert_true(restart(&site, 2000) >= usual_config.resume_delay_ms);
	site_run(&site, 11 * 60000);
	assert_true(restart(&site, 2000) <= 250);
}

static void a_restart_long_after_the_last_decision_is_a_fresh_start(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	assert_true(restart(&site, 30000) <= 250);
	site_charge(&site);
	assert_true(restart(&site, 30001) >= usual_config.resume_delay_ms);
}

static void a_pause_hold_goes_on_over_a_restart(void **state)
{
	struct site site;
	int64_t paused_ms;

	(void)state;
	site_charge(&site);
	all_phases(&site, 20000);
	while (site.decision.allowed_ma > 0)
		site_run(&site, 250);
	paused_ms = site.now_ms;
	all_phases(&site, 0);
	site_run(&site, 20000);
	(void)restart(&site, 2000);
	/* the hold did not begin anew, but room must last for resume_delay from the restart on */
	assert_in_range(site.now_ms - paused_ms, 60000, 84000);
}

static void memory_that_cannot_be_true_is_ignored(void **state)
{
	struct random random = {.state = random_seed()};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct regulator_memory memory = {
			.at_ms = random_between(&random, -100000, 200000),
			.state = (enum regulator_state)random_between(&random, -2, 8),
			.hold_until_ms = random_between(&random, -100000, 2000000),
			.resumed_ms = random_chance(&random, 5)
					      ? INT64_MIN
					      : random_between(&random, -2, 200000),
			.repeats = (int32_t)random_between(&random, -5, 40),
			.restarted_ms = random_chance(&random, 5)
						? INT64_MIN
						: random_between(&random, -2, 200000),
		};
		struct site site;

		site_begin(&site);
		site.now_ms = 100000;
		regulator_init(&site.regulator, &usual_config, site.now_ms);
		regulator_recall(&site.regulator, &memory, site.now_ms);
		assert_true(site.regulator.hold_until_ms <= site.now_ms + 600000);
		assert_true(site.regulator.resumed_ms >= -1 && site.regulator.restarted_ms >= -1);
		site_run(&site, 250);
		assert_true(site.decision.allowed_ma == 0 || site.decision.allowed_ma == 6000);
		if (site.decision.allowed_ma) {
			assert_in_range(memory.at_ms, 70000, 100000);
			assert_in_range(memory.state, REGULATOR_CHARGING, REGULATOR_LIMITED);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deaf_charger_ends_in_charger_runaway),
		cmocka_unit_test(a_deaf_charger_that_does_not_measure_is_judged_by_the_meter),
		cmocka_unit_test(a_house_that_is_overloaded_without_the_car_is_no_fault),
		cmocka_unit_test(
			with_feedback_a_charger_that_goes_on_drawing_is_a_runaway_after_10_s),
		cmocka_unit_test(feedback_that_is_too_old_counts_for_nothing),
		cmocka_unit_test(a_stop_that_nobody_watched_accuses_nobody),
		cmocka_unit_test(a_lower_limit_lowers_the_charge_and_does_not_pause_it),
		cmocka_unit_test(a_limit_below_the_margin_allows_nothing),
		cmocka_unit_test(a_restart_costs_a_charge_one_reading_but_only_once_in_ten_minutes),
		cmocka_unit_test(a_restart_long_after_the_last_decision_is_a_fresh_start),
		cmocka_unit_test(a_pause_hold_goes_on_over_a_restart),
		cmocka_unit_test(memory_that_cannot_be_true_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
