/* SPDX-License-Identifier: MIT */
/*
 * A meter's inside, shared by the files of this folder only:
 *
 * meter.c    when to ask what
 * answers.c  what the answers mean, and where this meter has its currents
 */
#ifndef POWEROPT_METER_PRIVATE_H
#define POWEROPT_METER_PRIVATE_H

#include "core/meter_watch.h"
#include "meter/bus.h"
#include "meter/meter.h"

/* Registers that may hold the currents. */
struct hot {
	uint16_t address;
	int count;
};

extern const struct hot hot_three_phases;  /* L1, L2, L3 */
extern const struct hot hot_one_phase;	   /* L1 alone */
extern const struct hot hot_one_phase_old; /* the one-phase models' own register */

/*
 * The slow requests. None asks for as many registers as a hot one: an answer that comes too late
 * could otherwise pass for currents, as nothing but its length tells what it answers.
 */
enum slow {
	SLOW_IDENTITY, /* serial number and meter code */
	SLOW_VOLTAGES,
	SLOW_RATED,
	SLOW_ERROR,
	SLOW_SOFTWARE,
	SLOW_PARITY,
	SLOW_CURRENT_1PH,
	SLOW_IMPORT,
	SLOW_COUNT,
};

/* The request for the currents, where the others are named by enum slow. */
#define HOT SLOW_COUNT

struct meter {
	struct meter_config config;
	struct bus *bus;
	int64_t open_at_us;
	int device_error; /* why the device could not be used the last time */

	/* the hot path */
	const struct hot *hot;
	bool hot_works;	  /* answered since the port was opened */
	int hot_failures; /* in a row, each after an answer, and no slow request failed meanwhile */
	bool reads_zero;  /* the last reading, in all phases */
	int hot_given_up; /* registers that were tried without success since the port was opened */
	int64_t next_poll_us;
	int next_slow; /* the slow request that follows on the poll, -1: none */

	/* the slow path */
	int64_t slow_due_us[SLOW_COUNT];
	int slow_failures[SLOW_COUNT];
	int64_t slow_stray_until_us[SLOW_COUNT]; /* an answer to one that failed may still come */
	int64_t slow_soonest_us;		 /* none is due before */

	int under_way; /* -1: nothing, HOT, or one of enum slow */
	bool answers;  /* a slow request was answered since the last poll that failed */

	struct meter_watch watch;
	struct reading reading;
	struct meter_status status;
	char trouble_text[512];
};

/* use_hot() - ask these registers for the currents from now on. */
void use_hot(struct meter *meter, const struct hot *hot);

/*
 * is_refusal() - whether an error of bus_receive() says that this cannot be asked. Modbus Application
 * Protocol 7: the exceptions up to 3 do; those above say that the device cannot answer now (6: busy).
 */
bool is_refusal(const struct meter *meter, int error);

/* set_trouble() - note what is wrong; returns METER_TROUBLE if that is news. */
unsigned int set_trouble(struct meter *meter, enum meter_trouble trouble);

/* take_currents(), take_slow() - an answer came. They return events. */
unsigned int take_currents(struct meter *meter, const uint16_t registers[], int64_t now_us);
unsigned int take_slow(struct meter *meter, enum slow slow, const uint16_t registers[]);

/* take_failure() - a request failed with an error of bus_receive(). Returns events. */
unsigned int take_failure(struct meter *meter, bool hot, int error);

#endif
