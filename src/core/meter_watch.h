/* SPDX-License-Identifier: MIT */
/*
 * What the slow registers say about the readings: is the meter healthy, is every phase there?
 *
 * The meter driver feeds it; the faults go to the regulator. Pure: no clock, no I/O.
 */
#ifndef POWEROPT_CORE_METER_WATCH_H
#define POWEROPT_CORE_METER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/reading.h"

/* Below this a phase counts as absent. A missing phase may read 0, NaN, or what stray coupling gives. */
#define PHASE_ABSENT_MV 50000

/* So many reads of the error register in a row must be unequal to 0. */
#define SELFTEST_READS 3

struct meter_watch {
	bool voltages_known;
	int32_t voltage_mv[PHASES_MAX]; /* -1: the answer was no voltage */
	int voltage_phases;
	uint16_t error_register;
	int error_reads; /* consecutive reads unequal to 0, up to SELFTEST_READS */
};

/** meter_watch_voltages() - take in the voltages of @phases (1 or 3) phases; -1 mV: not a voltage. */
void meter_watch_voltages(struct meter_watch *watch, int phases, const int32_t voltage_mv[]);

/** meter_watch_error_register() - take in one read of register 0x4015. */
void meter_watch_error_register(struct meter_watch *watch, uint16_t value);

/**
 * meter_watch_quality() - the quality of a reading in the light of the voltages.
 *
 * A meter that reports no current, and on no phase a voltage that mains can have, measures nothing, or
 * speaks another language: INVALID.
 * Otherwise the quality that the reading has.
 */
enum reading_quality meter_watch_quality(
	const struct meter_watch *watch, const struct reading *reading);

/**
 * meter_watch_absent() - the mains phases without voltage, bit 0 for L1.
 * 0 while unknown, and when no phase has any: that is a meter which does not tell voltages.
 */
uint8_t meter_watch_absent(const struct meter_watch *watch);

/** meter_watch_selftest_failed() - whether the error register stood in SELFTEST_READS reads running. */
bool meter_watch_selftest_failed(const struct meter_watch *watch);

#endif
