/* SPDX-License-Identifier: MIT */
#include "sim/replay.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_PER_S (1000 / CAR_STEP_MS)
#define LAG_STEPS   8192 /* a power of two above REPLAY_LAG_MAX_MS / CAR_STEP_MS */

/* A status frame of the CAN bus has steps of 0.1 A. */
#define FRAME_MS      100
#define FRAME_STEP_MA 100

struct replay {
	const struct replay_setup *setup;
	struct replay_result result;

	/* the plant */
	size_t next_row; /* of the trace */
	int64_t next_row_step;
	struct car car;
	int charger_phases;
	int mains[PHASES_MAX];		   /* the mains phase behind each phase of the charger */
	double car_shares[SIM_PHASES_MAX]; /* 1 on the mains phases of the car, else 0 */
	double house_a[SIM_PHASES_MAX];
	double (*totals_a)[SIM_PHASES_MAX]; /* LAG_STEPS of them, by step */
	struct regulator_feedback feedback;

	/* the regulator */
	struct regulator_config config;
	struct regulator regulator;
	struct regulator_decision decision;
	int64_t poll_ms; /* when the next is due */
};

int64_t replay_seconds(const struct trace *trace)
{
	double seconds = trace_end_s(trace) - trace->rows[0].t_s;

	if (!(seconds <= REPLAY_DAYS_MAX * 86400.0))
		return -ERANGE;
	return seconds < 1 ? 1 : (int64_t)seconds;
}

/* ---- the plant ---- */

static double *total_at(struct replay *replay, int64_t step)
{
	return replay->totals_a[step > 0 ? (uint64_t)step % LAG_STEPS : 0];
}

/* The first step at which a row of the trace holds. */
static int64_t row_step(const struct trace *trace, size_t row)
{
	if (row >= trace->count)
		return INT64_MAX;
	return (int64_t)ceil((trace->rows[row].t_s - trace->rows[0].t_s) * STEPS_PER_S);
}

static void house_step(struct replay *replay, int64_t step)
{
	const struct trace *trace = replay->setup->trace;

	while (replay->next_row_step <= step) {
		const double *amps = trace->rows[replay->next_row].amps;

		memcpy(replay->house_a, amps, sizeof(amps[0]) * (size_t)replay->setup->phases);
		replay->next_row_step = row_step(trace, ++replay->next_row);
	}
}

static void feedback_send(struct replay *replay, int64_t now_ms)
{
	struct regulator_feedback *feedback = &replay->feedback;
	int32_t drawn_ma = (int32_t)lrint(replay->car.drawn_a * 1000 / FRAME_STEP_MA) *
			   FRAME_STEP_MA;

	feedback->at_ms = now_ms;
	for (int p = 0; p < PHASES_MAX; p++)
		feedback->drawn_ma[p] = -1;
	for (int i = 0; i < replay->charger_phases; i++)
		feedback->drawn_ma[replay->mains[i]] = i < replay->car.phases ? drawn_ma : 0;
}

static void plant_step(struct replay *replay, int64_t step)
{
	double *total_a = total_at(replay, step);

	house_step(replay, step);
	car_step(&replay->car, replay->decision.allowed_ma / 1000.0);
	for (int p = 0; p < SIM_PHASES_MAX; p++)
		total_a[p] = replay->house_a[p] + replay->car_shares[p] * replay->car.drawn_a;
	if (step * CAR_STEP_MS % FRAME_MS == 0)
		feedback_send(replay, step * CAR_STEP_MS);
}

/* ---- the regulator ---- */

static void meter_read(struct replay *replay, int64_t now_ms, struct reading *ret)
{
	const double *total_a = total_at(replay, (now_ms - replay->setup->lag_ms) / CAR_STEP_MS);

	*ret = (struct reading){
		.at_ms = now_ms, .phases = replay->setup->phases, .quality = READING_GOOD};
	for (int p = 0; p < replay->setup->phases; p++)
		ret->current_ma[p] = (int32_t)lrint(total_a[p] * 1000);
}

