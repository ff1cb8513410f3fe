/* SPDX-License-Identifier: MIT */
/*
 * Live control of a simulated meter: one command a line on stdin, each answered on stdout.
 *
 *   currents A,B,C | car A,B,C | voltages A,B,C | fault KIND on|off | late SPAN |
 *   exception N | error-register N | quit
 *
 * The end of stdin ends the commands, not the meter.
 */
#ifndef POWEROPT_SIM_METER_STDIN_H
#define POWEROPT_SIM_METER_STDIN_H

#include "sim/sim_meter.h"

struct meter_control {
	struct sim_meter *meter;
	bool have_amps, have_volts; /* given by hand, instead of a trace and the mains */
	double amps[SIM_PHASES_MAX];
	double car_amps[SIM_PHASES_MAX]; /* on top of whatever flows else */
	double volts[SIM_PHASES_MAX];

	sd_event_source *source;
	char line[256];
	size_t line_n;
};

/** meter_control_start() - listen to stdin. Returns 0 or a negative errno. */
int meter_control_start(struct meter_control *control, sd_event *event);

/** meter_control_stop() - listen no more. */
void meter_control_stop(struct meter_control *control);

/**
 * meter_control_execute() - one command.
 * @ret_answer: "ok" or "error: ..." of at most 320 bytes; "quit" gives "ok" too.
 *
 * Returns true if the command was quit.
 */
bool meter_control_execute(struct meter_control *control, const char *line, char ret_answer[320]);

#endif
