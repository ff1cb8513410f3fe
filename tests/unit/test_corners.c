/* SPDX-License-Identifier: MIT */
/*
 * Corners of core/ that neither a house nor a random walk comes to often enough: limits of counters,
 * lists that are full or empty, values that are none.
 */
#include <string.h>

#include "core/cuts.h"
#include "core/draw.h"
#include "core/fault.h"
#include "core/law.h"
#include "core/meter_watch.h"
#include "core/runaway.h"
#include "core/text.h"
#include "core/witness.h"
#include "support.h"
#include "usual_config.h"

static void what_is_no_fault_or_state_has_no_name(void **state)
{
	(void)state;
	assert_null(fault_name((enum fault) - 1));
	assert_null(fault_name(FAULT_COUNT));
	assert_null(regulator_state_name((enum regulator_state)(REGULATOR_FAILSAFE + 1)));
	assert_int_equal(fault_first(0), FAULT_INVALID);
	assert_int_equal(fault_first(FAULT_BIT(FAULT_LOOP_STALLED)), FAULT_LOOP_STALLED);
}

static void a_higher_cut_takes_the_place_of_all_lower_ones(void **state)
{
	struct cuts cuts = {.count = 0};

	(void)state;
	cuts_add(&cuts, 10000, 1000);
	cuts_add(&cuts, 8000, 2000);
	cuts_add(&cuts, 12000, 3000);
	assert_int_equal(cuts.count, 1);
	assert_int_equal(cuts_highest_ma(&cuts, 6000), 12000);
	/* A raise beyond it since. */
	assert_int_equal(cuts_highest_ma(&cuts, 13000), 13000);
	cuts_expire(&cuts, 3000);
	assert_int_equal(cuts.count, 0);
	assert_int_equal(cuts_highest_ma(&cuts, 6000), 6000);
}

static void a_full_list_of_cuts_keeps_the_highest(void **state)
{
	struct cuts cuts = {.count = 0};

	(void)state;
	for (int i = 0; i < 2 * CUTS_MAX; i++)
		cuts_add(&cuts, 32000 - 1000 * i, 1000 + i);
	assert_int_equal(cuts.count, CUTS_MAX);
	assert_int_equal(cuts_highest_ma(&cuts, 0), 32000);
	assert_int_equal(cuts.list[CUTS_MAX - 1].from_ma, 32000 - 1000 * (2 * CUTS_MAX - 1));
}

static void a_raise_that_does_not_show_yet_counts_from_what_was_allowed(void **state)
{
	const int32_t loads_ma[PHASES_MAX] = {1000, 1000, 1000};
	struct draw draw;

	(void)state;
	draw_init(&draw);
	draw_change(&draw, 6000, 8000, loads_ma, 6000, 1000);
	draw_change(&draw, 8000, 10000, loads_ma, 6000, 2000);
	assert_int_equal(draw.raised_from_ma, 8000);
	/* This one does, and the load did not follow. */
	draw_change(&draw, 10000, 12000, loads_ma, 6000, 60000);
	assert_int_equal(draw.raised_from_ma, 8000);
}

static void the_longest_hold_is_not_doubled_for_ever(void **state)
{
	struct regulator r;

	(void)state;
	regulator_init(&r, &usual_config, 0);
	r.resumed_ms = 0;
	for (int i = 0; i < REPEATS_MAX + 5; i++) {
		r.allowed_ma = 6000;
		law_pause(&r, &usual_config, 1000);
		assert_true(r.repeats <= REPEATS_MAX);
		assert_true(r.hold_until_ms <= 1000 + HOLD_MAX_MS);
	}
	assert_int_equal(r.repeats, REPEATS_MAX);
}

static void raises_that_were_taken_back_are_not_counted_for_ever(void **state)
{
	const struct loads loads = {.ma = {40000, 40000, 40000}, .mask = 7, .car_max_ma = 40000};
	struct regulator r;

	(void)state;
	regulator_init(&r, &usual_config, 0);
	for (int i = 0; i < REPEATS_MAX + 5; i++) {
		r.allowed_ma = 16000;
		draw_init(&r.draw);
		r.draw.raised_ms = 1000;
		law_lower(&r, &usual_config, 25000, &loads, 2000);
		assert_true(r.allowed_ma < 16000);
		assert_true(r.raise_repeats <= REPEATS_MAX);
	}
	assert_int_equal(r.raise_repeats, REPEATS_MAX);
	/* One that comes without a raise begins anew. */
	r.allowed_ma = 16000;
	draw_init(&r.draw);
	law_lower(&r, &usual_config, 25000, &loads, 2000);
	assert_int_equal(r.raise_repeats, 0);
}

