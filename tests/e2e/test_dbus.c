/* SPDX-License-Identifier: MIT */
/*
 * What everybody can read on the bus: every property with its type and its value.
 */
#include <string.h>

#include <signal.h>

#include "e2e/bus.h"

static const struct {
	const char *name, *type;
	bool announced;
} properties[] = {
	{"State", "s", true},
	{"Reason", "s", true},
	{"AllowedCurrent", "u", true},
	{"MainsLimit", "u", true},
	{"LimitSource", "s", true},
	{"DipSwitches", "(bbb)", true},
	{"Faults", "as", true},
	{"PhaseCurrents", "ai", false},
	{"MeterModel", "s", true},
	{"MeterSerial", "s", true},
	{"MeterOnline", "b", true},
	{"LastReading", "t", false},
	{"BusCounters", "a{st}", false},
	{"Output", "s", true},
	{"ChargerCurrent", "i", false},
	{"Cap", "u", true},
	{"CapHolder", "s", true},
};

#define PROPERTIES (sizeof(properties) / sizeof(properties[0]))

static int count(const char *text, const char *word)
{
	int n = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		n++;
	}
	return n;
}

static void the_interface_is_the_one_that_was_agreed_on(void **state)
{
	struct house *house = *state;
	sd_bus *bus = bus_house_start(house, "3.5,3.5,3.5");
	char expected[256], text[16384];
	const char *xml, *from, *to;
	sd_bus_message *reply;

	house_check(house, sd_bus_call_method(bus, "org.poweroptd", "/org/poweroptd",
				   DBUS ".Introspectable", "Introspect", NULL, &reply, NULL) >= 0);
	house_check(house, sd_bus_message_read(reply, "s", &xml) >= 0);
	from = strstr(xml, "<interface name=\"" OPTIMIZER "\">");
	house_check(house, from != NULL);
	to = strstr(from, "</interface>");
	snprintf(text, sizeof(text), "%.*s", (int)(to - from), from);
	sd_bus_message_unref(reply);

	for (size_t i = 0; i < PROPERTIES; i++) {
		snprintf(expected, sizeof(expected),
			"<property name=\"%s\" type=\"%s\" access=\"read\">%s", properties[i].name,
			properties[i].type,
			properties[i].announced
				? "\n  </property>"
				: "\n   <annotation name=\"" DBUS
				  ".Property.EmitsChangedSignal\" value=\"false\"/>\n");
		if (!strstr(text, expected))
			house_fail(house, "'%s' is not in '%s'", expected, text);
	}
	house_check(house, count(text, "<property ") == PROPERTIES);
	house_check(house, count(text, "<method ") == 2);
	house_check(house, count(text, "<signal ") == 0);
	house_check(
		house, strstr(text, "<method name=\"SetCap\">\n"
				    "   <arg type=\"u\" name=\"current_ma\" direction=\"in\"/>\n"
				    "   <arg type=\"t\" name=\"ttl_usec\" direction=\"in\"/>\n"
				    "  </method>") != NULL);
	house_check(house, strstr(text, "<method name=\"ClearCap\">\n  </method>") != NULL);
	sd_bus_unref(bus);
}

