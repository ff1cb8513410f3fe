/* SPDX-License-Identifier: MIT */
/*
 * SIGHUP: a changed configuration is in force at once and does not interrupt the charge, a broken one
 * changes nothing (invariant S8), and an output is left in the safe state before the next is used.
 */
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "e2e/harness.h"

#define IN_FORCE "notice: The configuration /"

static void a_lower_limit_acts_at_once_and_does_not_interrupt(void **state)
{
	struct house *house = *state;
	int writes;
	int64_t said_ms;

	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	writes = house_writes(house, "duty_cycle");
	house_configure(house, "[mains]\nlimit = 12\n");
	said_ms = house_signal(house, SIGHUP);
	house_check_within(house, expect_duty(house, 11800), said_ms, PROMPT_MS);
	house_ceiling(house, 11800);
	expect_log(house, IN_FORCE);
	expect_steady(house, 11800, 500);
	house_check(house, house_writes(house, "duty_cycle") == writes + 1);
	house_check(house, house_writes(house, "enable") == 1);
}

static void a_higher_limit_gives_room(void **state)
{
	struct house *house = *state;

	house_start(house, "12.5,0,0");
	expect_duty(house, 7300);
	house_configure(house, "[mains]\nlimit = 25\n");
	house_signal(house, SIGHUP);
	expect_duty(house, 12300);
	house_check(house, house_writes(house, "enable") == 1);
}

static void another_max_current_does_not_interrupt(void **state)
{
	struct house *house = *state;
	int writes;

	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	writes = house_writes(house, "duty_cycle");
	house_configure(house, "[charger]\nmax_current = 13\n");
	house_signal(house, SIGHUP);
	expect_duty(house, 13000);
	expect_log(house, IN_FORCE);
	house_ceiling(house, 13000);
	expect_steady(house, 13000, 200);
	house_check(house, house_writes(house, "duty_cycle") == writes + 1);
	house_check(house, house_writes(house, "period") == 1);
	house_check(house, house_writes(house, "enable") == 1);
}

static void a_broken_file_is_rejected_and_changes_nothing(void **state)
{
	struct house *house = *state;
	int writes;

	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	writes = house_writes(house, "duty_cycle");
	house_configure(house, "[mains]\nlimit = 10\n[charger]\nmax_current = 1000\nfuse = 3\n");
	house_signal(house, SIGHUP);
	expect_log(house,
		"/10-test.conf:4: [charger] max_current: \"1000\" is out of range, allowed: 6 to");
	expect_log(house, "/10-test.conf:5: [charger] fuse: unknown key, known are output");
	expect_log(house, "was not taken over: the one before stays in force");
	expect_steady(house, 16000, 300);
	house_check(house, house_writes(house, "duty_cycle") == writes);

	house_configure(house, "[mains]\nlimit = 10\n");
	house_signal(house, SIGHUP);
	expect_duty(house, 9800);
	expect_log(house, IN_FORCE);
}

static void a_reload_without_a_change_does_nothing(void **state)
{
	struct house *house = *state;
	int writes;

	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	writes = house_writes(house, "duty_cycle");
	for (int i = 0; i < 10; i++) {
		house_signal(house, SIGHUP);
		expect_log(house, IN_FORCE);
	}
	house_check(house, house_writes(house, "duty_cycle") == writes);
	house_check(house, !house_logged(house, "Fault "));
	expect_steady(house, 16000, 100);
}

static void another_chip_is_used_after_the_old_one_was_made_safe(void **state)
{
	struct house *house = *state;
	int64_t safe_ms, new_ms;

	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	house_chip_new(house, "chip2");
	house_configure(house, "[pwm]\nchip = %s\n", house_path(house, "chip2"));
	house_signal(house, SIGHUP);
	new_ms = expect_duty(house, 16000);
	house_chip_select(house, 0);
	safe_ms = expect_duty(house, HOUSE_PAUSED);
	house_check(house, safe_ms <= new_ms);
	expect_steady(house, HOUSE_PAUSED, 300);
}

static void an_output_that_is_left_allows_nothing(void **state)
{
	struct house *house = *state;

	house_configure(house, "[charger]\nfailsafe_current = 6\n");
	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	house_configure(house, "[charger]\nfailsafe_current = 6\noutput = none\n");
	house_signal(house, SIGHUP);
	expect_duty(house, HOUSE_PAUSED);
	expect_log(house, IN_FORCE);
	expect_steady(house, HOUSE_PAUSED, 300);
}

/* A file in place of an attribute, as far as it says what is expected. */
static void expect_attribute(struct house *house, const char *name, const char *text)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	char now[32];

	do {
		FILE *file = fopen(house_path(house, name), "re");
		size_t n = file ? fread(now, 1, sizeof(now) - 1, file) : 0;

		now[n] = '\0';
		if (file)
			fclose(file);
		if (strcmp(now, text) == 0)
			return;
		house_quiet(house, 10);
	} while (clock_ms() < until_ms);
	house_fail(house, "%s says '%s', not '%s'", name, now, text);
}

static void another_attribute_is_written_after_the_old_one_was_made_safe(void **state)
{
	struct house *house = *state;

	house_write(house, "old", "99\n");
	house_write(house, "new", "99\n");
	house_configure(
		house, "[charger]\noutput = sysfs\n[sysfs]\npath = %s\n", house_path(house, "old"));
	house_start(house, "3.5,3.5,3.5");
	expect_attribute(house, "old", "16000\n");
	expect_attribute(house, "new", "99\n");
	house_configure(house, "[charger]\noutput = sysfs\n[sysfs]\npath = %s\nunit = A\n",
		house_path(house, "new"));
	house_signal(house, SIGHUP);
	expect_log(house, IN_FORCE);
	expect_attribute(house, "new", "16\n");
	expect_attribute(house, "old", "0\n");
	/* and back to what the pilot is made of */
	house_configure(house, "%s", "");
	house_signal(house, SIGHUP);
	expect_duty(house, 16000);
	expect_attribute(house, "new", "0\n");
}

static void another_meter_device_is_polled(void **state)
{
	struct house *house = *state, *neighbour = house_new();

	house_meter_start(neighbour, "--currents=0,0,11", NULL);
	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	house_configure(house, "[meter]\ndevice = %s\n", house_path(neighbour, "meter"));
	house_signal(house, SIGHUP);
	expect_log(house, "info: The meter's serial device /");
	house_say(neighbour, "currents 0,0,21");
	expect_duty(house, 6000);
	house_check(house, !house_logged(house, "Fault "));
	house_check(house, house_free(neighbour) == 0);
}

static void another_unit_is_polled(void **state)
{
	struct house *house = *state;

	house_meter_start(house, "--unit=7", "--currents=3.5,3.5,3.5", NULL);
	house_daemon_start(house);
	expect_log(house, "Fault meter-lost: ");
	house_check(house, house_logged(house, "that it is set to address 1"));
	house_configure(house, "[meter]\nunit = 7\n");
	house_signal(house, SIGHUP);
	expect_log(house, "Fault meter-lost is over");
	expect_duty(house, 16000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_lower_limit_acts_at_once_and_does_not_interrupt),
		TEST(a_higher_limit_gives_room),
		TEST(another_max_current_does_not_interrupt),
		TEST(a_broken_file_is_rejected_and_changes_nothing),
		TEST(a_reload_without_a_change_does_nothing),
		TEST(another_chip_is_used_after_the_old_one_was_made_safe),
		TEST(an_output_that_is_left_allows_nothing),
		TEST(another_attribute_is_written_after_the_old_one_was_made_safe),
		TEST(another_meter_device_is_polled),
		TEST(another_unit_is_polled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
