/* SPDX-License-Identifier: MIT */
/*
 * `poweroptctl status` against a daemon that says anything.
 */
#include <jansson.h>
#include <string.h>

#include "e2e/ctl_rig.h"

static const char *const properties[] = {"State", "Reason", "AllowedCurrent", "MainsLimit",
	"LimitSource", "DipSwitches", "Faults", "PhaseCurrents", "MeterModel", "MeterSerial",
	"MeterOnline", "LastReading", "BusCounters", "Output", "ChargerCurrent", "Cap",
	"CapHolder"};

#define PROPERTIES (sizeof(properties) / sizeof(properties[0]))

static const char object_keys[] = "state reason allowed_current_ma mains_limit_ma limit_source dip "
				  "faults phase_currents_ma meter bus output charger_current_ma "
				  "cap_ma ";

static json_t *status_json(int expected_status)
{
	struct ctl_result result;
	json_error_t error;
	json_t *object;

	ctl_run("status --json", &result);
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, expected_status);
	object = json_loads(result.out, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		fail_msg("%s in %s", error.text, result.out);
	return object;
}

static void keys_of(json_t *object, char *buf, size_t size)
{
	const char *key;
	json_t *value;

	buf[0] = '\0';
	json_object_foreach(object, key, value)
		snprintf(buf + strlen(buf), size - strlen(buf), "%s ", key);
}

/* A member, such as "meter.online", as text: null, true, 12, "text", [1,2]. */
static void assert_member(json_t *object, const char *path, const char *expected)
{
	char name[64], *key, *rest = name;
	char *text;

	snprintf(name, sizeof(name), "%s", path);
	while ((key = strsep(&rest, ".")))
		object = json_object_get(object, key);
	if (!object)
		fail_msg("there is no %s", path);
	text = json_dumps(object, JSON_ENCODE_ANY | JSON_COMPACT);
	if (strcmp(text, expected) != 0)
		fail_msg("%s is %s, not %s", path, text, expected);
	free(text);
}

static void the_first_line_says_what_the_car_may_draw_and_why(void **state)
{
	struct ctl_result result;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	ctl_run("status", &result);
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, 0);
	assert_memory_equal(
		result.out, "The car may draw 9.4 A: phase L2 carries 24.4 A of 25 A\n\n", 57);
	assert_non_null(strstr(result.out, "State    limited, 9.437 A allowed\n"));
	assert_non_null(strstr(result.out, "Limit    25 A on each phase, from the DIP switches\n"));
	assert_non_null(strstr(result.out, "Switches 4 off, 5 ON, 6 ON\n"));
	assert_non_null(strstr(result.out, "Meter    Klefr 6934, serial 20030042, online, "));
	assert_non_null(strstr(result.out, "L2   24.4 A of 25 A,  97 %\n"));
	assert_non_null(strstr(result.out, "L3   -0.9 A of 25 A,   3 %\n"));
	assert_non_null(strstr(result.out, "CRC 1"));
	assert_non_null(strstr(result.out, "Charger  draws 9.3 A\n"));
	assert_non_null(strstr(result.out, "Cap      10 A, set by evcc"));
	assert_null(strchr(result.out, '\033'));
}

static void json_is_one_object_with_the_documented_keys(void **state)
{
	json_t *object;
	char keys[512];

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	object = status_json(0);
	keys_of(object, keys, sizeof(keys));
	assert_string_equal(keys, object_keys);
	keys_of(json_object_get(object, "meter"), keys, sizeof(keys));
	assert_string_equal(keys, "model serial online reading_age_ms ");
	keys_of(json_object_get(object, "bus"), keys, sizeof(keys));
	assert_string_equal(keys, "ok timeout crc exception implausible ");

	assert_member(object, "state", "\"limited\"");
	assert_member(object, "allowed_current_ma", "9437");
	assert_member(object, "mains_limit_ma", "25000");
	assert_member(object, "limit_source", "\"dip\"");
	assert_member(object, "dip", "[false,true,true]");
	assert_member(object, "faults", "[]");
	assert_member(object, "phase_currents_ma", "[12310,24390,-850]");
	assert_member(object, "meter.model", "\"klefr-6934\"");
	assert_member(object, "meter.serial", "\"20030042\"");
	assert_member(object, "meter.online", "true");
	assert_member(object, "bus.ok", "123456");
	assert_member(object, "bus.exception", "0");
	assert_member(object, "output", "\"PWM chip /sys/class/pwm/pwmchip0, channel 0\"");
	assert_member(object, "charger_current_ma", "9300");
	assert_member(object, "cap_ma", "10000");
	assert_in_range(json_integer_value(json_object_get(
				json_object_get(object, "meter"), "reading_age_ms")),
		0, 20000);
	json_decref(object);
}

