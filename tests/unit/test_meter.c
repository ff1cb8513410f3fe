/* SPDX-License-Identifier: MIT */
/* What the meter driver asks when, and what it makes of the answers. */
#include "meter_rig.h"

/* ---- the hot path ---- */

static void the_first_request_is_six_registers_at_0x500C(void **state)
{
	static const uint8_t wanted[] = {0x01, 0x03, 0x50, 0x0c, 0x00, 0x06, 0x14, 0xcb};
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_await_request(&rig);
	assert_memory_equal(rig.request, wanted, sizeof(wanted));
	rig_end(&rig);
}

static void an_answer_is_a_reading_with_its_time(void **state)
{
	/* the currents of a real meter: 4.05, -1.62, -2.15 A */
	static const uint8_t answer[] = {0x01, 0x03, 0x0c, 0x40, 0x81, 0x99, 0x9a, 0xbf, 0xcf, 0x5c,
		0x29, 0xc0, 0x09, 0x99, 0x9a, 0x18, 0xde};
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_await_request(&rig);
	assert_true(rig_send_raw(&rig, answer, sizeof(answer)) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->quality, READING_GOOD);
	assert_int_equal(meter_reading(rig.meter)->at_ms, rig.now_us / 1000);
	assert_int_equal(meter_reading(rig.meter)->current_ma[0], 4050);
	assert_int_equal(meter_reading(rig.meter)->current_ma[1], -1620);
	assert_int_equal(meter_reading(rig.meter)->current_ma[2], -2150);
	assert_int_equal(meter_status(rig.meter)->counters.ok, 1);
	rig_end(&rig);
}

static void at_most_one_slow_request_stands_between_two_polls(void **state)
{
	struct rig rig;
	int slow = 0, hot = 0, total_slow = 0;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	while (hot < 200) {
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x500c) {
			assert_int_equal(asked_count(&rig), 6);
			hot++;
			slow = 0;
		} else {
			/* and none could be mistaken for the currents */
			assert_int_not_equal(asked_count(&rig), 6);
			total_slow++;
			slow++;
		}
		assert_true(slow <= 1);
		(void)rig_answer_healthy(&rig, 10);
	}
	assert_true(total_slow > 20);
	rig_end(&rig);
}

static void polls_follow_each_other_at_poll_interval(void **state)
{
	struct rig rig;
	int64_t last_us = 0;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	for (int i = 0; i < 100; i++) {
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x500c) {
			if (last_us)
				assert_in_range(rig.now_us - last_us, 250000, 260000);
			last_us = rig.now_us;
		}
		(void)rig_answer_healthy(&rig, 10);
	}
	rig_end(&rig);
}

/* ---- what the meter is ---- */

static void the_meter_is_identified(void **state)
{
	const struct meter_status *status;
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_run_healthy(&rig, 20);
	status = meter_status(rig.meter);
	assert_string_equal(status->serial, "22091039");
	assert_int_equal(status->meter_code, 0x0102);
	assert_int_equal(status->software, 218);
	assert_int_equal(status->rated_ma, 100000);
	assert_int_equal(status->parity, 1);
	assert_int_equal(status->error_register, 0);
	assert_int_equal(status->model, METER_MODEL_KLEFR_6934);
	assert_true(status->voltages_known);
	assert_int_equal(status->voltage_mv[2], 232000);
	assert_int_equal(status->absent_phases, 0);
	rig_end(&rig);
}

static void a_meter_that_refuses_its_identity_is_polled_all_the_same(void **state)
{
	struct rig rig;
	int readings = 0;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	while (readings < 40) {
		rig_await_request(&rig);
		if (asked_address(&rig) != 0x500c)
			(void)rig_refuse(&rig, 2);
		else if (rig_answer_healthy(&rig, 10) & METER_READING)
			readings++;
	}
	assert_int_equal(meter_status(rig.meter)->model, METER_MODEL_AUTO);
	assert_int_equal(meter_status(rig.meter)->phases, 3); /* in doubt three */
	assert_int_equal(meter_status(rig.meter)->rated_ma, 0);
	assert_false(meter_status(rig.meter)->unknown);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_NONE);
	rig_end(&rig);
}

static void a_one_phase_code_leads_to_two_registers(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_await_request(&rig);
	(void)rig_answer_healthy(&rig, 10);
	rig_await_request(&rig);
	assert_int_equal(asked_address(&rig), 0x4000);
	(void)rig_answer_words(&rig, (uint16_t[]){0x1801, 0x0365, 0x0101});
	rig_await_request_for(&rig, 0x500c);
	assert_int_equal(asked_count(&rig), 2);
	assert_true(rig_answer_floats(&rig, (float[]){7.5f}) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->phases, 1);
	assert_int_equal(meter_reading(rig.meter)->current_ma[0], 7500);
	assert_int_equal(meter_status(rig.meter)->model, METER_MODEL_KLEFR_6924);
	rig_end(&rig);
}

