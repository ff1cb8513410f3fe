/* SPDX-License-Identifier: MIT */
/*
 * A car on the cable: what it draws when a current is offered, in steps of 10 ms. Pure.
 */
#ifndef POWEROPT_SIM_CAR_H
#define POWEROPT_SIM_CAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAR_STEP_MS 10

struct car_preset {
	const char *name;
	const char *help;
	double rise_a_per_s;
	double fall_a_per_s;
	int follow_ms; /* dead time before any change */
	int stop_ms;   /* dead time before a stop */
	int wake_ms;   /* how long it sleeps on after a pause; 0: not at all */
	double less_a; /* it draws that much less than offered */
	double max_a;  /* its own maximum; 0: none */
	int phases;    /* it has at most that many; 0: as many as the charger */
	bool deaf;     /* hears no reduction */
};

#define CAR_HISTORY 1024 /* steps; longer than every dead time */

struct car {
	const struct car_preset *preset;
	double max_a;
	int phases;
	int64_t step; /* since it was plugged in */
	double offered_a[CAR_HISTORY];
	double target_a;
	double drawn_a; /* on each of its phases */
	bool paused;
	int64_t stopped_by; /* step of the last offer of 0 that it noticed */
	int64_t awake_at;   /* step */
};

/** car_preset_find() - a preset by name, NULL if there is none. */
const struct car_preset *car_preset_find(const char *name);

/** car_preset_at() - the presets in order, for help texts; NULL at the end. */
const struct car_preset *car_preset_at(size_t index);

/**
 * car_init() - plug a car in that draws nothing yet.
 * @preset: must outlive the car.
 * @max_a:  rating of its charger.
 * @phases: of the charging station, 1 to 3.
 */
void car_init(struct car *car, const struct car_preset *preset, double max_a, int phases);

/**
 * car_step() - let CAR_STEP_MS pass.
 * @offered_a: what the control pilot says now; 0 is a pause.
 *
 * Returns what it draws on each of its phases.
 */
double car_step(struct car *car, double offered_a);

#endif