/* A daemon that says nothing at all: everything is unknown, and no fault. */
static void assert_all_unknown(json_t *object)
{
	static const char *const members[] = {"state", "reason", "allowed_current_ma",
		"mains_limit_ma", "limit_source", "dip", "phase_currents_ma", "meter.model",
		"meter.serial", "meter.online", "meter.reading_age_ms", "bus.ok", "bus.timeout",
		"bus.crc", "bus.exception", "bus.implausible", "output", "charger_current_ma",
		"cap_ma"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		assert_member(object, members[i], "null");
	assert_member(object, "faults", "[]");
}

static void a_daemon_without_properties_leaves_everything_unknown(void **state)
{
	struct ctl_result result;
	json_t *object;

	ctl_daemon_start(*state);
	object = status_json(0);
	assert_all_unknown(object);
	json_decref(object);
	ctl_run("status", &result);
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "State    unknown\n"));
	assert_non_null(strstr(result.out, "Phases   unknown\n"));
}

static void values_of_other_types_are_unknown(void **state)
{
	char command[128];
	json_t *object;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	for (size_t i = 0; i < PROPERTIES; i++) {
		snprintf(command, sizeof(command), "%s a{st} x 1", properties[i]);
		if (strcmp(properties[i], "BusCounters") == 0)
			snprintf(command, sizeof(command), "%s as x", properties[i]);
		ctl_tell(*state, command);
	}
	ctl_tell(*state, "SomethingNew (bbb) 1 0 1");
	object = status_json(0);
	assert_all_unknown(object);
	json_decref(object);
}

static void what_the_daemon_has_no_word_for_is_unknown(void **state)
{
	json_t *object;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	ctl_tell(*state, "State s starting");
	ctl_tell(*state, "MainsLimit u 0");
	ctl_tell(*state, "LimitSource s unknown");
	ctl_tell(*state, "DipSwitches (bbb) 0 0 0");
	ctl_tell(*state, "PhaseCurrents ai");
	ctl_tell(*state, "MeterModel s ");
	ctl_tell(*state, "MeterSerial s ");
	ctl_tell(*state, "MeterOnline b 0");
	ctl_tell(*state, "LastReading t 0");
	ctl_tell(*state, "ChargerCurrent i -1");
	ctl_tell(*state, "Cap u 4294967295");
	ctl_tell(*state, "CapHolder s ");
	object = status_json(0);
	assert_member(object, "state", "\"starting\"");
	assert_member(object, "mains_limit_ma", "null");
	assert_member(object, "limit_source", "null");
	assert_member(object, "dip", "null");
	assert_member(object, "phase_currents_ma", "null");
	assert_member(object, "meter.model", "null");
	assert_member(object, "meter.serial", "null");
	assert_member(object, "meter.online", "false");
	assert_member(object, "meter.reading_age_ms", "null");
	assert_member(object, "charger_current_ma", "null");
	assert_member(object, "cap_ma", "null");
	json_decref(object);
}

static void switches_count_where_the_limit_is_from_them(void **state)
{
	struct ctl_result result;
	json_t *object;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	ctl_tell(*state, "LimitSource s config");
	ctl_tell(*state, "DipSwitches (bbb) 0 0 0");
	object = status_json(0);
	assert_member(object, "dip", "null");
	json_decref(object);
	ctl_run("status", &result);
	assert_non_null(
		strstr(result.out, "Limit    25 A on each phase, from the configuration\n"));
	assert_null(strstr(result.out, "Switches"));

	/* The meter is rated lower than what the switches say. */
	ctl_tell(*state, "LimitSource s meter");
	ctl_tell(*state, "DipSwitches (bbb) 1 1 1");
	object = status_json(0);
	assert_member(object, "dip", "[true,true,true]");
	json_decref(object);
}

static void switched_off_has_no_limit(void **state)
{
	struct ctl_result result;
	json_t *object;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	ctl_tell(*state, "State s disabled");
	ctl_tell(*state, "MainsLimit u 0");
	ctl_tell(*state, "DipSwitches (bbb) 0 0 0");
	object = status_json(0);
	assert_member(object, "mains_limit_ma", "null");
	assert_member(object, "dip", "[false,false,false]");
	json_decref(object);
	ctl_run("status", &result);
	assert_non_null(strstr(result.out, "Limit    switched off, from the DIP switches\n"));
	assert_non_null(strstr(result.out, "Switches 4 off, 5 off, 6 off\n"));
	assert_non_null(strstr(result.out, "L2   24.4 A\n"));
}

