/* SPDX-License-Identifier: MIT */
/*
 * `poweroptctl commission` with a daemon whose answers follow the caps as a house with a car would:
 * what the car does, and how a test ends before its time.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "e2e/commission_site.h"

static void a_good_house_passes_and_its_cap_is_taken_back(void **state)
{
	struct site *site = *state;

	site_begin(site, "");
	site_start(site, NULL, false);
	site_end(site, 0);
	site_expect(site, "Result:       PASSED");
	site_expect(site, "1. Main switch: PASSED");
	site_expect(site, "limit 25 A");
	site_expect(site, "DIP switches 4 off, 5 ON, 6 ON");
	site_expect(site, "2. Meter: PASSED");
	site_expect(site, "serial number 20030042");
	site_expect(site, "3. Phases: PASSED");
	site_expect(site, "5. Car charges: PASSED");
	site_expect(site, "L1 3.0 A to 8.8 A, L2 4.0 A to 9.8 A, L3 1.0 A to 6.8 A");
	site_expect(site, "6. Car stops: PASSED");
	site_expect(site, "signature");
	site_expect(site, "min_current = 6");
	assert_int_equal(site->caps, 3);
	assert_int_equal(site->clears, 1);
}

static void a_car_on_one_phase_passes_with_a_note(void **state)
{
	struct site *site = *state;

	site->car_ma[1] = site->car_ma[2] = 0;
	site_begin(site, "");
	site_start(site, NULL, false);
	site_end(site, 0);
	site_expect(site, "This car charges on L1 only");
}

static void a_car_on_a_phase_that_is_not_the_chargers_fails(void **state)
{
	struct site *site = *state;

	site->car_ma[0] = site->car_ma[1] = 0;
	site_begin(site, "phases = L1\n");
	site_start(site, NULL, false);
	site_end(site, 1);
	site_expect(site, "The car draws on L3, which is not what [charger] phases says");
	assert_int_equal(site->clears, 1);
}

static void a_meter_that_is_wired_backwards_fails(void **state)
{
	struct site *site = *state;

	for (int i = 0; i < 3; i++)
		site->car_ma[i] = -5800;
	site_begin(site, "");
	site_start(site, NULL, false);
	site_end(site, 1);
	site_expect(site, "reading falls when the car draws");
}

static void a_meter_that_does_not_see_the_charger_fails(void **state)
{
	struct site *site = *state;

	site->never = true;
	site_begin(site, ""); /* the charger says 9.3 A */
	site_start(site, NULL, false);
	site_end(site, 1);
	site_expect(site, "the meter does not see it");
	site_expect(site, "before the charger");
	assert_int_equal(site->clears, 1);
}

static void a_car_that_does_not_come_fails(void **state)
{
	struct site *site = *state;

	site->never = true;
	site_begin(site, "");
	ctl_tell(site->rig, "ChargerCurrent i -1");
	site_start(site, NULL, false);
	site_end(site, 1);
	site_expect(site, "Is the car plugged in, not full, and without a timer?");
}

static void a_charger_that_does_not_obey_fails(void **state)
{
	struct site *site = *state;

	site->deaf_from = 3;
	site_begin(site, "");
	site_start(site, NULL, false);
	site_end(site, 1);
	site_expect(site, "5. Car charges: PASSED");
	site_expect(site, "The car did not stop");
	assert_int_equal(site->clears, 1);
}

static void without_a_car_the_rest_is_done_and_nothing_is_capped(void **state)
{
	struct site *site = *state;

	site_begin(site, "");
	site_start(site, "--no-car", false);
	site_end(site, 0);
	site_expect(site, "4. Car: SKIPPED");
	assert_int_equal(site->caps, 0);
	assert_int_equal(site->clears, 0);
}

static void a_cap_of_somebody_is_not_touched(void **state)
{
	struct site *site = *state;

	site_begin(site, "");
	ctl_tell(site->rig, "Cap u 10000");
	ctl_tell(site->rig, "CapHolder s root");
	site_start(site, NULL, false);
	site_end(site, 0);
	site_expect(site, "a cap is in force already");
	assert_int_equal(site->caps, 0);
	assert_int_equal(site->clears, 0);
}

