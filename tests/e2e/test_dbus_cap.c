/* SPDX-License-Identifier: MIT */
/*
 * Caps: who may set one, which one counts, what it does, and how it ends.
 */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "app/dbus.h"
#include "e2e/bus.h"

#define DENIED	DBUS ".Error.AccessDenied"
#define INVALID DBUS ".Error.InvalidArgs"
#define MINUTE	UINT64_C(60000000)

/* Charging at max_current. */
static sd_bus *start(struct house *house)
{
	sd_bus *bus;

	bus = bus_house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	expect_property(house, bus, "State", "charging");
	return bus;
}

static void a_cap_lowers_the_current_at_once_and_is_named(void **state)
{
	struct house *house = *state;
	sd_bus *bus = start(house);
	int64_t said_ms = clock_ms();

	check_outcome(house, set_cap(bus, 10000, 4 * MINUTE), "");
	/* No waiting: when the call returns, it has happened. */
	house_check(house, strcmp(property(house, bus, "AllowedCurrent"), "10000") == 0);
	house_check(house, strcmp(property(house, bus, "Cap"), "10000") == 0);
	house_check(house, strcmp(property(house, bus, "CapHolder"), "root") == 0);
	house_check(house, strcmp(property(house, bus, "Reason"),
				   "The car may draw 10 A: it is capped to 10 A by user root for "
				   "another 4min") == 0);
	house_check_within(house, expect_duty(house, 10000), said_ms, PROMPT_MS);
	expect_log(house,
		"info: The car may draw 10 A: it is capped to 10 A by user root for another ");
	house_ceiling(house, 10000);
	expect_steady(house, 10000, 1300);
	sd_bus_unref(bus);
}

static void a_cap_ends_at_its_time_without_its_caller(void **state)
{
	struct house *house = *state;
	sd_bus *bus = start(house), *caller = bus_connect(house);
	int64_t said_ms = clock_ms(), ended_ms;

	check_outcome(house, set_cap(caller, 10000, 900000), "");
	sd_bus_unref(caller);
	expect_duty(house, 10000);
	ended_ms = expect_duty(house, 16000);
	house_check(house, ended_ms >= said_ms + 900);
	house_check_within(house, ended_ms, said_ms, 900 + 1000 + HOUSE_RAISE_MS + PROMPT_MS);
	expect_property(house, bus, "Cap", "4294967295");
	expect_property(house, bus, "CapHolder", "");
	sd_bus_unref(bus);
}

static void a_cap_below_the_least_pauses_the_charge(void **state)
{
	struct house *house = *state;
	sd_bus *bus = start(house);

	check_outcome(house, set_cap(bus, 5999, 0), "");
	expect_duty(house, HOUSE_PAUSED);
	expect_property(house, bus, "State", "paused");
	expect_property(house, bus, "Reason",
		"Charging is paused: it is capped to 5.999 A by user root until that is cleared, and a "
		"car needs 6 A");
	expect_steady(house, HOUSE_PAUSED, 500);
	check_outcome(house, clear_cap(bus), "");
	expect_duty(house, 16000);
	check_outcome(house, set_cap(bus, 0, MINUTE), "");
	expect_duty(house, HOUSE_PAUSED);
	expect_property(house, bus, "Cap", "0");
	sd_bus_unref(bus);
}

static void a_cap_never_raises(void **state)
{
	struct house *house = *state;
	sd_bus *bus = start(house);

	house_say(house, "currents 12.5,0,0");
	house_say(house, "currents 21,0,0");
	expect_duty(house, HOUSE_PAUSED);
	check_outcome(house, set_cap(bus, 125000, 0), "");
	expect_steady(house, HOUSE_PAUSED, 500);
	expect_property_part(house, bus, "Reason", "phase L1 carries 21 A of 20 A");
	house_say(house, "currents 3.5,3.5,3.5");
	expect_duty(house, 16000);
	expect_property(house, bus, "State", "charging");
	sd_bus_unref(bus);
}

static void clear_cap_gives_the_current_back(void **state)
{
	struct house *house = *state;
	sd_bus *bus = start(house);

	check_outcome(house, clear_cap(bus), ""); /* there was none, and now there is none */
	check_outcome(house, set_cap(bus, 8000, MINUTE), "");
	expect_duty(house, 8000);
	check_outcome(house, set_cap(bus, 12000, MINUTE), ""); /* in place of the first */
	expect_duty(house, 12000);
	check_outcome(house, clear_cap(bus), "");
	expect_duty(house, 16000);
	expect_property(house, bus, "CapHolder", "");
	sd_bus_unref(bus);
}

