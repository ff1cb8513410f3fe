/* SPDX-License-Identifier: MIT */
/*
 * The replay against small houses whose figures are known exactly.
 */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/fault.h"
#include "sim/replay.h"

#define ROWS_MAX 4

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

/* A house of a few rows, and the settings of a fresh installation at 25 A and 16 A. */
struct rig {
	struct trace_row rows[ROWS_MAX];
	struct trace trace;
	struct replay_setup setup;
	struct replay_result result;
};

static void rig_init(struct rig *rig, double seconds, double l1, double l2, double l3)
{
	struct config config;

	memset(rig, 0, sizeof(*rig));
	config_defaults(&config);
	config.charger.max_ma = 16000;
	rig->rows[0] = (struct trace_row){0, {l1, l2, l3}};
	rig->rows[1] = (struct trace_row){seconds / 2, {l1, l2, l3}}; /* ends at seconds */
	rig->trace = (struct trace){.rows = rig->rows, .count = 2};
	rig->setup = (struct replay_setup){
		.trace = &rig->trace,
		.car = car_preset_find("reference"),
		.limit_ma = 25000,
		.phases = 3,
		.poll_ms = 250,
		.lag_ms = 1000,
	};
	config_regulator(&config, &rig->setup.regulator);
}

static void rig_run(struct rig *rig)
{
	assert_int_equal(replay_run(&rig->setup, &rig->result), 0);
}

/* ---- figures ---- */

static void an_overloaded_house_is_measured_and_gets_no_car(void **state)
{
	struct rig rig;
	const struct tally *tally = &rig.result.tally;

	(void)state;
	rig_init(&rig, 600, 10, 30, 0);
	rig_run(&rig);
	assert_near(tally->over_s, 600, 0);
	assert_near(tally->longest_s, 600, 0);
	assert_near(tally->excess_a, 5, 1e-9);
	assert_near(tally->heat, 600 * (1.2 * 1.2 - 1.13 * 1.13), 1e-6);
	assert_near(tally->car_ah, 0, 0);
	assert_near(tally->optimum_ah, 0, 0);
	assert_int_equal(tally->pauses, 0);
	assert_int_equal(tally->changes, 0);
	assert_int_equal(rig.result.seconds, 600);
	assert_int_equal(rig.result.state_s[REGULATOR_PAUSED], 600);
	assert_int_equal(rig.result.faults, 0);
}

static void an_empty_house_gives_the_car_all_after_a_start_at_min_current(void **state)
{
	struct rig rig;
	const struct tally *tally = &rig.result.tally;

	(void)state;
	rig_init(&rig, 600, 1, 1, 1);
	rig_run(&rig);
	assert_near(tally->over_s, 0, 0);
	assert_near(tally->excess_a, 0, 0);
	assert_near(tally->heat, 0, 0);
	assert_near(tally->optimum_ah, 16 * 600 / 3600.0, 1e-9);
	assert_int_equal(tally->pauses, 0);    /* the beginning is none */
	assert_in_range(tally->changes, 2, 4); /* min_current, then all */
	assert_int_equal(rig.result.state_s[REGULATOR_CHARGING] +
				 rig.result.state_s[REGULATOR_LIMITED] +
				 rig.result.state_s[REGULATOR_PAUSED],
		600);
	assert_int_equal(rig.result.state_s[REGULATOR_PAUSED], 60); /* resume_delay */
	assert_true(rig.result.state_s[REGULATOR_LIMITED] > 0);
	assert_near(tally->offered_a, 16, 0);
}

static void the_optimum_is_what_the_worst_phase_of_the_charger_leaves(void **state)
{
	const struct {
		double worst_a, optimum_a;
	} cases[] = {{5, 16}, {9, 16}, {9.5, 15.5}, {18.9, 6.1}, {19.1, 0}, {40, 0}, {-3, 16}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const double house_a[] = {cases[i].worst_a, -20, 24};
		struct tally tally;

		tally_init(&tally, 25, 3);
		tally_optimum(&tally, house_a, 0x3, 6, 16, 3600);
		assert_near(tally.optimum_ah, cases[i].optimum_a, 1e-9);
	}
}

