/* SPDX-License-Identifier: MIT */
/*
 * What people read: why the car may draw what it may, what a fault means and what to do about it,
 * and which meter this is.
 */
#include <string.h>

#include "app/sentence.h"
#include "support.h"

static struct config config;
static struct meter_status meter;
static struct runaway runaway;
static struct regulator_decision decision;
static struct situation situation;
static char text[SENTENCE_MAX];

static int setup(void **state)
{
	(void)state;
	config_defaults(&config);
	meter = (struct meter_status){.phases = 3,
		.model = METER_MODEL_KLEFR_6934,
		.meter_code = -1,
		.software = -1,
		.parity = -1,
		.error_register = -1};
	runaway = (struct runaway){0};
	decision = (struct regulator_decision){
		.phase = 1, .load_ma = 24370, .allowed_ma = 9437, .runaway = &runaway};
	situation = (struct situation){.config = &config,
		.decision = &decision,
		.meter = &meter,
		.meter_trouble = "",
		.output_error = "",
		.limit_error = "",
		.limit_ma = 25000,
		.now_ms = 1000000};
	return 0;
}

static const char *why(enum regulator_reason reason, int32_t allowed_ma)
{
	decision.reason = reason;
	decision.allowed_ma = allowed_ma;
	return sentence_decision(&situation, text, sizeof(text));
}

static const char *fault(enum fault which)
{
	return sentence_fault(&situation, which, text, sizeof(text));
}

static void says(const char *sentence, const char *part)
{
	if (!strstr(sentence, part))
		fail_msg("'%s' does not say '%s'", sentence, part);
}

/* ---- decisions ---- */

static void every_reason_says_what_the_car_may_draw_and_why(void **state)
{
	(void)state;
	assert_string_equal(
		why(REASON_NO_READING, 0), "The car has to wait: the meter has not answered yet");
	assert_string_equal(
		why(REASON_NOTHING, 16000), "The car may draw 16 A: nothing holds it back");
	assert_string_equal(
		why(REASON_MAINS, 9437), "The car may draw 9.4 A: phase L2 carries 24.4 A of 25 A");
	says(why(REASON_ROOM, 9437), "9.4 A for now: phase L2 carries 24.4 A of 25 A");
	says(why(REASON_RIDING, 6000), "6 A, the least: phase L2 is overloaded");
	says(why(REASON_SWITCHED_OFF, 16000), "16 A: the power optimizer is switched off");
	decision.faults = FAULT_BIT(FAULT_METER_LOST);
	assert_string_equal(
		why(REASON_FAULT, 6000), "The car may draw 6 A because of a fault (meter-lost)");
}

static void a_fault_is_told_with_its_cause_as_long_as_that_lasts(void **state)
{
	(void)state;
	situation.meter_trouble = "The meter does not answer";
	situation.limit_error = "The chip is gone";
	situation.output_error = "There is no file";
	decision.faults = FAULT_BIT(FAULT_METER_LOST);
	says(why(REASON_FAULT, 0), "because of a fault (meter-lost). The meter does not answer");
	decision.faults = FAULT_BIT(FAULT_METER_IMPLAUSIBLE);
	says(why(REASON_FAULT, 0), "(meter-implausible). The meter does not answer");
	decision.faults = FAULT_BIT(FAULT_DIP_UNREADABLE);
	says(why(REASON_FAULT, 0), "(dip-unreadable). The chip is gone");
	decision.faults = FAULT_BIT(FAULT_OUTPUT_FAILED);
	says(why(REASON_FAULT, 0), "(output-failed). There is no file");
	decision.faults = FAULT_BIT(FAULT_PHASE_MISSING);
	assert_string_equal(
		why(REASON_FAULT, 0), "The car may draw 0 A because of a fault (phase-missing)");
}

