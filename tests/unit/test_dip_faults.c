/* SPDX-License-Identifier: MIT */
/*
 * The DIP driver on lines that cannot be read: what it says, and how it comes back.
 */
#include <errno.h>

#include "dip/dip_private.h"
#include "dip_rig.h"

static void a_chip_that_vanishes_is_a_fault_until_it_is_back_and_read_anew(void **state)
{
	struct rig rig;
	int opens;

	(void)state;
	rig_begin(&rig);
	rig_start_with(&rig, OFF25);
	fake_gpio.gone = true;
	rig_pass(&rig, 1000);
	assert_true(rig.events & DIP_CHANGED && rig.events & DIP_REOPENED);
	assert_true(rig.events & DIP_TROUBLE && rig.events & DIP_MOVED);
	assert_unreadable(&rig, "gpiochip0", "has gone away");
	assert_false(dip_status(rig.dip)->raw_known);
	assert_int_equal(dip_fd(rig.dip), -1);

	opens = fake_gpio.chip_opens;
	assert_int_equal(rig_pass(&rig, 1000), DIP_TROUBLE);
	assert_unreadable(&rig, "gpiochip0", "[dip] chip");
	assert_int_equal(rig_pass(&rig, 10000), 0);
	assert_in_range(fake_gpio.chip_opens - opens, 11, 11);

	/* Back, and no setting counts before debounce. */
	fake_gpio.gone = false;
	while (dip_fd(rig.dip) < 0) {
		rig.now_us = dip_deadline_us(rig.dip);
		(void)dip_dispatch(rig.dip, rig.now_us);
	}
	assert_int_equal(rig_pass(&rig, 49), 0);
	assert_unreadable(&rig, "There is no GPIO chip gpiochip0", "[dip] chip");
	assert_int_equal(rig_pass(&rig, 1), DIP_CHANGED | DIP_TROUBLE);
	assert_counts(&rig, OFF25);
	rig_end(&rig);
}

static void a_higher_limit_behind_a_lost_chip_takes_its_ten_seconds(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_start_with(&rig, OFF25);
	fake_gpio.gone = true;
	rig_pass(&rig, 1500);
	fake_gpio_set(ON32);
	fake_gpio.gone = false;
	rig_pass(&rig, 9900);
	assert_unreadable(&rig, "10 s", "[dip] bias");
	rig_pass(&rig, 1100);
	assert_counts(&rig, ON32);
	rig_end(&rig);
}

static void one_lost_transfer_is_no_fault_but_two_are(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_start_with(&rig, OFF25);
	fake_gpio.read_failures = 1;
	assert_int_equal(rig_pass(&rig, 2000), 0);
	assert_counts(&rig, OFF25);
	fake_gpio.read_failures = 2;
	rig_pass(&rig, 1000);
	assert_unreadable(&rig, "reports Input/output error", "[dip] chip");
	rig_pass(&rig, 1050);
	assert_counts(&rig, OFF25);
	rig_end(&rig);
}

static void a_busy_line_is_named_with_its_user(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	fake_gpio.used[5] = true;
	fake_gpio.consumers[5] = "gpiomon";
	rig_start(&rig);
	assert_unreadable(
		&rig, "line 5 of gpiochip0 (DIP switch 5) is in use by gpiomon", "[dip] lines");
	fake_gpio.consumers[5] = NULL;
	rig_pass(&rig, 1000);
	assert_unreadable(&rig, "in use by a driver or program without a name", "[dip] lines");
	fake_gpio.used[5] = false;
	fake_gpio_set(OFF16);
	rig_pass(&rig, 1050);
	assert_counts(&rig, OFF16);
	rig_end(&rig);
}

static void a_chip_that_cannot_be_opened_is_named_with_the_remedy(void **state)
{
	static const struct {
		int error;
		const char *what, *remedy;
	} cases[] = {
		{-ENOENT, "There is no GPIO chip gpiochip0", "[dip] chip"},
		{-EACCES, "No permission to open the GPIO chip gpiochip0", "group"},
		{-ENOTTY, "There is no GPIO chip gpiochip0", "gpiodetect"},
		{-EMFILE, "Too many open files", "[dip] chip"},
	};
	struct rig rig;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_begin(&rig);
		fake_gpio.chips[0].open_error = cases[i].error;
		rig_start(&rig);
		assert_int_equal(rig.events, DIP_CHANGED | DIP_TROUBLE);
		assert_unreadable(&rig, cases[i].what, cases[i].remedy);
		assert_int_equal(rig_pass(&rig, 3000), 0);
		fake_gpio.chips[0].open_error = 0;
		rig_pass(&rig, 1050);
		assert_counts(&rig, DIP_ALL_OFF);
		rig_end(&rig);
	}
}

static void a_line_that_is_not_there_is_named_with_its_switch(void **state)
{
	static const struct {
		const char *lines[DIP_SWITCHES];
		const char *what;
	} cases[] = {
		{{"4", "5", "DIP9"}, "no line with the name DIP9, meant for DIP switch 6"},
		{{"4", "8", "6"},
			"has 8 lines, counted from 0, and none with the offset 8, meant for "
			"DIP switch 5"},
		{{"99999999999999999999", "5", "6"}, "offset 99999999999999999999"},
		{{"4", "5", "DIP4"},
			"DIP4 of the GPIO chip gpiochip0, meant for DIP switch 6, is that of "
			"another switch"},
	};
	struct rig rig;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_begin(&rig);
		for (int line = 0; line < DIP_SWITCHES; line++)
			strcpy(rig.config.lines[line], cases[i].lines[line]);
		rig_start(&rig);
		assert_unreadable(&rig, cases[i].what, "correct [dip] lines");
		rig_end(&rig);
	}
}

