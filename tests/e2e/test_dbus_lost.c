/* SPDX-License-Identifier: MIT */
/*
 * A bus that is missing, ends, stands still, or gives our name to somebody else: the charge goes on
 * being regulated, that is told once, and the daemon comes back when the bus does.
 */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "e2e/bus.h"
#include "e2e/harness_private.h"

/* The current follows the house; it is at max_current before and after. */
static void check_regulation(struct house *house)
{
	struct moment said;

	said = house_say(house, "currents 0,30,0");
	house_check_within(house, expect_duty(house, HOUSE_PAUSED), said.done_ms, PROMPT_MS);
	house_say(house, "currents 3.5,3.5,3.5");
	expect_duty(house, 16000);
}

static int times_logged(struct house *house, const char *text)
{
	const struct lines *lines = &house->daemon.lines;
	int n = 0;

	for (size_t i = 0; i < lines->count; i++)
		n += strstr(lines->list[i].text, text) != NULL;
	return n;
}

static void a_bus_that_is_missing_at_the_start_is_told_once_and_found_later(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	bus_address(house);
	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	expect_logged(house,
		"warning: The system bus is not there: No such file or directory. The charge is "
		"regulated all the same");
	check_regulation(house);
	house_quiet(house, 1500); /* tried again by now */
	house_check(house, times_logged(house, "system bus") == 1);

	bus_start(house);
	bus = bus_join(house);
	expect_property(house, bus, "State", "charging");
	expect_log(house, "notice: The system bus is there, and the name org.poweroptd is ours");
	sd_bus_unref(bus);
}

static void a_bus_that_is_restarted_finds_the_daemon_and_its_caps_again(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	need_root();
	bus = bus_house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	house_check(house, strcmp(set_cap(bus, 12000, 0), "") == 0);
	expect_duty(house, 12000);
	bus_end(house);
	sd_bus_unref(bus);
	expect_log(house, "warning: The system bus is gone: it ended the connection.");
	expect_steady(house, 12000, 300);

	bus_start(house);
	bus = bus_join(house);
	expect_property(house, bus, "Cap", "12000");
	expect_log(house, "notice: The system bus is there");
	house_check(house, strcmp(clear_cap(bus), "") == 0);
	expect_duty(house, 16000);
	house_check(house, times_logged(house, "system bus") == 2);
	sd_bus_unref(bus);
}

static void a_name_that_another_has_is_taken_when_it_is_free(void **state)
{
	struct house *house = *state;
	sd_bus *other, *bus;

	bus_start_open(house);
	other = bus_connect(house);
	house_check(house, sd_bus_request_name(other, "org.poweroptd", 0) >= 0);
	house_start(house, "3.5,3.5,3.5");
	expect_logged(house,
		"warning: Another process has the name org.poweroptd on the system bus: "
		"stop it, \"busctl status org.poweroptd\" says which one it is.");
	expect_duty(house, 16000);
	check_regulation(house);
	sd_bus_flush_close_unref(other);

	bus = bus_join(house);
	expect_property(house, bus, "State", "charging");
	sd_bus_unref(bus);
}

static void a_name_that_the_policy_refuses_is_told_with_the_remedy(void **state)
{
	struct house *house = *state;

	bus_address(house);
	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	/* Another trouble than before is news. */
	expect_logged(house, "warning: The system bus is not there: ");
	bus_start_with(house,
		"<policy context=\"default\"><allow user=\"*\"/><deny own=\"*\"/>"
		"<allow send_destination=\"*\"/><allow receive_sender=\"*\"/></policy>");
	expect_logged(house,
		"warning: The system bus does not give us the name org.poweroptd: its policy, "
		"org.poweroptd.conf in /usr/share/dbus-1/system.d, gives it to root and the user "
		"poweroptd.");
	check_regulation(house);
	house_check(house, times_logged(house, "system bus") == 2);
}

static void a_bus_that_stands_still_delays_neither_control_nor_end(void **state)
{
	struct house *house = *state;
	int64_t said_ms;
	sd_bus *bus;

	bus = bus_house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	bus_signal(house, SIGSTOP);
	for (int i = 0; i < 5; i++) /* more than a second each, so that each is to be announced */
		check_regulation(house);
	said_ms = house_signal(house, SIGTERM);
	house_check_within(house, expect_duty(house, HOUSE_PAUSED), said_ms, PROMPT_MS);
	house_check(house, house_daemon_wait(house) == 0);
	house_check_within(house, clock_ms(), said_ms, 2 * PROMPT_MS);
	bus_end(house);
	sd_bus_unref(bus);
}

static void a_bus_that_stands_still_at_the_start_is_waited_for_by_nobody(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	bus_start(house);
	bus_signal(house, SIGSTOP);
	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	check_regulation(house);
	bus_signal(house, SIGCONT);
	bus = bus_join(house);
	expect_property(house, bus, "State", "charging");
	house_check(house, times_logged(house, "system bus") == 0);
	sd_bus_unref(bus);
}

static void without_a_wish_for_a_bus_there_is_no_word_about_it(void **state)
{
	struct house *house = *state;

	house_start(house, "3.5,3.5,3.5"); /* $DBUS_SYSTEM_BUS_ADDRESS is empty, see house_new() */
	expect_duty(house, 16000);
	house_quiet(house, 300);
	house_check(house, times_logged(house, "bus") == 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_bus_that_is_missing_at_the_start_is_told_once_and_found_later),
		TEST(a_bus_that_is_restarted_finds_the_daemon_and_its_caps_again),
		TEST(a_name_that_another_has_is_taken_when_it_is_free),
		TEST(a_name_that_the_policy_refuses_is_told_with_the_remedy),
		TEST(a_bus_that_stands_still_delays_neither_control_nor_end),
		TEST(a_bus_that_stands_still_at_the_start_is_waited_for_by_nobody),
		TEST(without_a_wish_for_a_bus_there_is_no_word_about_it),
	};
	int skipped = bus_setup(false);

	return skipped ? skipped : cmocka_run_group_tests(tests, NULL, NULL);
}
