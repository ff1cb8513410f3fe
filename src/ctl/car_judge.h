/* SPDX-License-Identifier: MIT */
/*
 * What the meter's currents say about a car that was just told to charge, or to stop. Pure.
 */
#ifndef POWEROPT_CTL_CAR_JUDGE_H
#define POWEROPT_CTL_CAR_JUDGE_H

#include <stdint.h>

#include "core/reading.h"

enum car_finding {
	CAR_NOTHING,	 /* no phase moved */
	CAR_ALL,	 /* every phase of the charger moved the right way */
	CAR_SOME,	 /* some did, and no other: a car with fewer phases */
	CAR_OTHER_PHASE, /* one that is not the charger's moved */
	CAR_BACKWARDS,	 /* a phase of the charger moved the other way */
};

/* Phases are a mask, bit 0 for L1. */
struct car_verdict {
	enum car_finding finding;
	uint8_t moved;	   /* the way that was expected */
	uint8_t backwards; /* the other way */
};

/** car_threshold_ma() - a move of so much is the car's, at the least current that it is offered. */
int32_t car_threshold_ma(int32_t min_current_ma);

/**
 * car_judge() - compare the currents before and after.
 * @direction: 1 where they should rise, -1 where they should fall.
 * @charger:   the phases that the charger uses.
 */
struct car_verdict car_judge(const int32_t before_ma[PHASES_MAX],
	const int32_t after_ma[PHASES_MAX], int phases, int direction, uint8_t charger,
	int32_t threshold_ma);

#endif
