/* SPDX-License-Identifier: MIT */
/*
 * The law of regulation by its figures: how long each wait lasts, neither less nor more, and how much
 * each step is worth. The invariants say what must never be; this says what is.
 */
#include "law_site.h"

/* ---- pauses ---- */

/* Pauses a charge, leaves room at once, and returns how long the pause lasts. */
static int64_t pause_length(struct site *site)
{
	all_phases(site, 26000);
	(void)site_until(site, 0);
	assert_int_equal(site->decision.state, REGULATOR_PAUSED);
	all_phases(site, 0);
	return site_until(site, 6000);
}

static void a_pause_is_held_twice_as_long_each_time_up_to_ten_minutes(void **state)
{
	static const int64_t holds_ms[] = {60000, 120000, 240000, 480000, 600000, 600000};
	struct site site;

	(void)state;
	site_charge(&site);
	for (size_t i = 0; i < sizeof(holds_ms) / sizeof(holds_ms[0]); i++) {
		int64_t length_ms = pause_length(&site);

		/* of the first the hold ends with the resume_delay, which begins with the next poll */
		assert_int_equal(length_ms, holds_ms[i] + (i == 0 ? POLL_MS : 0));
	}
	/* ten minutes later it begins anew, not a poll before */
	site_run(&site, 600000 - 2 * POLL_MS);
	site.input.cap_ma = 0;
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.allowed_ma, 0);
	site.input.cap_ma = REGULATOR_NO_CAP;
	assert_int_equal(site_until(&site, 6000), 600000);
	site_run(&site, 600000 - POLL_MS);
	site.input.cap_ma = 0;
	site_run(&site, POLL_MS);
	site.input.cap_ma = REGULATOR_NO_CAP;
	assert_in_range(site_until(&site, 6000), 60000, 60000 + POLL_MS);
}

/* Lets the meter be silent until the charge stops; returns how long after that it goes on. */
static int64_t outage_length(struct site *site)
{
	while (site->decision.allowed_ma > 0)
		site_silence(site);
	assert_int_equal(site->decision.state, REGULATOR_FAILSAFE);
	return site_until(site, 6000);
}

static void an_outage_of_the_meter_costs_no_hold_unless_it_comes_again_and_again(void **state)
{
	static const int64_t holds_ms[] = {60000, 120000, 240000, 480000, 600000, 600000};
	struct site site;

	(void)state;
	site_charge(&site);
	assert_int_equal(outage_length(&site), site.config.recover_delay_ms + POLL_MS);
	for (size_t i = 0; i < sizeof(holds_ms) / sizeof(holds_ms[0]); i++)
		assert_int_equal(outage_length(&site), holds_ms[i]);
	/* one more within ten minutes counts, even for a pause; later it is the first again */
	site_run(&site, 600000 - 40 * POLL_MS);
	assert_int_equal(pause_length(&site), 600000);
	site_run(&site, 600000);
	assert_int_equal(outage_length(&site), site.config.recover_delay_ms + POLL_MS);
	assert_in_range(pause_length(&site), 120000, 120000 + POLL_MS);
}

static void a_pause_ends_only_when_there_was_room_for_all_of_resume_delay(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	all_phases(&site, 26000);
	(void)site_until(&site, 0);
	/* a hair too little room for min_current and resume_margin: it does not count */
	all_phases(&site, 24800 - 7500 + 1);
	site_run(&site, 300000);
	assert_int_equal(site.decision.reason, REASON_NO_ROOM);
	assert_int_equal(site.decision.needed_ma, 7500);
	all_phases(&site, 24800 - 7500);
	site_run(&site, 50000);
	assert_int_equal(site.decision.reason, REASON_HOLD);
	assert_int_equal(site.decision.hold_until_ms, site.now_ms - 50000 + POLL_MS + 60000);
	/* a single reading without room begins it anew, and so does one that is none */
	site.house_ma[2] = 20000;
	site_run(&site, POLL_MS);
	site.house_ma[2] = 0;
	site_run(&site, 50000);
	site_poll(&site, READING_INVALID);
	assert_int_equal(site_until(&site, 6000), POLL_MS + 60000);
}

static void a_pause_does_not_end_before_the_stop_has_settled(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	site.config.resume_delay_ms = 0;
	/* the reading that ends it is the first at which settle is over */
	assert_int_equal(pause_length(&site), site.config.settle_ms);
}

/* ---- riding through at min_current ---- */

/* A car held at min_current by a cap, in a house with room, and with all budget. */
static void site_at_min(struct site *site)
{
	site_charge(site);
	site->input.cap_ma = 6000;
	site_run(site, 100000);
	assert_int_equal(site->decision.allowed_ma, 6000);
}

/* How long a load on one phase is ridden through; the first reading that shows it counts as 0. */
static int64_t ride_length(struct site *site, int32_t load_ma)
{
	site->house_ma[0] = load_ma - 6000;
	return site_until(site, 0) - POLL_MS;
}

