/* SPDX-License-Identifier: MIT */
/* Made-up houses: reproducible, different, plausible, and with the sun only by day. */
#include "support.h"

#include <string.h>

#include "sim/load.h"

static struct load_house house_make(uint64_t seed, int phases)
{
	struct load_options options = {.seed = seed, .phases = phases};
	struct load_house house;

	load_house_init(&house, &options);
	return house;
}

/* FNV-1a over what the next seconds bring. */
static uint64_t fingerprint(struct load_house *house, int32_t seconds)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	int32_t ma[SIM_PHASES_MAX];

	while (seconds-- > 0) {
		load_house_second(house, ma);
		for (int p = 0; p < SIM_PHASES_MAX; p++)
			hash = (hash ^ (uint32_t)ma[p]) * UINT64_C(0x100000001b3);
	}
	return hash;
}

static void the_same_seed_is_the_same_house(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct load_house one = house_make(seed, 3), other = house_make(seed, 3);

		assert_int_equal(
			fingerprint(&one, 2 * LOAD_DAY_S), fingerprint(&other, 2 * LOAD_DAY_S));
	}
}

/* A change of the appliances or of the order of the draws changes these, and nothing else may. */
static void a_house_is_the_same_on_every_machine(void **state)
{
	struct load_house three = house_make(1, 3), one = house_make(2, 1);

	(void)state;
	assert_int_equal(fingerprint(&three, LOAD_DAY_S), UINT64_C(0x20160750828f6926));
	assert_int_equal(fingerprint(&one, LOAD_DAY_S), UINT64_C(0x8fb0747e5d74a9bf));
}

static void different_seeds_are_different_houses(void **state)
{
	uint64_t seen[40];

	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct load_house house = house_make(seed, 3);

		seen[seed] = fingerprint(&house, 7200);
		for (uint64_t i = 0; i < seed; i++)
			assert_int_not_equal(seen[seed], seen[i]);
	}
}

static void the_next_day_is_another_day(void **state)
{
	struct load_house house = house_make(1, 3);
	int weekday = house.weekday, day_of_year = house.day_of_year;
	uint64_t first = fingerprint(&house, LOAD_DAY_S);

	(void)state;
	assert_int_not_equal(fingerprint(&house, LOAD_DAY_S), first);
	assert_int_equal(house.weekday, (weekday + 1) % 7);
	assert_int_equal(house.day_of_year, (day_of_year + 1) % SKY_YEAR_DAYS);
}

static void one_phase_is_l1(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct load_house house = house_make(seed, 1);
		int32_t ma[SIM_PHASES_MAX];
		int32_t max_ma = 0;

		for (int s = 0; s < LOAD_DAY_S; s++) {
			load_house_second(&house, ma);
			assert_int_equal(ma[1], 0);
			assert_int_equal(ma[2], 0);
			max_ma = ma[0] > max_ma ? ma[0] : max_ma;
		}
		assert_in_range(max_ma, 5000, 100000);
	}
}

/* Something is always on, something big was on, and a main switch of 25 A suits most houses. */
static void a_house_of_three_phases_suits_its_main_switch(void **state)
{
	int runs = test_runs(100);
	int unsuited = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= (uint64_t)runs; seed++) {
		struct load_options options = {.seed = seed, .phases = 3, .solar = LOAD_WITHOUT};
		struct load_house house;
		int32_t ma[SIM_PHASES_MAX], max_ma = 0;
		int over_s = 0;

		load_house_init(&house, &options);
		for (int s = 0; s < LOAD_DAY_S; s++) {
			bool over = false;

			load_house_second(&house, ma);
			for (int p = 0; p < SIM_PHASES_MAX; p++) {
				assert_true(ma[p] > 0);
				max_ma = ma[p] > max_ma ? ma[p] : max_ma;
				over = over || ma[p] > 25000;
			}
			over_s += over;
		}
		assert_in_range(max_ma, 4000, 63000);
		unsuited += over_s > LOAD_DAY_S / 1000;
	}
	assert_true(unsuited <= runs / 2);
}

