/* SPDX-License-Identifier: MIT */
/*
 * `poweroptctl commission`: what is looked at before anything is moved, and what the person is asked.
 */
#include <poll.h>
#include <unistd.h>

#include "e2e/commission_site.h"

static void the_person_is_asked_and_a_wrong_limit_fails(void **state)
{
	struct site *site = *state;

	site_begin(site, "");
	site_start(site, NULL, true);
	site_answer(site, "say 25 A or more? [y/n]", "perhaps");
	site_answer(site, "Please answer y or n. [y/n]", "n");
	site_answer(site, "wants to charge? [y/n]", "n");
	site_end(site, 1);
	site_expect(site, "1. Main switch: FAILED");
	site_expect(site, "Set the DIP switches");
	site_expect(site, "Electrician:  A. Volta");
	site_expect(site, "Result:       NOT PASSED");
	site_expect(site, "4. Car: SKIPPED");
	assert_int_equal(site->caps, 0);
}

static void the_name_that_is_typed_stands_in_the_report(void **state)
{
	struct site *site = *state;

	site_begin(site, "");
	site_start(site, "--name=", true);
	site_answer(site, "Name of the electrician:", "B. Franklin\033[1m");
	site_answer(site, "say 25 A or more? [y/n]", "y");
	site_answer(site, "wants to charge? [y/n]", "n");
	site_end(site, 0);
	/* what a terminal would obey is shown instead */
	site_expect(site, "Electrician:  B. Franklin\\x1b[1m");
}

static void an_optimizer_that_is_switched_off_fails(void **state)
{
	struct site *site = *state;

	site_begin(site, "");
	ctl_tell(site->rig, "State s disabled");
	site_start(site, NULL, false);
	site_end(site, 1);
	site_expect(site, "1. Main switch: FAILED");
	site_expect(site, "switched off by the DIP switches: set them to the main switch's rating");
	site_expect(site, "4. Car: SKIPPED");
	assert_int_equal(site->caps, 0);
}

static void a_limit_that_nobody_knows_fails(void **state)
{
	struct site *site = *state;

	site_begin(site, "");
	ctl_tell(site->rig, "MainsLimit");
	ctl_tell(site->rig, "DipSwitches");
	site_start(site, "--no-car", false);
	site_end(site, 1);
	site_expect(site, "1. Main switch: FAILED");
	site_expect(site, "The limit is not known: set the DIP switches, or [mains] limit");
}

static void a_meter_that_never_answered_fails(void **state)
{
	struct site *site = *state;

	site_begin(site, "");
	ctl_tell(site->rig, "LastReading");
	ctl_tell(site->rig, "PhaseCurrents ai");
	ctl_tell(site->rig, "MeterOnline b 0");
	ctl_tell(site->rig, "MeterSerial");
	ctl_tell(site->rig, "Faults as meter-lost");
	ctl_tell(site->rig, "Reason s The meter is lost, no reading for 5s");
	site_start(site, NULL, false);
	site_end(site, 1);
	site_expect(site, "2. Meter: FAILED");
	site_expect(site, "serial number not known, no reading yet");
	site_expect(site, "The meter is lost, no reading for 5s. To look for it: systemctl stop");
	site_expect(site, "3. Phases: FAILED");
	site_expect(site, "There is no reading: see the meter above");
	site_expect(site, "there is a fault: see poweroptctl status");
	assert_int_equal(site->caps, 0);
}

/* The daemon is no proof of a meter that has stopped answering. */
static void an_old_reading_is_none_of_now(void **state)
{
	struct site *site = *state;
	char command[64];

	site_begin(site, "");
	snprintf(command, sizeof(command), "LastReading t %lld",
		(long long)(clock_ms() - 3001) * 1000);
	ctl_tell(site->rig, command);
	site_start(site, "--no-car", false);
	site_end(site, 1);
	site_expect(site, "2. Meter: FAILED");
	site_expect(site, "an old reading");
}

static void faults_fail_and_the_car_is_left_alone(void **state)
{
	struct site *site = *state;

	site_begin(site, "");
	ctl_tell(site->rig, "Faults as phase-missing");
	ctl_tell(site->rig, "Reason s Phase L2 has no voltage");
	site_start(site, NULL, false);
	site_end(site, 1);
	site_expect(site, "3. Phases: FAILED");
	site_expect(site, "Phase L2 has no voltage");
	assert_int_equal(site->caps, 0);
}

