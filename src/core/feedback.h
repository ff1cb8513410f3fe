/* SPDX-License-Identifier: MIT */
/*
 * What the charger says about itself and its car.
 */
#ifndef POWEROPT_CORE_FEEDBACK_H
#define POWEROPT_CORE_FEEDBACK_H

#include <stdint.h>

#define CHARGER_PHASES_MAX 3

struct charger_feedback {
	int64_t at_ms;	 /* CLOCK_BOOTTIME of its arrival; a charger that hangs does not renew it */
	int pilot_state; /* 0 to 5: A (no car), B (connected), C (charging), D, E, F (IEC 61851-1) */
	int32_t drawn_ma[CHARGER_PHASES_MAX]; /* on the charger's L1 to L3; -1: not measured */
};

#endif
