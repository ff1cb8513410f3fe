/* SPDX-License-Identifier: MIT */
/* The parts of the simulated house: its scenario, its figures, and its PWM chip of files. */
#include "sim_process.h"

#include <ftw.h>

#include "sim/pwm_chip.h"
#include "sim/scenario.h"
#include "sim/tally.h"

static void assert_near(double value, double expected, double within)
{
	assert_float_equal((float)value, (float)expected, (float)within);
}

static void the_scenario_stretches_with_time_and_limit(void **state)
{
	struct scenario minute = {.seconds = 60, .limit_a = 25, .phases = 3};
	struct scenario hour = {.seconds = 3600, .limit_a = 50, .phases = 3};
	struct scenario_event short_event, long_event;
	size_t i;

	(void)state;
	for (i = 0; scenario_event(&minute, i, &short_event); i++) {
		assert_true(scenario_event(&hour, i, &long_event));
		assert_near(long_event.from_s, 60 * short_event.from_s, 0.01);
		assert_near(long_event.until_s, 60 * short_event.until_s, 0.01);
		assert_near(long_event.amps[0], 2 * short_event.amps[0], 0.01);
		assert_true(short_event.until_s < 60);
	}
	assert_true(i > 3);
	assert_false(scenario_event(&hour, i, &long_event));
}

static void an_event_shows_in_the_load_of_its_phases(void **state)
{
	struct scenario scenario = {.seconds = 60, .limit_a = 25, .phases = 3};
	struct scenario_event kettle;
	double before[SIM_PHASES_MAX], during[SIM_PHASES_MAX];

	(void)state;
	assert_true(scenario_event(&scenario, 0, &kettle));
	scenario_load(&scenario, kettle.from_s - 0.01, before);
	scenario_load(&scenario, kettle.from_s, during);
	for (int p = 0; p < SIM_PHASES_MAX; p++)
		assert_near(during[p] - before[p], kettle.amps[p], 0.1);
}

static void one_phase_has_no_load_on_the_others(void **state)
{
	struct scenario scenario = {.seconds = 60, .limit_a = 25, .phases = 1};
	double load[SIM_PHASES_MAX];

	(void)state;
	for (int t = 0; t < 60; t++) {
		scenario_load(&scenario, t, load);
		assert_true(load[0] > 0 && load[1] == 0 && load[2] == 0);
	}
}

static void the_meter_is_unplugged_once_and_comes_back(void **state)
{
	struct scenario scenario = {.seconds = 60, .limit_a = 25, .phases = 3};
	int changes = 0;
	bool gone = false;

	(void)state;
	for (double t = 0; t <= 60; t += 0.1) {
		changes += scenario_meter_gone(&scenario, t) != gone;
		gone = scenario_meter_gone(&scenario, t);
	}
	assert_int_equal(changes, 2);
	assert_false(gone);
}

static void overloads_are_summed_and_the_longest_kept(void **state)
{
	static const double within[SIM_PHASES_MAX] = {25.5, 10, 10};
	static const double over[SIM_PHASES_MAX] = {10, 10, 25.6};
	struct tally tally;

	(void)state;
	tally_init(&tally, 25, 3);
	for (int i = 0; i < 10; i++)
		tally_add(&tally, within, 10, 10, 0.1);
	assert_near(tally.over_s, 0, 0.001);
	for (int i = 0; i < 20; i++)
		tally_add(&tally, over, 10, 10, 0.1);
	tally_add(&tally, within, 10, 10, 0.1);
	for (int i = 0; i < 5; i++)
		tally_add(&tally, over, 10, 10, 0.1);
	assert_near(tally.over_s, 2.5, 0.001);
	assert_near(tally.longest_s, 2.0, 0.001);
	assert_near(tally.max_a, 25.6, 0.001);
	assert_near(tally.car_ah, 10 * 3.6 / 3600, 0.00001);
}

