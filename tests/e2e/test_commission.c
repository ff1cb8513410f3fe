/* SPDX-License-Identifier: MIT */
/*
 * `poweroptctl commission` with a daemon whose answers follow the caps as a house with a car would:
 * the test is that house.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e/ctl_rig.h"

#define PATIENCE_MS 60000

/* What the car does with what it is allowed. */
struct house {
	struct ctl_rig *rig;
	struct process program;
	char file[128], report[128];
	char text[16384]; /* the report */
	int base_ma[3], car_ma[3];
	int deaf_from; /* does not stop any more from the cap of this number on */
	bool never;    /* does not begin */
	int allowed_ma;
	size_t answered; /* lines of the fake daemon that were looked at */
	int caps, clears;
	int want_caps; /* live() until so many were set */
};

static int setup(void **state)
{
	struct house *h = test_calloc(1, sizeof(*h));
	void *rig;

	if (ctl_rig_setup(&rig) != 0)
		return -1;
	h->rig = rig;
	h->program.in = h->program.out = -1;
	snprintf(h->file, sizeof(h->file), "%s/poweroptd.conf", h->rig->directory);
	snprintf(h->report, sizeof(h->report), "%s/report.txt", h->rig->directory);
	h->base_ma[0] = 3000;
	h->base_ma[1] = 4000;
	h->base_ma[2] = 1000;
	for (int i = 0; i < 3; i++)
		h->car_ma[i] = 5800;
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct house *h = *state;
	void *rig = h->rig;
	int r;

	process_end(&h->program);
	(void)unlink(h->file);
	(void)unlink(h->report);
	r = ctl_rig_teardown(&rig);
	test_free(h);
	return r;
}

static void configure(struct house *h, const char *charger)
{
	FILE *file = fopen(h->file, "we");

	assert_non_null(file);
	fprintf(file,
		"[charger]\noutput = sysfs\nmin_current = 6\n%s[sysfs]\npath = /dev/null\n"
		"[regulator]\nsettle = 400ms\nresume_delay = 1s\n",
		charger);
	assert_int_equal(fclose(file), 0);
}

/* The next lines of the fake daemon are answers or calls: look at each once. */
static bool next_call(struct house *h, const char **ret)
{
	struct lines *lines = &h->rig->daemon.lines;

	while (h->answered < lines->count) {
		*ret = lines->list[h->answered++].text;
		if (strcmp(*ret, "ok") != 0)
			return true;
	}
	return false;
}

static void tell_currents(struct house *h)
{
	bool deaf = h->deaf_from && h->caps >= h->deaf_from;
	bool charges = (h->allowed_ma > 0 && !h->never) || deaf;
	char command[96];

	snprintf(command, sizeof(command), "PhaseCurrents ai %d %d %d",
		h->base_ma[0] + (charges ? h->car_ma[0] : 0),
		h->base_ma[1] + (charges ? h->car_ma[1] : 0),
		h->base_ma[2] + (charges ? h->car_ma[2] : 0));
	ctl_tell(h->rig, command);
	snprintf(command, sizeof(command), "AllowedCurrent u %d", h->allowed_ma);
	ctl_tell(h->rig, command);
}

static void obey(struct house *h)
{
	const char *call;

	while (next_call(h, &call)) {
		unsigned int ma;
		unsigned long long ttl_us;

		if (strcmp(call, "ClearCap") == 0) {
			h->clears++;
			h->allowed_ma = 16000;
		} else {
			assert_int_equal(sscanf(call, "SetCap %u %llu", &ma, &ttl_us), 2);
			/* It must end by itself. */
			assert_in_range(ttl_us, 1000000, 1200000000);
			if (ma == 0)
				assert_true(ttl_us <= 120000000);
			h->caps++;
			h->allowed_ma = (int)ma;
		}
		tell_currents(h);
	}
}

static void tell_house(struct house *h)
{
	char command[64];

	ctl_tell_usual(h->rig);
	ctl_tell(h->rig, "Cap u 4294967295");
	ctl_tell(h->rig, "CapHolder s");
	ctl_tell(h->rig, "State s charging");
	/* A time to come counts as now: the reading is new however slow the machine is. */
	snprintf(command, sizeof(command), "LastReading t %lld",
		(long long)(clock_ms() + 3600000) * 1000);
	ctl_tell(h->rig, command);
	h->allowed_ma = 16000;
	tell_currents(h);
}

