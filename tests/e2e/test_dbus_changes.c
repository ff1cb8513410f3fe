/* SPDX-License-Identifier: MIT */
/*
 * Which changes are announced on the bus, and how often.
 */
#include <inttypes.h>
#include <signal.h>

#include "e2e/bus.h"

struct listener {
	int signals;
	char last[4096]; /* of all properties that were announced: NAME=VALUE, the newest last */
};

static int on_changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct listener *listener = userdata;
	const char *interface, *name, *type, *text;
	size_t used = strlen(listener->last);
	uint32_t number;

	(void)error;
	listener->signals++;
	assert_true(sd_bus_message_read(message, "s", &interface) > 0);
	assert_string_equal(interface, OPTIMIZER);
	assert_true(sd_bus_message_enter_container(message, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
		assert_true(sd_bus_message_read(message, "s", &name) > 0);
		assert_true(sd_bus_message_peek_type(message, NULL, &type) > 0);
		if (strcmp(type, "u") == 0) {
			assert_true(sd_bus_message_read(message, "v", "u", &number) > 0);
			used += (size_t)snprintf(listener->last + used,
				sizeof(listener->last) - used, "%s=%" PRIu32 "\n", name, number);
		} else if (strcmp(type, "s") == 0) {
			assert_true(sd_bus_message_read(message, "v", "s", &text) > 0);
			used += (size_t)snprintf(listener->last + used,
				sizeof(listener->last) - used, "%s=%s\n", name, text);
		} else {
			assert_true(sd_bus_message_skip(message, "v") > 0);
			used += (size_t)snprintf(
				listener->last + used, sizeof(listener->last) - used, "%s\n", name);
		}
		assert_true(sd_bus_message_exit_container(message) >= 0);
	}
	return 0;
}

static void listen_to(struct house *house, sd_bus *bus, struct listener *listener)
{
	memset(listener, 0, sizeof(*listener));
	house_check(
		house, sd_bus_match_signal(bus, NULL, "org.poweroptd", "/org/poweroptd",
			       DBUS ".Properties", "PropertiesChanged", on_changed, listener) >= 0);
}

/* Take in what was announced within a time, or until a text comes, if that is not NULL. */
static void listen_for(struct house *house, sd_bus *bus, struct listener *listener,
	const char *text, int64_t for_ms)
{
	int64_t until_ms = clock_ms() + for_ms;

	while (clock_ms() < until_ms && !(text && strstr(listener->last, text))) {
		house_quiet(house, 10);
		while (sd_bus_process(bus, NULL) > 0)
			;
	}
	if (text && !strstr(listener->last, text))
		house_fail(house, "'%s' was not announced but '%s'", text, listener->last);
}

static void a_change_is_announced_together_with_what_it_brings(void **state)
{
	struct house *house = *state;
	sd_bus *bus = bus_house_start(house, "3.5,3.5,3.5");
	struct listener listener;

	expect_property(house, bus, "State", "charging");
	expect_property(house, bus, "MeterSerial", "22091039");
	house_quiet(house, 2100); /* until all of that was announced */
	listen_to(house, bus, &listener);
	house_say(house, "currents 21,0,0");
	listen_for(house, bus, &listener, "State=limited", PATIENCE_MS);
	house_check(house, listener.signals == 1);
	house_check(house, strstr(listener.last, "AllowedCurrent=") != NULL);
	house_check(house, strstr(listener.last, "Reason=The car may draw") != NULL);
	house_check(house, !strstr(listener.last, "MeterSerial"));
	house_check(house, !strstr(listener.last, "PhaseCurrents"));
	sd_bus_unref(bus);
}

static void the_last_of_many_changes_is_announced(void **state)
{
	struct house *house = *state;
	sd_bus *bus = bus_house_start(house, "3.5,3.5,3.5");
	struct listener listener;

	expect_property(house, bus, "State", "charging");
	listen_to(house, bus, &listener);
	house_say(house, "fault silent on");
	listen_for(house, bus, &listener, "State=failsafe", PATIENCE_MS);
	house_say(house, "fault silent off");
	listen_for(house, bus, &listener, "State=charging", PATIENCE_MS);
	house_check(house, strstr(strstr(listener.last, "State=failsafe"), "Faults") != NULL);
	sd_bus_unref(bus);
}

static void changes_do_not_flood_the_bus(void **state)
{
	struct house *house = *state;
	sd_bus *bus = bus_house_start(house, "3.5,3.5,3.5");
	struct listener listener;
	int64_t from_ms;

	house_configure(house, "[regulator]\nraise_delay = 0\nsettle = 20ms\nresume_delay = 0\n");
	house_signal(house, SIGHUP);
	expect_property(house, bus, "State", "charging");
	listen_to(house, bus, &listener);
	from_ms = clock_ms();
	for (int i = 0; i < 30; i++) {
		house_say(house, "currents %d,0,0", i % 2 ? 22 : 4);
		listen_for(house, bus, &listener, NULL, 100);
	}
	house_check(house, listener.signals >= 2);
	house_check(house, listener.signals <= (clock_ms() - from_ms) / 1000 + 1);
	sd_bus_unref(bus);
}

static void steady_operation_is_silent_on_the_bus(void **state)
{
	struct house *house = *state;
	struct listener listener;
	sd_bus *bus;

	house_configure(house, "[mains]\nlimit = 12\n");
	bus = bus_house_start(house, "4.5,3.5,3.5");
	expect_property_part(house, bus, "Reason", "7.3 A: phase L1 carries 4.5 A of 12 A");
	expect_property(house, bus, "MeterSerial", "22091039");
	house_quiet(house, 2100);
	listen_to(house, bus, &listener);
	/* The house moves a little, all the time, and so do the figures in Reason. */
	for (int i = 0; i < 10; i++) {
		house_say(house, "currents 4.%d,3.5,3.5", 50 + i);
		listen_for(house, bus, &listener, NULL, 200);
	}
	if (listener.signals != 0)
		house_fail(house, "announced: %s", listener.last);
	expect_property_part(house, bus, "Reason", "L1 carries 4.6 A");
	sd_bus_unref(bus);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_change_is_announced_together_with_what_it_brings),
		TEST(the_last_of_many_changes_is_announced),
		TEST(changes_do_not_flood_the_bus),
		TEST(steady_operation_is_silent_on_the_bus),
	};
	int skipped = bus_setup(false);

	return skipped ? skipped : cmocka_run_group_tests(tests, NULL, NULL);
}