static void decide(struct replay *replay, int64_t now_ms)
{
	const struct replay_hooks *hooks = &replay->setup->hooks;
	struct reading reading;
	struct regulator_input input = {
		.limit_ma = replay->setup->limit_ma,
		.cap_ma = REGULATOR_NO_CAP,
		.feedback = replay->setup->feedback ? &replay->feedback : NULL,
	};

	if (now_ms == replay->poll_ms) {
		int64_t interval_ms = replay->setup->poll_ms;

		replay->poll_ms += interval_ms > REPLAY_EXCHANGE_MS ? interval_ms
								    : REPLAY_EXCHANGE_MS;
		meter_read(replay, now_ms, &reading);
		input.reading = &reading;
	}
	if (hooks->stands_still && hooks->stands_still(hooks->userdata, now_ms))
		return;
	if (hooks->disturb)
		hooks->disturb(hooks->userdata, now_ms, &input, input.reading ? &reading : NULL);
	regulator_step(&replay->regulator, &replay->config, &input, now_ms, &replay->decision);
	replay->result.faults |= replay->decision.faults;
	if (input.limit_ma > 0)
		replay->result.tally.limit_a = input.limit_ma / 1000.0;

	if (hooks->observe) {
		const struct replay_step step = {
			.now_ms = now_ms,
			.input = &input,
			.decision = &replay->decision,
			.house_a = replay->house_a,
			.total_a = total_at(replay, now_ms / CAR_STEP_MS),
			.drawn_a = replay->car.drawn_a,
		};

		hooks->observe(hooks->userdata, &step);
	}
}

/* When the regulator is to be called next; its deadline may be over by now, but time goes on. */
static int64_t due_ms(const struct replay *replay, int64_t now_ms)
{
	int64_t deadline_ms = replay->decision.deadline_ms;

	if (deadline_ms < now_ms)
		deadline_ms = now_ms;
	return deadline_ms < replay->poll_ms ? deadline_ms : replay->poll_ms;
}

/* ---- the course ---- */

static void second_end(struct replay *replay, int64_t second)
{
	const struct replay_setup *setup = replay->setup;
	const double *total_a = total_at(replay, (second + 1) * STEPS_PER_S - 1);
	struct replay_second end = {
		.t_s = setup->trace->rows[0].t_s + (double)second,
		.drawn_a = replay->car.drawn_a,
		.offered_a = replay->decision.allowed_ma / 1000.0,
		.state = replay->decision.state,
	};
	struct tally *tally = &replay->result.tally;

	memcpy(end.house_a, replay->house_a, sizeof(end.house_a));
	memcpy(end.total_a, total_a, sizeof(end.total_a));
	tally_add(tally, end.total_a, end.drawn_a, end.offered_a, 1);
	tally_optimum(tally, end.house_a, replay->config.phase_mask, replay->config.min_ma / 1000.0,
		replay->config.max_ma / 1000.0, 1);
	replay->result.state_s[end.state]++;
	if (setup->hooks.second)
		setup->hooks.second(setup->hooks.userdata, &end);
}

static void replay_init(struct replay *replay, const struct replay_setup *setup)
{
	replay->setup = setup;
	replay->config = setup->regulator;
	replay->config.phase_mask = 0;
	replay->charger_phases = setup->charger.count > 0 ? setup->charger.count : setup->phases;
	for (int i = 0; i < replay->charger_phases; i++) {
		replay->mains[i] = setup->charger.count > 0 ? setup->charger.mains[i] : i;
		replay->config.phase_mask |= (uint8_t)(1u << replay->mains[i]);
	}
	car_init(
		&replay->car, setup->car, setup->regulator.max_ma / 1000.0, replay->charger_phases);
	for (int i = 0; i < replay->car.phases; i++)
		replay->car_shares[replay->mains[i]] = 1;
	tally_init(&replay->result.tally, setup->limit_ma / 1000.0, setup->phases);
	regulator_init(&replay->regulator, &replay->config, 0);
	replay->decision = (struct regulator_decision){
		.state = REGULATOR_STARTING, .phase = -1, .deadline_ms = INT64_MAX};
}

int replay_run(const struct replay_setup *setup, struct replay_result *ret)
{
	int64_t seconds = replay_seconds(setup->trace);
	struct replay *replay;

	if (seconds < 0)
		return (int)seconds;
	replay = calloc(1, sizeof(*replay));
	if (!replay)
		return -ENOMEM;
	replay->totals_a = calloc(LAG_STEPS, sizeof(*replay->totals_a));
	if (!replay->totals_a) {
		free(replay);
		return -ENOMEM;
	}
	replay_init(replay, setup);

	for (int64_t step = 0; step < seconds * STEPS_PER_S; step++) {
		int64_t now_ms = step * CAR_STEP_MS, end_ms = now_ms + CAR_STEP_MS;

		plant_step(replay, step);
		while ((now_ms = due_ms(replay, now_ms)) < end_ms)
			decide(replay, now_ms++);
		if ((step + 1) % STEPS_PER_S == 0)
			second_end(replay, step / STEPS_PER_S);
	}
	replay->result.seconds = seconds;
	*ret = replay->result;
	free(replay->totals_a);
	free(replay);
	return 0;
}
