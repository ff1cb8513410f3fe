/* SPDX-License-Identifier: MIT */
/* What the PWM output writes, and in which order, when all goes well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/pilot.h"
#include "fake_pwm.h"
#include "output/output.h"
#include "output_fixture.h"

static struct output *output_on(const struct config *config)
{
	struct output *output = NULL;

	assert_int_equal(output_new(&output, config), 0);
	assert_non_null(output);
	return output;
}

static struct output *default_output(void)
{
	struct config config;

	fake_pwm_add_chip(0);
	fake_pwm_config(&config, "pwmchip0");
	return output_on(&config);
}

static void assert_writes(const char *expected)
{
	assert_string_equal(fake_pwm.log, expected);
	fake_pwm.log[0] = '\0';
}

static void assert_good(struct output *output, int32_t allowed_ma)
{
	int error = output_allow(output, allowed_ma, 0);

	if (error < 0)
		print_error("%s\n", output_error(output));
	assert_int_equal(error, 0);
	assert_string_equal(output_error(output), "");
	assert_int_equal(output_verify(output, 0), 0);
}

static void a_fresh_channel_is_set_up_in_the_order_that_the_kernel_accepts(void **state)
{
	struct output *output = default_output();

	(void)state;
	assert_good(output, 6000);
	assert_writes("export=0 period=1000000 duty_cycle=100000 enable=1");
	output_free(output);
}

static void a_channel_with_other_settings_is_stopped_first(void **state)
{
	struct output *output = default_output();

	(void)state;
	fake_pwm_add_channel(0, "2000000", "1500000", "inversed", "1");
	assert_good(output, 16000);
	assert_writes(
		"enable=0 duty_cycle=0 period=1000000 polarity=normal duty_cycle=266666 enable=1");
	output_free(output);
}

static void a_longer_present_duty_does_not_hinder_a_shorter_period(void **state)
{
	struct output *output = default_output();

	(void)state;
	fake_pwm_add_channel(0, "20000000", "15000000", "normal", "0");
	assert_good(output, 16000);
	assert_writes("enable=0 duty_cycle=0 period=1000000 duty_cycle=266666 enable=1");
	output_free(output);
}

static void a_restart_does_not_stop_a_running_charge(void **state)
{
	struct output *output = default_output();

	(void)state;
	assert_good(output, 16000);
	output_free(output);
	fake_pwm.log[0] = '\0';

	struct config config;

	fake_pwm_config(&config, "pwmchip0");
	output = output_on(&config);
	assert_good(output, 6000);
	assert_writes("duty_cycle=100000");
	output_free(output);
}

static void letting_go_changes_nothing(void **state)
{
	struct output *output = default_output();

	(void)state;
	assert_good(output, 16000);
	fake_pwm.log[0] = '\0';
	assert_null(output_free(output));
	assert_writes("");
	assert_string_equal(fake_pwm_peek(0, "duty_cycle"), "266666");
	assert_string_equal(fake_pwm_peek(0, "enable"), "1");
}

static void every_point_of_the_table_has_its_exact_duty(void **state)
{
	static const struct {
		int32_t ma;
		const char *duty_ns;
	} points[] = {
		{6000, "100000"},
		{10000, "166666"},
		{16000, "266666"},
		{32000, "533333"},
		{51000, "850000"},
		{52500, "850000"},
		{63000, "892000"},
		{80000, "960000"},
	};
	struct config config;
	struct output *output;

	(void)state;
	fake_pwm_add_chip(0);
	fake_pwm_config(&config, "pwmchip0");
	config.charger.max_ma = 80000;
	output = output_on(&config);
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		assert_good(output, points[i].ma);
		assert_string_equal(fake_pwm_peek(0, "duty_cycle"), points[i].duty_ns);
		fake_pwm.log[0] = '\0';
	}
	output_free(output);
}

static void the_car_never_reads_more_than_was_allowed(void **state)
{
	struct config config;
	struct output *output;

	(void)state;
	fake_pwm_add_chip(0);
	fake_pwm_config(&config, "pwmchip0");
	config.pwm.frequency_hz = 1003; /* a period that nothing divides */
	output = output_on(&config);
	for (int32_t ma = 6000; ma <= 32000; ma += 137) {
		int64_t duty;
		int32_t read_ma;

		assert_good(output, ma);
		duty = strtoll(fake_pwm_peek(0, "duty_cycle"), NULL, 10);
		read_ma = pilot_current_ma(duty, 1000000000 / 1003);
		assert_in_range(read_ma, ma - 1, ma);
		fake_pwm.log[0] = '\0';
	}
	output_free(output);
}