static void a_phase_that_runs_backwards_is_asked_about(void **state)
{
	static const char *const answers[] = {"n", "y"};
	struct site *site = *state;

	site->base_ma[2] = -3000;
	site_begin(site, "");
	for (int feeds_in = 0; feeds_in < 2; feeds_in++) {
		site_tell(site);
		ctl_tell(site->rig, "PhaseCurrents ai 3000 4000 -3000");
		site_start(site, "--no-car", true);
		site_answer(site, "say 25 A or more? [y/n]", "y");
		site_answer(site, "L3 runs backwards. Does this house feed in now, by PV? [y/n]",
			answers[feeds_in]);
		site_end(site, feeds_in ? 0 : 1);
		site_expect(site, feeds_in ? "3. Phases: PASSED" : "3. Phases: FAILED");
		if (!feeds_in)
			site_expect(site,
				"Exchange the incoming and the outgoing side of L3 at the meter");
		process_end(&site->program);
	}
}

static void a_phase_that_the_meter_does_not_have_fails(void **state)
{
	struct site *site = *state;

	site_begin(site, "phases = L3\n");
	ctl_tell(site->rig, "PhaseCurrents ai 3000");
	site_start(site, "--no-car", false);
	site_end(site, 1);
	site_expect(site, "1 phase measured: L1 3.0 A");
	site_expect(site, "The meter has no L3: correct [charger] phases, or [meter] model");
}

static void without_the_service_the_meter_is_looked_for(void **state)
{
	struct site *site = *state;
	FILE *file = fopen(site->file, "we");

	assert_non_null(file);
	fprintf(file, "[meter]\ndevice = %s/nowhere\n", site->rig->directory);
	assert_int_equal(fclose(file), 0);
	ctl_need_bus(site->rig);
	site_start(site, NULL, false);
	site_end(site, 3);
	site_expect(site, "Meter, without the service: FAILED");
	site_expect(site, "plug the RS485 adapter in");
}

/* A simulated meter, by the name that the configuration has. */
static void meter_start(struct process *meter, const char *link)
{
	char option[160];
	const char *argv[] = {
		TEST_BUILDDIR "/poweroptsim", "meter", option, "--currents=1.5,2.5,3.5", NULL};

	snprintf(option, sizeof(option), "--link=%s", link);
	assert_int_equal(process_start(meter, argv, NULL, true), 0);
	ctl_wait_line(meter, "/dev/");
}

static void without_the_service_a_meter_is_found(void **state)
{
	static const struct {
		int unit;
		const char *step, *text;
	} cases[] = {
		{1, "Meter, without the service: PASSED",
			"at 9600 baud, address 1, L1 230 V 1.5 A"},
		{5, "Meter, without the service: FAILED",
			"Correct the configuration as poweroptctl"},
	};
	struct site *site = *state;
	struct process meter = {.in = -1, .out = -1};
	char link[128];

	ctl_need_bus(site->rig);
	snprintf(link, sizeof(link), "%s/meter", site->rig->directory);
	meter_start(&meter, link);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		FILE *file = fopen(site->file, "we");

		assert_non_null(file);
		fprintf(file, "[meter]\ndevice = %s\nunit = %d\n", link, cases[i].unit);
		assert_int_equal(fclose(file), 0);
		site_start(site, NULL, false);
		site_end(site, 3);
		site_expect(site, cases[i].step);
		site_expect(site, "Klefr 6934, serial number ");
		site_expect(site, cases[i].text);
		/* the rest is still to be done */
		site_expect(site, "Result:       ENDED BEFORE THE LAST STEP");
		assert_non_null(lines_find(&site->program.lines, 0,
			"Now start the service, systemctl start poweroptd"));
		process_end(&site->program);
	}
	process_end(&meter);
	(void)unlink(link);
}

#define commission_test(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		commission_test(the_person_is_asked_and_a_wrong_limit_fails),
		commission_test(the_name_that_is_typed_stands_in_the_report),
		commission_test(an_optimizer_that_is_switched_off_fails),
		commission_test(a_limit_that_nobody_knows_fails),
		commission_test(a_meter_that_never_answered_fails),
		commission_test(an_old_reading_is_none_of_now),
		commission_test(faults_fail_and_the_car_is_left_alone),
		commission_test(a_phase_that_runs_backwards_is_asked_about),
		commission_test(a_phase_that_the_meter_does_not_have_fails),
		commission_test(without_the_service_the_meter_is_looked_for),
		commission_test(without_the_service_a_meter_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
