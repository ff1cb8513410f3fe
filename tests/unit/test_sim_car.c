/* SPDX-License-Identifier: MIT */
/* How each simulated car follows its control pilot, in virtual time. */
#include "support.h"

#include "sim/car.h"

#define NEAR 0.15 /* A: a step of the quickest ramp, and a little */

static struct car car_of(const char *preset, double max_a)
{
	struct car car;

	assert_non_null(car_preset_find(preset));
	car_init(&car, car_preset_find(preset), max_a, 3);
	return car;
}

/* What it draws after a current was offered for a while. */
static double after(struct car *car, double offered_a, int ms)
{
	double drawn = car->drawn_a;

	for (int t = 0; t < ms; t += CAR_STEP_MS)
		drawn = car_step(car, offered_a);
	return drawn;
}

static void assert_near(double value, double expected)
{
	assert_float_equal((float)value, (float)expected, (float)NEAR);
}

static void the_reference_rises_3_and_falls_12_amps_a_second(void **state)
{
	struct car car = car_of("reference", 16);

	(void)state;
	assert_near(after(&car, 16, 1000), 3);
	assert_near(after(&car, 16, 2000), 9);
	assert_near(after(&car, 16, 10000), 16);
	assert_near(after(&car, 6, 500), 10);
	assert_near(after(&car, 6, 500), 6);
	assert_near(after(&car, 0, 250), 3);
	assert_near(after(&car, 0, 250), 0);
	assert_near(after(&car, 6, 1000), 3);
}

static void no_car_draws_more_than_its_charger_or_its_offer(void **state)
{
	struct random random = {random_seed()};

	(void)state;
	for (size_t i = 0; car_preset_at(i); i++) {
		struct car car = car_of(car_preset_at(i)->name, 13);
		double highest = 0;

		for (int step = 0; step < 2000; step++) {
			double offered = random_chance(&random, 30)
						 ? 0
						 : (double)random_between(&random, 6, 32);

			highest = offered > highest ? offered : highest;
			after(&car, offered, (int)random_between(&random, 10, 3000));
			assert_true(car.drawn_a >= 0 && car.drawn_a <= 13);
			assert_true(car.drawn_a <= highest);
		}
	}
}

static void the_slow_one_waits_4_seconds_and_moves_1_amp_a_second(void **state)
{
	struct car car = car_of("slow", 16);

	(void)state;
	assert_near(after(&car, 10, 4000), 0);
	assert_near(after(&car, 10, 2000), 2);
	assert_near(after(&car, 10, 8000), 10);
	assert_near(after(&car, 6, 4000), 10);
	assert_near(after(&car, 6, 1000), 9);
}

static void the_quick_one_is_there_at_once(void **state)
{
	struct car car = car_of("quick", 32);

	(void)state;
	assert_near(after(&car, 16, 300), 0);
	assert_near(after(&car, 16, 1000), 10);
	assert_near(after(&car, 16, 1000), 16);
	assert_near(after(&car, 6, 300), 16);
	assert_near(after(&car, 6, 500), 11);
}

static void the_modest_one_takes_less_than_offered(void **state)
{
	struct car car = car_of("modest", 16);

	(void)state;
	assert_near(after(&car, 16, 10000), 10);
	assert_near(after(&car, 8, 10000), 6.5);
}

static void the_one_phase_car_uses_one_phase(void **state)
{
	struct car car = car_of("one-phase", 16);

	(void)state;
	assert_int_equal(car.phases, 1);
	assert_int_equal(car_of("reference", 16).phases, 3);
}

static void the_sleeper_comes_back_30_seconds_after_a_pause(void **state)
{
	struct car car = car_of("sleeper", 16);

	(void)state;
	assert_near(after(&car, 6, 3000), 6); /* it came awake */
	assert_near(after(&car, 0, 60000), 0);
	assert_near(after(&car, 6, 30000), 0);
	assert_near(after(&car, 6, 3000), 6);
	assert_near(after(&car, 10, 3000), 10); /* a raise does not put it to sleep */
}

static void the_deaf_one_never_reduces(void **state)
{
	struct car car = car_of("deaf", 32);

	(void)state;
	assert_near(after(&car, 0, 5000), 0);
	assert_near(after(&car, 16, 10000), 16);
	assert_near(after(&car, 6, 10000), 16);
	assert_near(after(&car, 0, 10000), 16);
	assert_near(after(&car, 20, 10000), 20);
}

static void the_late_one_takes_what_the_standard_gives(void **state)
{
	struct car car = car_of("late", 32);

	(void)state;
	assert_near(after(&car, 16, 4990), 0);
	assert_near(after(&car, 16, 20), 16);
	assert_near(after(&car, 10, 4990), 16);
	assert_near(after(&car, 10, 20), 10);
	assert_near(after(&car, 0, 2990), 10);
	assert_near(after(&car, 0, 20), 0);
	assert_near(after(&car, 0, 10000), 0);
}

static void a_short_pause_stops_the_late_one_once(void **state)
{
	struct car car = car_of("late", 32);

	(void)state;
	assert_near(after(&car, 16, 10000), 16);
	assert_near(after(&car, 0, 1000), 16);
	assert_near(after(&car, 10, 2500), 0);
	for (int t = 0; t < 2480; t += CAR_STEP_MS)
		assert_near(car_step(&car, 10), 0);
	assert_near(after(&car, 10, 30), 10);
	assert_near(after(&car, 10, 5000), 10);
}

static void an_unknown_car_is_not_found(void **state)
{
	(void)state;
	assert_null(car_preset_find("flying"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reference_rises_3_and_falls_12_amps_a_second),
		cmocka_unit_test(no_car_draws_more_than_its_charger_or_its_offer),
		cmocka_unit_test(the_slow_one_waits_4_seconds_and_moves_1_amp_a_second),
		cmocka_unit_test(the_quick_one_is_there_at_once),
		cmocka_unit_test(the_modest_one_takes_less_than_offered),
		cmocka_unit_test(the_one_phase_car_uses_one_phase),
		cmocka_unit_test(the_sleeper_comes_back_30_seconds_after_a_pause),
		cmocka_unit_test(the_deaf_one_never_reduces),
		cmocka_unit_test(the_late_one_takes_what_the_standard_gives),
		cmocka_unit_test(a_short_pause_stops_the_late_one_once),
		cmocka_unit_test(an_unknown_car_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