static void heat_is_of_the_worst_phase_and_cools_down(void **state)
{
	static const double double_load[SIM_PHASES_MAX] = {50, 40, 0};
	static const double rest[SIM_PHASES_MAX] = {10, 10, 0};
	struct tally tally;

	(void)state;
	tally_init(&tally, 25, 3);
	tally_add(&tally, double_load, 0, 0, 1);
	assert_near(tally.heat, 4 - 1.13 * 1.13, 0.001);
	for (int i = 0; i < 10; i++)
		tally_add(&tally, rest, 0, 0, 1);
	assert_near(tally.heat_now[0], 0, 0);
	assert_near(tally.heat, 4 - 1.13 * 1.13, 0.001);
}

static void pauses_and_changes_are_counted(void **state)
{
	static const double offers[] = {0, 6, 6.05, 16, 0, 0, 6, 0};
	static const double idle[SIM_PHASES_MAX] = {0};
	struct tally tally;

	(void)state;
	tally_init(&tally, 25, 3);
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
		tally_add(&tally, idle, 0, offers[i], 1);
	assert_int_equal(tally.pauses, 2);
	assert_int_equal(tally.changes, 5);
}

static void the_pilot_offers_what_its_signal_says(void **state)
{
	struct pwm_state pwm = {
		.exported = true, .enabled = true, .period_ns = 1000000, .duty_ns = 266666};

	(void)state;
	assert_int_equal(pwm_state_offer_ma(&pwm), 16000);
	pwm.inversed = true;
	pwm.duty_ns = 900000;
	assert_int_equal(pwm_state_offer_ma(&pwm), 6000);
	pwm.inversed = false;
	pwm.duty_ns = 1000000;
	assert_int_equal(pwm_state_offer_ma(&pwm), 0);
	pwm.duty_ns = 2000000; /* the kernel would not have taken it */
	assert_int_equal(pwm_state_offer_ma(&pwm), 0);
	pwm.duty_ns = 266666;
	pwm.enabled = false;
	assert_int_equal(pwm_state_offer_ma(&pwm), 0);
	pwm = (struct pwm_state){.exported = true, .enabled = true};
	assert_int_equal(pwm_state_offer_ma(&pwm), 0);
}

/* ---- the chip ---- */

struct chip_test {
	char path[64];
	sd_event *event;
	struct pwm_chip *chip;
};

static int chip_setup(void **state)
{
	struct chip_test *test = calloc(1, sizeof(*test));

	assert_non_null(test);
	strcpy(test->path, "/tmp/test_sim_chip-XXXXXX");
	assert_non_null(mkdtemp(test->path));
	assert_true(sd_event_new(&test->event) >= 0);
	assert_int_equal(pwm_chip_new(&test->chip, test->event, test->path), 0);
	*state = test;
	return 0;
}

