/* SPDX-License-Identifier: MIT */
/*
 * The faults that take the charge current down, and sets of them.
 */
#ifndef POWEROPT_CORE_FAULT_H
#define POWEROPT_CORE_FAULT_H

#include <stdint.h>

enum fault {
	FAULT_METER_LOST,	 /* no answer for lost_after */
	FAULT_METER_IMPLAUSIBLE, /* answers, but no reading to trust, for lost_after */
	FAULT_METER_SELFTEST,	 /* the meter's error register is not 0 */
	FAULT_METER_UNKNOWN,	 /* answers, but has none of the current registers we know */
	FAULT_METER_REVERSED,	 /* more charge made the reading fall */
	FAULT_PHASE_MISSING,	 /* no voltage on a phase that the charger uses */
	FAULT_DIP_UNREADABLE,	 /* the DIP switches cannot be read */
	FAULT_OUTPUT_FAILED,	 /* the allowed current does not reach the charger */
	FAULT_CHARGER_RUNAWAY,	 /* told to stop, the charger goes on drawing */
	FAULT_LOOP_STALLED,	 /* more than lost_after between two control cycles */
	FAULT_COUNT,
	FAULT_INVALID = -22, /* -EINVAL */
};

/* A set of faults is a bit mask; bit N stands for the enum value N. */
#define FAULT_BIT(fault) (UINT32_C(1) << (fault))

/* Faults for which there must be recover_delay of good readings before they clear. */
#define FAULTS_OF_READINGS                                                                         \
	(FAULT_BIT(FAULT_METER_LOST) | FAULT_BIT(FAULT_METER_IMPLAUSIBLE) |                        \
		FAULT_BIT(FAULT_METER_SELFTEST) | FAULT_BIT(FAULT_METER_UNKNOWN) |                 \
		FAULT_BIT(FAULT_METER_REVERSED) | FAULT_BIT(FAULT_PHASE_MISSING) |                 \
		FAULT_BIT(FAULT_LOOP_STALLED))

/* Faults in which nothing is allowed, whatever failsafe_current says. */
#define FAULTS_THAT_STOP                                                                           \
	(FAULT_BIT(FAULT_DIP_UNREADABLE) | FAULT_BIT(FAULT_OUTPUT_FAILED) |                        \
		FAULT_BIT(FAULT_CHARGER_RUNAWAY))

/**
 * fault_name() - the name of a fault on every interface, such as "meter-lost".
 * Returns NULL for a value that is no fault.
 */
const char *fault_name(enum fault fault);

/**
 * fault_first() - the fault of a set that is to be told first.
 * The order of the enum is the order of precedence. Returns FAULT_INVALID for the empty set.
 */
enum fault fault_first(uint32_t faults);

#endif
