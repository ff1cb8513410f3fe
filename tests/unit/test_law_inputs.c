/* SPDX-License-Identifier: MIT */
/*
 * What the regulator makes of its inputs: which phases count, how long a fault lasts, what a reload
 * and a switch change. With figures.
 */
#include "law_site.h"

/* ---- which phases count ---- */

static void a_one_phase_meter_has_one_phase(void **state)
{
	struct site site;
	struct reading reading = {.phases = 1, .current_ma = {20000, 90000, 90000}};

	(void)state;
	site_begin(&site);
	site.phases = 1;
	site_run(&site, 300000);
	assert_int_equal(site.decision.allowed_ma, 16000);
	reading.at_ms = site.now_ms += POLL_MS;
	site_decide(&site, &reading);
	assert_int_equal(site.decision.allowed_ma, 16000);
	assert_int_equal(site.decision.phase, 0);
	assert_int_equal(site.decision.load_ma, 20000);
	reading.current_ma[0] = 26000;
	reading.at_ms = site.now_ms += POLL_MS;
	site_decide(&site, &reading);
	assert_int_equal(site.decision.allowed_ma, 14800);
}

static void phases_that_the_charger_does_not_use_count_for_nothing(void **state)
{
	struct site site;

	(void)state;
	site_begin(&site);
	site.config.phase_mask = 0x2;
	site.house_ma[0] = 40000;
	site.house_ma[2] = 1000; /* nor does it bound what the car may draw */
	site_run(&site, 300000);
	assert_int_equal(site.decision.allowed_ma, 16000);
	site.house_ma[1] = 11000;
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.allowed_ma, 13800);
	assert_int_equal(site.decision.phase, 1);
}

static void a_car_draws_no_more_than_the_least_loaded_phase_that_can_be_its(void **state)
{
	static const struct {
		int32_t l1_ma, l2_ma, allowed_ma;
	} cases[] = {
		{16000, 27000, 13800}, /* all phases carry what is allowed */
		{10000, 27000, 7800},  /* 10 A is all that the car can have of it */
		{4000, 27000, 6000}, {3999, 27000, 13800}, /* none of the car's */
		{-4000, 27000, 13800}, /* a source feeds what the car draws there */
	};

	(void)state;
	for (int export = 0; export <= 1; export ++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct site site;

			site_charge(&site);
			site.config.export_is_room = export;
			site_loads(&site, cases[i].l1_ma, cases[i].l2_ma);
			assert_int_equal(site.decision.allowed_ma, cases[i].allowed_ma);
		}
	}
}

static void export_is_room_only_if_the_configuration_says_so(void **state)
{
	struct site site;

	(void)state;
	site_begin(&site);
	site.config.export_is_room = true;
	all_phases(&site, -30000);
	site_run(&site, 300000);
	assert_int_equal(site.decision.allowed_ma, 16000);
	assert_int_equal(site.decision.load_ma, -14000);
	site_begin(&site);
	all_phases(&site, -30000);
	site_run(&site, 300000);
	assert_int_equal(site.decision.allowed_ma, 0);
	assert_int_equal(site.decision.load_ma, 30000);
	site_begin(&site);
	all_phases(&site, -17000); /* leaves 7.8 A, whichever way it flows */
	site_run(&site, 300000);
	assert_int_equal(site.decision.allowed_ma, 16000);
}

/* ---- trust in the readings ---- */

static void silence_is_a_fault_after_lost_after_and_over_after_recover_delay(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	for (int64_t ms = POLL_MS; ms < 5000; ms += POLL_MS) {
		site_silence(&site);
		assert_int_equal(site.decision.faults, 0);
	}
	site_silence(&site);
	assert_int_equal(site.decision.faults, FAULT_BIT(FAULT_METER_LOST));
	assert_int_equal(site.decision.allowed_ma, 0);
	site_run(&site, 10000);
	assert_int_equal(site.decision.state, REGULATOR_FAILSAFE);
	/* one answer that is no reading, and recover_delay begins anew */
	site_poll(&site, READING_INVALID);
	site_run(&site, 10000);
	assert_int_equal(site.decision.state, REGULATOR_FAILSAFE);
	/* then the charge goes on at once: a silent meter is no pause */
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.faults, 0);
	assert_int_equal(site.decision.allowed_ma, 6000);
}