static void every_property_can_be_read_at_once_with_its_type(void **state)
{
	struct house *house = *state;
	sd_bus *bus = bus_house_start(house, "3.5,3.5,3.5");
	const char *name, *type;
	sd_bus_message *reply;
	size_t found = 0;

	house_check(
		house, sd_bus_call_method(bus, "org.poweroptd", "/org/poweroptd",
			       DBUS ".Properties", "GetAll", NULL, &reply, "s", OPTIMIZER) >= 0);
	house_check(house, sd_bus_message_enter_container(reply, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
		house_check(house, sd_bus_message_read(reply, "s", &name) > 0);
		house_check(house, sd_bus_message_peek_type(reply, NULL, &type) > 0);
		for (size_t i = 0; i < PROPERTIES; i++)
			if (strcmp(properties[i].name, name) == 0)
				found += strcmp(properties[i].type, type) == 0;
		house_check(house, sd_bus_message_skip(reply, "v") >= 0);
		house_check(house, sd_bus_message_exit_container(reply) >= 0);
	}
	house_check(house, found == PROPERTIES);
	sd_bus_message_unref(reply);
	sd_bus_unref(bus);
}

static void properties_say_what_happens(void **state)
{
	struct house *house = *state;
	sd_bus *bus;
	char output[128];
	uint64_t reading_us;
	unsigned long long ok;
	int64_t asked_ms;

	house_configure(house, "[mains]\nlimit = 12\n");
	bus = bus_house_start(house, "4.5,3.5,3.5");
	expect_duty(house, 7300);
	expect_property(house, bus, "AllowedCurrent", "7300");
	expect_property(house, bus, "State", "limited");
	expect_property_part(
		house, bus, "Reason", "The car may draw 7.3 A: phase L1 carries 4.5 A of 12 A");
	expect_property(house, bus, "MainsLimit", "12000");
	expect_property(house, bus, "LimitSource", "config");
	expect_property(house, bus, "DipSwitches", "false false false");
	expect_property(house, bus, "Faults", "");
	expect_property(house, bus, "PhaseCurrents", "4500 3500 3500");
	expect_property(house, bus, "MeterModel", "klefr-6934");
	expect_property(house, bus, "MeterOnline", "true");
	expect_property(house, bus, "ChargerCurrent", "-1");
	expect_property(house, bus, "Cap", "4294967295");
	expect_property(house, bus, "CapHolder", "");
	snprintf(output, sizeof(output), "pwm %s channel 0", house_path(house, "chip"));
	expect_property(house, bus, "Output", output);
	expect_property_part(house, bus, "MeterSerial", "0");
	house_check(house, strlen(property(house, bus, "MeterSerial")) == 8);

	asked_ms = clock_ms();
	reading_us = property_number(house, bus, "LastReading");
	house_check(house, reading_us / 1000 <= (uint64_t)clock_ms());
	house_check_within(house, asked_ms, (int64_t)(reading_us / 1000), PROMPT_MS);
	house_check(house, sscanf(property(house, bus, "BusCounters"),
				   "ok %llu timeout 0 crc 0 exception 0 implausible 0", &ok) == 1);
	house_check(house, ok > 0);
	house_say(house, "currents 4.5,0,-3");
	expect_property(house, bus, "PhaseCurrents", "4500 0 -3000");
	sd_bus_unref(bus);
}

static void a_one_phase_meter_has_one_current(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	bus_start(house);
	house_meter_start(house, "--model=klefr-6924", "--currents=7", NULL);
	house_daemon_start(house);
	bus = bus_join(house);
	expect_property(house, bus, "MeterModel", "klefr-6924");
	expect_property(house, bus, "PhaseCurrents", "7000");
	sd_bus_unref(bus);
}

static void before_the_first_reading_nothing_is_made_up(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	bus_start(house);
	house_configure(house, "[meter]\nlost_after = 1min\n");
	house_daemon_start(house);
	bus = bus_join(house);
	expect_property(house, bus, "State", "starting");
	expect_property(house, bus, "AllowedCurrent", "0");
	expect_property(house, bus, "PhaseCurrents", "");
	expect_property(house, bus, "LastReading", "0");
	expect_property(house, bus, "MeterOnline", "false");
	expect_property(house, bus, "MeterModel", "");
	expect_property(house, bus, "MeterSerial", "");
	sd_bus_unref(bus);
}

static void a_fresh_installation_says_what_to_configure_first(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	bus_start(house);
	house_configure(house, "[charger]\noutput = none\n");
	house_daemon_start(house);
	bus = bus_join(house);
	expect_property(house, bus, "State", "failsafe");
	expect_property_part(
		house, bus, "Reason", "No charger is driven: set [charger] output in /");
	sd_bus_unref(bus);
}

static void nothing_is_a_fault_before_anything_is_configured(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	bus_start(house);
	house_configure(house, "[mains]\nlimit = dip\n[charger]\noutput = none\n"
			       "[meter]\nlost_after = 1s\n");
	house_daemon_start(house);
	bus = bus_join(house);
	expect_property_part(
		house, bus, "Reason", "No charger is driven: set [charger] output in /");
	house_quiet(house, 1500);
	expect_property(house, bus, "State", "starting");
	expect_property(house, bus, "AllowedCurrent", "0");
	expect_property(house, bus, "Faults", "");
	/* The meter is read already. */
	house_meter_start(house, "--currents=3.5,4.5,5.5", NULL);
	expect_property(house, bus, "PhaseCurrents", "3500 4500 5500");
	expect_property(house, bus, "State", "starting");
	sd_bus_unref(bus);
}

static void a_reload_configures_and_takes_it_away_again(void **state)
{
	struct house *house = *state;
	sd_bus *bus = bus_house_start(house, "3.5,3.5,3.5");

	expect_property(house, bus, "State", "charging");
	house_configure(house, "[mains]\nlimit = dip\n[charger]\noutput = none\n");
	house_signal(house, SIGHUP);
	expect_property(house, bus, "State", "starting");
	expect_property(house, bus, "Faults", "");
	expect_duty(house, 0);
	house_configure(house, "%s", "");
	house_signal(house, SIGHUP);
	expect_property(house, bus, "State", "charging");
	expect_duty(house, 16000);
	sd_bus_unref(bus);
}

static void faults_are_listed_and_the_last_reading_stays(void **state)
{
	struct house *house = *state;
	sd_bus *bus = bus_house_start(house, "3.5,3.5,3.5");

	expect_duty(house, 16000);
	expect_property(house, bus, "MeterOnline", "true");
	house_say(house, "fault silent on");
	expect_property(house, bus, "Faults", "meter-lost");
	expect_property(house, bus, "State", "failsafe");
	expect_property(house, bus, "MeterOnline", "false");
	expect_property(house, bus, "PhaseCurrents", "3500 3500 3500");
	sd_bus_unref(bus);
}

static void a_limit_that_is_not_known_is_none(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	bus_start(house);
	house_configure(house, "[mains]\nlimit = dip\n[dip]\nchip = no-such-chip\n");
	house_start(house, "3.5,3.5,3.5");
	bus = bus_join(house);
	expect_property(house, bus, "Faults", "dip-unreadable");
	expect_property(house, bus, "LimitSource", "unknown");
	expect_property(house, bus, "MainsLimit", "0");
	sd_bus_unref(bus);
}

static void the_switches_are_shown(void **state)
{
	struct house *house = *state;
	sd_bus *bus;

	bus_start(house);
	house_program(house, TEST_BUILDDIR "/tests/e2e/poweroptd_switches");
	house_write(house, "switches", "00000110\n");
	house_configure(house, "[mains]\nlimit = dip\n[dip]\nchip = %s\nlines = 4 5 6\n",
		house_path(house, "switches"));
	house_start(house, "3.5,3.5,3.5");
	bus = bus_join(house);
	expect_property(house, bus, "DipSwitches", "false true true");
	expect_property(house, bus, "MainsLimit", "25000");
	expect_property(house, bus, "LimitSource", "dip");
	house_write(house, "switches", "00000100\n");
	expect_property(house, bus, "DipSwitches", "false true false");
	expect_property(house, bus, "MainsLimit", "20000");
	sd_bus_unref(bus);
}

static void no_property_can_be_written(void **state)
{
	struct house *house = *state;
	sd_bus *bus = bus_house_start(house, "3.5,3.5,3.5");
	sd_bus_error error = SD_BUS_ERROR_NULL;

	house_check(house, sd_bus_set_property(bus, "org.poweroptd", "/org/poweroptd", OPTIMIZER,
				   "AllowedCurrent", &error, "u", 32000) < 0);
	house_check(house, sd_bus_error_has_name(&error, SD_BUS_ERROR_PROPERTY_READ_ONLY));
	sd_bus_error_free(&error);
	sd_bus_unref(bus);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_interface_is_the_one_that_was_agreed_on),
		TEST(every_property_can_be_read_at_once_with_its_type),
		TEST(properties_say_what_happens),
		TEST(a_one_phase_meter_has_one_current),
		TEST(before_the_first_reading_nothing_is_made_up),
		TEST(a_fresh_installation_says_what_to_configure_first),
		TEST(nothing_is_a_fault_before_anything_is_configured),
		TEST(a_reload_configures_and_takes_it_away_again),
		TEST(faults_are_listed_and_the_last_reading_stays),
		TEST(a_limit_that_is_not_known_is_none),
		TEST(the_switches_are_shown),
		TEST(no_property_can_be_written),
	};
	int skipped = bus_setup(false);

	return skipped ? skipped : cmocka_run_group_tests(tests, NULL, NULL);
}
