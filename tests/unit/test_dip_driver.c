/* SPDX-License-Identifier: MIT */
/*
 * The DIP driver on lines that can be read: what counts, and when.
 */
#include "dip_rig.h"

static void every_setting_is_read_whatever_the_order_of_the_lines(void **state)
{
	static const char *const orders[][DIP_SWITCHES] = {
		{"4", "5", "6"}, {"6", "4", "5"}, {"DIP5", "0", "DIP4"}};
	struct rig rig;

	(void)state;
	for (int order = 0; order < 3; order++) {
		for (int setting = 0; setting < DIP_SETTINGS; setting++) {
			bool on[DIP_SWITCHES];

			rig_begin(&rig);
			dip_switches(setting, on);
			for (int i = 0; i < DIP_SWITCHES; i++) {
				const char *line = orders[order][i];
				size_t last = strlen(line) - 1;

				strcpy(rig.config.lines[i], line);
				fake_gpio.active[line[last] - '0'] = on[i];
			}
			rig_start(&rig);
			rig_pass(&rig, 50);
			assert_counts(&rig, setting);
			rig_end(&rig);
		}
	}
}

static void the_lines_are_taken_as_configured(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig.config.bias = DIP_BIAS_PULL_DOWN;
	rig.config.active_low = false;
	assert_int_equal(dip_new(&rig.dip, &rig.config), 0);
	assert_int_equal(fake_gpio.chip_opens, 0);
	assert_int_equal(dip_fd(rig.dip), -1);
	assert_true(dip_deadline_us(rig.dip) <= rig.now_us);
	(void)dip_dispatch(rig.dip, rig.now_us);
	assert_true(fake_gpio.edges);
	assert_int_equal(fake_gpio.config.bias, DIP_BIAS_PULL_DOWN);
	assert_false(fake_gpio.config.active_low);
	rig_end(&rig);
}

static void nothing_counts_before_it_was_stable_and_that_is_no_fault(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	fake_gpio_set(OFF25);
	rig_start(&rig);
	assert_int_equal(rig.events, DIP_REOPENED | DIP_MOVED);
	assert_int_equal(dip_status(rig.dip)->state, DIP_STARTING);
	assert_int_equal(dip_status(rig.dip)->limit_ma, DIP_LIMIT_UNKNOWN);
	assert_true(dip_status(rig.dip)->raw_known);
	assert_int_equal(dip_setting(dip_status(rig.dip)->raw), OFF25);
	assert_string_equal(dip_error(rig.dip), "");
	assert_int_equal(rig_pass(&rig, 49), 0);
	assert_int_equal(rig_pass(&rig, 1), DIP_CHANGED);
	assert_counts(&rig, OFF25);
	assert_int_equal(rig_pass(&rig, 60000), 0);
	rig_end(&rig);
}

static void an_edge_wakes_and_a_lower_limit_counts_after_debounce(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_start_with(&rig, OFF25);
	rig_pass(&rig, 333);
	fake_gpio_set(OFF16);
	assert_int_equal(rig_pass(&rig, 49), DIP_MOVED);
	assert_counts(&rig, OFF25);
	assert_int_equal(dip_setting(dip_status(rig.dip)->raw), OFF16);
	assert_int_equal(rig_pass(&rig, 1), DIP_CHANGED);
	assert_counts(&rig, OFF16);
	rig_end(&rig);
}

static void a_higher_limit_counts_after_ten_seconds(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_start_with(&rig, OFF25);
	rig_pass(&rig, 333);
	fake_gpio_set(ON32);
	assert_int_equal(rig_pass(&rig, 9999), DIP_MOVED);
	assert_counts(&rig, OFF25);
	assert_int_equal(rig_pass(&rig, 1), DIP_CHANGED);
	assert_counts(&rig, ON32);
	fake_gpio_set(DIP_ALL_OFF);
	rig_pass(&rig, 9999);
	assert_counts(&rig, ON32);
	rig_pass(&rig, 1);
	assert_counts(&rig, DIP_ALL_OFF);
	rig_end(&rig);
}

static void a_chip_without_interrupts_is_polled(void **state)
{
	struct rig rig;
	int reads;

	(void)state;
	rig_begin(&rig);
	fake_gpio.no_edges = true;
	rig_start_with(&rig, OFF25);
	assert_int_equal(dip_fd(rig.dip), -1);
	assert_false(fake_gpio.edges);
	reads = fake_gpio.reads;
	rig_pass(&rig, 10000);
	assert_in_range(fake_gpio.reads - reads, 20, 50);
	rig_pass(&rig, 1);
	fake_gpio_set(OFF16);
	rig_pass(&rig, 500 + 50);
	assert_counts(&rig, OFF16);
	rig_end(&rig);
}

static void a_lost_edge_costs_a_second(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	rig_start_with(&rig, OFF25);
	fake_gpio.edges_lost = true;
	rig_pass(&rig, 1);
	fake_gpio_set(OFF16);
	rig_pass(&rig, 1000 + 50);
	assert_counts(&rig, OFF16);
	rig_end(&rig);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_setting_is_read_whatever_the_order_of_the_lines),
		cmocka_unit_test(the_lines_are_taken_as_configured),
		cmocka_unit_test(nothing_counts_before_it_was_stable_and_that_is_no_fault),
		cmocka_unit_test(an_edge_wakes_and_a_lower_limit_counts_after_debounce),
		cmocka_unit_test(a_higher_limit_counts_after_ten_seconds),
		cmocka_unit_test(a_chip_without_interrupts_is_polled),
		cmocka_unit_test(a_lost_edge_costs_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
