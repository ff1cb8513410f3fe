/* SPDX-License-Identifier: MIT */
/*
 * The control pilot's duty cycle, IEC 61851-1 table A.8 (what the car may draw) read backwards.
 */
#ifndef POWEROPT_CORE_PILOT_H
#define POWEROPT_CORE_PILOT_H

#include <stdint.h>

#define PILOT_MIN_MA 6000  /* no duty cycle stands for less than 6 A */
#define PILOT_MAX_MA 80000 /* 96 % duty */

/**
 * pilot_duty_ns() - how long the pilot is high in each period to offer a current.
 * @allowed_ma: 6,000 to 80,000; others are clamped to the nearest of them.
 * @period_ns:  the pilot's period, above 0 (1 kHz: 1,000,000).
 *
 * Rounded down, so that the car never reads more than was allowed. 6 to 51 A: I / 0.6 A percent;
 * to 52.5 A: 85 %, the last duty that is read by that rule; to 80 A: I / 2.5 A + 64 percent.
 */
int64_t pilot_duty_ns(int32_t allowed_ma, int64_t period_ns);

/**
 * pilot_current_ma() - what a car may draw at a duty cycle: the car's side of the table.
 * @duty_ns, @period_ns: 0 <= duty_ns <= period_ns, period_ns above 0.
 *
 * Below 8 %: 0 (3 to 7 % asks for digital communication, which gives no current by itself);
 * 8 to 10 %: 6 A; to 85 %: duty * 0.6 A; to 96 %: (duty - 64) * 2.5 A; to 97 %: 80 A; above: 0.
 * Rounded to the nearest milliampere.
 */
int32_t pilot_current_ma(int64_t duty_ns, int64_t period_ns);

#endif
