/* SPDX-License-Identifier: MIT */
/*
 * The main job, with the real daemon: the charger gets what the house leaves, never more, soon.
 *
 * Currents that stand still while the offer rises are those of a house without a car: what is allowed
 * is the limit less the margin less the fullest phase.
 */
#include <signal.h>

#include "e2e/harness.h"

static void the_car_gets_exactly_what_the_fullest_phase_leaves(void **state)
{
	struct house *house = *state;

	house_start(house, "3,12.5,0");
	expect_duty(house, 6000);
	expect_duty(house, 7300); /* 20 - 0.2 - 12.5 A, as 121,666 ns of 121,666.7 */
	expect_log(house, "info: The car may draw 7.3 A: phase L2 carries 12.5 A of 20 A");
	expect_steady(house, 7300, 300);
}

static void nothing_holds_back_a_car_in_an_empty_house(void **state)
{
	struct house *house = *state;

	house_start(house, "0.4,0.3,0");
	expect_duty(house, 16000);
	expect_log(house, "info: The car may draw 16 A: nothing holds it back");
}

static void a_reading_above_the_limit_lowers_the_current_at_once(void **state)
{
	struct house *house = *state;
	struct moment said;
	int64_t seen_ms;

	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	said = house_say(house, "currents 21,21,21");
	seen_ms = expect_duty(house, 14800); /* 1.2 A are too much */
	house_check(house, seen_ms >= said.sent_ms);
	house_check_within(house, seen_ms, said.done_ms, PROMPT_MS);
	expect_log(house, "info: The car may draw");
}

static void an_overload_that_stays_goes_down_to_a_pause_and_up_again(void **state)
{
	struct house *house = *state;

	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	house_say(house, "currents 22,8,8"); /* 16 A of 8 A: the car can only have drawn 8 A */
	expect_duty(house, 6000);
	expect_duty(house, HOUSE_PAUSED); /* after it was ridden through for pause_delay */
	expect_log(house, "info: Charging is paused: phase L1 carries 22 A of 20 A");
	house_say(house, "currents 3,3,0");
	expect_duty(house, 6000);
	expect_duty(house, 16000);
	expect_log(house, "nothing holds it back");
}

static void a_heavy_overload_is_not_ridden_through(void **state)
{
	struct house *house = *state;
	struct moment said;
	int64_t seen_ms;

	house_configure(house, "[regulator]\npause_delay = 30s\n");
	house_start(house, "13,13,0");
	expect_duty(house, 6800);
	said = house_say(house, "currents 29.5,0,0"); /* 1.45 times the limit is 29 A */
	seen_ms = expect_duty(house, HOUSE_PAUSED);
	house_check_within(house, seen_ms, said.done_ms, PROMPT_MS);
}

static void room_is_given_to_the_car_after_raise_delay(void **state)
{
	struct house *house = *state;
	struct moment said;
	int64_t seen_ms;

	house_configure(house, "[regulator]\nraise_delay = 700ms\n");
	house_start(house, "12.5,0,0");
	expect_duty(house, 7300);
	said = house_say(house, "currents 10,0,0");
	seen_ms = expect_duty(house, 9800);
	house_check(house, seen_ms >= said.sent_ms + 700);
	house_check_within(house, seen_ms, said.done_ms, 700 + PROMPT_MS);
}

static void the_car_waits_where_less_than_its_least_is_free(void **state)
{
	struct house *house = *state;
	struct moment said;
	int64_t seen_ms;

	house_configure(house, "[regulator]\nresume_delay = 600ms\nresume_margin = 1\n");
	house_start(house, "0,0,15");
	expect_log(house, "info: Charging is paused: phase L3 carries 15 A of 20 A");
	house_say(house, "currents 0,0,13"); /* 6.8 A: the least, but not the margin */
	expect_steady(house, HOUSE_PAUSED, 900);
	said = house_say(house, "currents 0,0,12.8");
	expect_log(house, "info: Charging is paused: there is room for the car, and it goes on if");
	seen_ms = expect_duty(house, 6000);
	house_check(house, seen_ms >= said.sent_ms + 600);
	expect_duty(house, 7000);
}

static void a_three_phase_meter_is_recognised(void **state)
{
	struct house *house = *state;

	house_start(house, "1,1,1");
	expect_log(house,
		"info: The meter is Klefr 6934 (three phases), serial number 22091039, code 0x0102, "
		"software 2.18, rated 100 A, parity even");
	expect_status(house, "parity even, error register 0x0000");
	house_check(house, house_counters(house).exception == 0);
}

static void a_one_phase_meter_is_recognised_and_polled(void **state)
{
	struct house *house = *state;
	struct counters before, after;

	house_meter_start(house, "--model=klefr-6924", "--currents=3.5", NULL);
	house_daemon_start(house);
	expect_log(house,
		"info: The meter is Klefr 6924 (one phase), serial number 18010365, code 0x0101, "
		"software 2.18, rated 100 A, parity even");
	expect_status(house, "parity even, error register 0x0000");
	expect_duty(house, 16000);
	before = house_counters(house);
	house_say(house, "currents 20.5");
	expect_duty(house, 15300);
	after = house_counters(house);
	house_check(house, after.ok > before.ok);
	house_check(house, after.exception == before.exception);
}

static void a_house_that_feeds_in_counts_as_load_unless_told_otherwise(void **state)
{
	struct house *house = *state;

	house_start(house, "-15,1,1");
	expect_log(house, "notice: Phase L1 reports -15 A: a house that feeds in (PV), or a meter "
			  "wired backwards. It counts as load; with PV, set [mains] export = yes");
	expect_log(house, "Charging is paused: phase L1 carries 15 A");
	house_configure(house, "[mains]\nexport = yes\n");
	house_signal(house, SIGHUP);
	expect_duty(house, 16000);
}

static void only_the_phases_behind_the_charger_count(void **state)
{
	struct house *house = *state;

	house_configure(house, "[charger]\nphases = L2\n");
	house_start(house, "40,11,30");
	expect_duty(house, 6000);
	expect_duty(house, 8800); /* 20 - 0.2 - 11 A */
}

static void steady_operation_is_silent(void **state)
{
	struct house *house = *state;
	size_t lines;
	int writes;

	house_configure(house, "[meter]\nresponse_timeout = 1s\nlost_after = 5s\n");
	house_start(house, "12.5,0,0");
	expect_duty(house, 7300);
	expect_log(house, "The car may draw 7.3 A");
	house_counters(house);
	expect_log(house, "Status: output pwm");
	lines = house_log_count(house);
	writes = house_writes(house, "duty_cycle");
	house_quiet(house, 1300); /* the output is read back every second */
	house_check(house, house_log_count(house) == lines);
	house_check(house, house_writes(house, "duty_cycle") == writes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_car_gets_exactly_what_the_fullest_phase_leaves),
		TEST(nothing_holds_back_a_car_in_an_empty_house),
		TEST(a_reading_above_the_limit_lowers_the_current_at_once),
		TEST(an_overload_that_stays_goes_down_to_a_pause_and_up_again),
		TEST(a_heavy_overload_is_not_ridden_through),
		TEST(room_is_given_to_the_car_after_raise_delay),
		TEST(the_car_waits_where_less_than_its_least_is_free),
		TEST(a_three_phase_meter_is_recognised),
		TEST(a_one_phase_meter_is_recognised_and_polled),
		TEST(a_house_that_feeds_in_counts_as_load_unless_told_otherwise),
		TEST(only_the_phases_behind_the_charger_count),
		TEST(steady_operation_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
