/* SPDX-License-Identifier: MIT */
#include "core/fault.h"

#include <stddef.h>

static const char *const fault_names[FAULT_COUNT] = {
	[FAULT_METER_LOST] = "meter-lost",
	[FAULT_METER_IMPLAUSIBLE] = "meter-implausible",
	[FAULT_METER_SELFTEST] = "meter-selftest",
	[FAULT_METER_UNKNOWN] = "meter-unknown",
	[FAULT_METER_REVERSED] = "meter-reversed",
	[FAULT_PHASE_MISSING] = "phase-missing",
	[FAULT_DIP_UNREADABLE] = "dip-unreadable",
	[FAULT_OUTPUT_FAILED] = "output-failed",
	[FAULT_CHARGER_RUNAWAY] = "charger-runaway",
	[FAULT_LOOP_STALLED] = "loop-stalled",
};

const char *fault_name(enum fault fault)
{
	if ((int)fault < 0 || fault >= FAULT_COUNT)
		return NULL;
	return fault_names[fault];
}

enum fault fault_first(uint32_t faults)
{
	for (int i = 0; i < FAULT_COUNT; i++)
		if (faults & FAULT_BIT(i))
			return (enum fault)i;
	return FAULT_INVALID;
}
