/* SPDX-License-Identifier: MIT */
/*
 * The invariants of the regulator in closed loop: with made-up houses, every car, and a meter that
 * is late; undisturbed, and with lost and implausible readings, limits, caps and faults that change
 * in the middle.
 */
#include <string.h>

#include "core/fault.h"
#include "invariants.h"
#include "sim/load.h"
#include "sim/replay.h"
#include "support.h"

#define BUSY_S	  5400 /* of a house in use */
#define QUIET_S	  900  /* then of one that is not: longer than every way back */
#define RUN_S	  (BUSY_S + QUIET_S)
#define RUNS_EACH 3 /* of every car */

#define OVER_A 0.5 /* as sim/tally.h */

struct run {
	struct random random;
	struct replay_setup setup;
	struct trace_row rows[RUN_S];
	struct trace trace;
	struct replay_result result;
	struct books books;
	bool disturbed;

	/* disturbances that go on */
	int64_t silent_until_ms, doubtful_until_ms;
	enum reading_quality doubt;
	int32_t limit_ma, cap_ma;
	uint32_t faults;

	/* the pauses */
	int64_t paused_ms, resumed_ms, hold_ms;
	int pauses;

	/* the way back */
	int64_t hold_until_ms; /* when the house falls quiet */
	int64_t back_ms;       /* -1: not yet */

	int over_s, longest_over_s; /* while the car draws more than it must */
};

/* ---- the house ---- */

static void house_make(struct run *run)
{
	struct random *r = &run->random;
	const struct load_options options = {.seed = random_next(r), .phases = run->setup.phases};
	int begin_s = (int)random_between(r, 6 * 3600, 20 * 3600);
	int32_t ma[SIM_PHASES_MAX];
	struct load_house house;

	load_house_init(&house, &options);
	for (int s = 0; s < begin_s; s++)
		load_house_second(&house, ma);
	for (int s = 0; s < RUN_S; s++) {
		struct trace_row *row = &run->rows[s];

		load_house_second(&house, ma);
		row->t_s = s;
		for (int i = 0; i < SIM_PHASES_MAX; i++)
			row->amps[i] = s < BUSY_S ? ma[i] / 1000.0 : 0.5;
	}
	run->trace = (struct trace){run->rows, RUN_S};
}

/* ---- what goes wrong ---- */

/* Until shortly before the house falls quiet. */
static void disturb(
	void *userdata, int64_t now_ms, struct regulator_input *input, struct reading *reading)
{
	static const int32_t limits_ma[] = {16000, 20000, 25000, 32000, 40000, 0};
	struct run *run = userdata;
	struct random *r = &run->random;

	if (!run->disturbed || now_ms >= BUSY_S * 1000)
		return;
	if (random_chance(r, 1) && random_chance(r, 2))
		run->silent_until_ms = now_ms + random_between(r, 0, 8000);
	if (random_chance(r, 1) && random_chance(r, 2)) {
		run->doubtful_until_ms = now_ms + random_between(r, 0, 7000);
		run->doubt = random_chance(r, 50) ? READING_SUSPECT : READING_INVALID;
	}
	if (random_chance(r, 1) && random_chance(r, 1))
		run->limit_ma = limits_ma[random_between(r, 0, 5)];
	if (random_chance(r, 1) && random_chance(r, 1))
		run->cap_ma = random_chance(r, 70) ? REGULATOR_NO_CAP
						   : (int32_t)random_between(r, 0, 32000);
	if (random_chance(r, 1) && random_chance(r, 1))
		run->faults ^= FAULT_BIT(random_between(r, 0, FAULT_COUNT - 1));
	if (run->faults && random_chance(r, 1))
		run->faults = 0;

	input->limit_ma = run->limit_ma;
	input->cap_ma = run->cap_ma;
	input->faults = run->faults;
	if (!reading)
		return;
	if (now_ms < run->silent_until_ms || random_chance(r, 5))
		input->reading = NULL;
	if (now_ms < run->doubtful_until_ms)
		reading->quality = run->doubt;
	if (now_ms < run->doubtful_until_ms && run->doubt == READING_SUSPECT)
		reading->current_ma[0] = 130000;
}

/* ---- what is checked at each step ---- */

/* A pause that follows on another is held longer: 60 s, 2 min, ... 10 min. */
static void check_pauses(struct run *run, const struct replay_step *step)
{
	int32_t before_ma = run->books.before_ma, allowed_ma = step->decision->allowed_ma;
	const struct regulator_config *c = &run->setup.regulator;

	if (before_ma > 0 && allowed_ma == 0) {
		bool again = run->resumed_ms >= 0 && step->now_ms - run->resumed_ms < 600000;

		run->hold_ms = again ? 2 * run->hold_ms : c->resume_delay_ms;
		if (run->hold_ms > 600000)
			run->hold_ms = 600000;
		run->paused_ms = step->now_ms;
		run->pauses++;
	} else if (before_ma == 0 && allowed_ma > 0) {
		if (run->paused_ms >= 0) {
			assert_true(step->now_ms - run->paused_ms >= run->hold_ms);
			run->resumed_ms = step->now_ms;
		}
		assert_int_equal(allowed_ma, c->min_ma);
	}
}

