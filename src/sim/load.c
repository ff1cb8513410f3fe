/* SPDX-License-Identifier: MIT */
#include "sim/load.h"

#include "sim/prng.h"

#define MINUTE_S 60
#define HOUR_S	 3600

#define STREAM_HOUSE 0
#define STREAM_SKY   1
#define STREAM_SOLAR 2
#define STREAM_KINDS 16 /* and those after it */

/*
 * Random numbers of its own for each part of a house, so that a house without its solar roof is
 * otherwise the same house.
 */
static uint64_t stream(uint64_t seed, size_t part)
{
	uint64_t state = seed;

	state = prng_next(&state) + part;
	return prng_next(&state);
}

/* Middle of January, April, July and October. */
static int season_day(enum load_season season, int by_seed)
{
	switch (season) {
	case LOAD_SEASON_BY_SEED:
		return by_seed;
	case LOAD_WINTER:
		return 14;
	case LOAD_SPRING:
		return 104;
	case LOAD_SUMMER:
		return 195;
	case LOAD_AUTUMN:
		return 287;
	}
	return by_seed;
}

static void circuits_wire(struct load_house *house)
{
	for (int first = 0; first < CIRCUIT_SPREAD; first += SIM_PHASES_MAX) {
		int turn = prng_between(&house->random, 0, 2);
		int way = prng_between(&house->random, 1, 2);

		for (int i = 0; i < SIM_PHASES_MAX; i++)
			house->wiring[first + i] = house->phases == 1
							   ? 0
							   : (turn + way * i) % SIM_PHASES_MAX;
	}
}

static int phase_of(const struct load_house *house, const struct appliance_kind *kind, int copy)
{
	switch (kind->circuit) {
	case CIRCUIT_HOB_LEFT:
	case CIRCUIT_HOB_RIGHT:
	case CIRCUIT_OVEN:
	case CIRCUIT_KITCHEN:
	case CIRCUIT_LAUNDRY:
	case CIRCUIT_ROOMS:
		return house->wiring[kind->circuit];
	case CIRCUIT_SPREAD:
		return house->wiring[copy % SIM_PHASES_MAX];
	case CIRCUIT_ALL:
		return house->phases == 1 ? 0 : -1;
	}
	return 0;
}

static void appliances_buy(struct load_house *house, const struct load_options *options)
{
	bool heated = options->heat_pump == LOAD_WITHOUT;

	for (size_t k = 0; k < appliance_kind_count; k++) {
		const struct appliance_kind *kind = &appliance_kinds[k];
		uint64_t random = stream(options->seed, STREAM_KINDS + k);
		int32_t percent = kind->owned_percent[house->phases > 1];
		int copies;

		if (kind->heating && (heated || percent == 0))
			continue;
		if (!prng_chance(&random, percent) &&
			!(kind->heating && options->heat_pump == LOAD_WITH))
			continue;
		heated = heated || kind->heating;
		copies = prng_between(&random, kind->copies.min, kind->copies.max);
		for (int i = 0; i < copies && house->count < LOAD_APPLIANCES_MAX; i++)
			appliance_init(&house->appliances[house->count++], kind, prng_next(&random),
				phase_of(house, kind, i));
	}
}

/* A small inverter feeds one phase, a bigger one all. */
static void solar_build(struct load_house *house, const struct load_options *options)
{
	uint64_t random = stream(options->seed, STREAM_SOLAR);
	bool wanted = prng_chance(&random, house->phases == 1 ? 15 : 35);
	bool one_phase = house->phases == 1 || prng_chance(&random, 25);

	if (options->solar == LOAD_WITHOUT || (options->solar == LOAD_BY_SEED && !wanted))
		return;
	house->solar_w = prng_between(&random, one_phase ? 2000 : 1300, one_phase ? 4600 : 3300);
	house->solar_phase = !one_phase
				     ? -1
				     : house->wiring[prng_between(&random, 0, SIM_PHASES_MAX - 1)];
}

/* When it happens today, given when it usually does. */
static void anchors_draw(struct load_house *house, bool weekend, int32_t ret_s[ANCHOR_COUNT])
{
	for (int i = 0; i < ANCHOR_COUNT; i++)
		ret_s[i] = house->usual_s[i] +
			   prng_between(&house->random, -20 * MINUTE_S, 20 * MINUTE_S);
	if (weekend)
		ret_s[ANCHOR_GET_UP] += prng_between(&house->random, 30, 120) * MINUTE_S;
}

/* A lamp waits for the dusk, and is not needed after dawn. Negative: not today. */
static int32_t lamp_delay(struct load_house *house, int32_t at_s)
{
	const struct sky *sky = &house->sky;

	if (at_s <= sky->sunrise_s || at_s >= sky->sunset_s)
		return at_s;
	if (at_s < (sky->sunrise_s + sky->sunset_s) / 2)
		return -1;
	return sky->sunset_s + prng_between(&house->random, -20, 30) * MINUTE_S;
}

