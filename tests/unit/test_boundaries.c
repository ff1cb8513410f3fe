/* SPDX-License-Identifier: MIT */
/*
 * Where a rule of the regulator begins and ends, to the last unit: the memory of a restart, the budget of
 * a ride, and the judgement of a charger that was told to stop.
 */
#include "core/law.h"
#include "law_site.h"

#define NOW_MS INT64_C(10000000)

/* ---- the memory of a restart ---- */

/* A charge that ran a moment ago; nothing in it is doubtful. */
static const struct regulator_memory charging = {
	.at_ms = NOW_MS - 1000,
	.state = REGULATOR_CHARGING,
	.hold_until_ms = NOW_MS - 5000,
	.resumed_ms = NOW_MS - 7000,
	.repeats = 3,
	.restarted_ms = NEVER,
};

static struct regulator recall(struct regulator_memory memory)
{
	struct regulator r;

	regulator_init(&r, &usual_config, NOW_MS);
	regulator_recall(&r, &memory, NOW_MS);
	return r;
}

/* Whether anything of it was taken; the number of repeats is. */
static bool is_taken(struct regulator_memory memory)
{
	struct regulator r = recall(memory);

	if (r.repeats == -1) {
		assert_int_equal(r.resumed_ms, NEVER);
		assert_int_equal(r.restarted_ms, NEVER);
		assert_int_equal(r.hold_until_ms, 0);
		assert_int_equal(r.free_needed_ms, usual_config.resume_delay_ms);
		return false;
	}
	assert_int_equal(r.repeats, memory.repeats);
	assert_int_equal(r.resumed_ms, memory.resumed_ms);
	assert_int_equal(r.hold_until_ms, memory.hold_until_ms);
	return true;
}

#define assert_taken(field, value)                                                                 \
	do {                                                                                       \
		struct regulator_memory memory = charging;                                         \
                                                                                                   \
		memory.field = value;                                                              \
		assert_true(is_taken(memory));                                                     \
	} while (0)

#define assert_ignored(field, value)                                                               \
	do {                                                                                       \
		struct regulator_memory memory = charging;                                         \
                                                                                                   \
		memory.field = value;                                                              \
		assert_false(is_taken(memory));                                                    \
	} while (0)

static void memory_is_taken_up_to_what_can_be_true_and_not_beyond(void **state)
{
	(void)state;
	assert_taken(at_ms, NOW_MS);
	assert_taken(at_ms, NOW_MS - 30000);
	assert_ignored(at_ms, NOW_MS + 1);
	assert_ignored(at_ms, NOW_MS - 30001);
	assert_taken(hold_until_ms, NOW_MS + HOLD_MAX_MS);
	assert_ignored(hold_until_ms, NOW_MS + HOLD_MAX_MS + 1);
	assert_taken(resumed_ms, NOW_MS);
	assert_taken(resumed_ms, NEVER);
	assert_ignored(resumed_ms, NOW_MS + 1);
	assert_ignored(resumed_ms, NEVER - 1);
	assert_taken(restarted_ms, NOW_MS);
	assert_ignored(restarted_ms, NOW_MS + 1);
	assert_ignored(restarted_ms, NEVER - 1);
	assert_taken(repeats, 0);
	assert_taken(repeats, REPEATS_MAX);
	assert_ignored(repeats, REPEATS_MAX + 1);
	assert_ignored(repeats, -2);
}

static void memory_of_before_the_boot_is_not_recent(void **state)
{
	struct regulator_memory memory = {
		.at_ms = -1, .state = REGULATOR_CHARGING, .repeats = 3, .restarted_ms = NEVER};
	struct regulator r;

	(void)state;
	regulator_init(&r, &usual_config, 5);
	regulator_recall(&r, &memory, 5);
	assert_int_equal(r.repeats, -1);
	memory.at_ms = 0;
	regulator_recall(&r, &memory, 5);
	assert_int_equal(r.repeats, 3);
}

static void only_a_charge_that_ran_goes_on_after_a_restart(void **state)
{
	(void)state;
	for (int i = REGULATOR_STARTING; i <= REGULATOR_FAILSAFE; i++) {
		struct regulator_memory memory = charging;
		bool ran = i == REGULATOR_CHARGING || i == REGULATOR_LIMITED;
		struct regulator r;

		memory.state = (enum regulator_state)i;
		r = recall(memory);
		assert_int_equal(r.free_needed_ms, ran ? 0 : usual_config.resume_delay_ms);
		assert_int_equal(r.restarted_ms, ran ? NOW_MS : NEVER);
	}
}

