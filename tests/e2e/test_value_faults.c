/* SPDX-License-Identifier: MIT */
/*
 * What the meter's values can do to the daemon: answers that are intact, and not true.
 *
 * The voltages and the error register are asked for every two seconds only, so the houses of the
 * slow tests all start at once, and run while the others are tested.
 */
#include <signal.h>
#include <string.h>

#include "app/repeat.h"
#include "e2e/harness_private.h"

enum slow_house {
	ZEROS,
	PHASE_MISSING,
	PHASE_UNUSED,
	SELFTEST,
	SELFTEST_REPORTED,
	SLOW_HOUSES,
};

static const struct {
	const char *fault, *configuration;
} slow_houses[SLOW_HOUSES] = {
	[ZEROS] = {"zeros", ""},
	[PHASE_MISSING] = {"phase-missing", ""},
	[PHASE_UNUSED] = {"phase-missing", "[charger]\nphases = L1\n"},
	[SELFTEST] = {"selftest", ""},
	[SELFTEST_REPORTED] = {"selftest", "[meter]\nerror_register = report\n"},
};

static struct house *houses[SLOW_HOUSES];

static int start_slow_houses(void **state)
{
	(void)state;
	for (int i = 0; i < SLOW_HOUSES; i++) {
		houses[i] = house_new();
		house_configure(houses[i], "%s", slow_houses[i].configuration);
		house_start(houses[i], "3.5,3.5,3.5");
	}
	for (int i = 0; i < SLOW_HOUSES; i++) {
		expect_duty(houses[i], 16000);
		house_say(houses[i], "fault %s on", slow_houses[i].fault);
	}
	return 0;
}

static int stop_slow_houses(void **state)
{
	int r = 0;

	(void)state;
	for (int i = 0; i < SLOW_HOUSES; i++)
		r |= house_free(houses[i]);
	return r;
}

static void trust_is_lost_and_won_again(struct house *house, const char *fault)
{
	struct moment said;
	int64_t fell_ms;

	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	said = house_say(house, "fault %s on", fault);
	fell_ms = expect_duty(house, HOUSE_PAUSED);
	house_check_within(house, fell_ms, said.done_ms, HOUSE_LOST_MS + PROMPT_MS);
	expect_log(house,
		"error: Fault meter-implausible: The meter's readings cannot be true, for 800ms. "
		"The meter's answers are not currents (not a number");
	house_check(house, house_counters(house).implausible >= 3);
	house_check(house, fell_ms >= said.sent_ms); /* no earlier reading was bad */
	said = house_say(house, "fault %s off", fault);
	house_check(house, expect_duty(house, 6000) >= said.sent_ms + HOUSE_RECOVER_MS);
	expect_log(house, "notice: Fault meter-implausible is over");
	expect_duty(house, 16000);
}

static void not_a_number_is_not_a_reading(void **state)
{
	trust_is_lost_and_won_again(*state, "nan");
}

static void infinity_is_not_a_reading(void **state)
{
	trust_is_lost_and_won_again(*state, "inf");
}

static void a_huge_current_lowers_at_once_and_is_a_fault_if_it_stays(void **state)
{
	struct house *house = *state;
	struct moment said;
	int64_t seen_ms;

	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	said = house_say(house, "fault huge on");
	seen_ms = expect_duty(house, 6000);
	house_check_within(house, seen_ms, said.done_ms, PROMPT_MS);
	seen_ms = expect_duty(house, HOUSE_PAUSED);
	house_check_within(house, seen_ms, said.done_ms, HOUSE_LOST_MS + PROMPT_MS);
	expect_log(house, "error: Fault meter-implausible: ");
	house_check(house, house_logged(house, "a current above 1.2 times its rating"));
	house_say(house, "fault huge off");
	expect_log(house, "Fault meter-implausible is over");
	expect_duty(house, 16000);
}

/*
 * A meter that repeats its last values with a good checksum cannot be told from a steady house:
 * without feedback from the charger nobody sees it. What can be promised is that no more than the
 * last decision is given, and that the meter is believed again when it moves.
 */
static void a_frozen_meter_never_gives_more_than_the_last_decision(void **state)
{
	struct house *house = *state;

	house_start(house, "12.5,0,0");
	expect_duty(house, 7300);
	house_say(house, "fault frozen on");
	house_say(house, "currents 1,1,1");
	house_ceiling(house, 7300);
	expect_steady(house, 7300, 1000);
	house_ceiling(house, HOUSE_CEILING_MA);
	house_say(house, "fault frozen off");
	expect_duty(house, 16000);
}

