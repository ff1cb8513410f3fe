/* SPDX-License-Identifier: MIT */
/*
 * A simulated house around the real daemon, in real time: a meter on a pty, a PWM chip of files, a
 * car on its control pilot, and a scenario that keeps the main switch busy.
 */
#ifndef POWEROPT_SIM_HOUSE_H
#define POWEROPT_SIM_HOUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/car.h"
#include "sim/pwm_chip.h"
#include "sim/scenario.h"
#include "sim/tally.h"

#define HOUSE_LOST_AFTER_S 3.0 /* [meter] lost_after of the house's configuration */

struct house_options {
	const char *daemon; /* program */
	double max_a;
	const struct car_preset *car;
	int64_t lag_ms; /* the meter shows what was true that long ago; below 10 s */
	bool plain;
	struct scenario scenario;
};

#define HOUSE_LAST_LINES 8

struct house_result {
	struct tally tally;
	double seconds;	   /* that it lasted */
	bool stopped;	   /* the daemon ended because it was asked to */
	bool interrupted;  /* by Ctrl-C or SIGTERM, before the scenario's end */
	int exit_code;	   /* of the daemon, -1 if a signal killed it */
	int exit_signal;   /* 0: none */
	bool offered;	   /* anything at all */
	bool meter_gone;   /* it was unplugged while something was offered */
	double failsafe_s; /* from then to an offer of 0; negative: never */
	double back_s;	   /* from the meter's return to an offer again; negative: never */
	int32_t final_ma;  /* what the control pilot says after the daemon's end */
	char last_lines[HOUSE_LAST_LINES][256]; /* of its log, a ring */
	int line_count;
};

/**
 * house_run() - live through the scenario.
 * @dir: made by the caller; receives poweroptd.conf, chip/, run/, daemon.log and house.csv.
 * @ret: filled also if the daemon died early.
 *
 * Returns 0, or the negative errno of what could not be set up; then @ret_problem names it.
 */
int house_run(const struct house_options *options, const char *dir, struct house_result *ret,
	char ret_problem[512]);

#endif
