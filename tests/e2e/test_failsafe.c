/* SPDX-License-Identifier: MIT */
/*
 * `poweroptd --failsafe` after a daemon that was killed: the charger is left safe, whatever of the
 * configuration is left, and never with more than was allowed. If that cannot be done, it says so.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e/harness.h"

/* Runs it; returns its exit status. */
static int failsafe(struct house *house)
{
	char config[192];

	snprintf(config, sizeof(config), "--config=%s", house_path(house, "poweroptd.conf"));
	return house_run(house, config, "--failsafe", NULL);
}

static void keep_what_outlives_it(struct house *house)
{
	house_check(house, mkdir(house_path(house, "run"), 0700) == 0);
	setenv("RUNTIME_DIRECTORY", house_path(house, "run"), 1);
}

static void charge_and_be_killed(struct house *house, const char *currents, int32_t allowed_ma)
{
	keep_what_outlives_it(house);
	house_start(house, currents);
	expect_duty(house, allowed_ma);
	if (allowed_ma == HOUSE_PAUSED)
		expect_log(house, "Charging is paused");
	house_signal(house, SIGKILL);
	house_check(house, house_daemon_wait(house) == -SIGKILL);
	expect_steady(house, allowed_ma, 0);
}

static void a_charge_goes_on_at_the_fail_safe_current(void **state)
{
	struct house *house = *state;

	house_configure(house, "[charger]\nfailsafe_current = 6\n");
	charge_and_be_killed(house, "3.5,3.5,3.5", 16000);
	house_check(house, failsafe(house) == 0);
	expect_duty(house, 6000);
	expect_log(house, "The charger was left at 6 A (pwm /");
}

static void what_was_paused_stays_paused(void **state)
{
	struct house *house = *state;

	house_configure(house, "[charger]\nfailsafe_current = 6\n");
	charge_and_be_killed(house, "15,15,15", HOUSE_PAUSED);
	house_check(house, failsafe(house) == 0);
	expect_steady(house, HOUSE_PAUSED, 0);
	expect_log(house, "The charger was left at 0 A (pwm /");
}

static void nothing_is_allowed_where_nobody_knows_what_was(void **state)
{
	struct house *house = *state;

	house_configure(house, "[charger]\nfailsafe_current = 6\n");
	charge_and_be_killed(house, "3.5,3.5,3.5", 16000);
	house_check(house, unlink(house_path(house, "run/decision")) == 0);
	house_check(house, failsafe(house) == 0);
	expect_duty(house, HOUSE_PAUSED);
}

/* The settings in force count, not what somebody is just writing. */
static void a_broken_configuration_does_not_keep_it_from_the_output(void **state)
{
	struct house *house = *state;

	house_configure(house, "[charger]\nfailsafe_current = 6\n");
	charge_and_be_killed(house, "3.5,3.5,3.5", 16000);
	house_write(house, "poweroptd.conf", "[mains\nlimit = ?\n");
	house_check(house, failsafe(house) == 0);
	expect_duty(house, 6000);
}

/* With the settings gone, what is on the disk must not allow more than its own main switch bears. */
static void a_main_switch_that_bears_no_car_stops_the_charge(void **state)
{
	struct house *house = *state;

	house_configure(house, "[charger]\nfailsafe_current = 6\n");
	charge_and_be_killed(house, "3.5,3.5,3.5", 16000);
	house_check(house, unlink(house_path(house, "run/poweroptd.conf")) == 0);
	house_configure(house, "[charger]\nfailsafe_current = 6\n[mains]\nlimit = 6.1\n");
	house_check(house, failsafe(house) == 0);
	expect_duty(house, HOUSE_PAUSED);
}

static void of_a_broken_configuration_the_output_is_used(void **state)
{
	struct house *house = *state;

	house_configure(house, "[charger]\nfailsafe_current = 6\n[mains]\nlimit = no\n");
	house_check(house, failsafe(house) == 0);
	expect_log(house, "10-test.conf:4: [mains] limit: ");
	expect_log(house, "The charger was left at 0 A (pwm /");
	expect_duty(house, HOUSE_PAUSED);
}

static void a_configuration_that_names_no_output_is_said_to_need_a_hand(void **state)
{
	struct house *house = *state;

	house_write(house, "poweroptd.conf", "rubbish\n");
	house_check(house, failsafe(house) == 1);
	expect_log(house, "error: The charger could not be made safe: /");
	house_check(house,
		house_logged(house,
			"does not say how it is reached. Switch it off if a car is charging"));
}

static void an_output_that_is_gone_is_said_to_need_a_hand(void **state)
{
	struct house *house = *state;

	charge_and_be_killed(house, "3.5,3.5,3.5", 16000);
	house_check(house, rename(house_path(house, "chip"), house_path(house, "away")) == 0);
	house_check(house, failsafe(house) == 1);
	expect_log(house, "error: The charger could not be made safe. [pwm] chip: there is no /");
	house_check(house, house_logged(house, "Switch it off if a car is charging"));
	house_check(house, rename(house_path(house, "away"), house_path(house, "chip")) == 0);
}

static void without_an_output_there_is_nothing_to_do(void **state)
{
	struct house *house = *state;

	house_configure(house, "[charger]\noutput = none\n");
	house_check(house, failsafe(house) == 0);
	expect_log(house, "No output is configured: there is nothing to make safe");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_charge_goes_on_at_the_fail_safe_current),
		TEST(what_was_paused_stays_paused),
		TEST(nothing_is_allowed_where_nobody_knows_what_was),
		TEST(a_broken_configuration_does_not_keep_it_from_the_output),
		TEST(a_main_switch_that_bears_no_car_stops_the_charge),
		TEST(of_a_broken_configuration_the_output_is_used),
		TEST(a_configuration_that_names_no_output_is_said_to_need_a_hand),
		TEST(an_output_that_is_gone_is_said_to_need_a_hand),
		TEST(without_an_output_there_is_nothing_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
