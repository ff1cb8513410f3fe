/* SPDX-License-Identifier: MIT */
/*
 * poweroptctl and the real daemon: that both mean the same.
 */
#include <jansson.h>
#include <signal.h>
#include <string.h>

#include "e2e/bus.h"
#include "e2e/ctl_rig.h"

static json_t *status_json(struct house *house, int expected_status)
{
	struct ctl_result result;
	json_t *object;

	ctl_run("status --json", &result);
	if (result.status != expected_status)
		house_fail(house, "status exits with %d: %s", result.status, result.err);
	object = json_loads(result.out, 0, NULL);
	house_check(house, object != NULL);
	return object;
}

static const char *text_of(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_string(value) ? json_string_value(value) : "(no text)";
}

static int64_t number_of(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : INT64_MIN;
}

/* Everything that the daemon knows arrives: a property renamed on one side alone would be null. */
static void status_is_what_the_daemon_says(void **state)
{
	struct house *house = *state;
	sd_bus *bus = bus_house_start(house, "4,5,6");
	json_t *object, *meter, *currents;

	expect_property(house, bus, "PhaseCurrents", "4000 5000 6000");
	expect_property(house, bus, "State", "limited");
	expect_property(house, bus, "MeterModel", "klefr-6934");
	object = status_json(house, 0);
	assert_string_equal(text_of(object, "state"), "limited");
	assert_non_null(strstr(text_of(object, "reason"), "The car may draw "));
	house_check(house, number_of(object, "allowed_current_ma") >= 6000);
	assert_int_equal(number_of(object, "mains_limit_ma"), 20000);
	assert_string_equal(text_of(object, "limit_source"), "config");
	assert_true(json_is_null(json_object_get(object, "dip")));
	assert_int_equal(json_array_size(json_object_get(object, "faults")), 0);
	currents = json_object_get(object, "phase_currents_ma");
	assert_int_equal(json_array_size(currents), 3);
	assert_int_equal(json_integer_value(json_array_get(currents, 2)), 6000);
	meter = json_object_get(object, "meter");
	assert_string_equal(text_of(meter, "model"), "klefr-6934");
	assert_true(json_is_true(json_object_get(meter, "online")));
	assert_in_range(number_of(meter, "reading_age_ms"), 0, 5000);
	house_check(house, number_of(json_object_get(object, "bus"), "ok") > 0);
	assert_int_equal(number_of(json_object_get(object, "bus"), "implausible"), 0);
	assert_non_null(strstr(text_of(object, "output"), house_path(house, "chip")));
	assert_true(json_is_null(json_object_get(object, "charger_current_ma")));
	assert_true(json_is_null(json_object_get(object, "cap_ma")));
	json_decref(object);
	sd_bus_unref(bus);
}

static void a_cap_counts_and_can_be_taken_away(void **state)
{
	struct house *house = *state;
	struct ctl_result result;
	sd_bus *bus;
	json_t *object;

	need_root();
	bus = bus_house_start(house, "4,5,6");
	expect_property(house, bus, "State", "limited");
	ctl_run("cap 6.5 --for=10min", &result);
	if (result.status != 0)
		house_fail(house, "%s", result.err);
	expect_property(house, bus, "Cap", "6500");
	object = status_json(house, 0);
	assert_int_equal(number_of(object, "cap_ma"), 6500);
	house_check(house, number_of(object, "allowed_current_ma") <= 6500);
	json_decref(object);
	ctl_run("uncap", &result);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.out, "Your cap is taken away\n");
	object = status_json(house, 0);
	assert_true(json_is_null(json_object_get(object, "cap_ma")));
	json_decref(object);
	sd_bus_unref(bus);
}

static void a_lost_meter_is_exit_4_and_a_metric(void **state)
{
	struct house *house = *state;
	sd_bus *bus = bus_house_start(house, "4,5,6");
	struct ctl_result result;

	expect_property(house, bus, "MeterOnline", "true");
	house_say(house, "fault silent on");
	expect_property(house, bus, "Faults", "meter-lost");
	json_decref(status_json(house, 4));
	ctl_run("status", &result);
	assert_int_equal(result.status, 4);
	assert_non_null(strstr(result.out, "Fault    meter-lost: "));
	ctl_run("metrics", &result);
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "\npoweropt_fault{fault=\"meter-lost\"} 1\n"));
	assert_non_null(strstr(result.out, "\npoweropt_state{state=\"failsafe\"} 1\n"));
	sd_bus_unref(bus);
}

/* The policy of the real bus, which lets through what it is told to and nothing else. */
static void a_daemon_that_has_stopped_is_exit_3(void **state)
{
	struct house *house = *state;
	sd_bus *bus = bus_house_start(house, "4,5,6");
	struct ctl_result result;

	json_decref(status_json(house, 0));
	house_signal(house, SIGTERM);
	assert_int_equal(house_daemon_wait(house), 0);
	ctl_run("status", &result);
	assert_int_equal(result.status, 3);
	assert_non_null(strstr(result.err, "poweroptd is not running"));
	sd_bus_unref(bus);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		TEST(status_is_what_the_daemon_says),
		TEST(a_cap_counts_and_can_be_taken_away),
		TEST(a_lost_meter_is_exit_4_and_a_metric),
		TEST(a_daemon_that_has_stopped_is_exit_3),
	};

	accounts_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
