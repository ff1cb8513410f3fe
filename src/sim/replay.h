/* SPDX-License-Identifier: MIT */
/*
 * A house, a meter, a car and the regulator of poweroptd in virtual time: the same core/ code as in
 * the daemon, called as app/control.c calls it. Pure: no I/O, and the same input gives the same
 * course on every machine.
 *
 * The plant: the load of the house holds as long as its row of the trace; the car moves in steps of
 * CAR_STEP_MS; what is read from the meter is the true total a lag ago. At each step of time the car
 * moves first, then the regulator is called if a poll or its deadline is due.
 */
#ifndef POWEROPT_SIM_REPLAY_H
#define POWEROPT_SIM_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "core/regulator.h"
#include "sim/car.h"
#include "sim/tally.h"
#include "sim/trace.h"

#define REPLAY_LAG_MAX_MS (60 * 1000)
#define REPLAY_DAYS_MAX	  400

/* A poll and its answer at 9600 baud: 25 characters of 11 bits, the silences, the meter's own time. */
#define REPLAY_EXCHANGE_MS 50

/* A call of regulator_step(), and what is true at that time. */
struct replay_step {
	int64_t now_ms; /* since the beginning of the trace */
	const struct regulator_input *input;
	const struct regulator_decision *decision;
	const double *house_a; /* each phase without the car */
	const double *total_a;
	double drawn_a; /* by the car on each of its phases */
};

/* The end of a second. */
struct replay_second {
	double t_s; /* when the second began, on the clock of the trace */
	double house_a[SIM_PHASES_MAX];
	double total_a[SIM_PHASES_MAX];
	double drawn_a;
	double offered_a;
	enum regulator_state state;
};

/* Each may be NULL. */
struct replay_hooks {
	/*
	 * Before each step: may change anything that the regulator is told. @reading is that of
	 * input->reading, NULL if no poll is due; input->reading = NULL loses it. A limit in the
	 * input other than 0 is also that by which the tally judges.
	 */
	void (*disturb)(void *userdata, int64_t now_ms, struct regulator_input *input,
		struct reading *reading);
	/* Whether the program stands still at this time, as in a suspend: nothing is decided then. */
	bool (*stands_still)(void *userdata, int64_t now_ms);
	void (*observe)(void *userdata, const struct replay_step *step);
	void (*second)(void *userdata, const struct replay_second *second);
	void *userdata;
};

struct replay_setup {
	const struct trace *trace;
	const struct car_preset *car;
	struct regulator_config regulator; /* its phase_mask is taken from charger */
	struct phase_map charger;	   /* mains phases behind L1 ..; count 0: all */
	int32_t limit_ma;		   /* above 0 */
	int phases;	 /* of house and meter: 1 or 3, at least those of charger */
	int64_t poll_ms; /* below REPLAY_EXCHANGE_MS: back to back */
	int64_t lag_ms;	 /* 0 to REPLAY_LAG_MAX_MS */
	bool feedback;	 /* the charger sends CAN status frames */
	struct replay_hooks hooks;
};

#define REPLAY_STATES (REGULATOR_FAILSAFE + 1)

struct replay_result {
	struct tally tally;
	int64_t seconds;
	int64_t state_s[REPLAY_STATES]; /* seconds that ended in each state */
	uint32_t faults;		/* all that ever were */
};

/** replay_seconds() - how many whole seconds a trace has, at least 1; -ERANGE above REPLAY_DAYS_MAX. */
int64_t replay_seconds(const struct trace *trace);

/** replay_run() - the whole trace. Returns 0, -ENOMEM, or -ERANGE for a trace that is too long. */
int replay_run(const struct replay_setup *setup, struct replay_result *ret);

#endif
