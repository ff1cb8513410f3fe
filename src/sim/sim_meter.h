/* SPDX-License-Identifier: MIT */
/*
 * A Klefr meter that answers on a pseudo-terminal, in an event loop of its user.
 *
 * A request arrives on a pty at once as a whole. With pace, its wire time and 3.5 characters of
 * silence pass before the answer, of which each byte is delivered when its last bit would be there.
 */
#ifndef POWEROPT_SIM_SIM_METER_H
#define POWEROPT_SIM_SIM_METER_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "sim/register_map.h"
#include "sim/sim_fault.h"

struct sim_meter;

struct sim_meter_config {
	enum sim_model model;
	int unit; /* 1 to 247 */
	unsigned int baud_rate;
	bool pace;
	int64_t late_ms; /* how late the fault "late" is */
	int exception;	 /* the code of the fault "exception", 1 to 255 */
	uint64_t seed;
	const char *link; /* name of the line, or NULL */
	struct sim_faults faults;

	/*
	 * What flows now: fills amps; volts and hertz are there already and may be replaced.
	 * now_ms counts from sim_meter_new(). Called for every request and at least 20 times a second.
	 */
	void (*measure)(void *userdata, int64_t now_ms, struct sim_values *values);
	/* The line came back under another path, vanished (NULL, 0), or could not come back. */
	void (*line_changed)(void *userdata, const char *path, int error);
	void *userdata;
};

/**
 * sim_meter_new() - switch a meter on.
 * @config: copied; link and userdata must stay.
 *
 * Returns 0 or a negative errno.
 */
int sim_meter_new(struct sim_meter **ret, sd_event *event, const struct sim_meter_config *config);

/** sim_meter_free() - switch it off; the line hangs up, the link goes. Returns NULL. */
struct sim_meter *sim_meter_free(struct sim_meter *meter);

/** sim_meter_path() - the device that clients open, NULL during a hang-up. */
const char *sim_meter_path(const struct sim_meter *meter);

/** sim_meter_force() - switch a fault on or off now; a hang-up takes effect within 50 ms. */
void sim_meter_force(struct sim_meter *meter, enum sim_fault fault, bool on);

/** sim_meter_late() - how late the fault "late" is from now on. */
void sim_meter_late(struct sim_meter *meter, int64_t late_ms);

/** sim_meter_exception() - the code of the fault "exception" from now on, 1 to 255. */
void sim_meter_exception(struct sim_meter *meter, int code);

/** sim_meter_error_register() - set register 0x4015. */
void sim_meter_error_register(struct sim_meter *meter, uint16_t value);

/** sim_meter_faults() - the set of faults present now. */
uint32_t sim_meter_faults(const struct sim_meter *meter);

#endif