struct day {
	bool weekend;
	bool cooked[ANCHOR_COUNT];
	int32_t anchor_s[ANCHOR_COUNT];
};

static void uses_plan(struct load_house *house, struct appliance *appliance, const struct day *day)
{
	const struct appliance_kind *kind = appliance->kind;

	for (const struct appliance_use *use = kind->uses;
		use < kind->uses + APPLIANCE_USES &&
		use->weekday_percent + use->weekend_percent > 0;
		use++) {
		int32_t percent = day->weekend ? use->weekend_percent : use->weekday_percent;
		int32_t at_s = day->anchor_s[use->anchor] + prng_between(&appliance->random,
								    use->after_min.min * MINUTE_S,
								    use->after_min.max * MINUTE_S);

		if (kind->cold)
			percent = percent * house->sky.heating_permille / 1000;
		if (kind->cooking && !day->cooked[use->anchor])
			percent = 0;
		if (kind->lamp)
			at_s = lamp_delay(house, at_s);
		if (prng_chance(&appliance->random, percent) && at_s >= 0 && at_s < LOAD_DAY_S)
			appliance_plan(appliance, at_s, use->stage);
	}
}

static void day_begin(struct load_house *house)
{
	struct day day = {.weekend = house->weekday >= 5, .cooked = {[ANCHOR_GET_UP] = true}};

	sky_day(&house->sky, house->day_of_year);
	anchors_draw(house, day.weekend, day.anchor_s);
	day.cooked[ANCHOR_LUNCH] = prng_chance(
		&house->random, day.weekend ? 65 : house->lunch_percent);
	day.cooked[ANCHOR_DINNER] = prng_chance(&house->random, house->dinner_percent);
	for (size_t i = 0; i < house->count; i++) {
		struct appliance *appliance = &house->appliances[i];
		int times = appliance->kind->per_person ? house->persons : 1;

		appliance->demand_permille = house->sky.heating_permille;
		appliance->start_count = 0;
		appliance->start_next = 0;
		while (times-- > 0)
			uses_plan(house, appliance, &day);
	}
}

void load_house_init(struct load_house *house, const struct load_options *options)
{
	uint64_t *random = &house->random;

	*house = (struct load_house){.random = stream(options->seed, STREAM_HOUSE),
		.phases = options->phases,
		.sky.random = stream(options->seed, STREAM_SKY)};
	house->persons = 1 + prng_between(random, 0, 2);
	house->persons += prng_between(random, 0, 2);
	house->usual_s[ANCHOR_GET_UP] = prng_between(random, 345, 450) * MINUTE_S;
	house->usual_s[ANCHOR_LUNCH] = prng_between(random, 705, 780) * MINUTE_S;
	house->usual_s[ANCHOR_DINNER] = prng_between(random, 1050, 1170) * MINUTE_S;
	house->usual_s[ANCHOR_BED] = prng_between(random, 1300, 1380) * MINUTE_S;
	house->lunch_percent = prng_between(random, 5, 80);
	house->dinner_percent = prng_between(random, 50, 95);
	house->weekday = prng_between(random, 0, 6);
	house->day_of_year = season_day(
		options->season, prng_between(random, 0, SKY_YEAR_DAYS - 1));
	circuits_wire(house);
	appliances_buy(house, options);
	solar_build(house, options);
	day_begin(house);
}

static void add_w(int32_t watts[SIM_PHASES_MAX], int phase, int32_t more_w)
{
	for (int p = 0; p < SIM_PHASES_MAX; p++) {
		if (phase < 0 || phase == p)
			watts[p] += more_w;
	}
}

void load_house_second(struct load_house *house, int32_t ret_ma[SIM_PHASES_MAX])
{
	int32_t watts[SIM_PHASES_MAX] = {0};

	if (house->second == LOAD_DAY_S) {
		house->second = 0;
		house->weekday = (house->weekday + 1) % 7;
		house->day_of_year = (house->day_of_year + 1) % SKY_YEAR_DAYS;
		day_begin(house);
	}
	for (size_t i = 0; i < house->count; i++) {
		struct appliance *appliance = &house->appliances[i];

		add_w(watts, appliance->phase, appliance_second(appliance, house->second));
	}
	if (house->solar_w > 0)
		add_w(watts, house->solar_phase,
			-(house->solar_w * sky_second(&house->sky, house->second) / 1000));
	for (int p = 0; p < SIM_PHASES_MAX; p++)
		ret_ma[p] = watts[p] * 1000 / LOAD_MAINS_V;
	house->second++;
}
