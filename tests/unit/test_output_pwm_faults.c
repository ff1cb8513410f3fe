/* SPDX-License-Identifier: MIT */
/* What the PWM output returns and says when chip, rights or another program get in the way. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_pwm.h"
#include "output/output.h"
#include "output_fixture.h"

static struct output *output_on(const char *pattern)
{
	struct config config;
	struct output *output = NULL;

	fake_pwm_config(&config, pattern);
	assert_int_equal(output_new(&output, &config), 0);
	return output;
}

static struct output *running_output(int32_t allowed_ma)
{
	struct output *output;

	fake_pwm_add_chip(0);
	output = output_on("pwmchip0");
	assert_int_equal(output_allow(output, allowed_ma, 0), 0);
	fake_pwm.log[0] = '\0';
	return output;
}

/* The sentence names the key, and says all of these. */
#define assert_says(output, ...) says(output, (const char *[]){"[pwm] ", __VA_ARGS__, NULL})

static void says(const struct output *output, const char *const *parts)
{
	const char *sentence = output_error(output);

	for (; *parts; parts++) {
		if (!strstr(sentence, *parts))
			fail_msg("\"%s\" does not say \"%s\"", sentence, *parts);
	}
}

static void a_chip_that_is_not_there_is_named(void **state)
{
	struct output *output = output_on("pwmchip0");

	(void)state;
	assert_int_equal(output_allow(output, 6000, 0), -ENODEV);
	assert_says(output, "there is no ", fake_pwm.root, "/pwmchip0", "driver");
	assert_int_equal(output_verify(output, 1000), 0);
	assert_string_equal(output_error(output), "");

	fake_pwm_add_chip(0);
	assert_int_equal(output_allow(output, 6000, 2000), 0);
	output_free(output);
}

static void a_glob_that_matches_two_chips_names_both(void **state)
{
	struct output *output = output_on("pwmchip*");

	(void)state;
	fake_pwm_add_chip(3);
	fake_pwm_add_chip(5);
	assert_int_equal(output_allow(output, 6000, 0), -ENOTUNIQ);
	assert_says(output, "matches 2 chips", "/pwmchip3", "/pwmchip5", "only one");
	assert_string_equal(fake_pwm.log, "");
	output_free(output);
}

static void a_directory_that_is_no_chip_is_named(void **state)
{
	struct output *output = output_on("");

	(void)state;
	assert_int_equal(output_allow(output, 6000, 0), -ENOENT);
	assert_says(output, fake_pwm.root, "/export", "not the directory of a PWM chip");
	output_free(output);
}

static void a_channel_that_the_kernel_uses_itself_is_busy(void **state)
{
	struct output *output = output_on("pwmchip0");

	(void)state;
	fake_pwm_add_chip(0);
	fake_pwm.fail_name = "export";
	fake_pwm.fail_error = -EBUSY;
	assert_int_equal(output_allow(output, 6000, 0), -EBUSY);
	assert_says(output, "write 0 to ", "/pwmchip0/export", "in the kernel", "[pwm] channel");
	output_free(output);
}

static void a_channel_beyond_the_chip_is_named(void **state)
{
	struct config config;
	struct output *output = NULL;

	(void)state;
	fake_pwm_add_chip(0);
	fake_pwm_config(&config, "pwmchip0");
	config.pwm.channel = 4;
	assert_int_equal(output_new(&output, &config), 0);
	assert_int_equal(output_allow(output, 6000, 0), -ENODEV);
	assert_says(output, "write 4 to ", "/pwmchip0/export", "npwm", "[pwm] channel");
	output_free(output);
}