static void attribute_put(const struct chip_test *test, const char *name, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", test->path, name);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Lets the chip see what was written, as its event loop would. */
static void chip_turn(struct chip_test *test)
{
	while (sd_event_run(test->event, 0) > 0)
		;
}

static int chip_teardown(void **state)
{
	static const char *const names[] = {"export", "unexport", "npwm"};
	struct chip_test *test = *state;
	char path[128];

	attribute_put(test, "unexport", "0\n");
	chip_turn(test);
	pwm_chip_free(test->chip);
	sd_event_unref(test->event);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", test->path, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(test->path), 0);
	free(test);
	return 0;
}

static void a_channel_appears_when_it_is_exported(void **state)
{
	struct chip_test *test = *state;

	assert_false(pwm_chip_read(test->chip).exported);
	attribute_put(test, "export", "1\n");
	chip_turn(test);
	assert_false(pwm_chip_read(test->chip).exported);
	attribute_put(test, "export", "0\n");
	chip_turn(test);
	assert_true(pwm_chip_read(test->chip).exported);
	assert_false(pwm_chip_read(test->chip).enabled);
}

static void attributes_are_read_as_they_are_written(void **state)
{
	struct chip_test *test = *state;
	struct pwm_state pwm;

	attribute_put(test, "export", "0");
	chip_turn(test);
	attribute_put(test, "pwm0/period", "1000000\n");
	attribute_put(test, "pwm0/duty_cycle", "166666\n");
	attribute_put(test, "pwm0/polarity", "inversed\n");
	attribute_put(test, "pwm0/enable", "1\n");
	pwm = pwm_chip_read(test->chip);
	assert_true(pwm.enabled && pwm.inversed);
	assert_int_equal(pwm.period_ns, 1000000);
	assert_int_equal(pwm.duty_ns, 166666);
}

static void an_attribute_that_is_being_written_keeps_its_value(void **state)
{
	struct chip_test *test = *state;

	attribute_put(test, "export", "0\n");
	chip_turn(test);
	attribute_put(test, "pwm0/duty_cycle", "166666\n");
	assert_int_equal(pwm_chip_read(test->chip).duty_ns, 166666);
	attribute_put(test, "pwm0/duty_cycle", "");
	assert_int_equal(pwm_chip_read(test->chip).duty_ns, 166666);
}

static void a_channel_goes_when_it_is_unexported(void **state)
{
	struct chip_test *test = *state;

	attribute_put(test, "export", "0\n");
	chip_turn(test);
	attribute_put(test, "pwm0/duty_cycle", "166666\n");
	attribute_put(test, "unexport", "0\n");
	chip_turn(test);
	assert_false(pwm_chip_read(test->chip).exported);
	attribute_put(test, "export", "0\n");
	chip_turn(test);
	assert_int_equal(pwm_chip_read(test->chip).duty_ns, 0);
}

/* ---- the program ---- */

static int entry_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Runs the house with a daemon; returns the exit status and what stderr says. */
static int house_status(const char *daemon, char ret_text[4096])
{
	char directory[] = "/tmp/test_sim_house-XXXXXX";
	char daemon_option[128], out_option[128], line[512];
	const char *args[] = {"house", "--plain", daemon_option, out_option, NULL};
	struct sim_process sim;
	int err[2], status;
	ssize_t n;

	assert_non_null(mkdtemp(directory));
	snprintf(daemon_option, sizeof(daemon_option), "--daemon=%s", daemon);
	snprintf(out_option, sizeof(out_option), "--out=%s", directory);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	sim = sim_spawn(args, err[1]);
	close(err[1]);
	while ((n = read(sim.out, line, sizeof(line))) > 0)
		;
	status = sim_wait(&sim);
	n = read(err[0], ret_text, 4095);
	ret_text[n > 0 ? n : 0] = '\0';
	close(err[0]);
	assert_int_equal(nftw(directory, entry_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_daemon_that_is_not_there_is_named(void **state)
{
	char text[4096];

	(void)state;
	assert_int_equal(house_status("/nonexistent/poweroptd", text), 1);
	assert_non_null(strstr(text, "cannot start the daemon /nonexistent/poweroptd"));
}

static void a_daemon_that_dies_is_told_with_its_last_words(void **state)
{
	char text[4096];

	(void)state;
	/* ls does not know --config, and says so. */
	assert_int_equal(house_status("/bin/ls", text), 1);
	assert_non_null(strstr(text, "the daemon ended by itself"));
	assert_non_null(strstr(text, "config"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_scenario_stretches_with_time_and_limit),
		cmocka_unit_test(an_event_shows_in_the_load_of_its_phases),
		cmocka_unit_test(one_phase_has_no_load_on_the_others),
		cmocka_unit_test(the_meter_is_unplugged_once_and_comes_back),
		cmocka_unit_test(overloads_are_summed_and_the_longest_kept),
		cmocka_unit_test(heat_is_of_the_worst_phase_and_cools_down),
		cmocka_unit_test(pauses_and_changes_are_counted),
		cmocka_unit_test(the_pilot_offers_what_its_signal_says),
		cmocka_unit_test_setup_teardown(
			a_channel_appears_when_it_is_exported, chip_setup, chip_teardown),
		cmocka_unit_test_setup_teardown(
			attributes_are_read_as_they_are_written, chip_setup, chip_teardown),
		cmocka_unit_test_setup_teardown(an_attribute_that_is_being_written_keeps_its_value,
			chip_setup, chip_teardown),
		cmocka_unit_test_setup_teardown(
			a_channel_goes_when_it_is_unexported, chip_setup, chip_teardown),
		cmocka_unit_test(a_daemon_that_is_not_there_is_named),
		cmocka_unit_test(a_daemon_that_dies_is_told_with_its_last_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