static void a_self_test_that_keeps_failing_stays_failed(void **state)
{
	struct meter_watch watch = {0};

	(void)state;
	for (int i = 1; i < 10; i++) {
		meter_watch_error_register(&watch, 0x80);
		assert_int_equal(meter_watch_selftest_failed(&watch), i >= SELFTEST_READS);
	}
	meter_watch_error_register(&watch, 0);
	assert_false(meter_watch_selftest_failed(&watch));
}

/* Each step of the charger is shown by a meter with the sign wrong. */
static void a_meter_that_stays_backwards_is_told_once_enough_is_seen(void **state)
{
	struct witness witness;
	int64_t now_ms = 0;

	(void)state;
	witness_init(&witness);
	for (int i = 0; i < 8; i++) {
		const int32_t car_ma = i % 2 ? 6000 : 12000;
		const int32_t drawn_ma[PHASES_MAX] = {car_ma, -1, -1};
		const int32_t current_ma[PHASES_MAX] = {-1000 - car_ma, 500, 500};

		for (int j = 0; j < 100; j++)
			witness_step(&witness, current_ma, drawn_ma, 6000, now_ms += 250);
	}
	assert_true(witness_faults(&witness, true) == FAULT_BIT(FAULT_METER_REVERSED));
	assert_true(witness_faults(&witness, false) == 0);
}

static void a_phase_that_is_measured_no_longer_is_no_step(void **state)
{
	const int32_t both_ma[PHASES_MAX] = {10000, 10000, -1},
		      one_ma[PHASES_MAX] = {10000, -1, -1};
	const int32_t current_ma[PHASES_MAX] = {12000, 11000, 500};
	struct witness witness;
	int64_t now_ms = 0;

	(void)state;
	witness_init(&witness);
	for (int i = 0; i < 400; i++)
		witness_step(
			&witness, current_ma, i / 100 % 2 ? one_ma : both_ma, 6000, now_ms += 250);
	assert_true(witness_faults(&witness, true) == 0);
}

static void room_that_shrank_to_nothing_raises_nothing(void **state)
{
	const struct loads loads = {.ma = {1000, 1000, 1000}, .mask = 7, .car_max_ma = 1000};
	struct regulator r;

	(void)state;
	regulator_init(&r, &usual_config, 0);
	r.allowed_ma = 8000;
	r.room_since_ms = 1000;
	r.room_ma = 8000;
	law_raise(&r, &usual_config, 24800, 16000, &loads, 1000000);
	assert_int_equal(r.allowed_ma, 8000);
}

static void a_charger_without_phases_cannot_run_away(void **state)
{
	const int32_t loads_ma[PHASES_MAX] = {40000, 40000, 40000};
	struct runaway runaway = {.verdict = RUNAWAY_CHARGER};

	(void)state;
	runaway_stop(&runaway, loads_ma, 0);
	runaway_on_reading(&runaway, loads_ma, 0, 25000, 6000, 60000);
	assert_int_equal(runaway.verdict, RUNAWAY_NONE);
}

static void the_phase_that_the_charger_draws_most_from_counts(void **state)
{
	const struct regulator_feedback said[] = {
		{.at_ms = 1000, .drawn_ma = {5000, -1, -1}},
		{.at_ms = 1250, .drawn_ma = {-1, 7000, -1}},
		{.at_ms = 1500, .drawn_ma = {-1, -1, 9000}},
		{.at_ms = 1750, .drawn_ma = {-1, -1, -1}},
	};
	static const int32_t expected_ma[] = {5000, 7000, 9000, -1};
	struct regulator_decision decision;
	struct regulator r;

	(void)state;
	regulator_init(&r, &usual_config, 750);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct regulator_input input = {
			.limit_ma = 25000,
			.feedback = &said[i],
			.cap_ma = REGULATOR_NO_CAP,
		};

		regulator_step(&r, &usual_config, &input, said[i].at_ms, &decision);
		assert_int_equal(r.draw.said_ma, expected_ma[i]);
		assert_int_equal(decision.allowed_ma, 0);
	}
}

