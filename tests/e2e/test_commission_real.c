/* SPDX-License-Identifier: MIT */
/*
 * `poweroptctl commission` with the real daemon, a simulated meter, and the test as the car: it draws
 * what the pilot offers.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "e2e/bus.h"

#define CTL_PROGRAM TEST_BUILDDIR "/poweroptctl"

struct run {
	struct process program;
	char report[8192];
};

static void start(struct house *house, struct run *run)
{
	char config[256], report[256];
	const char *argv[] = {
		CTL_PROGRAM, "commission", "--assume-yes", "--patience=3s", config, report, NULL};

	snprintf(config, sizeof(config), "--config=%s", house_path(house, "poweroptd.conf"));
	snprintf(report, sizeof(report), "--report=%s", house_path(house, "report.txt"));
	run->program.in = run->program.out = -1;
	assert_int_equal(process_start(&run->program, argv, NULL, false), 0);
}

static int end(struct house *house, struct run *run)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	struct pollfd pfd = {.fd = run->program.out, .events = POLLIN};
	FILE *file;
	int status;
	size_t n;

	do
		(void)poll(&pfd, 1, 100);
	while (process_read(&run->program) && clock_ms() < until_ms);
	while ((status = process_reap(&run->program)) == PROCESS_RUNS)
		house_check(house, clock_ms() < until_ms);
	for (size_t i = 0; i < run->program.lines.count; i++)
		printf("| %s\n", run->program.lines.list[i].text);
	file = fopen(house_path(house, "report.txt"), "re");
	house_check(house, file);
	n = fread(run->report, 1, sizeof(run->report) - 1, file);
	run->report[n] = '\0';
	fclose(file);
	(void)unlink(house_path(house, "report.txt"));
	process_end(&run->program);
	return status;
}

static void a_car_that_obeys_passes_and_charges_on(void **state)
{
	struct house *house = *state;
	struct run run = {0};
	sd_bus *bus = bus_house_start(house, "3.5,3.5,3.5");

	expect_duty(house, 16000);
	start(house, &run);
	expect_duty(house, HOUSE_PAUSED);
	expect_duty(house, 6000);
	house_say(house, "currents 9.8,9.9,9.7");
	expect_duty(house, HOUSE_PAUSED);
	house_say(house, "currents 3.5,3.5,3.5");
	house_check(house, end(house, &run) == 0);
	house_check(house, strstr(run.report, "Result:       PASSED"));
	house_check(house, strstr(run.report, "L1 3.5 A to 9.8 A, L2 3.5 A to 9.9 A"));
	expect_property(house, bus, "CapHolder", "");
	expect_duty(house, 16000);
	sd_bus_unref(bus);
}

static void ctrl_c_gives_the_charger_back(void **state)
{
	struct house *house = *state;
	struct run run = {0};
	sd_bus *bus = bus_house_start(house, "3.5,3.5,3.5");

	expect_duty(house, 16000);
	start(house, &run);
	expect_duty(house, HOUSE_PAUSED);
	house_check(house, kill(run.program.pid, SIGINT) == 0);
	expect_duty(house, 16000);
	house_check(house, end(house, &run) == 1);
	house_check(house, strstr(run.report, "ENDED BEFORE THE LAST STEP"));
	expect_property(house, bus, "CapHolder", "");
	sd_bus_unref(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_car_that_obeys_passes_and_charges_on, house_setup, house_teardown),
		cmocka_unit_test_setup_teardown(
			ctrl_c_gives_the_charger_back, house_setup, house_teardown),
	};
	int skip = bus_setup(true);

	return skip ? skip : cmocka_run_group_tests(tests, NULL, NULL);
}