static void a_charge_goes_on_again_ten_minutes_after_the_last_restart_not_before(void **state)
{
	struct regulator_memory memory = charging;
	struct regulator r;

	(void)state;
	memory.restarted_ms = NOW_MS - 600000;
	r = recall(memory);
	assert_int_equal(r.free_needed_ms, 0);
	assert_int_equal(r.restarted_ms, NOW_MS);
	memory.restarted_ms = NOW_MS - 600000 + 1;
	r = recall(memory);
	assert_int_equal(r.free_needed_ms, usual_config.resume_delay_ms);
	assert_int_equal(r.restarted_ms, memory.restarted_ms);
}

static void what_is_remembered_of_a_pause_comes_back(void **state)
{
	struct regulator_memory memory;
	struct regulator again;
	struct site site;

	(void)state;
	site_charge(&site);
	all_phases(&site, 26000);
	(void)site_until(&site, 0);
	memory = regulator_remember(&site.regulator);
	assert_int_equal(memory.at_ms, site.now_ms);
	assert_int_equal(memory.state, REGULATOR_PAUSED);
	assert_int_equal(memory.hold_until_ms, site.now_ms + usual_config.resume_delay_ms);
	assert_int_equal(memory.repeats, 0);
	regulator_init(&again, &usual_config, site.now_ms + 2000);
	regulator_recall(&again, &memory, site.now_ms + 2000);
	assert_int_equal(again.hold_until_ms, memory.hold_until_ms);
}

/* ---- the budget of a ride ---- */

/* Held at min_current by a cap, with room, and with all budget. */
static void site_at_min(struct site *site)
{
	site_charge(site);
	site->input.cap_ma = usual_config.min_ma;
	site_run(site, 100000);
	assert_int_equal(site->decision.allowed_ma, usual_config.min_ma);
}

static void above_min_current_the_budget_recovers_as_time_passes(void **state)
{
	struct site site;

	(void)state;
	site_charge(&site);
	site.regulator.ride_spent_ms = 3000;
	site_run(&site, 1000);
	assert_int_equal(site.decision.allowed_ma, 16000);
	assert_int_equal(site.regulator.ride_spent_ms, 2000);
	/* an overload that is answered by a cut spends nothing */
	site.house_ma[0] = 12000;
	site_run(&site, 1000);
	assert_in_range(site.decision.allowed_ma, 6001, 15999);
	assert_int_equal(site.regulator.ride_spent_ms, 1000);
	site_run(&site, 2000);
	assert_int_equal(site.regulator.ride_spent_ms, 0);
}

static void a_stop_gives_the_whole_budget_back(void **state)
{
	struct site site;

	(void)state;
	site_at_min(&site);
	site.house_ma[0] = LIMIT_MA + 1 - 6000;
	site_run(&site, 4000);
	assert_int_equal(site.decision.reason, REASON_RIDING);
	assert_int_equal(site.regulator.ride_spent_ms, 3750);
	site.house_ma[0] = 0;
	site.input.cap_ma = 0;
	site_run(&site, POLL_MS);
	assert_int_equal(site.decision.state, REGULATOR_PAUSED);
	assert_int_equal(site.regulator.ride_spent_ms, 0);
	assert_int_equal(site.regulator.ride_rate, 0);
	site.input.cap_ma = usual_config.min_ma;
	(void)site_until(&site, 6000);
	site.house_ma[0] = LIMIT_MA + 1 - 6000;
	assert_int_equal(site_until(&site, 0) - POLL_MS, 5000);
}

/* The clock jumps by an hour and a half: nothing overflows, and the budget is spent, or all back. */
static void a_long_gap_spends_or_restores_the_budget_at_most_once(void **state)
{
	struct regulator r = {.ride_rate = 284787, .ride_spent_ms = 4999};

	(void)state;
	law_ride(&r, INT64_C(1) << 44);
	assert_int_equal(r.ride_spent_ms, RIDE_MOST_MS);
	law_ride(&r, INT64_C(1) << 44);
	assert_int_equal(r.ride_spent_ms, RIDE_MOST_MS);
	r.ride_rate = -1000;
	law_ride(&r, RIDE_MOST_MS - 1);
	assert_int_equal(r.ride_spent_ms, 1);
	law_ride(&r, 3);
	assert_int_equal(r.ride_spent_ms, 0);
	r.ride_spent_ms = RIDE_MOST_MS;
	law_ride(&r, INT64_C(1) << 44);
	assert_int_equal(r.ride_spent_ms, 0);
}

/* ---- a charger that was told to stop ---- */

#define SETTLE_MS 6000

static const int32_t stopped_at_ma[PHASES_MAX] = {20000, 20000, 20000};

/* The verdict on loads that stay so from the stop to a time after it. */
static enum runaway_verdict verdict_after(int64_t after_ms, int32_t l1_ma, int32_t l2_ma)
{
	const int32_t load_ma[PHASES_MAX] = {l1_ma, l2_ma, 20000};
	struct runaway runaway = {0};