static void a_refused_bias_is_a_fault_and_not_left_out(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	fake_gpio.bias_refused = true;
	rig_start(&rig);
	assert_unreadable(&rig, "[dip] bias = pull-up", "as-is");
	rig_end(&rig);

	rig_begin(&rig);
	fake_gpio.bias_refused = true;
	rig.config.bias = DIP_BIAS_AS_IS;
	rig_start_with(&rig, OFF16);
	rig_end(&rig);
}

/* What no fake chip does, and some driver may. */
static void every_other_refusal_has_its_sentence(void **state)
{
	static const struct {
		struct dip_trouble trouble;
		enum dip_bias bias;
		const char *what, *remedy;
	} cases[] = {
		{{DIP_TROUBLE_LINE, -EIO, 1, 8, ""}, DIP_BIAS_AS_IS,
			"The lines of the GPIO chip soc cannot be looked up", "see gpioinfo"},
		{{DIP_TROUBLE_REQUEST, -EBUSY, DIP_LINE_NONE, 0, ""}, DIP_BIAS_AS_IS,
			"on soc are in use by somebody else", "correct [dip] lines"},
		{{DIP_TROUBLE_REQUEST, -EBUSY, 2, 0, ""}, DIP_BIAS_AS_IS,
			"The GPIO line 6 of soc (DIP switch 6) is in use by a driver or program without",
			"stop that"},
		{{DIP_TROUBLE_REQUEST, -EINVAL, DIP_LINE_NONE, 0, ""}, DIP_BIAS_PULL_DOWN,
			"refuses its lines with [dip] bias = pull-down", "set bias = as-is"},
		{{DIP_TROUBLE_REQUEST, -EOPNOTSUPP, DIP_LINE_NONE, 0, ""}, DIP_BIAS_DISABLED,
			"refuses its lines with [dip] bias = disabled", "set bias = as-is"},
		{{DIP_TROUBLE_REQUEST, -EINVAL, DIP_LINE_NONE, 0, ""}, DIP_BIAS_AS_IS,
			"on soc cannot be used ([dip] lines): Invalid argument", "see gpioinfo"},
		{{DIP_TROUBLE_READ, -EIO, DIP_LINE_NONE, 0, ""}, DIP_BIAS_AS_IS,
			"the GPIO chip soc ([dip] chip) reports Input/output error", "its wires"},
	};
	struct dip_config config = {.chip = "soc", .lines = {"4", "5", "6"}};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		config.bias = cases[i].bias;
		trouble_sentence(&cases[i].trouble, &config, text, sizeof(text));
		if (!strstr(text, cases[i].what) || !strstr(text, cases[i].remedy))
			fail_msg("'%s' does not say '%s' and '%s'", text, cases[i].what,
				cases[i].remedy);
	}
}

static void all_off_is_a_fault_if_configured_so(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig.config.all_off = DIP_ALL_OFF_FAULT;
	rig_start_with(&rig, OFF25);
	fake_gpio_set(DIP_ALL_OFF);
	assert_int_equal(rig_pass(&rig, 49), DIP_MOVED);
	assert_counts(&rig, OFF25);
	assert_int_equal(rig_pass(&rig, 1), DIP_CHANGED | DIP_TROUBLE);
	assert_unreadable(&rig, "loose connector", "all_off = disabled");
	assert_true(dip_status(rig.dip)->raw_known);
	fake_gpio_set(OFF25);
	rig_pass(&rig, 50);
	assert_counts(&rig, OFF25);
	rig_end(&rig);
}

static void switches_that_never_come_to_rest_are_a_fault(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_start(&rig);
	for (int i = 0; i < 2080 / 40; i++) {
		assert_int_equal(dip_status(rig.dip)->state, DIP_STARTING);
		fake_gpio_set(i % 2 ? OFF16 : OFF25);
		rig_pass(&rig, 40);
	}
	fake_gpio_set(ON32);
	rig_pass(&rig, 40);
	assert_unreadable(&rig, "not come to rest", "[dip] bias");
	rig_pass(&rig, 10);
	assert_counts(&rig, ON32);
	rig_end(&rig);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chip_that_vanishes_is_a_fault_until_it_is_back_and_read_anew),
		cmocka_unit_test(a_higher_limit_behind_a_lost_chip_takes_its_ten_seconds),
		cmocka_unit_test(one_lost_transfer_is_no_fault_but_two_are),
		cmocka_unit_test(a_busy_line_is_named_with_its_user),
		cmocka_unit_test(a_chip_that_cannot_be_opened_is_named_with_the_remedy),
		cmocka_unit_test(a_line_that_is_not_there_is_named_with_its_switch),
		cmocka_unit_test(a_refused_bias_is_a_fault_and_not_left_out),
		cmocka_unit_test(every_other_refusal_has_its_sentence),
		cmocka_unit_test(all_off_is_a_fault_if_configured_so),
		cmocka_unit_test(switches_that_never_come_to_rest_are_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
