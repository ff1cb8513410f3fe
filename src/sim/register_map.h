/* SPDX-License-Identifier: MIT */
/*
 * The register map of a Klefr 6924 (one phase, Inepro PRO2) and 6934 (three phases, PRO380-Mod),
 * filled from what flows through the meter.
 *
 * Addresses as on the wire; floats are IEEE 754 single, high word first; power is in kW, energy in
 * kWh; the resolution of each value is that of a real PRO380-Mod (0.1 V, 0.01 A, 0.001 kW).
 */
#ifndef POWEROPT_SIM_REGISTER_MAP_H
#define POWEROPT_SIM_REGISTER_MAP_H

#include <stdint.h>

#define SIM_PHASES_MAX 3

enum sim_model {
	SIM_KLEFR_6924,
	SIM_KLEFR_6934
};

/* What the meter measures at this moment. */
struct sim_values {
	double volts[SIM_PHASES_MAX];
	double amps[SIM_PHASES_MAX]; /* signed, import positive */
	double hertz;
};

struct sim_registers {
	enum sim_model model;
	int unit;
	unsigned int baud_rate;
	uint16_t error_register; /* 0x4015; 0: the self-test is fine */
	struct sim_values values;
	double import_kwh[SIM_PHASES_MAX];
	double export_kwh[SIM_PHASES_MAX];
};

/** sim_model_phases() - 1 or 3. */
int sim_model_phases(enum sim_model model);

/** sim_registers_init() - a healthy meter without load, with a past on its energy counters. */
void sim_registers_init(struct sim_registers *registers, enum sim_model model);

/** sim_registers_elapse() - let energy flow for a while at the present values. */
void sim_registers_elapse(struct sim_registers *registers, int64_t elapsed_ms);

/**
 * sim_registers_read() - answer function 03.
 * @ret: receives count registers.
 *
 * Returns 0, or the exception code: 3 for a count of 0 or above 125, 2 if any of the registers
 * does not exist on this model.
 */
int sim_registers_read(
	const struct sim_registers *registers, uint16_t address, unsigned int count, uint16_t *ret);

#endif
