/* SPDX-License-Identifier: MIT */
#include "core/trust.h"

#include <stdbool.h>
#include <stddef.h>

#include "core/fault.h"
#include "core/minmax.h"

#define SILENCE (FAULT_BIT(FAULT_METER_LOST) | FAULT_BIT(FAULT_METER_IMPLAUSIBLE))

void trust_init(struct trust *trust, int64_t now_ms)
{
	*trust = (struct trust){
		.cycle_ms = now_ms,
		.good_ms = now_ms,
		.bad_ms = NEVER,
		.healthy_since_ms = NEVER,
	};
}

const struct reading *trust_cycle(
	struct trust *trust, const struct reading *reading, int64_t lost_after_ms, int64_t now_ms)
{
	int64_t gap_ms = now_ms - trust->cycle_ms;

	trust->cycle_ms = now_ms;
	/* After a stall or a suspend nothing that waited in a buffer says anything about now. */
	if (gap_ms > lost_after_ms) {
		trust->faults |= FAULT_BIT(FAULT_LOOP_STALLED);
		trust->good_ms = now_ms;
		trust->healthy_since_ms = NEVER;
		return NULL;
	}
	if (!reading)
		return NULL;
	if (reading->quality != READING_GOOD) {
		trust->bad_ms = reading->at_ms;
		trust->healthy_since_ms = NEVER;
		return reading->quality == READING_SUSPECT ? reading : NULL;
	}
	trust->good_ms = reading->at_ms;
	if (trust->healthy_since_ms == NEVER)
		trust->healthy_since_ms = reading->at_ms;
	return reading;
}

void trust_update(struct trust *trust, uint32_t external, int64_t lost_after_ms,
	int64_t recover_delay_ms, int64_t now_ms)
{
	uint32_t present = external;

	if (now_ms - trust->good_ms >= lost_after_ms) {
		bool answers = trust->bad_ms != NEVER && now_ms - trust->bad_ms < lost_after_ms;

		present |= FAULT_BIT(answers ? FAULT_METER_IMPLAUSIBLE : FAULT_METER_LOST);
		trust->faults &= ~SILENCE;
	}
	if (present & FAULTS_OF_READINGS)
		trust->healthy_since_ms = NEVER;

	if (trust->healthy_since_ms != NEVER &&
		trust->good_ms - trust->healthy_since_ms >= recover_delay_ms)
		trust->faults = present;
	else
		trust->faults = present | (trust->faults & FAULTS_OF_READINGS);
}

int64_t trust_deadline_ms(const struct trust *trust, int64_t lost_after_ms)
{
	int64_t deadline_ms = trust->good_ms + lost_after_ms;

	return (trust->faults & SILENCE) && deadline_ms <= trust->cycle_ms ? INT64_MAX
									   : deadline_ms;
}