static void zeros_everywhere_are_not_an_empty_house(void **state)
{
	struct house *house = houses[ZEROS];

	(void)state;
	expect_log(house, "error: Fault meter-implausible: ");
	house_check(house, house_logged(house, "or all zero without voltage): check the power"));
	expect_duty(house, HOUSE_PAUSED);
	house_say(house, "fault zeros off");
}

static void a_missing_phase_that_the_charger_uses_is_a_fault(void **state)
{
	struct house *house = houses[PHASE_MISSING];

	(void)state;
	expect_log(house, "warning: Phase L2 has no voltage at the meter");
	expect_log(house,
		"error: Fault phase-missing: Phase L2, which the charger uses, has no voltage");
	expect_duty(house, HOUSE_PAUSED);
	house_say(house, "fault phase-missing off");
}

static void a_missing_phase_that_the_charger_does_not_use_is_reported(void **state)
{
	struct house *house = houses[PHASE_UNUSED];

	(void)state;
	expect_log(house, "warning: Phase L2 has no voltage at the meter");
	expect_steady(house, 16000, 100);
	house_check(house, !house_logged(house, "Fault "));
}

static void an_error_register_that_stays_is_a_fault(void **state)
{
	struct house *house = houses[SELFTEST];

	(void)state;
	expect_log(house, "warning: The meter's error register is 0x0001");
	expect_log(house, "error: Fault meter-selftest: The meter reports an internal error "
			  "(register 0x4015 = 0x0001): look at its display");
	expect_duty(house, HOUSE_PAUSED);
	house_say(house, "fault selftest off");
}

static void an_error_register_may_be_reported_only(void **state)
{
	struct house *house = houses[SELFTEST_REPORTED];

	(void)state;
	expect_log(house, "warning: The meter's error register is 0x0001");
	expect_steady(house, 16000, 100);
	house_check(house, !house_logged(house, "Fault meter-selftest"));
}

/* Long after the car was stopped, so that it is none of its doing. */
static void a_house_that_overloads_its_switch_again_and_again_is_told_a_few_times(void **state)
{
	static const char alone[] = "the house alone overloads its main switch";
	struct house *house = *state;
	int times = 0;

	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	house_say(house, "currents 40,3.5,3.5");
	expect_duty(house, HOUSE_PAUSED);
	house_say(house, "currents 30,3.5,3.5");
	expect_log(house, alone);
	for (int i = 0; i < 20; i++) {
		/* too little to go on */
		int64_t said_ms = house_say(house, "currents 15,3.5,3.5").done_ms;

		while (house_reading_ms(house) <= said_ms)
			;
		said_ms = house_say(house, "currents 30,3.5,3.5").done_ms;
		while (house_reading_ms(house) <= said_ms)
			;
	}
	for (size_t i = 0; i < house->daemon.lines.count; i++)
		times += strstr(house->daemon.lines.list[i].text, alone) != NULL;
	/* on a slow machine it is time for the next one before the end */
	house_check(house, times > 1 && times <= 2 * REPEAT_BURST);
}

/* After the houses above. */
static void faults_that_are_seen_late_are_over_by_themselves(void **state)
{
	(void)state;
	expect_log(houses[ZEROS], "notice: Fault meter-implausible is over");
	expect_duty(houses[ZEROS], 16000);
	expect_log(houses[PHASE_MISSING], "notice: Fault phase-missing is over");
	expect_duty(houses[PHASE_MISSING], 16000);
	expect_log(houses[SELFTEST], "notice: Fault meter-selftest is over");
	expect_duty(houses[SELFTEST], 16000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		TEST(not_a_number_is_not_a_reading),
		TEST(infinity_is_not_a_reading),
		TEST(a_huge_current_lowers_at_once_and_is_a_fault_if_it_stays),
		TEST(a_frozen_meter_never_gives_more_than_the_last_decision),
		TEST(a_house_that_overloads_its_switch_again_and_again_is_told_a_few_times),
		cmocka_unit_test(zeros_everywhere_are_not_an_empty_house),
		cmocka_unit_test(a_missing_phase_that_the_charger_uses_is_a_fault),
		cmocka_unit_test(a_missing_phase_that_the_charger_does_not_use_is_reported),
		cmocka_unit_test(an_error_register_that_stays_is_a_fault),
		cmocka_unit_test(an_error_register_may_be_reported_only),
		cmocka_unit_test(faults_that_are_seen_late_are_over_by_themselves),
	};

	return cmocka_run_group_tests(tests, start_slow_houses, stop_slow_houses);
}
