/* SPDX-License-Identifier: MIT */
/*
 * The figures by which a charge is judged: how long and how far the main switch was overloaded,
 * how much went into the car, how often it was paused. Pure, for any sampling step.
 */
#ifndef POWEROPT_SIM_TALLY_H
#define POWEROPT_SIM_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/register_map.h"

#define TALLY_OVER_A	0.5  /* an overload begins that much above the limit */
#define TALLY_CHANGE_A	0.09 /* a change of the offered current counts above this */
#define TALLY_HEAT_TRIP 5.2  /* heat at which a breaker may trip: 2.55 x In for 1 s */

struct tally {
	double limit_a;
	int phases;

	double over_s;	  /* any phase above limit + TALLY_OVER_A */
	double longest_s; /* the longest such time without a break */
	double max_a;	  /* highest current of any phase */
	double excess_a;  /* by how much it was above the limit, at worst; 0: never */
	/*
	 * The worst phase's sum of (I / limit)^2 - 1.13^2 over time, never below 0, in seconds.
	 * 1.13 is the conventional non-tripping current of IEC 60898.
	 */
	double heat;
	double car_ah; /* on each phase of the car */
	/* What tally_optimum() counted: the charge, and any phase over as in over_s, but no car. */
	double optimum_ah, house_over_s;
	int pauses;
	int changes;

	double over_now_s;
	double heat_now[SIM_PHASES_MAX];
	double offered_a;
	bool begun;
};

/** tally_init() - start counting. */
void tally_init(struct tally *tally, double limit_a, int phases);

/**
 * tally_add() - count a sample.
 * @total_a: of each phase; @drawn_a: of the car on each of its phases; @offered_a: to the car.
 * @step_s:  how long it lasted.
 */
void tally_add(struct tally *tally, const double total_a[SIM_PHASES_MAX], double drawn_a,
	double offered_a, double step_s);

/**
 * tally_optimum() - count for a sample what one would offer who knows the house at every moment:
 * all that is free on the worst phase, up to max_a, and nothing if that is less than min_a. And
 * what nobody could avoid: the overload by the house alone.
 * @house_a: of each phase without the car; @mask: the phases of the charger, bit 0 for L1.
 */
void tally_optimum(struct tally *tally, const double house_a[SIM_PHASES_MAX], uint8_t mask,
	double min_a, double max_a, double step_s);

#endif
