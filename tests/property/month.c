/* SPDX-License-Identifier: MIT */
/*
 * The regulator through a simulated month with every car, in a made-up house where everything of the
 * fault matrix (doc/faults.md) happens that reaches it: silence, lost and doubtful readings, values
 * that are believed and not true, limits and caps that change, faults that others see. The invariants
 * S1 to S5 hold at each step, and a quiet quarter of an hour behind it leads back to max_current (S6).
 *
 * ENDURANCE_DAYS days, default 30. Not a part of "make check": run it by "make check-endurance".
 */
#include <string.h>

#include "core/fault.h"
#include "invariants.h"
#include "sim/load.h"
#include "sim/replay.h"
#include "support.h"

#define DAYS_DEFAULT 30
#define QUIET_S	     900

/* What the meter says that is not true. */
enum untruth {
	SILENT,	 /* nothing */
	INVALID, /* not a number */
	SUSPECT, /* a million ampere */
	ZERO,	 /* denormal numbers: an empty house */
	FROZEN,
	SIGNS,
	JUMPS,
	SWAPPED, /* phases */
	UNTRUTHS,
};

struct month {
	struct random random;
	struct replay_setup setup;
	struct trace trace;
	struct replay_result result;
	struct books books;
	int64_t busy_ms; /* until then things happen */

	enum untruth untruth;
	int64_t untrue_until_ms;
	struct reading frozen;
	int32_t limit_ma, cap_ma;
	uint32_t faults;
	int64_t changed_ms; /* to the next change of limit, cap or faults */

	int64_t readings;
	int happened[UNTRUTHS];
	bool is_back;
};

/* ---- what goes wrong ---- */

static void tell_untruth(
	struct month *month, struct regulator_input *input, struct reading *reading)
{
	struct random *r = &month->random;
	int32_t first_ma = reading->current_ma[0];

	switch (month->untruth) {
	case SILENT:
		input->reading = NULL;
		break;
	case INVALID:
		reading->quality = READING_INVALID;
		break;
	case SUSPECT:
		reading->quality = READING_SUSPECT;
		reading->current_ma[random_between(r, 0, 2)] = 1000000000;
		break;
	case ZERO:
		memset(reading->current_ma, 0, sizeof(reading->current_ma));
		break;
	case FROZEN:
		memcpy(reading->current_ma, month->frozen.current_ma, sizeof(reading->current_ma));
		break;
	case SIGNS:
		for (int i = 0; i < PHASES_MAX; i++)
			if (random_chance(r, 50))
				reading->current_ma[i] = -reading->current_ma[i];
		break;
	case JUMPS:
		for (int i = 0; i < PHASES_MAX; i++)
			reading->current_ma[i] = (int32_t)random_between(r, 0, 60000);
		break;
	case SWAPPED:
		reading->current_ma[0] = reading->current_ma[1];
		reading->current_ma[1] = first_ma;
		break;
	case UNTRUTHS:
		break;
	}
}

/* Now and then something else that is not the meter's. */
static void change_rest(struct month *month, int64_t now_ms)
{
	static const int32_t limits_ma[] = {16000, 20000, 25000, 25000, 25000, 32000, 0};
	struct random *r = &month->random;

	if (now_ms < month->changed_ms)
		return;
	month->changed_ms = now_ms + random_between(r, 1000, 1800000);
	month->limit_ma = limits_ma[random_between(r, 0, 6)];
	month->cap_ma = random_chance(r, 70) ? REGULATOR_NO_CAP
					     : (int32_t)random_between(r, 0, 32000);
	month->faults = random_chance(r, 80) ? 0 : FAULT_BIT(random_between(r, 0, FAULT_COUNT - 1));
}