/* At any step: the charger is regulated as always, and what was done is on paper. */
static void ctrl_c_takes_the_cap_back(void **state)
{
	static const char *const moments[] = {
		"4. Car is stopped", "5. Car charges", "6. Car stops"};
	struct site *site = *state;

	site->deaf_from =
		3; /* the last step waits for it, and is not over before the signal comes */
	site_begin(site, "");
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		site->caps = site->clears = 0;
		site_start(site, NULL, false);
		assert_true(site_live(site, moments[i]));
		site->want_caps = (int)i + 1;
		assert_true(site_live(site, NULL));
		site->want_caps = 0;
		assert_int_equal(kill(site->program.pid, SIGINT), 0);
		site_end(site, 1);
		site_expect(site, "Result:       ENDED BEFORE THE LAST STEP");
		site_expect(site, "NOT DONE");
		assert_int_equal(site->clears, 1);
		process_end(&site->program);
		site_tell(site);
	}
}

static void the_end_of_the_input_ends_it(void **state)
{
	struct site *site = *state;

	site_begin(site, "");
	site_start(site, NULL, true);
	assert_true(site_live(site, "[y/n]"));
	close(site->program.in);
	site->program.in = -1;
	site_end(site, 1);
	site_expect(site, "ENDED BEFORE THE LAST STEP");
}

static void whoever_may_not_set_a_cap_is_told(void **state)
{
	struct site *site = *state;

	site_begin(site, "");
	ctl_tell(site->rig, "deny");
	site_start(site, NULL, false);
	site_end(site, 1);
	assert_non_null(lines_find(&site->program.lines, 0, "members of the group poweropt"));
}

static void a_daemon_that_goes_away_is_told(void **state)
{
	struct site *site = *state;

	site_begin(site, "");
	site_start(site, NULL, true);
	assert_true(site_live(site, "[y/n]"));
	ctl_daemon_stop(site->rig);
	assert_true(dprintf(site->program.in, "y\n") > 0);
	site_end(site, 3);
	assert_non_null(lines_find(&site->program.lines, 0, "poweroptd is not running"));
	site_expect(site, "ENDED BEFORE THE LAST STEP");
}

static void a_report_that_cannot_be_written_is_told_before_anything(void **state)
{
	struct site *site = *state;
	struct ctl_result result;
	char arguments[256];

	site_begin(site, "");
	snprintf(arguments, sizeof(arguments), "commission -c %s --report=/nonexistent/report.txt",
		site->file);
	ctl_run(arguments, &result);
	assert_int_equal(result.status, 1);
	assert_string_equal(result.out, "");
	assert_non_null(strstr(result.err, "name another file with --report=FILE"));
}

static void wrong_usage_is_status_2(void **state)
{
	struct ctl_result result;

	(void)state;
	ctl_run("commission --patience=soon", &result);
	assert_int_equal(result.status, 2);
	ctl_run("commission now", &result);
	assert_int_equal(result.status, 2);
}

#define commission_test(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		commission_test(a_good_house_passes_and_its_cap_is_taken_back),
		commission_test(a_car_on_one_phase_passes_with_a_note),
		commission_test(a_car_on_a_phase_that_is_not_the_chargers_fails),
		commission_test(a_meter_that_is_wired_backwards_fails),
		commission_test(a_meter_that_does_not_see_the_charger_fails),
		commission_test(a_car_that_does_not_come_fails),
		commission_test(a_charger_that_does_not_obey_fails),
		commission_test(without_a_car_the_rest_is_done_and_nothing_is_capped),
		commission_test(a_cap_of_somebody_is_not_touched),
		commission_test(ctrl_c_takes_the_cap_back),
		commission_test(the_end_of_the_input_ends_it),
		commission_test(whoever_may_not_set_a_cap_is_told),
		commission_test(a_daemon_that_goes_away_is_told),
		commission_test(a_report_that_cannot_be_written_is_told_before_anything),
		commission_test(wrong_usage_is_status_2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