static void a_pause_is_constant_high_or_low_as_configured(void **state)
{
	struct config config;
	struct output *output = default_output();

	(void)state;
	assert_good(output, 0);
	assert_writes("export=0 period=1000000 duty_cycle=1000000 enable=1");
	assert_good(output, 5999); /* no duty cycle stands for it: not a raise to 6 A */
	assert_writes("");
	output_free(output);

	fake_pwm_config(&config, "pwmchip0");
	config.pwm.pause = PWM_PAUSE_LOW;
	output = output_on(&config);
	assert_good(output, 0);
	assert_writes("duty_cycle=0");
	output_free(output);
}

static void an_inversed_channel_has_the_same_duty(void **state)
{
	struct config config;
	struct output *output;

	(void)state;
	fake_pwm_add_chip(0);
	fake_pwm_config(&config, "pwmchip0");
	config.pwm.polarity = PWM_POLARITY_INVERSED;
	output = output_on(&config);
	assert_good(output, 16000);
	assert_writes("export=0 period=1000000 polarity=inversed duty_cycle=266666 enable=1");
	output_free(output);
}

static void the_linear_mapping_is_rounded_down(void **state)
{
	static const struct {
		int32_t ma;
		const char *duty_ns;
	} points[] = {
		{0, "0"},
		{6000, "187500"},
		{10001, "312531"}, /* .25 */
		{16000, "500000"},
		{31999, "999968"}, /* .75 */
		{32000, "1000000"},
	};
	struct config config;
	struct output *output;

	(void)state;
	fake_pwm_add_chip(0);
	fake_pwm_config(&config, "pwmchip0");
	config.pwm.mapping = PWM_MAPPING_LINEAR;
	output = output_on(&config);
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		assert_good(output, points[i].ma);
		assert_string_equal(fake_pwm_peek(0, "duty_cycle"), points[i].duty_ns);
	}
	output_free(output);
}

static void only_a_change_of_the_duty_is_written(void **state)
{
	struct config config;
	struct output *output;

	(void)state;
	fake_pwm_add_chip(0);
	fake_pwm_config(&config, "pwmchip0");
	config.pwm.frequency_hz = 100000; /* 6 mA a nanosecond */
	output = output_on(&config);
	assert_good(output, 12000);
	assert_writes("export=0 period=10000 duty_cycle=2000 enable=1");
	assert_good(output, 12000);
	assert_good(output, 12005);
	assert_writes("");
	assert_good(output, 12006);
	assert_writes("duty_cycle=2001");
	output_free(output);
}

static void a_simulated_chip_needs_no_export_and_no_polarity(void **state)
{
	char path[128];
	struct output *output = default_output();

	(void)state;
	fake_pwm_add_channel(0, "", "", "", "");
	(void)snprintf(path, sizeof(path), "%s/pwmchip0/pwm0/polarity", fake_pwm.root);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/pwmchip0/export", fake_pwm.root);
	assert_int_equal(unlink(path), 0);

	fake_pwm_poke(0, "period", "1000000"); /* left by the run before */
	assert_good(output, 32000);
	assert_writes("enable=0 duty_cycle=0 period=1000000 duty_cycle=533333 enable=1");
	output_free(output);
}

static void a_glob_finds_the_one_chip(void **state)
{
	struct config config;
	struct output *output;

	(void)state;
	fake_pwm_add_chip(7);
	fake_pwm_config(&config, "pwmchip*");
	output = output_on(&config);
	assert_good(output, 6000);
	assert_string_equal(fake_pwm_peek(7, "duty_cycle"), "100000");
	output_free(output);
}

static void it_says_where_the_current_goes(void **state)
{
	char expected[128];
	struct output *output = default_output();

	(void)state;
	(void)snprintf(expected, sizeof(expected), "pwm %s/pwmchip0 channel 0", fake_pwm.root);
	assert_string_equal(output_describe(output), expected);
	output_free(output);
}

#define PWM_TEST(name) cmocka_unit_test_setup_teardown(name, fake_pwm_start, fake_pwm_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PWM_TEST(a_fresh_channel_is_set_up_in_the_order_that_the_kernel_accepts),
		PWM_TEST(a_channel_with_other_settings_is_stopped_first),
		PWM_TEST(a_longer_present_duty_does_not_hinder_a_shorter_period),
		PWM_TEST(a_restart_does_not_stop_a_running_charge),
		PWM_TEST(letting_go_changes_nothing),
		PWM_TEST(every_point_of_the_table_has_its_exact_duty),
		PWM_TEST(the_car_never_reads_more_than_was_allowed),
		PWM_TEST(a_pause_is_constant_high_or_low_as_configured),
		PWM_TEST(an_inversed_channel_has_the_same_duty),
		PWM_TEST(the_linear_mapping_is_rounded_down),
		PWM_TEST(only_a_change_of_the_duty_is_written),
		PWM_TEST(a_simulated_chip_needs_no_export_and_no_polarity),
		PWM_TEST(a_glob_finds_the_one_chip),
		PWM_TEST(it_says_where_the_current_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