static void start_house(struct house *h)
{
	ctl_daemon_start(h->rig);
	tell_house(h);
}

static void start(struct house *h, const char *option, bool interactive)
{
	char report[160];
	const char *argv[] = {CTL_PROGRAM, "commission", "-c", h->file, report, "--patience=1500ms",
		interactive ? "--name=A. Volta" : "--assume-yes", option, NULL};

	snprintf(report, sizeof(report), "--report=%s", h->report);
	assert_int_equal(process_start(&h->program, argv, NULL, true), 0);
}

static void print_all(const struct house *h)
{
	for (size_t i = 0; i < h->program.lines.count; i++)
		printf("| %s\n", h->program.lines.list[i].text);
	printf("---- report:\n%s\n", h->text);
}

/* Live in the house until the program says something (true), or ends (false). */
static bool live(struct house *h, const char *text)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;

	for (;;) {
		struct pollfd pfds[] = {{.fd = h->program.out, .events = POLLIN},
			{.fd = h->rig->daemon.out, .events = POLLIN}};

		if (text && lines_find(&h->program.lines, h->program.lines.mark, text)) {
			h->program.lines.mark = h->program.lines.count;
			return true;
		}
		if (!text && h->want_caps && h->caps >= h->want_caps)
			return true;
		/* A question has no end of line. */
		h->program.lines.part[h->program.lines.part_n] = '\0';
		if (text && strstr(h->program.lines.part, text))
			return true;
		if (clock_ms() >= until_ms) {
			print_all(h);
			fail_msg("waited in vain for '%s'", text ? text : "its end");
		}
		(void)poll(pfds, h->rig->daemon.out >= 0 ? 2 : 1, 1000);
		if (pfds[1].revents && !process_read(&h->rig->daemon))
			fail_msg("the daemon is gone");
		obey(h);
		if (pfds[0].revents && !process_read(&h->program))
			return false;
	}
}

/* Lines that were wrapped are whole again. */
static void unwrap(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		size_t indent = *from == '\n' ? strspn(from + 1, " ") : 0;

		*to++ = indent > 5 ? ' ' : *from;
		if (indent > 5)
			from += indent;
	}
	*to = '\0';
}

static int end(struct house *h)
{
	int64_t until_ms;
	size_t n;
	FILE *file;
	int status;

	while (live(h, NULL))
		;
	until_ms = clock_ms() + PATIENCE_MS;
	while ((status = process_reap(&h->program)) == PROCESS_RUNS)
		assert_true(clock_ms() < until_ms);
	if (h->rig->daemon.pid > 0) {
		ctl_tell(h->rig, "allow"); /* what was called last has been printed by now */
		obey(h);
	}
	file = fopen(h->report, "re");
	n = file ? fread(h->text, 1, sizeof(h->text) - 1, file) : 0;
	h->text[n] = '\0';
	unwrap(h->text);
	if (file)
		fclose(file);
	return status;
}

static void expect(const struct house *h, const char *text)
{
	if (strstr(h->text, text))
		return;
	print_all(h);
	fail_msg("the report does not say '%s'", text);
}

static void expect_status(const struct house *h, int status, int expected)
{
	if (status == expected)
		return;
	print_all(h);
	fail_msg("status %d, not %d", status, expected);
}

static void answer(struct house *h, const char *text, const char *line)
{
	if (!live(h, text)) {
		print_all(h);
		fail_msg("'%s' is not asked", text);
	}
	assert_true(dprintf(h->program.in, "%s\n", line) > 0);
}

static void a_good_house_passes_and_its_cap_is_taken_back(void **state)
{
	struct house *h = *state;

	configure(h, "");
	start_house(h);
	start(h, NULL, false);
	expect_status(h, end(h), 0);
	expect(h, "Result:       PASSED");
	expect(h, "1. Main switch: PASSED");
	expect(h, "limit 25 A");
	expect(h, "DIP switches 4 off, 5 ON, 6 ON");
	expect(h, "2. Meter: PASSED");
	expect(h, "serial number 20030042");
	expect(h, "3. Phases: PASSED");
	expect(h, "5. Car charges: PASSED");
	expect(h, "L1 3.0 A to 8.8 A, L2 4.0 A to 9.8 A, L3 1.0 A to 6.8 A");
	expect(h, "6. Car stops: PASSED");
	expect(h, "signature");
	expect(h, "min_current = 6");
	assert_int_equal(h->caps, 3);
	assert_int_equal(h->clears, 1);
}