static void disturb(
	void *userdata, int64_t now_ms, struct regulator_input *input, struct reading *reading)
{
	struct month *month = userdata;
	struct random *r = &month->random;

	if (now_ms >= month->busy_ms)
		return;
	change_rest(month, now_ms);
	input->limit_ma = month->limit_ma;
	input->cap_ma = month->cap_ma;
	input->faults = month->faults;
	if (!reading)
		return;
	month->readings++;
	/* an untruth about each ten minutes, mostly for some seconds */
	if (now_ms >= month->untrue_until_ms && random_between(r, 1, 2400) == 1) {
		month->untruth = (enum untruth)random_between(r, 0, UNTRUTHS - 1);
		month->untrue_until_ms = now_ms +
					 random_between(r, 0, random_chance(r, 10) ? 300000 : 9000);
		month->frozen = *reading;
		month->happened[month->untruth]++;
	}
	if (now_ms < month->untrue_until_ms)
		tell_untruth(month, input, reading);
	if (random_chance(r, 1))
		input->reading = NULL;
}

static void observe(void *userdata, const struct replay_step *step)
{
	struct month *month = userdata;

	books_step(&month->books, step->input, step->decision, step->now_ms);
	invariant_S1(&month->books);
	invariant_S2(&month->books);
	invariant_S3(&month->books);
	invariant_S4(&month->books);
	invariant_S5(&month->books);
	books_close(&month->books);
	if (step->now_ms >= month->busy_ms)
		month->is_back |= step->decision->state == REGULATOR_CHARGING;
}

/* ---- a month ---- */

static void house_make(struct month *month, size_t seconds)
{
	const struct load_options options = {.seed = random_next(&month->random), .phases = 3};
	struct trace_row *rows = calloc(seconds, sizeof(*rows));
	int32_t ma[SIM_PHASES_MAX];
	struct load_house house;

	assert_non_null(rows);
	load_house_init(&house, &options);
	for (size_t s = 0; s < seconds; s++) {
		load_house_second(&house, ma);
		rows[s].t_s = (double)s;
		for (int i = 0; i < SIM_PHASES_MAX; i++)
			rows[s].amps[i] = s + QUIET_S < seconds ? ma[i] / 1000.0 : 0.5;
	}
	month->trace = (struct trace){rows, seconds};
}

static void month_run(struct month *month, const struct car_preset *car, uint64_t seed, int days)
{
	struct random *r = &month->random;
	struct config config;

	memset(month, 0, sizeof(*month));
	r->state = seed;
	month->busy_ms = (int64_t)days * LOAD_DAY_S * 1000;
	house_make(month, (size_t)days * LOAD_DAY_S + QUIET_S);
	config_defaults(&config);
	config.charger.max_ma = 16000;
	month->setup = (struct replay_setup){
		.trace = &month->trace,
		.car = car,
		.limit_ma = 25000,
		.phases = 3,
		.poll_ms = 250,
		.lag_ms = 100 * random_between(r, 0, 20),
		.feedback = random_chance(r, 50),
		.hooks = {.disturb = disturb, .observe = observe, .userdata = month},
	};
	config_regulator(&config, &month->setup.regulator);
	month->limit_ma = month->setup.limit_ma;
	month->cap_ma = REGULATOR_NO_CAP;
	books_begin(&month->books, &month->setup.regulator, 0);
	assert_int_equal(replay_run(&month->setup, &month->result), 0);
	free(month->trace.rows);
}

static void S1_to_S6_hold_through_a_month_of_faults_with_every_car(void **state)
{
	const char *wanted = getenv("ENDURANCE_DAYS");
	int days = wanted ? atoi(wanted) : DAYS_DEFAULT;
	struct random seeds = {.state = random_seed()};
	struct month *month = malloc(sizeof(*month));
	const struct car_preset *car;

	(void)state;
	assert_non_null(month);
	for (size_t i = 0; (car = car_preset_at(i)); i++) {
		const struct books *b = &month->books;
		int untruths = 0;

		month_run(month, car, random_next(&seeds), days);
		for (int u = 0; u < UNTRUTHS; u++)
			untruths += month->happened[u];
		printf("%-10s %d days, %lld readings, %d untruths, %d steps: %d raises, %d cuts, "
		       "%d pauses, %d steps in a fault\n",
			car->name, days, (long long)month->readings, untruths, b->steps, b->raises,
			b->cuts, b->pauses, b->faults);
		fflush(stdout);
		assert_true(b->raises > days && b->cuts > days && b->faults > days);
		/* A car that does not stop keeps its fault: no way back was promised. */
		assert_true(month->is_back || car->deaf);
	}
	free(month);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S1_to_S6_hold_through_a_month_of_faults_with_every_car),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
