/* SPDX-License-Identifier: MIT */
/* Appliances one at a time: stages, cycles, inrush, heating, and the table of kinds. */
#include "support.h"

#include <string.h>

#include "sim/appliance.h"
#include "sim/load.h"

static const struct appliance_kind *find(const char *name)
{
	for (size_t i = 0; i < appliance_kind_count; i++) {
		if (strcmp(appliance_kinds[i].name, name) == 0)
			return &appliance_kinds[i];
	}
	fail_msg("no appliance '%s'", name);
	return NULL;
}

static bool range_is_good(struct appliance_range range, int32_t least)
{
	return range.min >= least && range.max >= range.min;
}

static void stages_check(const struct appliance_kind *kind)
{
	for (int i = 0; i < APPLIANCE_STAGES; i++) {
		const struct appliance_stage *stage = &kind->stages[i];

		assert_true(range_is_good(stage->for_s, 0));
		assert_true(range_is_good(stage->percent, 0) && stage->percent.max <= 100);
		assert_true(range_is_good(stage->on_s, 0) && range_is_good(stage->off_s, 0));
		/* Either cycling with both times, or not; a heating's pauses follow the weather. */
		if (!kind->heating)
			assert_int_equal(stage->on_s.max > 0, stage->off_s.max > 0);
		assert_true(stage->inrush_percent == 0 || stage->inrush_percent >= 100);
	}
	assert_int_equal(kind->stages[APPLIANCE_STAGES - 1].for_s.max, 0);
}

static void every_kind_in_the_table_is_whole(void **state)
{
	int copies = 0;

	(void)state;
	assert_true(appliance_kind_count >= 20);
	for (size_t k = 0; k < appliance_kind_count; k++) {
		const struct appliance_kind *kind = &appliance_kinds[k];

		assert_true(strlen(kind->name) > 0);
		assert_true(range_is_good(kind->copies, 1));
		copies += kind->copies.max;
		assert_true(range_is_good(kind->watts, 1) && kind->watts.max <= 10000);
		assert_true(kind->owned_percent[0] <= 100 && kind->owned_percent[1] <= 100);
		assert_true(kind->owned_percent[0] + kind->owned_percent[1] > 0);
		assert_int_equal(kind->always,
			kind->uses[0].after_min.max == 0 && kind->uses[0].weekday_percent == 0);
		assert_true(kind->always || !kind->heating);
		if (kind->circuit == CIRCUIT_ALL) /* a three-phase one needs three phases */
			assert_int_equal(kind->owned_percent[0], 0);
		stages_check(kind);
		for (int u = 0; u < APPLIANCE_USES; u++) {
			const struct appliance_use *use = &kind->uses[u];

			assert_true(use->after_min.max >= use->after_min.min);
			assert_true(use->stage >= 0 && use->stage < APPLIANCE_STAGES);
			if (use->weekday_percent + use->weekend_percent > 0)
				assert_true(kind->stages[use->stage].for_s.max > 0);
		}
	}
	assert_true(copies <= LOAD_APPLIANCES_MAX);
}

static void a_program_runs_through_its_stages_once(void **state)
{
	static const struct appliance_kind kind = {
		.watts = {1000, 1000},
		.stages = {{.percent = {10, 10}, .for_s = {3, 3}},
			{.percent = {100, 100}, .for_s = {2, 2}, .inrush_percent = 200},
			{.percent = {50, 50},
				.for_s = {4, 4},
				.on_s = {1, 1},
				.off_s = {1, 1},
				.idle_percent = 5,
				.inrush_percent = 200}},
	};
	/* The second stage does not start its motor from a standstill, the cycles do. */
	static const int32_t expected[] = {
		0, 0, 100, 100, 100, 1000, 1000, 500, 50, 1000, 50, 0, 0, 0};
	struct appliance appliance;

	(void)state;
	appliance_init(&appliance, &kind, 1, 0);
	appliance_plan(&appliance, 2, 0);
	for (int s = 0; s < (int)(sizeof(expected) / sizeof(expected[0])); s++)
		assert_int_equal(appliance_second(&appliance, s), expected[s]);
}

static void a_program_ends_before_a_stage_of_no_length(void **state)
{
	static const struct appliance_kind kind = {
		.watts = {1000, 1000},
		.stages = {{.percent = {10, 10}, .for_s = {1, 1}}, {.percent = {0, 0}},
			{.percent = {20, 20}, .for_s = {1, 1}}},
	};
	static const int32_t expected[] = {100, 0, 200, 0, 0};
	struct appliance appliance;

	(void)state;
	appliance_init(&appliance, &kind, 1, 0);
	appliance_plan(&appliance, 2, 2);
	appliance_plan(&appliance, 0, 0); /* in any order */
	for (int s = 0; s < 5; s++)
		assert_int_equal(appliance_second(&appliance, s), expected[s]);
}

static void a_start_waits_while_it_still_runs(void **state)
{
	static const struct appliance_kind kind = {
		.watts = {100, 100}, .stages = {{.percent = {100, 100}, .for_s = {10, 10}}}};
	struct appliance appliance;
	int on_s = 0;

	(void)state;
	appliance_init(&appliance, &kind, 1, 0);
	appliance_plan(&appliance, 5, 0);
	appliance_plan(&appliance, 8, 0);
	for (int s = 0; s < 100; s++)
		on_s += appliance_second(&appliance, s) > 0;
	assert_int_equal(on_s, 20);
}

