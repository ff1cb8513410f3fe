/* SPDX-License-Identifier: MIT */
/*
 * How the daemon begins and ends: the charger is left in the safe state, a channel that runs is not
 * stopped, and the service manager knows.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e/harness.h"

static void expect_end(struct house *house, int signal_number, int32_t safe_ma)
{
	int64_t said_ms = house_signal(house, signal_number);

	house_check_within(house, expect_duty(house, safe_ma), said_ms, PROMPT_MS);
	house_check(house, house_daemon_wait(house) == 0);
	expect_steady(house, safe_ma, 0);
}

static void sigterm_pauses_the_charge_and_ends_with_status_0(void **state)
{
	struct house *house = *state;

	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	expect_end(house, SIGTERM, HOUSE_PAUSED);
	house_check(house, house_logged(house, "info: Stopping because of signal TERM"));
}

static void sigint_leaves_failsafe_current_and_ends_with_status_0(void **state)
{
	struct house *house = *state;

	house_configure(house, "[charger]\nfailsafe_current = 6\n");
	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	expect_end(house, SIGINT, 6000);
	house_check(house, house_logged(house, "info: Stopping because of signal INT"));
}

static void the_end_does_not_raise_a_paused_charge(void **state)
{
	struct house *house = *state;

	house_configure(house, "[charger]\nfailsafe_current = 6\n");
	house_start(house, "15,15,15");
	expect_log(house, "Charging is paused");
	house_signal(house, SIGTERM);
	house_check(house, house_daemon_wait(house) == 0);
	expect_steady(house, HOUSE_PAUSED, 0);
}

static void a_fresh_channel_gets_period_and_polarity_before_it_is_enabled(void **state)
{
	struct house *house = *state;

	house_configure(house, "[pwm]\npolarity = inversed\n");
	house_daemon_start(house);
	expect_duty(house, HOUSE_PAUSED);
	expect_log(house, "The car has to wait: the meter has not answered yet");
	house_check(house, house_writes(house, "period") == 1);
	house_check(house, house_writes(house, "polarity") == 1);
	house_check(house, house_writes(house, "enable") == 1);
}

static void a_restart_does_not_stop_a_channel_that_runs(void **state)
{
	struct house *house = *state;
	int duty_writes;

	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	house_signal(house, SIGKILL);
	house_check(house, house_daemon_wait(house) == -SIGKILL);
	expect_steady(house, 16000, 0); /* what the service's ExecStopPost= is for */
	duty_writes = house_writes(house, "duty_cycle");

	house_say(house, "fault silent on"); /* or the first reading may come before we look */
	house_daemon_start(house);
	expect_duty(house, HOUSE_PAUSED); /* nothing is known yet */
	house_say(house, "fault silent off");
	expect_duty(house, 6000);
	expect_duty(house, 16000);
	house_check(house, house_writes(house, "duty_cycle") == duty_writes + 3);
	house_check(house, house_writes(house, "period") == 1);
	house_check(house, house_writes(house, "polarity") == 0);
	house_check(house, house_writes(house, "enable") == 1);
}

static void a_channel_is_exported_and_waited_for(void **state)
{
	struct house *house = *state;
	struct pollfd export = {.events = POLLIN};
	char number[8] = "";

	/* The chip is there, the channel is not: it comes after a write to export, and then udev. */
	house_check(
		house, rename(house_path(house, "chip/pwm0"), house_path(house, "prepared")) == 0);
	house_check(house, mkfifo(house_path(house, "chip/export"), 0600) == 0);
	export.fd = open(house_path(house, "chip/export"), O_RDWR | O_NONBLOCK | O_CLOEXEC);
	house_check(house, export.fd >= 0);

	house_start(house, "3.5,3.5,3.5");
	house_check(house, poll(&export, 1, PATIENCE_MS) == 1);
	house_check(house, read(export.fd, number, sizeof(number) - 1) == 2);
	house_check(house, strcmp(number, "0\n") == 0);
	house_quiet(house, 300);
	house_check(
		house, rename(house_path(house, "prepared"), house_path(house, "chip/pwm0")) == 0);
	expect_duty(house, 16000);
	house_check(house, !house_logged(house, "Fault output-failed"));
	close(export.fd);
}

static void a_restart_goes_on_with_the_charge(void **state)
{
	struct house *house = *state;

	house_check(house, mkdir(house_path(house, "run"), 0700) == 0);
	setenv("RUNTIME_DIRECTORY", house_path(house, "run"), 1);
	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	house_signal(house, SIGTERM);
	house_check(house, house_daemon_wait(house) == 0);
	expect_duty(house, HOUSE_PAUSED);

	/* It would not come back in the time of this test, if it had to be earned anew. */
	house_configure(house, "[regulator]\nresume_delay = 10min\n");
	house_daemon_start(house);
	expect_duty(house, 6000);
	expect_duty(house, 16000);
}

static void a_start_without_memory_waits_for_resume_delay(void **state)
{
	struct house *house = *state;

	house_configure(house, "[regulator]\nresume_delay = 10min\n");
	house_start(house, "3.5,3.5,3.5");
	expect_log(house,
		"Charging is paused: there is room for the car, and it goes on if that lasts");
	expect_steady(house, HOUSE_PAUSED, 300);
}

/* ---- the service manager ---- */

static void the_service_manager_knows_start_reload_and_stop(void **state)
{
	struct house *house = *state;

	house_notify(house);
	house_start(house, "3.5,3.5,3.5");
	expect_notify(house, "READY=1 STATUS=The car has to wait: the meter has not answered yet");
	expect_notify(house, "STATUS=The car may draw 16 A: nothing holds it back");

	house_configure(house, "[mains]\nlimit = 12\n");
	house_signal(house, SIGHUP);
	expect_notify(house, "RELOADING=1 MONOTONIC_USEC=");
	expect_notify(house, "READY=1");
	house_ceiling(house, 11800);

	house_configure(house, "[mains]\nlimit = no\n");
	house_signal(house, SIGHUP);
	expect_notify(house, "RELOADING=1 MONOTONIC_USEC=");
	expect_notify(house, "READY=1");
	expect_log(house, "was not taken over");

	house_signal(house, SIGTERM);
	expect_notify(house, "STOPPING=1");
	house_check(house, house_daemon_wait(house) == 0);
}

static void the_watchdog_is_petted_even_without_a_meter(void **state)
{
	struct house *house = *state;
	int64_t last_ms, now_ms;

	house_notify(house);
	setenv("WATCHDOG_USEC", "3000000", 1);
	house_daemon_start(house);
	last_ms = expect_notify(house, "WATCHDOG=1");
	for (int i = 0; i < 3; i++) {
		now_ms = expect_notify(house, "WATCHDOG=1");
		house_check_within(house, now_ms, last_ms, 1500 + PROMPT_MS);
		last_ms = now_ms;
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		TEST(sigterm_pauses_the_charge_and_ends_with_status_0),
		TEST(sigint_leaves_failsafe_current_and_ends_with_status_0),
		TEST(the_end_does_not_raise_a_paused_charge),
		TEST(a_fresh_channel_gets_period_and_polarity_before_it_is_enabled),
		TEST(a_restart_does_not_stop_a_channel_that_runs),
		TEST(a_channel_is_exported_and_waited_for),
		TEST(a_restart_goes_on_with_the_charge),
		TEST(a_start_without_memory_waits_for_resume_delay),
		TEST(the_service_manager_knows_start_reload_and_stop),
		TEST(the_watchdog_is_petted_even_without_a_meter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