static void an_overload_by_the_house_alone_is_told_apart(void **state)
{
	const double quiet_a[] = {25.5, 1, 1}, loud_a[] = {1, 1, 25.6}, car_a[] = {26, 26, 26};
	struct tally tally;

	(void)state;
	tally_init(&tally, 25, 3);
	tally_optimum(&tally, quiet_a, 0x1, 6, 16, 1);
	tally_add(&tally, car_a, 16, 16, 1);
	tally_optimum(&tally, loud_a, 0x1, 6, 16, 1);
	tally_add(&tally, car_a, 16, 16, 1);
	assert_near(tally.over_s, 2, 0);
	assert_near(tally.house_over_s, 1, 0);
	/* The phases of the charger do not matter: it is the main switch's. */
}

/* ---- the plant ---- */

struct onlooker {
	struct rig rig;
	int64_t polls, steps, last_ms;
	double totals_a[100000]; /* L1 in steps of 10 ms, as seen at each call */
	double energy_as;	 /* sum over the seconds */
	double first_t_s, last_t_s;
	int64_t seconds;
	bool wrong;
};

static void see_reading(void *userdata, const struct replay_step *step)
{
	struct onlooker *witness = userdata;
	const struct reading *reading = step->input->reading;
	int64_t then_ms = step->now_ms - witness->rig.setup.lag_ms;

	witness->totals_a[step->now_ms / 10] = step->total_a[0];
	witness->steps++;
	witness->wrong |= step->now_ms <= witness->last_ms;
	witness->last_ms = step->now_ms;
	if (!reading)
		return;
	witness->wrong |= reading->at_ms != step->now_ms || reading->quality != READING_GOOD;
	witness->wrong |= step->now_ms != witness->polls++ * 250;
	if (then_ms >= 0)
		witness->wrong |= reading->current_ma[0] !=
				  lrint(witness->totals_a[then_ms / 10] * 1000);
}

static void see_second(void *userdata, const struct replay_second *second)
{
	struct onlooker *witness = userdata;

	if (witness->seconds++ == 0)
		witness->first_t_s = second->t_s;
	witness->last_t_s = second->t_s;
	witness->energy_as += second->drawn_a;
	for (int p = 0; p < 3; p++)
		witness->wrong |= fabs(second->house_a[p] + second->drawn_a - second->total_a[p]) >
				  1e-9;
}

static void what_is_read_is_the_total_a_lag_ago(void **state)
{
	static const int64_t lags_ms[] = {0, 250, 1000, 10000, 60000};

	(void)state;
	for (size_t i = 0; i < sizeof(lags_ms) / sizeof(lags_ms[0]); i++) {
		struct onlooker *witness = calloc(1, sizeof(*witness));

		assert_non_null(witness);
		rig_init(&witness->rig, 600, 1, 2, 3);
		witness->last_ms = -1;
		witness->rig.setup.lag_ms = lags_ms[i];
		witness->rig.setup.hooks = (struct replay_hooks){
			.observe = see_reading, .second = see_second, .userdata = witness};
		rig_run(&witness->rig);
		assert_false(witness->wrong);
		assert_int_equal(witness->polls, 2400);
		assert_true(witness->steps >= witness->polls);
		assert_int_equal(witness->seconds, 600);
		assert_near(witness->energy_as / 3600, witness->rig.result.tally.car_ah, 1e-9);
		free(witness);
	}
}

static void seconds_are_told_on_the_clock_of_the_trace(void **state)
{
	struct onlooker *witness = calloc(1, sizeof(*witness));

	(void)state;
	assert_non_null(witness);
	rig_init(&witness->rig, 30, 1, 1, 1);
	witness->rig.rows[0].t_s = 1e9;
	witness->rig.rows[1].t_s = 1e9 + 15;
	witness->rig.setup.hooks = (struct replay_hooks){.second = see_second, .userdata = witness};
	rig_run(&witness->rig);
	assert_false(witness->wrong);
	assert_near(witness->first_t_s, 1e9, 0);
	assert_near(witness->last_t_s, 1e9 + 29, 0);
	free(witness);
}