static void a_fault_seen_by_others_lasts_recover_delay_only_if_it_is_one_of_readings(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	site.input.faults = FAULT_BIT(FAULT_PHASE_MISSING);
	site_run(&site, 1000);
	assert_int_equal(site.decision.allowed_ma, 0);
	site.input.faults = 0;
	site_run(&site, 10000);
	assert_int_equal(site.decision.faults, FAULT_BIT(FAULT_PHASE_MISSING));
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.faults, 0);
	assert_int_equal(site.decision.allowed_ma, 6000);

	/* an output that comes and goes is held like a pause, and longer each time */
	site_charge(&site);
	for (int64_t hold_ms = 60000; hold_ms <= 480000; hold_ms *= 2) {
		site.input.faults = FAULT_BIT(FAULT_OUTPUT_FAILED);
		site_run(&site, POLL_MS);
		assert_int_equal(site.decision.allowed_ma, 0);
		site.input.faults = 0;
		site_run(&site, POLL_MS);
		assert_int_equal(site.decision.state, REGULATOR_PAUSED);
		assert_in_range(site_until(&site, 6000), hold_ms - POLL_MS, hold_ms + POLL_MS);
	}
}

static void a_fault_leaves_failsafe_current_of_what_was_allowed(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	site.config.failsafe_ma = 10000;
	site.input.faults = FAULT_BIT(FAULT_PHASE_MISSING);
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.state, REGULATOR_FAILSAFE);
	assert_int_equal(site.decision.allowed_ma, 10000);
	/* an overload lowers it still, and no room raises it */
	site_run(&site, 20000);
	all_phases(&site, 16000);
	site_run(&site, 60000);
	assert_int_equal(site.decision.allowed_ma, 8800);
	all_phases(&site, 0);
	site_run(&site, 60000);
	assert_int_equal(site.decision.allowed_ma, 8800);
	site.input.faults = 0;
	assert_int_equal(site_until(&site, 16000), POLL_MS + 10000 + 8000);
}

static void a_suspect_reading_lowers_to_min_current_and_room_begins_anew(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	site_poll(&site, READING_SUSPECT);
	assert_int_equal(site.decision.allowed_ma, 6000);
	site_run(&site, 8000);
	site_poll(&site, READING_SUSPECT);
	assert_int_equal(site.decision.allowed_ma, 6000);
	assert_int_equal(site_until(&site, 16000), POLL_MS + 8000);
}

static void after_a_stall_the_reading_is_discarded(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	site.now_ms += 5000 - POLL_MS; /* with the poll lost_after: no stall */
	site_poll(&site, READING_GOOD);
	assert_int_equal(site.decision.faults, 0);
	site.now_ms += 5001 - POLL_MS;
	all_phases(&site, -1000);
	site_poll(&site, READING_GOOD);
	assert_int_equal(site.decision.faults, FAULT_BIT(FAULT_LOOP_STALLED));
	assert_int_equal(site.decision.load_ma, 16000);
	assert_int_equal(site_until(&site, 6000), POLL_MS + 10000);
}

/* ---- what the charger says ---- */

static void the_phase_that_the_charger_draws_most_from_counts_while_it_speaks(void **state)
{
	struct regulator_feedback feedback = {.drawn_ma = {-1, 9000, 2000}};
	struct site site;

	(void)state;
	for (int silent = 0; silent <= 1; silent++) {
		site_charge(&site);
		site.input.feedback = &feedback;
		feedback.at_ms = site.now_ms;
		site_decide(&site, NULL);
		/* a cut starts from what is drawn; or, when that is too old, from what is allowed */
		if (silent)
			site_run(&site, 1000);
		site_loads(&site, 26000, 26000);
		assert_int_equal(site.decision.allowed_ma, silent ? 14800 : 7800);
	}
}

/* ---- states and reasons ---- */

static void every_state_says_what_it_waits_for(void **state)
{
	struct site site;

	(void)state;
	site_begin(&site);
	site_silence(&site);
	assert_int_equal(site.decision.state, REGULATOR_STARTING);
	assert_int_equal(site.decision.reason, REASON_NO_READING);
	all_phases(&site, 20000);
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.state, REGULATOR_PAUSED);
	assert_int_equal(site.decision.reason, REASON_NO_ROOM);
	all_phases(&site, 0);
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.reason, REASON_HOLD);
	site.input.cap_ma = 5999;
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.reason, REASON_CAP);

	site_charge(&site);
	assert_int_equal(site.decision.reason, REASON_NOTHING);
	/* a stall shows before lost_after */
	assert_int_equal(site.decision.deadline_ms, site.now_ms + 2500);
	all_phases(&site, 12000);
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.reason, REASON_MAINS);
	site.input.cap_ma = 12800;
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.reason, REASON_CAP);

	site.input.limit_ma = 0;
	site_decide(&site, NULL);
	assert_int_equal(site.decision.reason, REASON_CAP);
	site.input.cap_ma = REGULATOR_NO_CAP;
	site_decide(&site, NULL);
	assert_int_equal(site.decision.reason, REASON_SWITCHED_OFF);
	site.input.faults = FAULT_BIT(FAULT_OUTPUT_FAILED);
	site_decide(&site, NULL);
	assert_int_equal(site.decision.state, REGULATOR_FAILSAFE);
	assert_int_equal(site.decision.allowed_ma, 0);
}