static void a_fault_is_told_with_its_remedy_and_exits_with_4(void **state)
{
	struct ctl_result result;
	json_t *object;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	ctl_tell(*state, "State s failsafe");
	ctl_tell(*state, "Reason s The car may draw 0 A because of a fault (meter-lost)");
	ctl_tell(*state, "AllowedCurrent u 0");
	ctl_tell(*state, "Faults as meter-lost made-up-later");
	ctl_run("status", &result);
	assert_int_equal(result.status, 4);
	assert_string_equal(result.err, "");
	assert_non_null(strstr(result.out, "Fault    meter-lost: no reading: check its power"));
	assert_non_null(strstr(result.out, "         made-up-later: see the journal\n"));
	assert_non_null(strstr(result.out, "journalctl -u poweroptd -x"));
	object = status_json(4);
	assert_member(object, "faults", "[\"meter-lost\",\"made-up-later\"]");
	assert_member(object, "allowed_current_ma", "0");
	json_decref(object);

	/* One that is over and whose readings have to prove themselves still counts. */
	ctl_tell(*state, "Faults as");
	json_decref(status_json(4));
}

static void text_from_outside_cannot_steer_the_terminal(void **state)
{
	struct ctl_result result;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	ctl_tell(*state, "MeterSerial s \033[31m\007\302\233x\177");
	ctl_tell(*state, "CapHolder s Jürgen");
	ctl_run("status", &result);
	assert_non_null(strstr(result.out, "serial \\x1b[31m\\x07\\xc2\\x9bx\\x7f, "));
	assert_non_null(strstr(result.out, "Jürgen"));
}

static void a_text_that_is_too_long_is_cut_between_characters(void **state)
{
	char command[2048] = "Reason s ";
	json_t *object;

	ctl_daemon_start(*state);
	for (int i = 0; i < 400; i++)
		strcat(command, "€");
	ctl_tell(*state, command);
	object = status_json(0);
	/* Valid UTF-8, or it would not have been read: 340 characters of three bytes, and the dots. */
	assert_int_equal(json_string_length(json_object_get(object, "reason")), 1023);
	json_decref(object);
}

static void a_daemon_that_is_not_there_is_exit_3(void **state)
{
	struct ctl_result result;

	ctl_need_bus(*state);
	for (int i = 0; i < 2; i++) {
		ctl_run(i == 0 ? "status" : "status --json", &result);
		assert_int_equal(result.status, 3);
		assert_string_equal(result.out, "");
		assert_string_equal(result.err,
			"poweroptctl status: poweroptd is not running; 'systemctl status poweroptd' "
			"says why\n");
	}
}

static void a_bus_that_is_not_there_is_exit_3(void **state)
{
	struct ctl_result result;

	(void)state;
	setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
	ctl_run("status", &result);
	assert_int_equal(result.status, 3);
	assert_string_equal(result.out, "");
	assert_string_equal(result.err,
		"poweroptctl status: the D-Bus system bus (unix:path=/nonexistent/bus) cannot be "
		"reached: No such file or directory; see 'systemctl status dbus poweroptd'\n");
}

static void a_daemon_that_does_not_answer_is_an_error(void **state)
{
	struct ctl_result result;

	ctl_daemon_start(*state);
	ctl_tell(*state, "mute");
	ctl_run("status", &result);
	assert_int_equal(result.status, 1);
	assert_string_equal(result.err,
		"poweroptctl status: poweroptd runs, but does not answer; see 'systemctl status "
		"poweroptd'\n");
}

#define WITH_BUS(test) cmocka_unit_test_setup_teardown(test, ctl_rig_setup, ctl_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BUS(the_first_line_says_what_the_car_may_draw_and_why),
		WITH_BUS(json_is_one_object_with_the_documented_keys),
		WITH_BUS(a_daemon_without_properties_leaves_everything_unknown),
		WITH_BUS(values_of_other_types_are_unknown),
		WITH_BUS(what_the_daemon_has_no_word_for_is_unknown),
		WITH_BUS(switches_count_where_the_limit_is_from_them),
		WITH_BUS(switched_off_has_no_limit),
		WITH_BUS(a_fault_is_told_with_its_remedy_and_exits_with_4),
		WITH_BUS(text_from_outside_cannot_steer_the_terminal),
		WITH_BUS(a_text_that_is_too_long_is_cut_between_characters),
		WITH_BUS(a_daemon_that_is_not_there_is_exit_3),
		WITH_BUS(a_bus_that_is_not_there_is_exit_3),
		WITH_BUS(a_daemon_that_does_not_answer_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
