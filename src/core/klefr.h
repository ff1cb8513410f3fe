/* SPDX-License-Identifier: MIT */
/*
 * The registers of the Klefr 6924 (one phase) and 6934 (three phases), and what they mean.
 *
 * Both belong to the Inepro PRO family. Holding registers only, read with function 3; addresses
 * as they stand on the wire. Floats are IEEE 754 single precision, high word first, currents in
 * ampere with import positive. Sources: the PRO380-Mod manual's register appendix, a register dump
 * of a real PRO380-Mod (software 2.18), Inepro's own library, and the polls of the charging station
 * that the kit is made for (0x500C, six registers, once a second).
 */
#ifndef POWEROPT_CORE_KLEFR_H
#define POWEROPT_CORE_KLEFR_H

#include <stdint.h>

#include "core/reading.h"

/* Identity. Each of these may fail on a real meter while the measurements work. */
#define KLEFR_REG_SERIAL     0x4000 /* 2: eight digits, one each nibble */
#define KLEFR_REG_METER_CODE 0x4002 /* 1: see klefr_phases() */
#define KLEFR_REG_SOFTWARE   0x4007 /* 2: float, such as 2.18 */
#define KLEFR_REG_RATED_AMPS 0x400B /* 1: integer, A */
#define KLEFR_REG_PARITY     0x4011 /* 1: 1 even, 2 none, 3 odd */
#define KLEFR_REG_ERROR	     0x4015 /* 1: 0 is good; the bits are not documented */

/* Measurements, a float each. */
#define KLEFR_REG_VOLTAGES    0x5000 /* one-phase value, L1, L2, L3, frequency: V, V, V, V, Hz */
#define KLEFR_REG_CURRENT_1PH 0x500A /* only one-phase meters; reads 0.0 on a PRO380 */
#define KLEFR_REG_CURRENTS    0x500C /* L1, L2, L3; a one-phase meter may have L1 alone */
#define KLEFR_REG_IMPORT      0x600C /* total, T1: kWh */

/* klefr_float() - the float in two registers, high word first. May be NaN or infinite. */
float klefr_float(const uint16_t registers[2]);

/**
 * klefr_current() - one current in milliampere, with its quality (invariant S5).
 * @registers: two registers as read.
 * @rated_ma:  the meter's rated current; 0 if unknown, which counts as 100 A.
 * @ret_ma:    rounded to the nearest milliampere, away from 0 in magnitude never by more than that;
 *             -0.0 and subnormal numbers are 0; 0 if the quality is READING_INVALID.
 *
 * A current beyond what fits, or beyond 1.2 times the rating, is READING_SUSPECT and is
 * clamped to +-INT32_MAX / 2.
 */
enum reading_quality klefr_current(const uint16_t registers[2], int32_t rated_ma, int32_t *ret_ma);

/**
 * klefr_voltage() - one voltage in millivolt.
 * Returns 0, or -EINVAL for what is no voltage (NaN, infinite, negative, above 1,000 V).
 */
int klefr_voltage(const uint16_t registers[2], int32_t *ret_mv);

/**
 * klefr_phases() - how many phases a meter has, from its meter code.
 *
 * Returns 1 or 3, or 0 for a code that is not known: labelled meters may carry their own.
 * Codes from Inepro's library: 0x0101 PRO1 and PRO2, 0x2009 and 0x2010 their Solar-Log versions;
 * 0x0102 PRO380, 0x0103 PRO380-CT, 0x2007 and 0x2008 their Solar-Log versions.
 */
int klefr_phases(uint16_t meter_code);

#endif