static void observe(void *userdata, const struct replay_step *step)
{
	struct run *run = userdata;

	books_step(&run->books, step->input, step->decision, step->now_ms);
	invariant_S1(&run->books);
	invariant_S2(&run->books);
	invariant_S3(&run->books);
	invariant_S4(&run->books);
	invariant_S5(&run->books);
	if (!run->disturbed)
		check_pauses(run, step);
	books_close(&run->books);

	if (step->now_ms <= BUSY_S * 1000)
		run->hold_until_ms = step->decision->hold_until_ms;
	else if (run->back_ms < 0 && step->decision->allowed_ma == run->setup.regulator.max_ma)
		run->back_ms = step->now_ms;
}

static void second(void *userdata, const struct replay_second *second)
{
	struct run *run = userdata;
	bool over = false;

	for (int i = 0; i < run->setup.phases; i++)
		over |= second->total_a[i] > run->setup.limit_ma / 1000.0 + OVER_A &&
			second->total_a[i] > second->house_a[i] + OVER_A; /* the car is in it */
	/* At min_current there is nothing left to lower but by a pause, which has rules of its own. */
	over = over && second->drawn_a > run->setup.regulator.min_ma / 1000.0 + OVER_A;
	run->over_s = over ? run->over_s + 1 : 0;
	if (run->over_s > run->longest_over_s)
		run->longest_over_s = run->over_s;
}

/* ---- a run ---- */

static void run_make(struct run *run, uint64_t seed, const struct car_preset *car, bool disturbed)
{
	struct random *r = &run->random;
	struct config config;
	bool one_phase;

	memset(run, 0, sizeof(*run));
	r->state = seed;
	one_phase = random_chance(r, 40);
	run->disturbed = disturbed;
	run->setup = (struct replay_setup){
		.trace = &run->trace,
		.car = car,
		.limit_ma = (int32_t)random_between(r, 17, 25) * (one_phase ? 1600 : 1000),
		.phases = one_phase ? 1 : 3,
		.poll_ms = random_between(r, 0, 500),
		.lag_ms = random_between(r, 0, 50) * 100,
		.feedback = random_chance(r, 50),
		.hooks = {.disturb = disturb,
			.observe = observe,
			.second = second,
			.userdata = run},
	};
	if (!one_phase && random_chance(r, 30))
		run->setup.charger = (struct phase_map){
			.count = 1, .mains = {(int)random_between(r, 0, 2)}};
	config_defaults(&config);
	config.charger.max_ma = one_phase ? 26000 : 16000;
	config.charger.phases = run->setup.charger;
	config_regulator(&config, &run->setup.regulator);
	run->limit_ma = run->setup.limit_ma;
	run->cap_ma = REGULATOR_NO_CAP;
	run->paused_ms = run->resumed_ms = run->back_ms = -1;
	house_make(run);
	books_begin(&run->books, &run->setup.regulator, 0);
}

/* Every car several times; checks after each run. Fails if the runs were too quiet to tell. */
static void many_runs(bool disturbed, void (*check)(const struct run *run))
{
	struct random seeds = {.state = random_seed()};
	struct run *run = malloc(sizeof(*run));
	int raises = 0, cuts = 0, pauses = 0, faults = 0, count = 0;
	const struct car_preset *car;

	assert_non_null(run);
	for (size_t i = 0; (car = car_preset_at(i)); i++) {
		for (int n = 0; n < test_runs(RUNS_EACH); n++, count++) {
			uint64_t seed = random_next(&seeds);

			run_make(run, seed, car, disturbed);
			assert_int_equal(replay_run(&run->setup, &run->result), 0);
			check(run);
			raises += run->books.raises;
			cuts += run->books.cuts;
			pauses += run->books.pauses;
			faults += run->books.faults;
		}
	}
	printf("%d runs: %d raises, %d cuts, %d pauses, %d steps in a fault\n", count, raises, cuts,
		pauses, faults);
	assert_true(raises > count && cuts > count / 2);
	if (disturbed)
		assert_true(faults > count);
	free(run);
}

/* ---- S6 ---- */

static void check_way_back(const struct run *run)
{
	const struct regulator_config *c = &run->setup.regulator;
	int64_t quiet_ms = BUSY_S * 1000, hold_ms = run->hold_until_ms - quiet_ms;
	int64_t way_ms = c->settle_ms + c->recover_delay_ms + 3 * c->raise_delay_ms;

	/* A car that does not stop keeps its fault: no way back was promised. */
	if (run->setup.car->deaf)
		return;
	/* Nor is the meter doubted for what a house does. */
	if (!run->disturbed)
		assert_int_equal(run->result.faults & ~FAULT_BIT(FAULT_CHARGER_RUNAWAY), 0);
	if (hold_ms < c->resume_delay_ms)
		hold_ms = c->resume_delay_ms;
	/* the last raise may come in two steps, and the meter and the car take their time */
	way_ms = 2 * way_ms + hold_ms + run->setup.lag_ms + 8 * run->setup.poll_ms + 5000;
	assert_true(run->back_ms >= 0);
	assert_true(run->back_ms - quiet_ms <= way_ms);
}