static void a_pause_says_what_it_waits_for(void **state)
{
	(void)state;
	decision.needed_ma = 7500;
	assert_string_equal(why(REASON_NO_ROOM, 0),
		"Charging is paused: phase L2 carries 24.4 A of 25 A, which leaves less than the 7.5 A "
		"that are needed to go on");
	decision.phase = -1;
	says(why(REASON_NO_ROOM, 0), "the meter has not said yet what the house takes");
	decision.hold_until_ms = situation.now_ms + 41001;
	assert_string_equal(why(REASON_HOLD, 0),
		"Charging is paused: there is room for the car, and it goes on if that lasts; at the "
		"earliest in 42s");
	situation.stops = 1;
	assert_null(strstr(why(REASON_HOLD, 0), "stop"));
	situation.stops = 2;
	says(why(REASON_HOLD, 0), "in 42s, after 2 stops in a row");
	situation.stops = 21;
	says(why(REASON_HOLD, 0), "in 42s, after 20 or more stops in a row");
	says(why(REASON_SWITCHED_OFF, 0), "paused for another 42s, as after every pause");
	decision.hold_until_ms = situation.now_ms;
	says(why(REASON_HOLD, 0), "and it goes on now");
}

static void a_cap_says_whose_it_is_and_for_how_long(void **state)
{
	struct cap cap = {.name = "evcc", .ma = 10000, .until_us = CAP_NO_END};

	(void)state;
	situation.cap = &cap;
	assert_string_equal(why(REASON_CAP, 10000),
		"The car may draw 10 A: it is capped to 10 A by user evcc until that is cleared");
	cap.until_us = (situation.now_ms + 59001) * 1000;
	says(why(REASON_CAP, 10000), "by user evcc for another 1min");
	cap.until_us = (situation.now_ms + 30000) * 1000;
	says(why(REASON_CAP, 0), "for another 30s, and the pause is not over yet");
	cap.ma = 0;
	says(why(REASON_CAP, 0),
		"paused: it is capped to 0 A by user evcc for another 30s, and a car needs 6 A");
}

/* ---- faults ---- */

static void every_fault_has_a_sentence_with_a_remedy(void **state)
{
	(void)state;
	says(fault(FAULT_METER_LOST), "no reading for 5s. Check its power and the RS485 line");
	says(fault(FAULT_METER_IMPLAUSIBLE), "cannot be true, for 5s. Check the power");
	meter.error_register = 0x0010;
	says(fault(FAULT_METER_SELFTEST), "(register 0x4015 = 0x0010): look at its display");
	strcpy(config.meter.device, "/dev/ttyRS485");
	says(fault(FAULT_METER_UNKNOWN), "/dev/ttyRS485 has none of the Klefr's");
	says(fault(FAULT_METER_UNKNOWN), "is [meter] unit its address?");
	says(fault(FAULT_METER_REVERSED), "exchange its incoming and outgoing side");
	situation.limit_error = "Line 17 of gpiochip0 is used by sysfs";
	says(fault(FAULT_DIP_UNREADABLE), "Line 17 of gpiochip0 is used by sysfs; or set [mains]");
	situation.output_error = "[pwm] chip: is not there";
	says(fault(FAULT_OUTPUT_FAILED), "may draw. [pwm] chip: is not there");
	says(fault(FAULT_LOOP_STALLED), "did not run for more than 5s");
	for (int i = 0; i < FAULT_COUNT; i++)
		assert_true(strlen(fault((enum fault)i)) > 40);
	assert_string_equal(fault(FAULT_COUNT), "");
	assert_string_equal(fault(FAULT_INVALID), "");
}

static void what_the_meter_knows_of_its_trouble_takes_the_place_of_a_guess(void **state)
{
	(void)state;
	situation.meter_trouble = "The answers are damaged: check the cable";
	says(fault(FAULT_METER_LOST), "for 5s. The answers are damaged: check the cable");
	assert_null(strstr(text, "Check its power"));
	says(fault(FAULT_METER_IMPLAUSIBLE), "for 5s. The answers are damaged");
}

static void a_meter_that_stands_still_is_told_from_one_that_errs(void **state)
{
	(void)state;
	decision.meter_frozen = true;
	says(fault(FAULT_METER_IMPLAUSIBLE), "The meter stands still");
	says(text, "Check that the charger is behind this meter");
}

