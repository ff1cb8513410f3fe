/* SPDX-License-Identifier: MIT */
#include "core/pilot.h"

int64_t pilot_duty_ns(int32_t allowed_ma, int64_t period_ns)
{
	if (allowed_ma < PILOT_MIN_MA)
		allowed_ma = PILOT_MIN_MA;
	if (allowed_ma > PILOT_MAX_MA)
		allowed_ma = PILOT_MAX_MA;

	if (allowed_ma <= 51000)
		return period_ns * allowed_ma / 60000;
	if (allowed_ma <= 52500)
		return period_ns * 85 / 100;
	return period_ns * (allowed_ma + 160000) / 250000;
}

int32_t pilot_current_ma(int64_t duty_ns, int64_t period_ns)
{
	/*
	 * Products, not a hundredth of the period: of a period that 100 does not divide, that
	 * would be too short, and what was encoded as 85 % would be read by the steeper rule.
	 */
	int64_t percents = duty_ns * 100;

	if (percents < 8 * period_ns || percents > 97 * period_ns)
		return 0;
	if (percents < 10 * period_ns)
		return PILOT_MIN_MA;
	if (percents <= 85 * period_ns)
		return (int32_t)((duty_ns * 60000 + period_ns / 2) / period_ns);
	if (percents <= 96 * period_ns)
		return (int32_t)((duty_ns * 250000 + period_ns / 2) / period_ns) - 160000;
	return PILOT_MAX_MA;
}