static void see_l2_alone(void *userdata, const struct replay_second *second)
{
	bool *wrong = userdata;

	*wrong |= second->total_a[0] != 1 || second->total_a[2] != 3;
	*wrong |= fabs(second->total_a[1] - 2 - second->drawn_a) > 1e-9;
}

static void a_charger_on_l2_alone_loads_l2_alone(void **state)
{
	struct rig rig;
	bool wrong = false;

	(void)state;
	rig_init(&rig, 300, 1, 2, 3);
	rig.setup.charger = (struct phase_map){.count = 1, .mains = {1}};
	rig.setup.hooks = (struct replay_hooks){.second = see_l2_alone, .userdata = &wrong};
	rig_run(&rig);
	assert_false(wrong);
	assert_true(rig.result.tally.car_ah > 0.5);
}

static void see_feedback(void *userdata, const struct replay_step *step)
{
	const struct regulator_feedback *feedback = step->input->feedback;
	bool *wrong = userdata;

	*wrong |= !feedback;
	if (!feedback)
		return;
	*wrong |= feedback->at_ms > step->now_ms || step->now_ms - feedback->at_ms >= 100;
	*wrong |= feedback->drawn_ma[0] % 100 != 0 || feedback->drawn_ma[1] != 0;
	*wrong |= feedback->at_ms == step->now_ms &&
		  fabs(feedback->drawn_ma[0] / 1000.0 - step->drawn_a) > 0.05 + 1e-9;
}

static void feedback_is_a_frame_of_tenths_of_an_ampere_every_100_ms(void **state)
{
	struct rig rig;
	bool wrong = false;

	(void)state;
	rig_init(&rig, 300, 1, 2, 3);
	rig.setup.car = car_preset_find("one-phase");
	rig.setup.feedback = true;
	rig.setup.hooks = (struct replay_hooks){.observe = see_feedback, .userdata = &wrong};
	rig_run(&rig);
	assert_false(wrong);
}

/* ---- what goes wrong ---- */

#define GAP_FROM_MS 300000
#define GAP_TO_MS   320000

struct silence {
	int64_t failsafe_ms;
};

static void lose_readings(
	void *userdata, int64_t now_ms, struct regulator_input *input, struct reading *reading)
{
	(void)userdata;
	(void)reading;
	if (now_ms > GAP_FROM_MS && now_ms < GAP_TO_MS)
		input->reading = NULL;
}

static void see_failsafe(void *userdata, const struct replay_step *step)
{
	struct silence *silence = userdata;

	if (!silence->failsafe_ms && step->decision->state == REGULATOR_FAILSAFE) {
		silence->failsafe_ms = step->now_ms;
		assert_int_equal(step->decision->allowed_ma, 0);
	}
}

static void silence_is_failsafe_to_the_millisecond(void **state)
{
	struct silence silence = {0};
	struct rig rig;

	(void)state;
	rig_init(&rig, 900, 1, 1, 1);
	rig.setup.regulator.lost_after_ms = 4990; /* not when a poll is due */
	rig.setup.hooks = (struct replay_hooks){
		.disturb = lose_readings, .observe = see_failsafe, .userdata = &silence};
	rig_run(&rig);
	assert_int_equal(silence.failsafe_ms, GAP_FROM_MS + 4990);
	assert_int_equal(rig.result.faults, FAULT_BIT(FAULT_METER_LOST));
	assert_int_equal(rig.result.tally.pauses, 1);
	assert_near(rig.result.tally.offered_a, 16, 0); /* and it came back */
}

static void lower_limit(
	void *userdata, int64_t now_ms, struct regulator_input *input, struct reading *reading)
{
	(void)userdata;
	(void)reading;
	if (now_ms >= GAP_FROM_MS)
		input->limit_ma = 10000;
}

static void a_limit_that_changes_is_also_that_of_the_figures(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, 600, 1, 1, 1);
	rig.setup.hooks = (struct replay_hooks){.disturb = lower_limit};
	rig_run(&rig);
	assert_near(rig.result.tally.limit_a, 10, 0);
	assert_true(rig.result.tally.offered_a <= 9);
	assert_true(rig.result.tally.offered_a >= 8);
	assert_near(rig.result.tally.optimum_ah, (16 * 300 + 9 * 300) / 3600.0, 0.01);
	/* 17 A for the moment until the car has followed. */
	assert_true(rig.result.tally.over_s <= 3);
}