static void a_small_overload_is_ridden_through_for_pause_delay_a_hotter_one_for_less(void **state)
{
	struct site site;

	(void)state;
	site_at_min(&site);
	site.house_ma[0] = LIMIT_MA - 6000;
	site_run(&site, 100000);
	assert_int_equal(site.decision.allowed_ma, 6000); /* at the limit is not above it */
	assert_int_equal(ride_length(&site, LIMIT_MA + 1), 5000);
	site_at_min(&site);
	assert_int_equal(ride_length(&site, 28250), 5000); /* 1.13 times */
	site_at_min(&site);
	assert_int_equal(ride_length(&site, 30000), 4250); /* 1.2: spent 1.246 times as fast */
	site_at_min(&site);
	assert_int_equal(ride_length(&site, 32500), 2500); /* 1.3: twice */
	site_at_min(&site);
	assert_int_equal(ride_length(&site, 36249), POLL_MS);
	site_at_min(&site);
	assert_int_equal(ride_length(&site, 36250), 0); /* 1.45 times */
}

static void the_ride_goes_on_between_readings_and_asks_to_be_called_at_its_end(void **state)
{
	struct site site;

	(void)state;
	site_at_min(&site);
	site.house_ma[0] = 32500 - 6000;
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.reason, REASON_RIDING);
	assert_in_range(site.decision.deadline_ms - site.now_ms, 2495, 2500);
	site.now_ms += 1000;
	site_decide(&site, NULL);
	assert_int_equal(site.decision.allowed_ma, 6000);
	assert_in_range(site.decision.deadline_ms - site.now_ms, 1495, 1500);
	site.now_ms = site.decision.deadline_ms;
	site_decide(&site, NULL);
	if (site.decision.allowed_ma > 0) { /* rounding leaves a millisecond */
		site.now_ms = site.decision.deadline_ms;
		site_decide(&site, NULL);
	}
	assert_int_equal(site.decision.state, REGULATOR_PAUSED);
}

static void the_budget_recovers_as_fast_as_it_was_spent_and_no_further(void **state)
{
	struct site site;

	(void)state;
	site_at_min(&site);
	site.house_ma[0] = 20000;
	site_run(&site, 4000); /* spends 4 s */
	site.house_ma[0] = 0;
	site_run(&site, 2000); /* gets 2 s back */
	assert_int_equal(ride_length(&site, 26000), 3000);

	site_at_min(&site);
	site.house_ma[0] = 20000;
	site_run(&site, 4000);
	site.house_ma[0] = 0;
	site_run(&site, 300000);
	assert_int_equal(ride_length(&site, 26000), 5000);

	/* a pause gives it back as well */
	site.house_ma[0] = 0;
	(void)site_until(&site, 6000);
	site_run(&site, 10000);
	assert_int_equal(ride_length(&site, 26000), 5000);
}

static void above_min_current_the_budget_recovers_too(void **state)
{
	struct site site;

	(void)state;
	site_at_min(&site);
	site.house_ma[0] = 20000;
	site_run(&site, 4000);
	site.house_ma[0] = 0;
	site.input.cap_ma = 10000;
	site_run(&site, 30000);
	assert_int_equal(site.decision.allowed_ma, 10000);
	site.input.cap_ma = 6000;
	site_run(&site, POLL_MS);
	assert_int_equal(ride_length(&site, 26000), 5000);
}

/* ---- raises ---- */

/* An oven that is on for 20 s: how long the car waits for its current when it is off. */
static int64_t raise_wait(struct site *site)
{
	all_phases(site, 12000);
	site_run(site, 20000);
	assert_int_equal(site->decision.allowed_ma, 12800);
	all_phases(site, 0);
	return site_until(site, 16000) - POLL_MS;
}

static void raises_that_are_taken_back_wait_twice_as_long_within_what_S6_leaves(void **state)
{
	static const int64_t waits_ms[] = {8000, 16000, 32000, 33000, 33000};
	struct site site;

	(void)state;
	site_charge(&site);
	for (size_t i = 0; i < sizeof(waits_ms) / sizeof(waits_ms[0]); i++)
		assert_int_equal(raise_wait(&site), waits_ms[i]);
	/* one that is not taken back for 90 s ends that */
	site_run(&site, 90000 - 2 * POLL_MS);
	assert_int_equal(raise_wait(&site), 33000);
	site_run(&site, 90000 - POLL_MS);
	assert_int_equal(raise_wait(&site), 8000);
	/* and so does a pause */
	assert_int_equal(raise_wait(&site), 16000);
	(void)pause_length(&site);
	(void)site_until(&site, 16000);
	assert_int_equal(raise_wait(&site), 16000);
}

static void the_least_room_of_raise_delay_is_given(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	all_phases(&site, 16000);
	site_run(&site, 30000);
	assert_int_equal(site.decision.allowed_ma, 8800);
	all_phases(&site, 10000);
	site_run(&site, 4000);
	assert_int_equal(site.decision.reason, REASON_ROOM);
	site.house_ma[1] = 14000; /* for one poll */
	site_run(&site, POLL_MS);
	site.house_ma[1] = 10000;
	site_run(&site, 3750);
	assert_int_equal(site.decision.allowed_ma, 8800);
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.allowed_ma, 10800);
}