static void text_is_utf_8_without_control_characters(void **state)
{
	static const struct {
		const char *text;
		enum text_flaw flaw;
		size_t at;
	} cases[] = {
		{"", TEXT_GOOD, 0},
		{"a\tb", TEXT_GOOD, 0},
		{"a\nb", TEXT_CONTROL, 1},
		{"\x7f", TEXT_CONTROL, 0},
		{"\xc2\x85", TEXT_CONTROL, 0}, /* NEL, of C1 */
		{"\xc2\xa0", TEXT_GOOD, 0},
		{"\xc3\xa4", TEXT_GOOD, 0},
		{"x\xc1\x81", TEXT_NOT_UTF8, 1}, /* A in two bytes */
		{"\xc3", TEXT_NOT_UTF8, 0},
		{"\xc3(", TEXT_NOT_UTF8, 0},
		{"\xc3\xff", TEXT_NOT_UTF8, 0},
		{"\xe2\x82\xac", TEXT_GOOD, 0},
		{"\xe2\x82(", TEXT_NOT_UTF8, 0},
		{"\xe2\x82\xff", TEXT_NOT_UTF8, 0},
		{"\xe0\x9f\xbf", TEXT_NOT_UTF8, 0},
		{"\xed\xa0\x80", TEXT_NOT_UTF8, 0}, /* a surrogate */
		{"\xef\xbf\xbd", TEXT_GOOD, 0},
		{"\xf0\x9f\x94\x8c", TEXT_GOOD, 0},
		{"\xf0\x8f\xbf\xbf", TEXT_NOT_UTF8, 0},
		{"\xf4\x90\x80\x80", TEXT_NOT_UTF8, 0}, /* above U+10FFFF */
		{"\xf5\x80\x80\x80", TEXT_NOT_UTF8, 0},
		{"\x80", TEXT_NOT_UTF8, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t at = SIZE_MAX;

		assert_int_equal(
			text_flaw(cases[i].text, strlen(cases[i].text), &at), cases[i].flaw);
		assert_true(at == (cases[i].flaw == TEXT_GOOD ? SIZE_MAX : cases[i].at));
	}
}

static void text_is_echoed_so_that_it_can_be_shown(void **state)
{
	char buf[16];

	(void)state;
	assert_string_equal(text_echo("plain", buf, sizeof(buf)), "plain");
	assert_string_equal(text_echo("\x1b[0m\xff", buf, sizeof(buf)), "\\x1b[0m\\xff");
	assert_string_equal(text_echo("\xc2\x85", buf, sizeof(buf)), "\\xc2\\x85");
	assert_string_equal(text_echo("exactly fifteen", buf, sizeof(buf)), "exactly fifteen");
	assert_string_equal(text_echo("more than fifteen", buf, sizeof(buf)), "more than fi...");
	/* Not in the middle of a character. */
	assert_string_equal(text_echo("seven \xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", buf, 14),
		"seven \xe2\x82\xac...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_fault_or_state_has_no_name),
		cmocka_unit_test(a_higher_cut_takes_the_place_of_all_lower_ones),
		cmocka_unit_test(a_full_list_of_cuts_keeps_the_highest),
		cmocka_unit_test(a_raise_that_does_not_show_yet_counts_from_what_was_allowed),
		cmocka_unit_test(the_longest_hold_is_not_doubled_for_ever),
		cmocka_unit_test(raises_that_were_taken_back_are_not_counted_for_ever),
		cmocka_unit_test(a_self_test_that_keeps_failing_stays_failed),
		cmocka_unit_test(a_meter_that_stays_backwards_is_told_once_enough_is_seen),
		cmocka_unit_test(a_phase_that_is_measured_no_longer_is_no_step),
		cmocka_unit_test(room_that_shrank_to_nothing_raises_nothing),
		cmocka_unit_test(a_charger_without_phases_cannot_run_away),
		cmocka_unit_test(the_phase_that_the_charger_draws_most_from_counts),
		cmocka_unit_test(text_is_utf_8_without_control_characters),
		cmocka_unit_test(text_is_echoed_so_that_it_can_be_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
