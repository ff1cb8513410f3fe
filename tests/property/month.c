/* SPDX-License-Identifier: MIT */
/*
 * The regulator through a simulated month with every car, in a made-up house where everything goes wrong
 * that the fault matrix (doc/faults.md) has and that reaches it: each fault of the simulated meter, done to
 * the registers and the bytes of its answer by the simulator's own code, and read as the daemon does;
 * limits and caps that change, faults that others see, and a process that stands still. The invariants
 * S1 to S5 hold at each step, and a quiet quarter of an hour behind it leads back to max_current (S6).
 *
 * ENDURANCE_DAYS days, default 30. Not a part of "make check": run it by "make check-endurance".
 */
#include <string.h>

#include "core/fault.h"
#include "core/klefr.h"
#include "core/meter_watch.h"
#include "invariants.h"
#include "sim/load.h"
#include "sim/replay.h"
#include "sim/sim_fault.h"
#include "support.h"

#define DAYS_DEFAULT 30
#define QUIET_S	     900

/* How often the daemon asks for the voltages and the error register. */
#define SLOW_MS 2000

struct month {
	struct random random;
	struct replay_setup setup;
	struct trace trace;
	struct replay_result result;
	struct books books;
	int64_t busy_ms; /* until then things happen */

	/* the meter */
	struct sim_registers registers;
	struct meter_watch watch;
	int64_t slow_ms; /* when the watch looked last */
	bool was_zero;
	enum sim_fault fault;
	int64_t fault_until_ms;

	/* the rest */
	int32_t limit_ma, cap_ma;
	uint32_t faults;
	int64_t changed_ms; /* to the next change of limit, cap or faults */
	int64_t still_until_ms;

	int64_t readings, lost, invalid, suspect;
	int happened[SIM_FAULT_COUNT], stalls;
	bool is_back;
};

/* ---- the meter ---- */

/* What comes of an answer on its way: whether it is still there, whatever stands around it. */
static bool arrives(struct month *month, uint32_t set, const uint16_t *registers, size_t count)
{
	uint32_t gone = SIM_FAULT_BIT(SIM_FAULT_ECHO) | SIM_FAULT_BIT(SIM_FAULT_EXCEPTION) |
			SIM_FAULT_BIT(SIM_FAULT_LATE) | SIM_FAULT_BIT(SIM_FAULT_HANGUP);
	uint8_t answer[RTU_FRAME_MAX], line[SIM_FAULT_LINE_MAX];
	size_t n = rtu_answer_registers(answer, 1, registers, count);

	if (set & gone)
		return false;
	/* it falls on every third answer or so */
	if (set & SIM_FAULT_BIT(SIM_FAULT_NOISE_BETWEEN))
		return random_chance(&month->random, 70);
	return sim_faults_mangle(set, answer, n, line, &month->random.state) >= n &&
	       memcmp(line, answer, n) == 0;
}

/* One request, as the daemon has it answered. */
static bool ask(
	struct month *month, uint32_t set, uint16_t address, unsigned int count, uint16_t *ret)
{
	struct sim_registers registers = month->registers;

	sim_faults_distort(set, &registers, &month->random.state);
	assert_int_equal(sim_registers_read(&registers, address, count, ret), 0);
	sim_faults_swap(set, ret, count);
	return arrives(month, set, ret, count);
}

static void ask_slowly(struct month *month, uint32_t set, int64_t now_ms)
{
	int32_t voltage_mv[PHASES_MAX] = {-1, -1, -1};
	uint16_t registers[8];

	month->slow_ms = now_ms;
	if (ask(month, set, KLEFR_REG_VOLTAGES, 8, registers)) {
		for (int i = 0; i < PHASES_MAX; i++)
			(void)klefr_voltage(registers + 2 + 2 * i, &voltage_mv[i]);
		meter_watch_voltages(&month->watch, PHASES_MAX, voltage_mv);
	}
	if (ask(month, set, KLEFR_REG_ERROR, 1, registers))
		meter_watch_error_register(&month->watch, registers[0]);
}

/* Reads the meter as src/meter/answers.c does. */
static void read_meter(struct month *month, uint32_t set, int64_t now_ms,
	struct regulator_input *input, struct reading *reading)
{
	uint16_t registers[2 * PHASES_MAX];
	bool zero = true;