static void a_reload_keeps_caps(void **state)
{
	struct house *house = *state;
	sd_bus *bus = start(house);

	check_outcome(house, set_cap(bus, 8000, MINUTE), "");
	expect_duty(house, 8000);
	house_ceiling(house, 8000);
	house_configure(house, "[charger]\nmax_current = 13\n");
	house_signal(house, SIGHUP);
	expect_log(house, "was read again and is in force");
	expect_steady(house, 8000, 500);
	expect_property(house, bus, "Cap", "8000");
	sd_bus_unref(bus);
}

static void a_cap_counts_also_while_the_optimizer_is_switched_off(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	bus_start(house);
	house_program(house, TEST_BUILDDIR "/tests/e2e/poweroptd_switches");
	house_write(house, "switches", "00000000\n");
	house_configure(house,
		"[mains]\nlimit = dip\n[dip]\nchip = %s\n[regulator]\nresume_delay = 2s\n",
		house_path(house, "switches"));
	house_daemon_start(house);
	bus = bus_join(house);
	expect_duty(house, 16000);
	expect_property(house, bus, "State", "disabled");
	expect_property(house, bus, "MainsLimit", "0");
	expect_property(house, bus, "LimitSource", "dip");

	check_outcome(house, set_cap(bus, 9000, MINUTE), "");
	expect_duty(house, 9000);
	expect_property(house, bus, "State", "disabled");
	expect_property_part(house, bus, "Reason", "9 A: it is capped to 9 A by user root for");
	check_outcome(house, set_cap(bus, 3000, 500000), "");
	expect_duty(house, HOUSE_PAUSED);
	expect_property_part(
		house, bus, "Reason", "Charging is paused: it is capped to 3 A by user");
	expect_property_part(house, bus, "Reason", "s, as after every pause, although the power");
	expect_duty(house, 16000);
	expect_property(house, bus, "Cap", "4294967295");
	sd_bus_unref(bus);
}

static void a_restart_keeps_the_caps_that_end_by_themselves(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	house_check(house, mkdir(house_path(house, "run"), 0700) == 0);
	setenv("RUNTIME_DIRECTORY", house_path(house, "run"), 1);
	bus = start(house);
	check_outcome(house, set_cap(bus, 8000, MINUTE), "");
	expect_duty(house, 8000);
	house_signal(house, SIGTERM);
	house_check(house, house_daemon_wait(house) == 0);
	expect_duty(house, HOUSE_PAUSED);
	house_ceiling(house, 8000);
	house_daemon_start(house);
	expect_owner(house, bus);
	expect_duty(house, 8000);
	expect_property(house, bus, "CapHolder", "root");
	expect_steady(house, 8000, 500);

	house_ceiling(house, HOUSE_CEILING_MA);
	check_outcome(house, set_cap(bus, 7000, 0), "");
	expect_duty(house, 7000);
	house_signal(house, SIGTERM);
	house_check(house, house_daemon_wait(house) == 0);
	house_daemon_start(house);
	expect_duty(house, 16000);
	sd_bus_unref(bus);
}

static void absurd_values_are_refused_and_change_nothing(void **state)
{
	struct house *house = *state;
	sd_bus *bus = start(house);

	check_outcome(house, set_cap(bus, 125001, 0), INVALID);
	check_outcome(house, set_cap(bus, UINT32_MAX, MINUTE), INVALID);
	check_outcome(house, set_cap(bus, 10000, UINT64_MAX), INVALID);
	check_outcome(house, set_cap(bus, 10000, (uint64_t)INT64_MAX), INVALID);
	check_outcome(house, set_cap(bus, 10000, UINT64_C(31622400000001)), INVALID);
	expect_property(house, bus, "CapHolder", "");
	expect_steady(house, 16000, 200);
	check_outcome(house, set_cap(bus, 10000, UINT64_C(31622400000000)), "");
	expect_property_part(house, bus, "Reason", "for another 8784h");
	house_check(house, sd_bus_call_method(bus, "org.poweroptd", "/org/poweroptd", OPTIMIZER,
				   "SetCap", NULL, NULL, "s", "much") < 0);
	sd_bus_unref(bus);
}

/* ---- users ---- */

static void the_lowest_cap_of_several_users_counts(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	need_users();
	bus = start(house);
	check_outcome(house, set_cap_as(house, UID_MEMBER, true, 10000, MINUTE), "");
	expect_duty(house, 10000);
	expect_property(house, bus, "CapHolder", "evcc");
	expect_property_part(house, bus, "Reason", "by user evcc for another 1min");
	check_outcome(house, set_cap_as(house, UID_OTHER, true, 8000, MINUTE), "");
	expect_duty(house, 8000);
	expect_property(house, bus, "CapHolder", "hems");
	check_outcome(house, set_cap(bus, 12000, 0), "");
	house_check(house, property_number(house, bus, "Cap") == 8000);

	/* Everybody takes away his own only. */
	check_outcome(house, clear_cap_as(house, UID_OTHER, true), "");
	expect_duty(house, 10000);
	expect_property(house, bus, "CapHolder", "evcc");
	check_outcome(house, clear_cap(bus), "");
	expect_property(house, bus, "CapHolder", "evcc");
	check_outcome(house, clear_cap_as(house, UID_MEMBER, true), "");
	expect_duty(house, 16000);
	sd_bus_unref(bus);
}

