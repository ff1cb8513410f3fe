/* SPDX-License-Identifier: MIT */
#include "sim/scenario.h"

#include <math.h>

#define SCRIPT_S 60.0
#define SCRIPT_A 25.0

static const double base_a[SIM_PHASES_MAX] = {2.1, 1.4, 0.9};

static const struct script_line {
	const char *name;
	double from_s, for_s;
	double amps[SIM_PHASES_MAX];
	double on_s, off_s; /* a thermostat: on and off in turn; 0: on all the time */
	bool meter_gone;
} script[] = {
	{.name = "kettle", .from_s = 12, .for_s = 7, .amps = {9, 0, 0}},
	{.name = "oven", .from_s = 21, .for_s = 20, .amps = {0, 10.5, 0}},
	{.name = "hob", .from_s = 22, .for_s = 18, .amps = {7.5, 0, 8}, .on_s = 4, .off_s = 3},
	{.name = "water heater", .from_s = 29, .for_s = 6, .amps = {11, 11, 11}},
	{.name = "meter unplugged", .from_s = 48, .for_s = 5, .meter_gone = true},
};

#define SCRIPT_LINES (sizeof(script) / sizeof(script[0]))

bool scenario_event(const struct scenario *scenario, size_t index, struct scenario_event *ret)
{
	const struct script_line *line;
	double stretch = scenario->seconds / SCRIPT_S;

	if (index >= SCRIPT_LINES)
		return false;
	line = &script[index];
	*ret = (struct scenario_event){.name = line->name,
		.from_s = line->from_s * stretch,
		.until_s = (line->from_s + line->for_s) * stretch,
		.meter_gone = line->meter_gone};
	for (int p = 0; p < scenario->phases; p++)
		ret->amps[p] = line->amps[p] * scenario->limit_a / SCRIPT_A;
	return true;
}

void scenario_load(const struct scenario *scenario, double t_s, double ret_amps[SIM_PHASES_MAX])
{
	double script_s = t_s * SCRIPT_S / scenario->seconds;

	for (int p = 0; p < SIM_PHASES_MAX; p++) {
		/* The fridge, the lights: never quite the same. */
		double wobble = 0.2 * sin(t_s * 0.9 + 2 * p) + 0.1 * sin(t_s * 2.3 + p);

		ret_amps[p] = p < scenario->phases ? base_a[p] + wobble : 0;
	}
	for (size_t i = 0; i < SCRIPT_LINES; i++) {
		const struct script_line *line = &script[i];
		double since = script_s - line->from_s;

		if (since < 0 || since >= line->for_s)
			continue;
		if (line->on_s > 0 && fmod(since, line->on_s + line->off_s) >= line->on_s)
			continue;
		for (int p = 0; p < scenario->phases; p++)
			ret_amps[p] += line->amps[p] * scenario->limit_a / SCRIPT_A;
	}
}

bool scenario_meter_gone(const struct scenario *scenario, double t_s)
{
	struct scenario_event event;

	for (size_t i = 0; scenario_event(scenario, i, &event); i++) {
		if (event.meter_gone && t_s >= event.from_s && t_s < event.until_s)
			return true;
	}
	return false;
}
