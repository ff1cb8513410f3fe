/* SPDX-License-Identifier: MIT */
#include "sim/car.h"

#include <math.h>
#include <string.h>

/* IEC 61851-1 gives a car 5 s to follow a change of the duty cycle and 3 s to stop: "late". */
static const struct car_preset presets[] = {
	{.name = "reference",
		.help = "follows at once, up 3 A/s, down 12 A/s",
		.rise_a_per_s = 3,
		.fall_a_per_s = 12},
	{.name = "slow",
		.help = "4 s dead time, then 1 A/s",
		.rise_a_per_s = 1,
		.fall_a_per_s = 1,
		.follow_ms = 4000,
		.stop_ms = 4000},
	{.name = "quick",
		.help = "0.3 s dead time, then 10 A/s",
		.rise_a_per_s = 10,
		.fall_a_per_s = 10,
		.follow_ms = 300,
		.stop_ms = 300},
	{.name = "modest",
		.help = "draws 1.5 A less than offered, never above 10 A",
		.rise_a_per_s = 3,
		.fall_a_per_s = 12,
		.less_a = 1.5,
		.max_a = 10},
	{.name = "one-phase",
		.help = "charges on L1 alone",
		.rise_a_per_s = 3,
		.fall_a_per_s = 12,
		.phases = 1},
	{.name = "sleeper",
		.help = "comes back only 30 s after a pause",
		.rise_a_per_s = 3,
		.fall_a_per_s = 12,
		.wake_ms = 30000},
	{.name = "deaf",
		.help = "ignores every reduction",
		.rise_a_per_s = 3,
		.fall_a_per_s = 12,
		.deaf = true},
	{.name = "late",
		.help = "5 s to follow, 3 s to stop: the slowest that IEC 61851-1 allows",
		.rise_a_per_s = HUGE_VAL,
		.fall_a_per_s = HUGE_VAL,
		.follow_ms = 5000,
		.stop_ms = 3000},
};

#define PRESETS (sizeof(presets) / sizeof(presets[0]))

const struct car_preset *car_preset_at(size_t index)
{
	return index < PRESETS ? &presets[index] : NULL;
}

const struct car_preset *car_preset_find(const char *name)
{
	for (size_t i = 0; i < PRESETS; i++) {
		if (strcmp(presets[i].name, name) == 0)
			return &presets[i];
	}
	return NULL;
}

void car_init(struct car *car, const struct car_preset *preset, double max_a, int phases)
{
	*car = (struct car){.preset = preset, .max_a = max_a, .phases = phases, .stopped_by = -1};
	if (preset->max_a > 0)
		car->max_a = fmin(max_a, preset->max_a);
	if (preset->phases > 0 && preset->phases < phases)
		car->phases = preset->phases;
}

/* What was offered a while ago; nothing before it was plugged in. */
static double offered_before(const struct car *car, int ago_ms)
{
	int64_t step = car->step - ago_ms / CAR_STEP_MS;

	return step < 0 ? 0 : car->offered_a[step % CAR_HISTORY];
}

static double target_find(struct car *car)
{
	const struct car_preset *preset = car->preset;
	double heard = offered_before(car, preset->follow_ms);
	double target;

	if (preset->deaf)
		return fmax(car->target_a, fmin(heard, car->max_a));

	/* What was offered before the last pause that it has noticed is of no interest any more. */
	if (offered_before(car, preset->stop_ms) <= 0)
		car->stopped_by = car->step - preset->stop_ms / CAR_STEP_MS;
	if (car->step - preset->follow_ms / CAR_STEP_MS <= car->stopped_by)
		heard = 0;
	if (heard <= 0) {
		/* The first offer of all finds it awake. */
		if (car->target_a > 0)
			car->paused = true;
		return 0;
	}
	if (car->paused) {
		car->paused = false;
		car->awake_at = car->step + preset->wake_ms / CAR_STEP_MS;
	}
	if (car->step < car->awake_at)
		return 0;
	target = fmin(heard - preset->less_a, car->max_a);
	return fmax(target, 0);
}

double car_step(struct car *car, double offered_a)
{
	const double step_s = CAR_STEP_MS / 1000.0;

	car->offered_a[car->step % CAR_HISTORY] = offered_a;
	car->target_a = target_find(car);
	if (car->drawn_a < car->target_a)
		car->drawn_a = fmin(
			car->target_a, car->drawn_a + car->preset->rise_a_per_s * step_s);
	else
		car->drawn_a = fmax(
			car->target_a, car->drawn_a - car->preset->fall_a_per_s * step_s);
	car->step++;
	return car->drawn_a;
}
