/* SPDX-License-Identifier: MIT */
/*
 * An eventful evening in a house, told in a minute: what is switched on when, and when the meter
 * is unplugged. Pure; made for 25 A and 60 s, and stretched to any other.
 */
#ifndef POWEROPT_SIM_SCENARIO_H
#define POWEROPT_SIM_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/register_map.h"

struct scenario {
	double seconds;
	double limit_a;
	int phases;
};

struct scenario_event {
	const char *name;
	double from_s, until_s;
	double amps[SIM_PHASES_MAX];
	bool meter_gone; /* no load: the meter is unplugged */
};

/**
 * scenario_event() - an event by number, stretched to the scenario.
 * Returns false past the last one.
 */
bool scenario_event(const struct scenario *scenario, size_t index, struct scenario_event *ret);

/** scenario_load() - what the house draws at a time without the car. */
void scenario_load(const struct scenario *scenario, double t_s, double ret_amps[SIM_PHASES_MAX]);

/** scenario_meter_gone() - is the meter unplugged at that time? */
bool scenario_meter_gone(const struct scenario *scenario, double t_s);

#endif