static void a_meter_without_a_code_that_refuses_six_registers_has_one_phase(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	for (int i = 0; i < 20; i++) {
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x500c && asked_count(&rig) == 2)
			break;
		(void)rig_refuse(&rig, 2);
	}
	assert_true(rig_answer_floats(&rig, (float[]){3.0f}) & METER_READING);
	assert_int_equal(meter_status(rig.meter)->model, METER_MODEL_KLEFR_6924);
	assert_int_equal(meter_status(rig.meter)->phases, 1);
	rig_end(&rig);
}

/* Two phases more that nobody would look at, for as long as the port is open. */
static void a_disturbance_at_the_start_takes_no_phases_from_a_meter_without_a_code(void **state)
{
	const uint8_t damaged[] = {1, 3, 12, 0, 0};
	struct rig rig;
	int readings = 0;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_await_request(&rig);
	(void)rig_send_raw(&rig, damaged, sizeof(damaged));
	rig_await_request(&rig);
	assert_int_equal(asked_address(&rig), 0x4000);
	(void)rig_refuse(&rig, 2); /* the meter is there */
	for (int i = 0; i < 10; i++) {
		rig_await_request(&rig);
		(void)rig_refuse(&rig, 6); /* but still busy with its start */
	}
	/* so long that the slow requests are given up for a while */
	for (int i = 0; i < 100; i++) {
		rig_await_request(&rig);
		assert_true(asked_address(&rig) != 0x500c || asked_count(&rig) == 6);
		(void)rig_send_raw(&rig, damaged, sizeof(damaged));
	}
	while (readings < 3) {
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x4000)
			(void)rig_refuse(&rig, 2);
		else if (rig_answer_healthy(&rig, 10) & METER_READING)
			readings++;
	}
	assert_int_equal(meter_status(rig.meter)->phases, 3);
	assert_int_equal(meter_reading(rig.meter)->phases, 3);
	rig_end(&rig);
}

/* Silence instead of a refusal, on a line that works. */
static void a_meter_without_a_code_that_is_silent_on_six_registers_has_one_phase(void **state)
{
	struct rig rig;
	int asked = 0;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	while (asked < 60) {
		rig_await_request(&rig);
		asked++;
		if (asked_address(&rig) == 0x500c && asked_count(&rig) == 2)
			break;
		if (asked_address(&rig) != 0x500c)
			(void)rig_refuse(&rig, 2);
	}
	assert_true(asked < 60);
	assert_true(rig_answer_floats(&rig, (float[]){3.0f}) & METER_READING);
	assert_int_equal(meter_status(rig.meter)->phases, 1);
	rig_end(&rig);
}

static void a_one_phase_meter_with_its_current_at_0x500A_is_read_there(void **state)
{
	struct rig rig;
	int asked = 0;

	(void)state;
	/* it says 0 at 0x500C for ever */
	rig_begin(&rig, METER_MODEL_KLEFR_6924);
	while (asked < 60) {
		rig_await_request(&rig);
		asked++;
		if (asked_address(&rig) == 0x500a && asked_count(&rig) == 2)
			break;
		if (asked_address(&rig) == 0x500a)
			(void)rig_answer_floats(&rig, (float[]){12.5f, 0.0f});
		else if (asked_address(&rig) == 0x500c)
			(void)rig_answer_floats(&rig, (float[]){0.0f});
		else
			(void)rig_answer_healthy(&rig, 0);
	}
	assert_true(asked < 60);
	assert_true(rig_answer_floats(&rig, (float[]){12.5f}) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->current_ma[0], 12500);
	rig_end(&rig);

	/* it refuses 0x500C */
	rig_begin(&rig, METER_MODEL_KLEFR_6924);
	rig_await_request(&rig);
	(void)rig_refuse(&rig, 2);
	rig_await_request_for(&rig, 0x500a);
	assert_true(rig_answer_floats(&rig, (float[]){9.0f}) & METER_READING);
	rig_end(&rig);
}

static void a_device_that_refuses_all_current_registers_is_unknown(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	for (int i = 0; i < 20 && !meter_status(rig.meter)->unknown; i++) {
		rig_await_request(&rig);
		(void)rig_refuse(&rig, 2);
	}
	assert_true(meter_status(rig.meter)->unknown);
	/* and known again when it answers after all */
	rig_await_request_for(&rig, 0x500c);
	(void)rig_answer_floats(&rig, (float[]){1, 1, 1});
	assert_false(meter_status(rig.meter)->unknown);
	rig_end(&rig);
}

/* ---- health ---- */

