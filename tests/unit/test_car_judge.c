/* SPDX-License-Identifier: MIT */
/* Which phases moved when a car was told to charge or to stop. */
#include "ctl/car_judge.h"
#include "support.h"

#define ALL 0x7

static struct car_verdict judge(int direction, uint8_t charger, int d1, int d2, int d3)
{
	const int32_t before[PHASES_MAX] = {5000, -2000, 0};
	const int32_t after[PHASES_MAX] = {5000 + d1, -2000 + d2, d3};

	return car_judge(before, after, 3, direction, charger, car_threshold_ma(6000));
}

static void all_phases_of_the_charger_rise(void **state)
{
	(void)state;
	assert_int_equal(judge(1, ALL, 6000, 5500, 5900).finding, CAR_ALL);
	assert_int_equal(judge(1, 0x2, 0, 5500, 0).finding, CAR_ALL);
	assert_int_equal(judge(-1, ALL, -6000, -5500, -5900).finding, CAR_ALL);
}

static void a_car_with_fewer_phases_is_some(void **state)
{
	struct car_verdict verdict = judge(1, ALL, 6000, 100, 0);

	(void)state;
	assert_int_equal(verdict.finding, CAR_SOME);
	assert_int_equal(verdict.moved, 0x1);
}

static void a_phase_that_is_not_the_chargers_is_told_even_beside_a_right_one(void **state)
{
	struct car_verdict verdict = judge(1, 0x1, 6000, 0, 6000);

	(void)state;
	assert_int_equal(verdict.finding, CAR_OTHER_PHASE);
	assert_int_equal(verdict.moved, 0x5);
}

static void a_fall_where_a_rise_should_be_is_backwards(void **state)
{
	(void)state;
	assert_int_equal(judge(1, ALL, -6000, -6000, -6000).finding, CAR_BACKWARDS);
	/* a load of the house that ends meanwhile, on a phase that the charger does not use */
	assert_int_equal(judge(1, 0x1, 0, -9000, 0).finding, CAR_NOTHING);
}

static void what_is_less_than_a_car_is_nothing(void **state)
{
	(void)state;
	assert_int_equal(judge(1, ALL, 2400, -1000, 2900).finding, CAR_NOTHING);
	assert_int_equal(car_threshold_ma(6000), 3000);
	assert_int_equal(car_threshold_ma(1000), 2500);
	assert_int_equal(car_threshold_ma(16000), 8000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_phases_of_the_charger_rise),
		cmocka_unit_test(a_car_with_fewer_phases_is_some),
		cmocka_unit_test(a_phase_that_is_not_the_chargers_is_told_even_beside_a_right_one),
		cmocka_unit_test(a_fall_where_a_rise_should_be_is_backwards),
		cmocka_unit_test(what_is_less_than_a_car_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