static void others_may_look_but_not_set_a_cap(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	need_users();
	bus = start(house);
	check_outcome(house, set_cap_as(house, UID_VISITOR, false, 10000, MINUTE), DENIED);
	check_outcome(house, clear_cap_as(house, UID_VISITOR, false), DENIED);
	expect_property(house, bus, "CapHolder", "");
	expect_steady(house, 16000, 200);
	sd_bus_unref(bus);
}

static void the_daemon_does_not_rely_on_the_policy_of_the_bus(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	need_users();
	bus_start_open(house);
	house_start(house, "3.5,3.5,3.5");
	bus = bus_join(house);
	expect_duty(house, 16000);
	check_outcome(house, set_cap_as(house, UID_VISITOR, false, 10000, MINUTE), DENIED);
	check_outcome(house, clear_cap_as(house, UID_VISITOR, false), DENIED);
	expect_property(house, bus, "CapHolder", "");
	check_outcome(house, set_cap_as(house, UID_MEMBER, true, 10000, MINUTE), "");
	expect_property(house, bus, "CapHolder", "evcc");
	sd_bus_unref(bus);
}

static void there_is_an_end_to_the_number_of_users(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	need_users();
	bus_start_open(house);
	house_start(house, "3.5,3.5,3.5");
	bus = bus_join(house);
	for (uid_t i = 0; i < 16; i++)
		check_outcome(house, set_cap_as(house, UID_MANY + i, true, 11000 + i, MINUTE), "");
	expect_property(house, bus, "CapHolder", "many0");
	check_outcome(house, set_cap_as(house, UID_MANY + 16, true, 0, MINUTE),
		DBUS ".Error.LimitsExceeded");
	expect_property(house, bus, "Cap", "11000");
	check_outcome(house, set_cap_as(house, UID_MANY + 15, true, 7000, MINUTE), "");
	expect_property(house, bus, "CapHolder", "many15");
	sd_bus_unref(bus);
}

#define CALLS 100

struct tally {
	int done, refused, other;
};

static int on_outcome(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct tally *tally = userdata;

	(void)error;
	if (!sd_bus_message_is_method_error(reply, NULL))
		tally->done++;
	else if (sd_bus_message_is_method_error(reply, DBUS ".Error.LimitsExceeded"))
		tally->refused++;
	else
		tally->other++;
	return 0;
}

/* They all wait for the daemon before the bus can say who the first of them is from. */
static void there_is_an_end_to_the_number_of_calls_under_way(void **state)
{
	struct house *house = *state;
	sd_bus *bus = start(house);
	struct tally tally = {0};

	house_signal(house, SIGSTOP);
	for (int i = 0; i < CALLS; i++)
		house_check(house,
			sd_bus_call_method_async(bus, NULL, "org.poweroptd", "/org/poweroptd",
				OPTIMIZER, "SetCap", on_outcome, &tally, "ut", 10000, MINUTE) >= 0);
	house_check(house, sd_bus_call_method(bus, DBUS, "/org/freedesktop/DBus", DBUS, "GetId",
				   NULL, NULL, "") >= 0);
	house_signal(house, SIGCONT);
	while (tally.done + tally.refused + tally.other < CALLS)
		house_check(house, sd_bus_process(bus, NULL) > 0 ||
					   sd_bus_wait(bus, PATIENCE_MS * UINT64_C(1000)) > 0);
	house_check(house, tally.done == DBUS_REQUESTS_MAX && tally.other == 0);
	/* and the next one is served again */
	check_outcome(house, set_cap(bus, 8000, MINUTE), "");
	expect_duty(house, 8000);
	sd_bus_unref(bus);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_cap_lowers_the_current_at_once_and_is_named),
		TEST(a_cap_ends_at_its_time_without_its_caller),
		TEST(a_cap_below_the_least_pauses_the_charge),
		TEST(a_cap_never_raises),
		TEST(clear_cap_gives_the_current_back),
		TEST(a_reload_keeps_caps),
		TEST(a_cap_counts_also_while_the_optimizer_is_switched_off),
		TEST(a_restart_keeps_the_caps_that_end_by_themselves),
		TEST(absurd_values_are_refused_and_change_nothing),
		TEST(the_lowest_cap_of_several_users_counts),
		TEST(others_may_look_but_not_set_a_cap),
		TEST(the_daemon_does_not_rely_on_the_policy_of_the_bus),
		TEST(there_is_an_end_to_the_number_of_users),
		TEST(there_is_an_end_to_the_number_of_calls_under_way),
	};
	int skipped = bus_setup(true);

	return skipped ? skipped : cmocka_run_group_tests(tests, NULL, NULL);
}