static void S1_to_S6_hold_in_an_undisturbed_house_with_every_car(void **state)
{
	(void)state;
	many_runs(false, check_way_back);
}

static void S1_to_S6_hold_under_loss_rubbish_faults_and_changed_limits(void **state)
{
	(void)state;
	many_runs(true, check_way_back);
}

/* ---- what the meter does not show ---- */

/*
 * The true overload, above min_current: as long as meter and car are late, once more settle where a cut
 * may explain it that did not bring what was expected of it, and once more for a house that rises again
 * meanwhile. A car that takes much less than it may, and does not say so, is found by cuts that bring
 * nothing, one in each settle and each as high as the overload: that takes long for a small one.
 */
static void check_overload(const struct run *run)
{
	const struct car_preset *car = run->setup.car;
	int64_t settle_ms = run->setup.regulator.settle_ms;
	int64_t late_ms = run->setup.lag_ms + run->setup.poll_ms + car->follow_ms +
			  (int64_t)(26000 / car->fall_a_per_s);

	if (car->deaf || late_ms > settle_ms || (car->max_a > 0 && !run->setup.feedback))
		return;
	assert_true(run->longest_over_s * 1000 <= late_ms + 2 * settle_ms + 2000);
}

static void a_true_overload_is_gone_once_meter_car_and_cut_had_their_time(void **state)
{
	(void)state;
	many_runs(false, check_overload);
}

/* ---- a car that does not obey ---- */

static void a_deaf_car_ends_in_charger_runaway(void **state)
{
	struct run *run = malloc(sizeof(*run));

	(void)state;
	assert_non_null(run);
	for (int feedback = 0; feedback <= 1; feedback++) {
		run_make(run, 1, car_preset_find("deaf"), false);
		run->setup.feedback = feedback;
		run->setup.limit_ma = 25000;
		run->setup.phases = 3;
		run->setup.charger.count = 0;
		run->setup.regulator.max_ma = 16000;
		run->setup.regulator.phase_mask = 0;
		for (int s = 0; s < RUN_S; s++) /* a kettle that is never switched off */
			run->rows[s] = (struct trace_row){s, {s < 600 ? 2 : 13, 3, 3}};
		assert_int_equal(replay_run(&run->setup, &run->result), 0);
		assert_true(run->result.faults & FAULT_BIT(FAULT_CHARGER_RUNAWAY));
		assert_true(run->result.state_s[REGULATOR_FAILSAFE] > RUN_S - 600 - 120);
		assert_int_equal(run->pauses, 1);
	}
	free(run);
}

/* ---- a meter that contradicts the charger ---- */

static void freeze(
	void *userdata, int64_t now_ms, struct regulator_input *input, struct reading *reading)
{
	(void)userdata;
	(void)input;
	for (int i = 0; reading && now_ms > 300000 && i < PHASES_MAX; i++)
		reading->current_ma[i] = 4000;
}

static void a_frozen_meter_is_given_away_by_the_charger(void **state)
{
	struct run *run = malloc(sizeof(*run));

	(void)state;
	assert_non_null(run);
	run_make(run, 1, car_preset_find("reference"), true);
	run->setup.feedback = true;
	run->setup.lag_ms = 1000;
	run->setup.poll_ms = 250;
	run->setup.limit_ma = 25000;
	run->setup.phases = 3;
	run->setup.charger.count = 0;
	run->setup.regulator.max_ma = 16000;
	run->setup.hooks.disturb = freeze;
	/* an oven brings the current down to 7.8 A, then the readings say that all is free */
	for (int s = 0; s < RUN_S; s++)
		run->rows[s] = (struct trace_row){s, {s < 200 ? 2 : 17, 3, 3}};
	assert_int_equal(replay_run(&run->setup, &run->result), 0);
	assert_int_equal(run->result.faults, FAULT_BIT(FAULT_METER_IMPLAUSIBLE));
	assert_true(run->result.state_s[REGULATOR_FAILSAFE] > RUN_S - 300 - 60);
	free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S1_to_S6_hold_in_an_undisturbed_house_with_every_car),
		cmocka_unit_test(S1_to_S6_hold_under_loss_rubbish_faults_and_changed_limits),
		cmocka_unit_test(a_true_overload_is_gone_once_meter_car_and_cut_had_their_time),
		cmocka_unit_test(a_deaf_car_ends_in_charger_runaway),
		cmocka_unit_test(a_frozen_meter_is_given_away_by_the_charger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
