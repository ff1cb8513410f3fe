/* SPDX-License-Identifier: MIT */
#include "core/meter_watch.h"

void meter_watch_voltages(struct meter_watch *watch, int phases, const int32_t voltage_mv[])
{
	watch->voltages_known = true;
	watch->voltage_phases = phases;
	for (int i = 0; i < PHASES_MAX; i++)
		watch->voltage_mv[i] = i < phases ? voltage_mv[i] : -1;
}

void meter_watch_error_register(struct meter_watch *watch, uint16_t value)
{
	watch->error_register = value;
	if (value == 0)
		watch->error_reads = 0;
	else if (watch->error_reads < SELFTEST_READS)
		watch->error_reads++;
}

enum reading_quality meter_watch_quality(
	const struct meter_watch *watch, const struct reading *reading)
{
	if (!watch->voltages_known || reading->quality != READING_GOOD)
		return reading->quality;

	for (int i = 0; i < reading->phases; i++)
		if (reading->current_ma[i] != 0)
			return READING_GOOD;
	for (int i = 0; i < watch->voltage_phases; i++)
		if (watch->voltage_mv[i] >= PHASE_ABSENT_MV)
			return READING_GOOD;
	return READING_INVALID;
}

uint8_t meter_watch_absent(const struct meter_watch *watch)
{
	uint8_t absent = 0;
	bool any = false;

	if (!watch->voltages_known)
		return 0;
	for (int i = 0; i < watch->voltage_phases; i++) {
		if (watch->voltage_mv[i] < PHASE_ABSENT_MV)
			absent |= (uint8_t)(1u << i);
		else
			any = true;
	}
	/* It answers, so it is fed by some phase: without any voltage it is the registers that are dead. */
	return any ? absent : 0;
}

bool meter_watch_selftest_failed(const struct meter_watch *watch)
{
	return watch->error_reads >= SELFTEST_READS;
}