static void a_missing_phase_is_named(void **state)
{
	(void)state;
	/* the charger uses L3 and L1, and L1 is dead */
	config.charger.phases = (struct phase_map){.count = 2, .mains = {2, 0}};
	meter.absent_phases = 1u << 0;
	says(fault(FAULT_PHASE_MISSING), "Phase L1, which the charger uses, has no voltage");
	/* with no word of the charger's phases, the first that is dead */
	config.charger.phases.count = 0;
	meter.absent_phases = 1u << 1 | 1u << 2;
	says(fault(FAULT_PHASE_MISSING), "Phase L2, which");
}

static void a_phase_that_the_meter_does_not_have_is_no_blown_fuse(void **state)
{
	(void)state;
	config.charger.phases = (struct phase_map){.count = 1, .mains = {2}};
	meter.phases = 1;
	assert_string_equal(fault(FAULT_PHASE_MISSING),
		"The charger uses phase L3, but the meter has one phase only: correct [charger] phases, "
		"or [meter] model");
}

static void a_charger_that_does_not_obey_is_told_with_figures(void **state)
{
	(void)state;
	runaway = (struct runaway){
		.phase = 2, .load_ma = 31260, .stopped_ms = situation.now_ms - 12345};
	says(fault(FAULT_CHARGER_RUNAWAY),
		"told to stop 12s ago, and phase L3 still carries 31.3 A (limit 25 A); switch it off");
}

/* ---- the meter ---- */

static void a_meter_tells_all_that_it_knows_of_itself(void **state)
{
	(void)state;
	strcpy(meter.serial, "20030042");
	meter.meter_code = 0x0102;
	meter.software = 307;
	meter.rated_ma = 100000;
	meter.parity = 1;
	meter.error_register = 0;
	assert_string_equal(sentence_meter(&meter, text, sizeof(text)),
		"The meter is Klefr 6934 (three phases), serial number 20030042, code 0x0102, software "
		"3.07, rated 100 A, parity even, error register 0x0000");
}

static void what_a_meter_does_not_tell_is_left_out(void **state)
{
	(void)state;
	meter.phases = 1;
	meter.model = METER_MODEL_KLEFR_6924;
	meter.parity = 9; /* the register says what no meter does */
	assert_string_equal(
		sentence_meter(&meter, text, sizeof(text)), "The meter is Klefr 6924 (one phase)");
	meter.model = METER_MODEL_AUTO;
	says(sentence_meter(&meter, text, sizeof(text)), "unknown model, taken for three phases");
}

/* Every sentence fits where it is kept, and is cut where it does not. */
static void a_small_buffer_is_not_overrun(void **state)
{
	(void)state;
	strcpy(meter.serial, "20030042");
	meter.meter_code = meter.software = meter.error_register = 1;
	meter.rated_ma = 100000;
	meter.parity = 2;
	for (size_t size = 1; size < 160; size++) {
		memset(text, '#', sizeof(text));
		(void)sentence_meter(&meter, text, size);
		assert_true(strlen(text) < size);
		assert_int_equal(text[size], '#');
	}
}

#define sentence_test(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		sentence_test(every_reason_says_what_the_car_may_draw_and_why),
		sentence_test(a_fault_is_told_with_its_cause_as_long_as_that_lasts),
		sentence_test(a_pause_says_what_it_waits_for),
		sentence_test(a_cap_says_whose_it_is_and_for_how_long),
		sentence_test(every_fault_has_a_sentence_with_a_remedy),
		sentence_test(what_the_meter_knows_of_its_trouble_takes_the_place_of_a_guess),
		sentence_test(a_meter_that_stands_still_is_told_from_one_that_errs),
		sentence_test(a_missing_phase_is_named),
		sentence_test(a_phase_that_the_meter_does_not_have_is_no_blown_fuse),
		sentence_test(a_charger_that_does_not_obey_is_told_with_figures),
		sentence_test(a_meter_tells_all_that_it_knows_of_itself),
		sentence_test(what_a_meter_does_not_tell_is_left_out),
		sentence_test(a_small_buffer_is_not_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