static void a_refused_value_names_the_key_to_change(void **state)
{
	static const struct {
		const char *attribute;
		int error;
		const char *key;
	} refusals[] = {
		{"period", -EINVAL, "[pwm] frequency"},
		{"period", -EBUSY, "another channel"},
		{"polarity", -EINVAL, "[pwm] polarity"},
		{"polarity", -EOPNOTSUPP, "[pwm] polarity"},
		{"duty_cycle", -EINVAL, "[pwm] frequency"},
	};
	struct config config;
	struct output *output = NULL;

	(void)state;
	fake_pwm_add_chip(0);
	fake_pwm_config(&config, "pwmchip0");
	config.pwm.polarity = PWM_POLARITY_INVERSED;
	assert_int_equal(output_new(&output, &config), 0);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		fake_pwm.fail_name = refusals[i].attribute;
		fake_pwm.fail_error = refusals[i].error;
		fake_pwm.log[0] = '\0';
		assert_int_equal(output_allow(output, 6000, 0), refusals[i].error);
		assert_says(output, "/pwmchip0/pwm0/", refusals[i].attribute, refusals[i].key);
	}
	fake_pwm.fail_name = NULL;
	assert_int_equal(output_allow(output, 6000, 0), 0);
	output_free(output);
}

static void a_chip_without_polarity_cannot_be_inversed(void **state)
{
	char path[128];
	struct config config;
	struct output *output = NULL;

	(void)state;
	fake_pwm_add_chip(0);
	fake_pwm_add_channel(0, "0", "0", "normal", "0");
	(void)snprintf(path, sizeof(path), "%s/pwmchip0/pwm0/polarity", fake_pwm.root);
	assert_int_equal(unlink(path), 0);
	fake_pwm_config(&config, "pwmchip0");
	config.pwm.polarity = PWM_POLARITY_INVERSED;
	assert_int_equal(output_new(&output, &config), 0);
	assert_int_equal(output_allow(output, 6000, 0), -ENOENT);
	assert_says(output, "write inversed to ", "/polarity", "change [pwm] polarity");
	output_free(output);
}

static void a_read_only_sys_names_the_sandbox(void **state)
{
	struct output *output = running_output(6000);

	(void)state;
	fake_pwm.fail_name = "duty_cycle";
	fake_pwm.fail_error = -EROFS;
	assert_int_equal(output_allow(output, 10000, 0), -EROFS);
	assert_says(output, "write 166666 to ", "/pwm0/duty_cycle", "read-only", "ReadWritePaths=");
	output_free(output);
}

static void without_permission_on_an_old_channel_it_fails_at_once(void **state)
{
	struct output *output = output_on("pwmchip0");

	(void)state;
	fake_pwm_add_chip(0);
	fake_pwm_add_channel(0, "0", "0", "normal", "0");
	fake_pwm.locked = true;
	assert_int_equal(output_allow(output, 6000, 0), -EACCES);
	assert_says(output, "/pwm0/period", "Permission denied", "udev rule", "group");
	output_free(output);
}

static void a_new_channel_may_take_two_seconds_to_be_handed_over(void **state)
{
	struct output *output = output_on("pwmchip0");

	(void)state;
	fake_pwm_add_chip(0);
	fake_pwm.locked = true;
	assert_int_equal(output_allow(output, 6000, 10000), -EAGAIN);
	assert_string_equal(fake_pwm.log, "export=0");
	assert_int_equal(output_allow(output, 6000, 10100), -EAGAIN);
	assert_int_equal(output_allow(output, 6000, 11999), -EAGAIN);
	assert_string_equal(fake_pwm.log, "export=0");

	fake_pwm.locked = false;
	assert_int_equal(output_allow(output, 6000, 11999), 0);
	assert_string_equal(output_error(output), "");
	assert_string_equal(fake_pwm_peek(0, "duty_cycle"), "100000");
	assert_string_equal(fake_pwm_peek(0, "enable"), "1");

	/* the channel was ours: losing it is an error, not another wait */
	fake_pwm.locked = true;
	assert_int_equal(output_allow(output, 10000, 11999), -EACCES);
	output_free(output);
}