static void the_error_register_fails_the_selftest_after_three_reads(void **state)
{
	struct rig rig;
	int reads = 0;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	while (reads < 3) {
		assert_false(meter_status(rig.meter)->selftest_failed);
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x4015) {
			(void)rig_answer_words(&rig, (uint16_t[]){0x0002});
			reads++;
		} else {
			(void)rig_answer_healthy(&rig, 10);
		}
	}
	assert_true(meter_status(rig.meter)->selftest_failed);
	assert_int_equal(meter_status(rig.meter)->error_register, 2);
	rig_end(&rig);
}

static void an_error_register_is_confirmed_behind_the_next_polls(void **state)
{
	int64_t first_us = 0;
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_run_healthy(&rig, 40);
	while (!meter_status(rig.meter)->selftest_failed) {
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x4015) {
			if (!first_us)
				first_us = rig.now_us;
			(void)rig_answer_words(&rig, (uint16_t[]){0x0002});
		} else {
			(void)rig_answer_healthy(&rig, 10);
		}
	}
	/* twice more, each behind a poll, which one other request may have been first with */
	assert_in_range(rig.now_us - first_us, 2 * 250000, 3 * 250000 + 100000);
	rig_end(&rig);
}

static void a_poll_that_failed_holds_up_no_slow_request(void **state)
{
	int64_t asked_us = 0;
	int lost = 0;
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_run_healthy(&rig, 40);
	/* every third poll is lost */
	while (lost < 60) {
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x4015) {
			if (asked_us)
				assert_in_range(rig.now_us - asked_us, 2000000, 3500000);
			asked_us = rig.now_us;
		}
		if (asked_address(&rig) == 0x500c && rig.now_us / 250000 % 3 == 0)
			lost++;
		else
			(void)rig_answer_healthy(&rig, 10);
	}
	rig_end(&rig);
}

static void no_current_at_all_asks_for_the_voltages_at_once(void **state)
{
	static const float dead[4] = {0};
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_run_healthy(&rig, 40);
	for (int i = 0; i < 20; i++) {
		do {
			rig_await_request(&rig);
			if (asked_address(&rig) != 0x500c)
				(void)rig_answer_healthy(&rig, 10);
		} while (asked_address(&rig) != 0x500c);
		(void)rig_answer_floats(&rig, dead);
		rig_await_request(&rig);
		assert_int_equal(asked_address(&rig), 0x5000);
		(void)rig_answer_floats(&rig, dead);
		rig_await_request_for(&rig, 0x500c);
		(void)rig_answer_floats(&rig, dead);
		assert_int_equal(meter_reading(rig.meter)->quality, READING_INVALID);
		rig_run_healthy(&rig, 3 + i);
	}
	rig_end(&rig);
}

static void a_value_that_is_no_current_is_counted_and_named(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_await_request(&rig);
	assert_true(rig_answer_floats(&rig, (float[]){1, __builtin_nanf(""), 1}) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->quality, READING_INVALID);
	assert_int_equal(meter_status(rig.meter)->counters.implausible, 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_VALUE);
	rig_await_request_for(&rig, 0x500c);
	(void)rig_answer_floats(&rig, (float[]){1, 500, 1});
	assert_int_equal(meter_reading(rig.meter)->quality, READING_SUSPECT);
	rig_end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_request_is_six_registers_at_0x500C),
		cmocka_unit_test(an_answer_is_a_reading_with_its_time),
		cmocka_unit_test(at_most_one_slow_request_stands_between_two_polls),
		cmocka_unit_test(polls_follow_each_other_at_poll_interval),
		cmocka_unit_test(the_meter_is_identified),
		cmocka_unit_test(a_meter_that_refuses_its_identity_is_polled_all_the_same),
		cmocka_unit_test(a_one_phase_code_leads_to_two_registers),
		cmocka_unit_test(a_meter_without_a_code_that_refuses_six_registers_has_one_phase),
		cmocka_unit_test(
			a_disturbance_at_the_start_takes_no_phases_from_a_meter_without_a_code),
		cmocka_unit_test(
			a_meter_without_a_code_that_is_silent_on_six_registers_has_one_phase),
		cmocka_unit_test(a_one_phase_meter_with_its_current_at_0x500A_is_read_there),
		cmocka_unit_test(a_device_that_refuses_all_current_registers_is_unknown),
		cmocka_unit_test(the_error_register_fails_the_selftest_after_three_reads),
		cmocka_unit_test(an_error_register_is_confirmed_behind_the_next_polls),
		cmocka_unit_test(a_poll_that_failed_holds_up_no_slow_request),
		cmocka_unit_test(no_current_at_all_asks_for_the_voltages_at_once),
		cmocka_unit_test(a_value_that_is_no_current_is_counted_and_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