static void too_many_starts_are_dropped(void **state)
{
	static const struct appliance_kind kind = {
		.watts = {100, 100}, .stages = {{.percent = {100, 100}, .for_s = {1, 1}}}};
	struct appliance appliance;
	int on_s = 0;

	(void)state;
	appliance_init(&appliance, &kind, 1, 0);
	for (int i = 0; i < 2 * APPLIANCE_STARTS; i++)
		appliance_plan(&appliance, i, 0);
	for (int s = 0; s < 4 * APPLIANCE_STARTS; s++)
		on_s += appliance_second(&appliance, s) > 0;
	assert_int_equal(on_s, APPLIANCE_STARTS);
}

/* From one start of its heating to the next, once it is hot. */
static int cycles_check(const struct appliance_kind *kind, uint64_t seed)
{
	struct appliance appliance;
	bool was_on = false;
	int last = -1, cycles = 0;

	appliance_init(&appliance, kind, seed, 0);
	appliance_plan(&appliance, 0, 1);
	for (int s = 0; s < LOAD_DAY_S; s++) {
		bool on = appliance_second(&appliance, s) > appliance.watts / 2;

		if (on && !was_on) {
			if (last >= 0) {
				assert_in_range(s - last, 10, 60);
				cycles++;
			}
			last = s;
		}
		was_on = on;
	}
	return cycles;
}

static void hob_and_oven_cycle_within_10_to_60_seconds(void **state)
{
	static const char *const names[] = {
		"big hob plate, left", "big hob plate, right", "small hob plate", "oven"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (uint64_t seed = 1; seed <= 100; seed++)
			assert_true(cycles_check(find(names[i]), seed) >= 4);
	}
}

static void a_compressor_starts_with_an_inrush_of_a_second(void **state)
{
	struct appliance fridge;
	int32_t before = 0;
	int starts = 0;

	(void)state;
	appliance_init(&fridge, find("fridge"), 1, 0);
	for (int s = 0; s < LOAD_DAY_S; s++) {
		int32_t watts = appliance_second(&fridge, s);

		if (watts > fridge.watts) {
			assert_int_equal(before, 0);
			assert_true(watts > 3 * fridge.watts);
			starts++;
		} else {
			assert_true(watts == 0 || watts == fridge.watts);
		}
		before = watts;
	}
	assert_in_range(starts, 20, 70);
}

static void a_water_heater_runs_for_a_shower_or_for_the_hands(void **state)
{
	const struct appliance_kind *kind = find("instantaneous water heater");

	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct appliance heater;
		int on_s[2] = {0, 0};

		appliance_init(&heater, kind, seed, -1);
		for (int u = 0; u < 2; u++) {
			appliance_plan(&heater, u * 3600,
				u == 0 ? kind->uses[0].stage : kind->uses[4].stage);
			for (int s = u * 3600; s < (u + 1) * 3600; s++)
				on_s[u] += appliance_second(&heater, s) > 0;
		}
		assert_in_range(on_s[0], 10, 30);
		assert_in_range(on_s[1], 4 * 60, 10 * 60);
	}
}

/* Seconds of 40 days in which it runs, and the longest run. */
static int heating_s(int32_t demand_permille, int *ret_longest_s)
{
	struct appliance pump;
	int on_s = 0, run_s = 0;

	*ret_longest_s = 0;
	appliance_init(&pump, find("heat pump"), 1, -1);
	pump.demand_permille = demand_permille;
	for (int s = 0; s < 40 * LOAD_DAY_S; s++) {
		bool on = appliance_second(&pump, s % LOAD_DAY_S) > 0;

		on_s += on;
		run_s = on ? run_s + 1 : 0;
		if (run_s > *ret_longest_s)
			*ret_longest_s = run_s;
	}
	return on_s;
}

static void a_heat_pump_runs_for_hours_as_the_weather_demands(void **state)
{
	int longest_s;

	(void)state;
	assert_in_range(
		heating_s(600, &longest_s), 40 * LOAD_DAY_S / 100 * 55, 40 * LOAD_DAY_S / 100 * 65);
	assert_in_range(longest_s, 2 * 3600, 4 * 3600);
	assert_in_range(
		heating_s(200, &longest_s), 40 * LOAD_DAY_S / 100 * 16, 40 * LOAD_DAY_S / 100 * 24);
	assert_true(heating_s(0, &longest_s) < 40 * LOAD_DAY_S / 100 * 20);
	assert_true(heating_s(1000, &longest_s) > 40 * LOAD_DAY_S / 100 * 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_in_the_table_is_whole),
		cmocka_unit_test(a_program_runs_through_its_stages_once),
		cmocka_unit_test(a_program_ends_before_a_stage_of_no_length),
		cmocka_unit_test(a_start_waits_while_it_still_runs),
		cmocka_unit_test(too_many_starts_are_dropped),
		cmocka_unit_test(hob_and_oven_cycle_within_10_to_60_seconds),
		cmocka_unit_test(a_compressor_starts_with_an_inrush_of_a_second),
		cmocka_unit_test(a_water_heater_runs_for_a_shower_or_for_the_hands),
		cmocka_unit_test(a_heat_pump_runs_for_hours_as_the_weather_demands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