static void the_person_is_asked_and_a_wrong_limit_fails(void **state)
{
	struct house *h = *state;

	configure(h, "");
	start_house(h);
	start(h, NULL, true);
	answer(h, "say 25 A or more? [y/n]", "perhaps");
	answer(h, "Please answer y or n. [y/n]", "n");
	answer(h, "wants to charge? [y/n]", "n");
	expect_status(h, end(h), 1);
	expect(h, "1. Main switch: FAILED");
	expect(h, "Set the DIP switches");
	expect(h, "Electrician:  A. Volta");
	expect(h, "Result:       NOT PASSED");
	expect(h, "4. Car: SKIPPED");
	assert_int_equal(h->caps, 0);
}

static void a_car_on_one_phase_passes_with_a_note(void **state)
{
	struct house *h = *state;

	h->car_ma[1] = h->car_ma[2] = 0;
	configure(h, "");
	start_house(h);
	start(h, NULL, false);
	expect_status(h, end(h), 0);
	expect(h, "This car charges on L1 only");
}

static void a_car_on_a_phase_that_is_not_the_chargers_fails(void **state)
{
	struct house *h = *state;

	h->car_ma[0] = h->car_ma[1] = 0;
	configure(h, "phases = L1\n");
	start_house(h);
	start(h, NULL, false);
	expect_status(h, end(h), 1);
	expect(h, "The car draws on L3, which is not what [charger] phases says");
	assert_int_equal(h->clears, 1);
}

static void a_meter_that_is_wired_backwards_fails(void **state)
{
	struct house *h = *state;

	for (int i = 0; i < 3; i++)
		h->car_ma[i] = -5800;
	configure(h, "");
	start_house(h);
	start(h, NULL, false);
	expect_status(h, end(h), 1);
	expect(h, "reading falls when the car draws");
}

static void a_meter_that_does_not_see_the_charger_fails(void **state)
{
	struct house *h = *state;

	h->never = true;
	configure(h, "");
	start_house(h); /* the charger says 9.3 A */
	start(h, NULL, false);
	expect_status(h, end(h), 1);
	expect(h, "the meter does not see it");
	expect(h, "before the charger");
	assert_int_equal(h->clears, 1);
}

static void a_car_that_does_not_come_fails(void **state)
{
	struct house *h = *state;

	h->never = true;
	configure(h, "");
	start_house(h);
	ctl_tell(h->rig, "ChargerCurrent i -1");
	start(h, NULL, false);
	expect_status(h, end(h), 1);
	expect(h, "Is the car plugged in, not full, and without a timer?");
}

static void a_charger_that_does_not_obey_fails(void **state)
{
	struct house *h = *state;

	h->deaf_from = 3;
	configure(h, "");
	start_house(h);
	start(h, NULL, false);
	expect_status(h, end(h), 1);
	expect(h, "5. Car charges: PASSED");
	expect(h, "The car did not stop");
	assert_int_equal(h->clears, 1);
}

static void without_a_car_the_rest_is_done_and_nothing_is_capped(void **state)
{
	struct house *h = *state;

	configure(h, "");
	start_house(h);
	start(h, "--no-car", false);
	expect_status(h, end(h), 0);
	expect(h, "4. Car: SKIPPED");
	assert_int_equal(h->caps, 0);
	assert_int_equal(h->clears, 0);
}

static void a_cap_of_somebody_is_not_touched(void **state)
{
	struct house *h = *state;

	configure(h, "");
	start_house(h);
	ctl_tell(h->rig, "Cap u 10000");
	ctl_tell(h->rig, "CapHolder s root");
	start(h, NULL, false);
	expect_status(h, end(h), 0);
	expect(h, "a cap is in force already");
	assert_int_equal(h->caps, 0);
	assert_int_equal(h->clears, 0);
}

static void faults_fail_and_the_car_is_left_alone(void **state)
{
	struct house *h = *state;

	configure(h, "");
	start_house(h);
	ctl_tell(h->rig, "Faults as phase-missing");
	ctl_tell(h->rig, "Reason s Phase L2 has no voltage");
	start(h, NULL, false);
	expect_status(h, end(h), 1);
	expect(h, "3. Phases: FAILED");
	expect(h, "Phase L2 has no voltage");
	assert_int_equal(h->caps, 0);
}