static void doubt(
	void *userdata, int64_t now_ms, struct regulator_input *input, struct reading *reading)
{
	(void)userdata;
	(void)input;
	if (reading && now_ms >= GAP_FROM_MS && now_ms < GAP_FROM_MS + 2000)
		reading->quality = READING_SUSPECT;
	if (now_ms == GAP_FROM_MS + 100000)
		input->faults = FAULT_BIT(FAULT_OUTPUT_FAILED);
}

static void doubtful_readings_and_faults_of_others_reach_the_regulator(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, 600, 1, 1, 1);
	rig.setup.hooks = (struct replay_hooks){.disturb = doubt};
	rig_run(&rig);
	assert_int_equal(rig.result.faults, FAULT_BIT(FAULT_OUTPUT_FAILED));
	assert_int_equal(rig.result.tally.pauses, 1);
	/* Up to 16 A, down to 6 A, up again, pause, and all again. */
	assert_true(rig.result.tally.changes >= 7);
}

static void a_deaf_car_ends_as_a_runaway(void **state)
{
	for (int feedback = 0; feedback < 2; feedback++) {
		struct rig rig;

		(void)state;
		rig_init(&rig, 600, 1, 1, 1);
		rig.rows[1] = (struct trace_row){300, {23, 23, 23}};
		rig.setup.car = car_preset_find("deaf");
		rig.setup.feedback = feedback;
		rig_run(&rig);
		assert_true(rig.result.faults & FAULT_BIT(FAULT_CHARGER_RUNAWAY));
		assert_true(rig.result.state_s[REGULATOR_FAILSAFE] > 200);
		assert_near(rig.result.tally.offered_a, 0, 0);
	}
}

/* ---- the whole ---- */

static void the_same_input_gives_the_same_course(void **state)
{
	struct rig rig[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		rig_init(&rig[i], 900, 3, 8, 1);
		rig[i].rows[1].amps[1] = 19;
		rig_run(&rig[i]);
	}
	assert_memory_equal(&rig[0].result, &rig[1].result, sizeof(rig[0].result));
}

static void polls_back_to_back_take_the_time_of_the_line(void **state)
{
	struct onlooker *witness = calloc(1, sizeof(*witness));

	(void)state;
	assert_non_null(witness);
	rig_init(&witness->rig, 60, 1, 1, 1);
	witness->rig.setup.poll_ms = 0;
	witness->last_ms = -1;
	witness->rig.setup.hooks = (struct replay_hooks){
		.observe = see_reading, .userdata = witness};
	rig_run(&witness->rig);
	assert_int_equal(witness->polls, 60000 / REPLAY_EXCHANGE_MS);
	free(witness);
}

static void a_trace_that_is_too_long_is_refused(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, 1e300, 1, 1, 1);
	assert_int_equal(replay_run(&rig.setup, &rig.result), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_overloaded_house_is_measured_and_gets_no_car),
		cmocka_unit_test(an_empty_house_gives_the_car_all_after_a_start_at_min_current),
		cmocka_unit_test(the_optimum_is_what_the_worst_phase_of_the_charger_leaves),
		cmocka_unit_test(an_overload_by_the_house_alone_is_told_apart),
		cmocka_unit_test(what_is_read_is_the_total_a_lag_ago),
		cmocka_unit_test(seconds_are_told_on_the_clock_of_the_trace),
		cmocka_unit_test(a_charger_on_l2_alone_loads_l2_alone),
		cmocka_unit_test(feedback_is_a_frame_of_tenths_of_an_ampere_every_100_ms),
		cmocka_unit_test(silence_is_failsafe_to_the_millisecond),
		cmocka_unit_test(a_limit_that_changes_is_also_that_of_the_figures),
		cmocka_unit_test(doubtful_readings_and_faults_of_others_reach_the_regulator),
		cmocka_unit_test(a_deaf_car_ends_as_a_runaway),
		cmocka_unit_test(the_same_input_gives_the_same_course),
		cmocka_unit_test(polls_back_to_back_take_the_time_of_the_line),
		cmocka_unit_test(a_trace_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
