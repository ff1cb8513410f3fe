/* SPDX-License-Identifier: MIT */
/*
 * What the car may be drawing: after cuts, after raises that show or do not, and by what the charger says.
 */
#include "core/draw.h"
#include "support.h"

#define SETTLE_MS 6000
#define ALL	  0x7

static const int32_t idle[PHASES_MAX] = {2000, 1000, 1000};

/* The loads of an idle house with a car on its phases. */
static void loads_with_car(int32_t car_ma, int32_t ret[PHASES_MAX])
{
	for (int i = 0; i < PHASES_MAX; i++)
		ret[i] = idle[i] + car_ma;
}

/* Readings every second from @from_ms to @to_ms, all alike. */
static void show(struct draw *draw, int32_t car_ma, int64_t from_ms, int64_t to_ms)
{
	int32_t loads_ma[PHASES_MAX];

	loads_with_car(car_ma, loads_ma);
	for (int64_t ms = from_ms; ms <= to_ms; ms += 1000)
		draw_on_loads(draw, loads_ma, ALL, SETTLE_MS, ms);
}

static void a_cut_may_be_drawn_on_until_it_has_settled(void **state)
{
	struct draw draw;

	(void)state;
	draw_init(&draw);
	draw_change(&draw, 16000, 9000, idle, SETTLE_MS, 1000);
	draw_change(&draw, 9000, 7000, idle, SETTLE_MS, 2000);
	assert_int_equal(draw_most_ma(&draw, 7000), 16000);
	show(&draw, 16000, 7000, 7000); /* the first has settled */
	assert_int_equal(draw_most_ma(&draw, 7000), 9000);
	show(&draw, 7000, 8000, 8000);
	assert_int_equal(draw_most_ma(&draw, 7000), 7000);
}

static void a_raise_shows_after_settle(void **state)
{
	struct draw draw;

	(void)state;
	draw_init(&draw);
	assert_true(draw_raise_shows(&draw, SETTLE_MS, 0));
	draw_change(&draw, 6000, 16000, idle, SETTLE_MS, 1000);
	show(&draw, 6000, 2000, 2000);
	assert_false(draw_raise_shows(&draw, SETTLE_MS, 6999));
	assert_true(draw_raise_shows(&draw, SETTLE_MS, 7000));
}

static void a_raise_that_finds_no_car_shows_later(void **state)
{
	struct draw draw;

	(void)state;
	draw_init(&draw);
	draw_change(&draw, 0, 6000, idle, SETTLE_MS, 1000);
	assert_false(draw_raise_shows(&draw, SETTLE_MS, 12999));
	assert_true(draw_raise_shows(&draw, SETTLE_MS, 13000));
}

static void a_car_that_does_not_follow_a_raise_draws_no_more_than_before(void **state)
{
	struct draw draw;
	int32_t loads_ma[PHASES_MAX];

	(void)state;
	draw_init(&draw);
	loads_with_car(6000, loads_ma);
	draw_change(&draw, 6000, 32000, loads_ma, SETTLE_MS, 0);
	show(&draw, 8000, 0, 3000);
	show(&draw, 10000, 4000, 15000);
	/* it last rose at 4 s */
	assert_int_equal(draw_now_ma(&draw, 32000, SETTLE_MS, 15000), 32000);
	assert_int_equal(draw_now_ma(&draw, 32000, SETTLE_MS, 16000), 10000);
	assert_int_equal(draw_now_ma(&draw, 8000, SETTLE_MS, 16000), 8000);
	/* later the house may rise without the car */
	show(&draw, 25000, 16000, 20000);
	assert_int_equal(draw_now_ma(&draw, 32000, SETTLE_MS, 20000), 10000);
}

static void a_car_that_sleeps_may_wake_up_at_any_time(void **state)
{
	struct draw draw;

	(void)state;
	draw_init(&draw);
	draw_change(&draw, 0, 6000, idle, SETTLE_MS, 0);
	show(&draw, 0, 1000, 60000);
	assert_int_equal(draw_now_ma(&draw, 6000, SETTLE_MS, 60000), 0);
	assert_int_equal(draw_least_ma(&draw, 6000, SETTLE_MS, 60000), 0);
	show(&draw, 5000, 61000, 62000);
	assert_int_equal(draw_now_ma(&draw, 6000, SETTLE_MS, 62000), 6000); /* it still rises */
	show(&draw, 5500, 63000, 80000);
	assert_int_equal(draw_now_ma(&draw, 6000, SETTLE_MS, 80000), 5500);
	assert_int_equal(draw_least_ma(&draw, 6000, SETTLE_MS, 80000), 6000);
}

static void a_house_that_falls_meanwhile_does_not_hide_the_car(void **state)
{
	struct draw draw;
	const int32_t cooking_ma[PHASES_MAX] = {14000, 9000, 9000};

	(void)state;
	draw_init(&draw);
	draw_change(&draw, 0, 6000, cooking_ma, SETTLE_MS, 0);
	show(&draw, 0, 1000, 3000);
	show(&draw, 6000, 4000, 20000);
	assert_int_equal(draw_now_ma(&draw, 6000, SETTLE_MS, 20000), 6000);
}

static void a_second_raise_goes_on_from_what_the_first_brought(void **state)
{
	struct draw draw;
	int32_t loads_ma[PHASES_MAX];

	(void)state;
	draw_init(&draw);
	loads_with_car(6000, loads_ma);
	draw_change(&draw, 6000, 20000, loads_ma, SETTLE_MS, 0);
	show(&draw, 10000, 1000, 8000);
	loads_with_car(10000, loads_ma);
	draw_change(&draw, 20000, 32000, loads_ma, SETTLE_MS, 8000);
	show(&draw, 10000, 9000, 20000);
	assert_int_equal(draw_now_ma(&draw, 32000, SETTLE_MS, 20000), 10000);
}