	runaway_stop(&runaway, stopped_at_ma, 0);
	runaway_on_reading(&runaway, load_ma, 0x7, 25000, SETTLE_MS, 0);
	runaway_on_reading(&runaway, load_ma, 0x7, 25000, SETTLE_MS, after_ms);
	return runaway.verdict;
}

static void an_overload_is_judged_by_the_milliampere_and_the_millisecond(void **state)
{
	const int64_t due_ms = SETTLE_MS + RUNAWAY_GRACE_MS;

	(void)state;
	assert_int_equal(verdict_after(due_ms - 1, 25001, 20000), RUNAWAY_NONE);
	assert_int_equal(verdict_after(due_ms, 25001, 20000), RUNAWAY_CHARGER);
	assert_int_equal(verdict_after(due_ms, 25000, 20000), RUNAWAY_NONE);
	/* a phase that fell by so much: the car stopped */
	assert_int_equal(verdict_after(due_ms, 25001, 17001), RUNAWAY_CHARGER);
	assert_int_equal(verdict_after(due_ms, 25001, 17000), RUNAWAY_HOUSE);
}

static void a_phase_that_carries_too_little_for_a_car_clears_the_charger(void **state)
{
	static const int32_t before_ma[PHASES_MAX] = {20000, 3500, 20000};
	int32_t load_ma[PHASES_MAX] = {25001, RUNAWAY_FALL_MA, 20000};
	struct runaway runaway = {0};

	(void)state;
	for (int i = 0; i < 2; i++) {
		runaway_stop(&runaway, before_ma, 0);
		runaway_on_reading(&runaway, load_ma, 0x7, 25000, SETTLE_MS, 0);
		runaway_on_reading(&runaway, load_ma, 0x7, 25000, SETTLE_MS, 11000);
		assert_int_equal(runaway.verdict, i == 0 ? RUNAWAY_CHARGER : RUNAWAY_HOUSE);
		load_ma[1]--;
	}
}

static void a_stop_that_no_reading_saw_in_time_is_the_house_s(void **state)
{
	const int32_t load_ma[PHASES_MAX] = {25001, 20000, 20000};
	struct runaway runaway = {0};

	(void)state;
	runaway_stop(&runaway, stopped_at_ma, 0);
	runaway_on_reading(&runaway, load_ma, 0x7, 25000, SETTLE_MS, 11001);
	assert_int_equal(runaway.verdict, RUNAWAY_HOUSE);
	runaway_stop(&runaway, stopped_at_ma, 20000);
	assert_int_equal(runaway.verdict, RUNAWAY_NONE);
	runaway_on_reading(&runaway, load_ma, 0x7, 25000, SETTLE_MS, 31000);
	assert_int_equal(runaway.verdict, RUNAWAY_CHARGER);
}

static void feedback_convicts_above_one_ampere_after_ten_seconds(void **state)
{
	struct runaway runaway = {0};

	(void)state;
	runaway_on_feedback(&runaway, 1, 16000, 50000);
	assert_int_equal(runaway.verdict, RUNAWAY_NONE); /* nobody told it to stop */
	runaway_stop(&runaway, stopped_at_ma, 0);
	runaway_on_feedback(&runaway, 1, 1001, 9999);
	assert_int_equal(runaway.verdict, RUNAWAY_NONE);
	runaway_on_feedback(&runaway, 1, 1000, 10000);
	assert_int_equal(runaway.verdict, RUNAWAY_NONE);
	runaway_on_feedback(&runaway, 1, 1001, 10000);
	assert_int_equal(runaway.verdict, RUNAWAY_CHARGER);
	assert_int_equal(runaway.phase, 1);
	assert_int_equal(runaway.load_ma, 1001);
	runaway_go(&runaway);
	assert_int_equal(runaway.verdict, RUNAWAY_NONE);
	assert_false(runaway.stopped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_taken_up_to_what_can_be_true_and_not_beyond),
		cmocka_unit_test(memory_of_before_the_boot_is_not_recent),
		cmocka_unit_test(only_a_charge_that_ran_goes_on_after_a_restart),
		cmocka_unit_test(
			a_charge_goes_on_again_ten_minutes_after_the_last_restart_not_before),
		cmocka_unit_test(what_is_remembered_of_a_pause_comes_back),
		cmocka_unit_test(above_min_current_the_budget_recovers_as_time_passes),
		cmocka_unit_test(a_stop_gives_the_whole_budget_back),
		cmocka_unit_test(a_long_gap_spends_or_restores_the_budget_at_most_once),
		cmocka_unit_test(an_overload_is_judged_by_the_milliampere_and_the_millisecond),
		cmocka_unit_test(a_phase_that_carries_too_little_for_a_car_clears_the_charger),
		cmocka_unit_test(a_stop_that_no_reading_saw_in_time_is_the_house_s),
		cmocka_unit_test(feedback_convicts_above_one_ampere_after_ten_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
