/* SPDX-License-Identifier: MIT */
#include "core/klefr.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define RATED_DEFAULT_MA 100000
#define CURRENT_CLAMP_MA (INT32_MAX / 2)
#define VOLTAGE_MAX_V	 1000.0f

float klefr_float(const uint16_t registers[2])
{
	uint32_t bits = (uint32_t)registers[0] << 16 | registers[1];
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

enum reading_quality klefr_current(const uint16_t registers[2], int32_t rated_ma, int32_t *ret_ma)
{
	float amps = klefr_float(registers);
	double ma;

	if (!isfinite(amps)) {
		*ret_ma = 0;
		return READING_INVALID;
	}

	if (rated_ma <= 0)
		rated_ma = RATED_DEFAULT_MA;

	ma = (double)amps * 1000.0;
	if (ma > CURRENT_CLAMP_MA)
		ma = CURRENT_CLAMP_MA;
	if (ma < -CURRENT_CLAMP_MA)
		ma = -CURRENT_CLAMP_MA;

	/* Adding a half and cutting off is exact here, and needs no libm. */
	*ret_ma = (int32_t)(ma < 0 ? ma - 0.5 : ma + 0.5);
	return fabs(ma) * 10 > (double)rated_ma * 12 ? READING_SUSPECT : READING_GOOD;
}

int klefr_voltage(const uint16_t registers[2], int32_t *ret_mv)
{
	float volts = klefr_float(registers);

	if (!isfinite(volts) || volts < 0 || volts > VOLTAGE_MAX_V)
		return -EINVAL;
	*ret_mv = (int32_t)((double)volts * 1000.0 + 0.5);
	return 0;
}

int klefr_phases(uint16_t meter_code)
{
	switch (meter_code) {
	case 0x0101:
	case 0x2009:
	case 0x2010:
		return 1;
	case 0x0102:
	case 0x0103:
	case 0x2007:
	case 0x2008:
		return 3;
	}
	return 0;
}