static void a_channel_that_is_never_handed_over_is_an_error(void **state)
{
	struct output *output = output_on("pwmchip0");

	(void)state;
	fake_pwm_add_chip(0);
	fake_pwm.locked = true;
	assert_int_equal(output_allow(output, 6000, 10000), -EAGAIN);
	assert_int_equal(output_allow(output, 6000, 12000), -EACCES);
	assert_says(output, "/pwm0/period", "Permission denied", "udev rule");
	assert_int_equal(output_allow(output, 6000, 12100), -EACCES);

	fake_pwm.locked = false;
	assert_int_equal(output_allow(output, 6000, 12200), 0);
	output_free(output);
}

static void an_error_in_the_middle_starts_it_all_anew(void **state)
{
	static const char *const attributes[] = {"period", "duty_cycle", "enable"};
	struct output *output = output_on("pwmchip0");

	(void)state;
	fake_pwm_add_chip(0);
	fake_pwm_add_channel(0, "500000", "1", "normal", "1");
	fake_pwm.fail_error = -EIO;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		fake_pwm.fail_name = attributes[i];
		assert_int_equal(output_allow(output, 6000, 0), -EIO);
		assert_says(output, attributes[i], "Input/output error", "hardware");
		assert_int_equal(output_verify(output, 0), 0);
	}
	fake_pwm.fail_name = NULL;
	fake_pwm.log[0] = '\0';
	assert_int_equal(output_allow(output, 6000, 0), 0);
	assert_string_equal(fake_pwm_peek(0, "duty_cycle"), "100000");
	assert_string_equal(fake_pwm_peek(0, "enable"), "1");
	output_free(output);
}

static void after_a_failed_change_the_old_value_is_written_again(void **state)
{
	struct output *output = running_output(6000);

	(void)state;
	fake_pwm.fail_name = "duty_cycle";
	fake_pwm.fail_error = -EIO;
	assert_int_equal(output_allow(output, 10000, 0), -EIO);
	fake_pwm.fail_name = NULL;
	assert_int_equal(output_allow(output, 6000, 0), 0);
	assert_string_equal(fake_pwm.log, "duty_cycle=100000");
	output_free(output);
}

static void a_chip_that_returns_under_another_number_is_found(void **state)
{
	struct output *output;

	(void)state;
	fake_pwm_add_chip(0);
	output = output_on("pwmchip*");
	assert_int_equal(output_allow(output, 10000, 0), 0);

	fake_pwm_remove_chip(0);
	assert_int_equal(output_verify(output, 1000), -ENOENT);
	assert_says(output, "read ", "/pwmchip0/pwm0/period", "gone");
	assert_int_equal(output_allow(output, 0, 1100), -ENODEV);

	fake_pwm_add_chip(4);
	fake_pwm.log[0] = '\0';
	assert_int_equal(output_allow(output, 10000, 2000), 0);
	assert_string_equal(fake_pwm.log, "export=0 period=1000000 duty_cycle=166666 enable=1");
	assert_string_equal(fake_pwm_peek(4, "duty_cycle"), "166666");
	output_free(output);
}

static void what_another_program_changed_is_set_back(void **state)
{
	static const struct {
		const char *attribute, *ours, *theirs, *writes;
	} changes[] = {
		{"duty_cycle", "166666", "533333", "duty_cycle=166666"},
		{"period", "1000000", "2000000",
			"enable=0 duty_cycle=0 period=1000000 duty_cycle=166666 enable=1"},
		{"polarity", "normal", "inversed",
			"enable=0 duty_cycle=0 period=1000000 polarity=normal duty_cycle=166666 enable=1"},
		{"enable", "1", "0",
			"enable=0 duty_cycle=0 period=1000000 duty_cycle=166666 enable=1"},
	};
	char change[64];
	struct output *output = running_output(10000);

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		fake_pwm_poke(0, changes[i].attribute, changes[i].theirs);
		assert_int_equal(output_verify(output, 1000), -ESTALE);
		(void)snprintf(change, sizeof(change), "from %s to %s; it was set back",
			changes[i].ours, changes[i].theirs);
		assert_says(output, "another program changed ", changes[i].attribute,
			"/pwmchip0/pwm0", change);
		assert_string_equal(fake_pwm.log, changes[i].writes);
		fake_pwm.log[0] = '\0';
		assert_string_equal(fake_pwm_peek(0, changes[i].attribute), changes[i].ours);
		assert_int_equal(output_verify(output, 2000), 0);
		assert_string_equal(output_error(output), "");
	}
	/* and it still stands, for the dispatcher too */
	assert_int_equal(output_allow(output, 10000, 2000), 0);
	assert_string_equal(fake_pwm.log, "");
	output_free(output);
}