/* At any step: the charger is regulated as always, and what was done is on paper. */
static void ctrl_c_takes_the_cap_back(void **state)
{
	static const char *const moments[] = {
		"4. Car is stopped", "5. Car charges", "6. Car stops"};
	struct house *h = *state;

	h->deaf_from = 3; /* the last step waits for it, and is not over before the signal comes */
	configure(h, "");
	start_house(h);
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		h->caps = h->clears = 0;
		start(h, NULL, false);
		assert_true(live(h, moments[i]));
		h->want_caps = (int)i + 1;
		assert_true(live(h, NULL));
		h->want_caps = 0;
		assert_int_equal(kill(h->program.pid, SIGINT), 0);
		expect_status(h, end(h), 1);
		expect(h, "Result:       ENDED BEFORE THE LAST STEP");
		expect(h, "NOT DONE");
		assert_int_equal(h->clears, 1);
		process_end(&h->program);
		tell_house(h);
	}
}

static void the_end_of_the_input_ends_it(void **state)
{
	struct house *h = *state;

	configure(h, "");
	start_house(h);
	start(h, NULL, true);
	assert_true(live(h, "[y/n]"));
	close(h->program.in);
	h->program.in = -1;
	expect_status(h, end(h), 1);
	expect(h, "ENDED BEFORE THE LAST STEP");
}

static void whoever_may_not_set_a_cap_is_told(void **state)
{
	struct house *h = *state;

	configure(h, "");
	start_house(h);
	ctl_tell(h->rig, "deny");
	start(h, NULL, false);
	expect_status(h, end(h), 1);
	assert_non_null(lines_find(&h->program.lines, 0, "members of the group poweropt"));
}

static void a_daemon_that_goes_away_is_told(void **state)
{
	struct house *h = *state;

	configure(h, "");
	start_house(h);
	start(h, NULL, true);
	assert_true(live(h, "[y/n]"));
	ctl_daemon_stop(h->rig);
	assert_true(dprintf(h->program.in, "y\n") > 0);
	expect_status(h, end(h), 3);
	assert_non_null(lines_find(&h->program.lines, 0, "poweroptd is not running"));
	expect(h, "ENDED BEFORE THE LAST STEP");
}

static void a_report_that_cannot_be_written_is_told_before_anything(void **state)
{
	struct house *h = *state;
	struct ctl_result result;
	char arguments[256];

	configure(h, "");
	start_house(h);
	snprintf(arguments, sizeof(arguments), "commission -c %s --report=/nonexistent/report.txt",
		h->file);
	ctl_run(arguments, &result);
	assert_int_equal(result.status, 1);
	assert_string_equal(result.out, "");
	assert_non_null(strstr(result.err, "name another file with --report=FILE"));
}

static void without_the_service_the_meter_is_looked_for(void **state)
{
	struct house *h = *state;
	FILE *file = fopen(h->file, "we");

	assert_non_null(file);
	fprintf(file, "[meter]\ndevice = %s/nowhere\n", h->rig->directory);
	assert_int_equal(fclose(file), 0);
	ctl_need_bus(h->rig);
	start(h, NULL, false);
	expect_status(h, end(h), 3);
	expect(h, "Meter, without the service: FAILED");
	expect(h, "plug the RS485 adapter in");
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

#define commission_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		commission_test(a_good_house_passes_and_its_cap_is_taken_back),
		commission_test(the_person_is_asked_and_a_wrong_limit_fails),
		commission_test(a_car_on_one_phase_passes_with_a_note),
		commission_test(a_car_on_a_phase_that_is_not_the_chargers_fails),
		commission_test(a_meter_that_is_wired_backwards_fails),
		commission_test(a_meter_that_does_not_see_the_charger_fails),
		commission_test(a_car_that_does_not_come_fails),
		commission_test(a_charger_that_does_not_obey_fails),
		commission_test(without_a_car_the_rest_is_done_and_nothing_is_capped),
		commission_test(a_cap_of_somebody_is_not_touched),
		commission_test(faults_fail_and_the_car_is_left_alone),
		commission_test(ctrl_c_takes_the_cap_back),
		commission_test(the_end_of_the_input_ends_it),
		commission_test(whoever_may_not_set_a_cap_is_told),
		commission_test(a_daemon_that_goes_away_is_told),
		commission_test(a_report_that_cannot_be_written_is_told_before_anything),
		commission_test(without_the_service_the_meter_is_looked_for),
		commission_test(wrong_usage_is_status_2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