static void phases_that_the_charger_does_not_use_show_nothing(void **state)
{
	struct draw draw;
	const int32_t kettle_ma[PHASES_MAX] = {2000, 11000, 1000};

	(void)state;
	draw_init(&draw);
	draw_change(&draw, 6000, 16000, idle, SETTLE_MS, 0);
	draw_on_loads(&draw, kettle_ma, 0x1, SETTLE_MS, 1000);
	assert_int_equal(draw_now_ma(&draw, 16000, SETTLE_MS, 12000), 6000);
}

static void the_charger_knows_best_once_it_has_spoken_long_enough(void **state)
{
	struct draw draw;

	(void)state;
	draw_init(&draw);
	draw_change(&draw, 6000, 32000, idle, SETTLE_MS, 0);
	for (int64_t ms = 0; ms < 6000; ms += 100)
		draw_on_feedback(&draw, 10000, SETTLE_MS, ms);
	assert_int_equal(draw_now_ma(&draw, 32000, SETTLE_MS, 6000), 10000);
	assert_int_equal(draw_most_ma(&draw, 32000), 32000); /* not long enough */
	assert_int_equal(draw_least_ma(&draw, 32000, SETTLE_MS, 6000), 32000);

	draw_on_feedback(&draw, 9000, SETTLE_MS, 6000);
	assert_int_equal(draw_most_ma(&draw, 32000), 10000);
	assert_int_equal(draw_least_ma(&draw, 32000, SETTLE_MS, 6000), 32000);
	assert_int_equal(draw_least_ma(&draw, 7000, SETTLE_MS, 6000), 7000);

	/* a cut leaves what was drawn, not what was allowed */
	draw_change(&draw, 32000, 6000, idle, SETTLE_MS, 7000);
	assert_int_equal(draw_most_ma(&draw, 6000), 10000);
	for (int64_t ms = 7000; ms <= 18000; ms += 100)
		draw_on_feedback(&draw, 6000, SETTLE_MS, ms);
	assert_int_equal(draw_most_ma(&draw, 6000), 6000);
}

static void a_charger_that_falls_silent_is_no_longer_believed(void **state)
{
	struct draw draw;

	(void)state;
	draw_init(&draw);
	for (int64_t ms = 0; ms <= 7000; ms += 100)
		draw_on_feedback(&draw, 10000, SETTLE_MS, ms);
	draw_on_feedback(&draw, -1, SETTLE_MS, 7100);
	assert_int_equal(draw_now_ma(&draw, 32000, SETTLE_MS, 7100), 32000);
	assert_int_equal(draw_most_ma(&draw, 32000), 32000);
	/* and has to speak for long enough again */
	draw_on_feedback(&draw, 12000, SETTLE_MS, 20000);
	assert_int_equal(draw_most_ma(&draw, 32000), 32000);
}

static void what_the_charger_said_is_kept_for_settle_at_least_and_twice_that_at_most(void **state)
{
	struct draw draw;

	(void)state;
	draw_init(&draw);
	for (int64_t ms = 0; ms < 40000; ms += 100) {
		int32_t drawn_ma = ms == 20000 ? 9000 : ms == 20100 ? 12000 : 10000;
		bool kept = ms >= 20100 && ms <= 20000 + SETTLE_MS;
		bool gone = ms < 20000 || ms > 20100 + 2 * SETTLE_MS;

		draw_on_feedback(&draw, drawn_ma, SETTLE_MS, ms);
		if (ms <= SETTLE_MS)
			continue;
		if (kept || gone)
			assert_int_equal(draw_most_ma(&draw, 32000), gone ? 10000 : 12000);
	}
}

static void more_cuts_than_it_can_note_never_overstate_what_may_be_drawn(void **state)
{
	struct draw draw;

	(void)state;
	draw_init(&draw);
	for (int i = 0; i < 3 * CUTS_MAX; i++)
		draw_change(&draw, 32000 - i * 500, 31500 - i * 500, idle, SETTLE_MS, i * 250);
	assert_in_range(draw.cuts.count, 1, CUTS_MAX);
	assert_int_equal(draw_most_ma(&draw, 20000), 32000);
	for (int i = 0; i < 3 * CUTS_MAX; i++) {
		show(&draw, 0, SETTLE_MS + i * 250, SETTLE_MS + i * 250);
		assert_true(draw_most_ma(&draw, 20000) <= 31500 - i * 500);
		assert_true(draw_most_ma(&draw, 20000) >= 20000);
	}
	assert_int_equal(draw.cuts.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cut_may_be_drawn_on_until_it_has_settled),
		cmocka_unit_test(a_raise_shows_after_settle),
		cmocka_unit_test(a_raise_that_finds_no_car_shows_later),
		cmocka_unit_test(a_car_that_does_not_follow_a_raise_draws_no_more_than_before),
		cmocka_unit_test(a_car_that_sleeps_may_wake_up_at_any_time),
		cmocka_unit_test(a_house_that_falls_meanwhile_does_not_hide_the_car),
		cmocka_unit_test(a_second_raise_goes_on_from_what_the_first_brought),
		cmocka_unit_test(phases_that_the_charger_does_not_use_show_nothing),
		cmocka_unit_test(the_charger_knows_best_once_it_has_spoken_long_enough),
		cmocka_unit_test(a_charger_that_falls_silent_is_no_longer_believed),
		cmocka_unit_test(
			what_the_charger_said_is_kept_for_settle_at_least_and_twice_that_at_most),
		cmocka_unit_test(more_cuts_than_it_can_note_never_overstate_what_may_be_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