static void a_moment_without_room_begins_raise_delay_anew(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	all_phases(&site, 16000);
	site_run(&site, 30000);
	all_phases(&site, 10000);
	site_run(&site, 4000);
	all_phases(&site, 16000);
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.reason, REASON_MAINS);
	all_phases(&site, 10000);
	assert_int_equal(site_until(&site, 14800), POLL_MS + 8000);
}

static void a_raise_waits_until_the_change_before_has_settled(void **state)
{
	struct site site;

	(void)state;
	/* after a raise room is looked at only then, after a cut at once */
	site_charge(&site);
	site.config.raise_delay_ms = 1000;
	site.config.settle_ms = 7000;
	all_phases(&site, 16000);
	(void)site_until(&site, 8800);
	all_phases(&site, 12000);
	assert_int_equal(site_until(&site, 12800), 7000);
	all_phases(&site, 0);
	assert_int_equal(site_until(&site, 16000), 8000);
}

static void a_raise_is_worth_half_an_ampere_or_it_leads_to_the_top(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	all_phases(&site, 12000);
	site_run(&site, 30000);
	assert_int_equal(site.decision.allowed_ma, 12800);
	all_phases(&site, 11501);
	site_run(&site, 100000);
	assert_int_equal(site.decision.allowed_ma, 12800);
	all_phases(&site, 11500);
	site_run(&site, 30000);
	assert_int_equal(site.decision.allowed_ma, 13300);
	site.input.cap_ma = 13400;
	all_phases(&site, 11400);
	site_run(&site, 30000);
	assert_int_equal(site.decision.allowed_ma, 13400);
}

static void between_ceiling_and_limit_nothing_happens(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	all_phases(&site, 9000);
	site_run(&site, 100000);
	assert_int_equal(site.decision.allowed_ma, 16000);
	all_phases(&site, 9001);
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.allowed_ma, 15799);
}

/* ---- cuts in flight ---- */

static void a_cut_is_given_settle_to_show_and_not_a_poll_more(void **state)
{
	struct site site;
	int64_t cut_ms;

	(void)state;
	site_charge(&site);
	site_loads(&site, 27000, 27000);
	assert_int_equal(site.decision.allowed_ma, 13800);
	cut_ms = site.now_ms;
	do {
		assert_int_equal(site.decision.allowed_ma, 13800);
		site_loads(&site, 27000, 27000);
	} while (site.now_ms - cut_ms < site.config.settle_ms);
	assert_int_equal(site.decision.allowed_ma, 11600);
}

static void an_overload_that_grows_is_cut_by_what_it_grew(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	site_loads(&site, 27000, 8000);
	assert_int_equal(site.decision.allowed_ma, 6000); /* of 8 A that the car can have */

	site_charge(&site);
	site_loads(&site, 27000, 27000);
	site_loads(&site, 28000, 27000);
	assert_int_equal(site.decision.allowed_ma, 13800 - 1200);
	/* the cut shows in part; a rise below 0.1 A is noise */
	site_loads(&site, 26000, 26000);
	site_loads(&site, 26100, 26100);
	assert_int_equal(site.decision.allowed_ma, 12600);
	site_loads(&site, 26101, 26050);
	assert_int_equal(site.decision.allowed_ma, 12600 - 301);
	/* what grows below the limit is none of an overload */
	site_loads(&site, 20000, 20000);
	site_loads(&site, 24900, 24900);
	assert_int_equal(site.decision.allowed_ma, 12600 - 301);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pause_is_held_twice_as_long_each_time_up_to_ten_minutes),
		cmocka_unit_test(
			an_outage_of_the_meter_costs_no_hold_unless_it_comes_again_and_again),
		cmocka_unit_test(a_pause_ends_only_when_there_was_room_for_all_of_resume_delay),
		cmocka_unit_test(a_pause_does_not_end_before_the_stop_has_settled),
		cmocka_unit_test(
			a_small_overload_is_ridden_through_for_pause_delay_a_hotter_one_for_less),
		cmocka_unit_test(
			the_ride_goes_on_between_readings_and_asks_to_be_called_at_its_end),
		cmocka_unit_test(the_budget_recovers_as_fast_as_it_was_spent_and_no_further),
		cmocka_unit_test(above_min_current_the_budget_recovers_too),
		cmocka_unit_test(
			raises_that_are_taken_back_wait_twice_as_long_within_what_S6_leaves),
		cmocka_unit_test(the_least_room_of_raise_delay_is_given),
		cmocka_unit_test(a_moment_without_room_begins_raise_delay_anew),
		cmocka_unit_test(a_raise_waits_until_the_change_before_has_settled),
		cmocka_unit_test(a_raise_is_worth_half_an_ampere_or_it_leads_to_the_top),
		cmocka_unit_test(between_ceiling_and_limit_nothing_happens),
		cmocka_unit_test(a_cut_is_given_settle_to_show_and_not_a_poll_more),
		cmocka_unit_test(an_overload_that_grows_is_cut_by_what_it_grew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
