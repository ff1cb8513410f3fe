/* SPDX-License-Identifier: MIT */
/* IEC 61851-1 table A.8 in both directions: the points, and for every milliampere the promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/pilot.h"

#define KHZ_NS 1000000

static void the_points_of_the_standard_are_exact(void **state)
{
	static const struct {
		int32_t ma;
		int64_t duty_ns;
		int32_t read_ma;
	} points[] = {
		{6000, 100000, 6000},
		{10000, 166666, 10000}, /* 16.67 % */
		{16000, 266666, 16000},
		{32000, 533333, 32000},
		{51000, 850000, 51000},
		{51001, 850000, 51000},
		{52500, 850000, 51000}, /* 85 % is read by the first rule */
		{52501, 850004, 52501},
		{63000, 892000, 63000},
		{80000, 960000, 80000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		assert_int_equal(pilot_duty_ns(points[i].ma, KHZ_NS), points[i].duty_ns);
		assert_int_equal(pilot_current_ma(points[i].duty_ns, KHZ_NS), points[i].read_ma);
	}
}

static void a_current_outside_the_table_is_clamped(void **state)
{
	(void)state;
	assert_int_equal(pilot_duty_ns(INT32_MIN, KHZ_NS), 100000);
	assert_int_equal(pilot_duty_ns(0, KHZ_NS), 100000);
	assert_int_equal(pilot_duty_ns(5999, KHZ_NS), 100000);
	assert_int_equal(pilot_duty_ns(80001, KHZ_NS), 960000);
	assert_int_equal(pilot_duty_ns(INT32_MAX, KHZ_NS), 960000);
}

static void a_car_reads_each_band_of_the_table(void **state)
{
	static const struct {
		int64_t duty_ns;
		int32_t ma;
	} bands[] = {
		{0, 0},
		{30000, 0}, /* digital communication */
		{50000, 0},
		{79999, 0},
		{80000, 6000},
		{99999, 6000},
		{100000, 6000},
		{500000, 30000},
		{850000, 51000},
		{850001, 52500}, /* 52,500.25 */
		{960000, 80000},
		{960001, 80000},
		{970000, 80000},
		{970001, 0},
		{1000000, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bands) / sizeof(bands[0]); i++)
		assert_int_equal(pilot_current_ma(bands[i].duty_ns, KHZ_NS), bands[i].ma);
}

/*
 * For periods of 1 kHz, of frequencies that give no round one, of 1 Hz, and so short that a
 * nanosecond is many milliampere.
 */
static const int64_t periods_ns[] = {
	KHZ_NS, 997008, 999999, 333333333, 1000000000, 142857, 10000, 999, 101};

static void the_duty_never_falls_while_the_current_rises(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(periods_ns) / sizeof(periods_ns[0]); i++) {
		int64_t last_ns = 0;

		for (int32_t ma = PILOT_MIN_MA; ma <= PILOT_MAX_MA; ma++) {
			int64_t duty_ns = pilot_duty_ns(ma, periods_ns[i]);

			if (duty_ns < last_ns || duty_ns > periods_ns[i])
				fail_msg("%d mA: %lld ns of %lld", ma, (long long)duty_ns,
					(long long)periods_ns[i]);
			last_ns = duty_ns;
		}
	}
}

static void a_car_reads_no_more_than_was_allowed_and_less_than_a_step_below(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(periods_ns) / sizeof(periods_ns[0]); i++) {
		int64_t period_ns = periods_ns[i];

		for (int32_t ma = PILOT_MIN_MA; ma <= PILOT_MAX_MA; ma++) {
			int64_t duty_ns = pilot_duty_ns(ma, period_ns);
			int32_t read_ma = pilot_current_ma(duty_ns, period_ns);
			/* a nanosecond, rounded up to milliampere */
			int64_t step_ma = (ma <= 51000 ? 60000 : 250000) / period_ns + 1;
			int64_t least_ma = ma - step_ma;

			/* the gap that the standard leaves: no duty is read as 51 to 52.5 A */
			if (duty_ns == period_ns * 85 / 100 && least_ma > 51000 - step_ma)
				least_ma = 51000 - step_ma;
			if (duty_ns * 100 < period_ns * 8)
				least_ma = 0; /* 8 % itself is between two nanoseconds */
			if (read_ma > ma || read_ma < least_ma)
				fail_msg("%d mA is read as %d mA at %lld ns of %lld", ma, read_ma,
					(long long)duty_ns, (long long)period_ns);
			if (period_ns == KHZ_NS && (ma <= 51000 || ma > 52500))
				assert_int_equal(read_ma, ma);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_points_of_the_standard_are_exact),
		cmocka_unit_test(a_current_outside_the_table_is_clamped),
		cmocka_unit_test(a_car_reads_each_band_of_the_table),
		cmocka_unit_test(the_duty_never_falls_while_the_current_rises),
		cmocka_unit_test(a_car_reads_no_more_than_was_allowed_and_less_than_a_step_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