	if (!(set & SIM_FAULT_BIT(SIM_FAULT_FROZEN)))
		for (int i = 0; i < PHASES_MAX; i++)
			month->registers.values.amps[i] = reading->current_ma[i] / 1000.0;
	if (!ask(month, set, KLEFR_REG_CURRENTS, 2 * PHASES_MAX, registers)) {
		input->reading = NULL;
		month->lost++;
		return;
	}
	for (int i = 0; i < PHASES_MAX; i++) {
		enum reading_quality quality = klefr_current(
			registers + 2 * i, 0, &reading->current_ma[i]);

		if (quality > reading->quality)
			reading->quality = quality;
		zero &= reading->current_ma[i] == 0;
	}
	if ((zero && !month->was_zero) || now_ms >= month->slow_ms + SLOW_MS)
		ask_slowly(month, set, now_ms);
	month->was_zero = zero;
	reading->quality = meter_watch_quality(&month->watch, reading);
	month->invalid += reading->quality == READING_INVALID;
	month->suspect += reading->quality == READING_SUSPECT;
}

static uint32_t meter_faults(const struct month *month)
{
	return (meter_watch_selftest_failed(&month->watch) ? FAULT_BIT(FAULT_METER_SELFTEST) : 0) |
	       (meter_watch_absent(&month->watch) ? FAULT_BIT(FAULT_PHASE_MISSING) : 0);
}

/* ---- what goes wrong ---- */

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

/* A fault about each ten minutes, mostly for some seconds. Returns those that are there. */
static uint32_t present_faults(struct month *month, int64_t now_ms)
{
	struct random *r = &month->random;

	if (now_ms >= month->busy_ms)
		return 0;
	if (now_ms >= month->fault_until_ms && random_between(r, 1, 2400) == 1) {
		month->fault = (enum sim_fault)random_between(r, 0, SIM_FAULT_COUNT - 1);
		month->fault_until_ms = now_ms +
					random_between(r, 0, random_chance(r, 10) ? 300000 : 9000);
		month->happened[month->fault]++;
	}
	return now_ms < month->fault_until_ms ? SIM_FAULT_BIT(month->fault) : 0;
}

static bool stands_still(void *userdata, int64_t now_ms)
{
	struct month *month = userdata;
	struct random *r = &month->random;

	/* a few times a day, for less than lost_after or more */
	if (now_ms < month->busy_ms && now_ms >= month->still_until_ms &&
		random_between(r, 1, 80000) == 1) {
		month->still_until_ms = now_ms + random_between(r, 100, 20000);
		month->stalls++;
	}
	return now_ms < month->still_until_ms;
}

static void disturb(
	void *userdata, int64_t now_ms, struct regulator_input *input, struct reading *reading)
{
	struct month *month = userdata;

	if (reading) {
		read_meter(month, present_faults(month, now_ms), now_ms, input, reading);
		month->readings++;
	}
	input->faults = meter_faults(month);
	if (now_ms >= month->busy_ms)
		return;
	change_rest(month, now_ms);
	input->limit_ma = month->limit_ma;
	input->cap_ma = month->cap_ma;
	input->faults |= month->faults;
	if (reading && random_chance(&month->random, 1))
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
	sim_registers_init(&month->registers, SIM_KLEFR_6934);
	for (int i = 0; i < PHASES_MAX; i++)
		month->registers.values.volts[i] = 230;
	month->slow_ms = -SLOW_MS;
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
		.hooks = {.disturb = disturb,
			.stands_still = stands_still,
			.observe = observe,
			.userdata = month},
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
	int happened[SIM_FAULT_COUNT] = {0};

	(void)state;
	assert_non_null(month);
	for (size_t i = 0; (car = car_preset_at(i)); i++) {
		const struct books *b = &month->books;
		int sum = 0;

		month_run(month, car, random_next(&seeds), days);
		for (int f = 0; f < SIM_FAULT_COUNT; f++) {
			/* by chance one may be left out of a few days */
			assert_true(month->happened[f] > 0 || days < DAYS_DEFAULT);
			sum += month->happened[f];
			happened[f] += month->happened[f];
		}
		printf("%-10s %d days, %lld readings (%lld lost, %lld none, %lld doubtful), %d faults, "
		       "%d stalls, %d steps: %d raises, %d cuts, %d pauses, %d steps in a fault\n",
			car->name, days, (long long)month->readings, (long long)month->lost,
			(long long)month->invalid, (long long)month->suspect, sum, month->stalls,
			b->steps, b->raises, b->cuts, b->pauses, b->faults);
		fflush(stdout);
		assert_true(b->raises > days && b->cuts > days && b->faults > days);
		/* A car that does not stop keeps its fault: no way back was promised. */
		assert_true(month->is_back || car->deaf);
	}
	for (int f = 0; f < SIM_FAULT_COUNT; f++)
		printf("%s%s %d", f ? ", " : "", sim_fault_name((enum sim_fault)f), happened[f]);
	printf("\n");
	free(month);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S1_to_S6_hold_through_a_month_of_faults_with_every_car),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