static void silence_is_told_from_answers_that_are_no_readings(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	site_poll(&site, READING_INVALID);
	site_run(&site, 60000);
	while (!site.decision.faults)
		site_silence(&site);
	assert_int_equal(site.decision.faults, FAULT_BIT(FAULT_METER_LOST));
	site_poll(&site, READING_INVALID);
	assert_int_equal(site.decision.faults, FAULT_BIT(FAULT_METER_IMPLAUSIBLE));
}

static void after_a_meter_fault_min_current_needs_no_margin(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	all_phases(&site, 24800 - 6000);
	while (!site.decision.faults)
		site_silence(&site);
	assert_int_equal(site_until(&site, 6000), POLL_MS + 10000);
}

/* ---- another configuration while a car charges ---- */

static void a_reload_acts_with_the_next_cycle(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	site.config.max_ma = 10000;
	site_decide(&site, NULL);
	assert_int_equal(site.decision.allowed_ma, 10000);
	assert_int_equal(site.decision.state, REGULATOR_CHARGING);
	site.config.max_ma = 16000;
	site_run(&site, 20000);
	assert_int_equal(site.decision.allowed_ma, 16000);

	/* more phases: what they carry counts from the next reading on */
	site.config.phase_mask = 0x1;
	site.house_ma[1] = 12000;
	site_run(&site, 30000);
	assert_int_equal(site.decision.allowed_ma, 16000);
	site.config.phase_mask = 0x3;
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.allowed_ma, 12800);

	/* a larger margin is not an overload */
	site.config.margin_ma = 5000;
	site_run(&site, 30000);
	assert_int_equal(site.decision.allowed_ma, 12800);

	/* a smaller lost_after counts from the last good reading on */
	site.config.lost_after_ms = 1000;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(site.decision.faults, 0);
		site_silence(&site);
	}
	assert_int_equal(site.decision.faults, FAULT_BIT(FAULT_METER_LOST));

	/* a higher min_current pauses what is below it */
	site_charge(&site);
	all_phases(&site, 18000);
	site_run(&site, 30000);
	assert_int_equal(site.decision.allowed_ma, 6800);
	site.config.min_ma = 8000;
	site_decide(&site, NULL);
	assert_int_equal(site.decision.state, REGULATOR_PAUSED);
	all_phases(&site, 0);
	assert_int_equal(site_until(&site, 8000), POLL_MS + 60000);
}

static void switched_on_again_it_waits_for_settle_and_a_reading(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	site.input.limit_ma = 0;
	site_decide(&site, NULL);
	assert_int_equal(site.decision.state, REGULATOR_DISABLED);
	assert_int_equal(site.decision.deadline_ms, INT64_MAX);
	site.now_ms += 3600000;
	site.input.limit_ma = LIMIT_MA;
	site_decide(&site, NULL);
	assert_int_equal(site.decision.state, REGULATOR_STARTING);
	assert_int_equal(site.decision.allowed_ma, 0);
	assert_int_equal(site.decision.phase, -1);
	assert_int_equal(site_until(&site, 6000), site.config.settle_ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_one_phase_meter_has_one_phase),
		cmocka_unit_test(phases_that_the_charger_does_not_use_count_for_nothing),
		cmocka_unit_test(a_car_draws_no_more_than_the_least_loaded_phase_that_can_be_its),
		cmocka_unit_test(export_is_room_only_if_the_configuration_says_so),
		cmocka_unit_test(silence_is_a_fault_after_lost_after_and_over_after_recover_delay),
		cmocka_unit_test(
			a_fault_seen_by_others_lasts_recover_delay_only_if_it_is_one_of_readings),
		cmocka_unit_test(a_fault_leaves_failsafe_current_of_what_was_allowed),
		cmocka_unit_test(a_suspect_reading_lowers_to_min_current_and_room_begins_anew),
		cmocka_unit_test(after_a_stall_the_reading_is_discarded),
		cmocka_unit_test(the_phase_that_the_charger_draws_most_from_counts_while_it_speaks),
		cmocka_unit_test(every_state_says_what_it_waits_for),
		cmocka_unit_test(silence_is_told_from_answers_that_are_no_readings),
		cmocka_unit_test(after_a_meter_fault_min_current_needs_no_margin),
		cmocka_unit_test(a_reload_acts_with_the_next_cycle),
		cmocka_unit_test(switched_on_again_it_waits_for_settle_and_a_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