static void a_solar_roof_works_by_day_only(void **state)
{
	int32_t exported_ma = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct load_options options = {
			.seed = seed, .phases = 3, .season = LOAD_SUMMER, .solar = LOAD_WITH};
		struct load_house with, without;
		long long sun_ma = 0;

		load_house_init(&with, &options);
		options.solar = LOAD_WITHOUT;
		load_house_init(&without, &options);
		assert_true(with.solar_w > 0 && without.solar_w == 0);
		for (int s = 0; s < 2 * LOAD_DAY_S; s++) {
			int hour = s % LOAD_DAY_S / 3600;
			int32_t ma[SIM_PHASES_MAX], plain_ma[SIM_PHASES_MAX];

			load_house_second(&with, ma);
			load_house_second(&without, plain_ma);
			for (int p = 0; p < SIM_PHASES_MAX; p++) {
				assert_true(ma[p] <= plain_ma[p]);
				if (hour < 4 || hour > 21) {
					assert_int_equal(ma[p], plain_ma[p]);
					assert_true(ma[p] > 0);
				}
				sun_ma += plain_ma[p] - ma[p];
				exported_ma = ma[p] < exported_ma ? ma[p] : exported_ma;
			}
		}
		assert_true(sun_ma > 0);
	}
	assert_in_range(-exported_ma, 2000, 25000);
}

/* A cloud's edge: a third of what the roof can do, gone or back within ten seconds. */
static void clouds_pass_within_seconds(void **state)
{
	struct sky sky = {.random = 1};
	int ramps = 0;

	(void)state;
	for (int day = 0; day < 30; day++) {
		int32_t before[10] = {0};

		sky_day(&sky, 180 + day);
		for (int s = 0; s < LOAD_DAY_S; s++) {
			int32_t now = sky_second(&sky, s);

			assert_in_range(now, 0, 1000);
			ramps += now - before[s % 10] > 330 || before[s % 10] - now > 330;
			before[s % 10] = now;
		}
	}
	assert_true(ramps > 100);
}

static long long energy_mas(uint64_t seed, enum load_season season, enum load_choice heat_pump)
{
	struct load_options options = {.seed = seed,
		.phases = 3,
		.season = season,
		.solar = LOAD_WITHOUT,
		.heat_pump = heat_pump};
	struct load_house house;
	int32_t ma[SIM_PHASES_MAX];
	long long sum = 0;

	load_house_init(&house, &options);
	for (int s = 0; s < 2 * LOAD_DAY_S; s++) {
		load_house_second(&house, ma);
		sum += ma[0] + ma[1] + ma[2];
	}
	return sum;
}

static void a_heat_pump_is_a_matter_of_the_season(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		long long winter = energy_mas(seed, LOAD_WINTER, LOAD_WITH) -
				   energy_mas(seed, LOAD_WINTER, LOAD_WITHOUT);
		long long summer = energy_mas(seed, LOAD_SUMMER, LOAD_WITH) -
				   energy_mas(seed, LOAD_SUMMER, LOAD_WITHOUT);

		assert_true(summer >= 0);
		assert_true(winter > 2 * summer);
	}
}

static void people_sleep_longer_at_the_weekend(void **state)
{
	long long early_mas[2] = {0, 0};

	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct load_options options = {.seed = seed,
			.phases = 3,
			.solar = LOAD_WITHOUT,
			.heat_pump = LOAD_WITHOUT};
		struct load_house house;
		int32_t ma[SIM_PHASES_MAX];

		load_house_init(&house, &options);
		for (int s = 0; s < 7 * LOAD_DAY_S; s++) {
			load_house_second(&house, ma);
			if (house.second > 6 * 3600 && house.second < 8 * 3600)
				early_mas[house.weekday >= 5] += ma[0] + ma[1] + ma[2];
		}
	}
	assert_true(early_mas[0] / 5 > early_mas[1] / 2 * 12 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_seed_is_the_same_house),
		cmocka_unit_test(a_house_is_the_same_on_every_machine),
		cmocka_unit_test(different_seeds_are_different_houses),
		cmocka_unit_test(the_next_day_is_another_day),
		cmocka_unit_test(one_phase_is_l1),
		cmocka_unit_test(a_house_of_three_phases_suits_its_main_switch),
		cmocka_unit_test(a_solar_roof_works_by_day_only),
		cmocka_unit_test(clouds_pass_within_seconds),
		cmocka_unit_test(a_heat_pump_is_a_matter_of_the_season),
		cmocka_unit_test(people_sleep_longer_at_the_weekend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