static void what_cannot_be_set_back_is_a_failure(void **state)
{
	struct output *output = running_output(10000);

	(void)state;
	fake_pwm_poke(0, "duty_cycle", "533333");
	fake_pwm.fail_name = "duty_cycle";
	fake_pwm.fail_error = -EIO;
	assert_int_equal(output_verify(output, 1000), -EIO);
	fake_pwm.fail_name = NULL;
	assert_int_equal(output_allow(output, 10000, 1100), 0);
	assert_string_equal(fake_pwm_peek(0, "duty_cycle"), "166666");
	output_free(output);
}

static void an_unreadable_attribute_is_a_failure(void **state)
{
	static const char *const attributes[] = {"period", "polarity", "duty_cycle", "enable"};
	struct output *output = running_output(10000);

	(void)state;
	fake_pwm.fail_error = -EIO;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		fake_pwm.fail_read = attributes[i];
		assert_int_equal(output_verify(output, 1000), -EIO);
		assert_says(output, "cannot read ", attributes[i], "Input/output error");
		assert_int_equal(output_allow(output, 10000, 1000), -EIO);
		fake_pwm.fail_read = NULL;
		assert_int_equal(output_allow(output, 10000, 1000), 0);
	}
	output_free(output);
}

static void a_duty_that_reads_otherwise_is_not_taken_for_good(void **state)
{
	struct output *output = running_output(6000);

	(void)state;
	fake_pwm.rounds = true;
	assert_int_equal(output_allow(output, 10000, 0), -EIO);
	assert_says(
		output, "/pwm0/duty_cycle reads 166000 right after 166666 was written", "rounds");
	output_free(output);
}

#define PWM_TEST(name) cmocka_unit_test_setup_teardown(name, fake_pwm_start, fake_pwm_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PWM_TEST(a_chip_that_is_not_there_is_named),
		PWM_TEST(a_glob_that_matches_two_chips_names_both),
		PWM_TEST(a_directory_that_is_no_chip_is_named),
		PWM_TEST(a_channel_that_the_kernel_uses_itself_is_busy),
		PWM_TEST(a_channel_beyond_the_chip_is_named),
		PWM_TEST(a_refused_value_names_the_key_to_change),
		PWM_TEST(a_chip_without_polarity_cannot_be_inversed),
		PWM_TEST(a_read_only_sys_names_the_sandbox),
		PWM_TEST(without_permission_on_an_old_channel_it_fails_at_once),
		PWM_TEST(a_new_channel_may_take_two_seconds_to_be_handed_over),
		PWM_TEST(a_channel_that_is_never_handed_over_is_an_error),
		PWM_TEST(an_error_in_the_middle_starts_it_all_anew),
		PWM_TEST(after_a_failed_change_the_old_value_is_written_again),
		PWM_TEST(a_chip_that_returns_under_another_number_is_found),
		PWM_TEST(what_another_program_changed_is_set_back),
		PWM_TEST(what_cannot_be_set_back_is_a_failure),
		PWM_TEST(an_unreadable_attribute_is_a_failure),
		PWM_TEST(a_duty_that_reads_otherwise_is_not_taken_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
