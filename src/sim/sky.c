/* SPDX-License-Identifier: MIT */
#include "sim/sky.h"

#include <stdbool.h>
#include <stddef.h>

#include "sim/prng.h"

#define DARKEST_DAY 354 /* December 21st */
#define COLDEST_DAY 19	/* January 20th */
#define NOON_S	    (12 * 3600 + 1800)

struct sky_range {
	int32_t min, max;
};

/* Broken clouds: the edge of one brings more than a clear sky, and it passes in seconds. */
static const struct sky_weather {
	int32_t percent; /* of all days */
	struct sky_range sun_permille, cloud_permille;
	struct sky_range sun_s, cloud_s; /* how long each lasts */
	struct sky_range ramp_permille;	 /* a second */
} weathers[] = {
	{30, {950, 1000}, {800, 950}, {1800, 7200}, {60, 600}, {1, 10}},
	{40, {950, 1150}, {200, 500}, {20, 600}, {15, 400}, {20, 200}},
	{30, {200, 350}, {60, 200}, {300, 1800}, {300, 1800}, {1, 5}},
};

#define WEATHERS (sizeof(weathers) / sizeof(weathers[0]))

static int32_t draw(struct sky *sky, struct sky_range range)
{
	return prng_between(&sky->random, range.min, range.max);
}

/* How far the year has come from the least day (0) to the opposite one (1000), smoothly. */
static int32_t season_permille(int day_of_year, int least_day)
{
	int days = (day_of_year + SKY_YEAR_DAYS - least_day) % SKY_YEAR_DAYS;
	int32_t way = (days < SKY_YEAR_DAYS - days ? days : SKY_YEAR_DAYS - days) * 1000 /
		      (SKY_YEAR_DAYS / 2);

	return way * way / 1000 * (3000 - 2 * way) / 1000;
}

void sky_day(struct sky *sky, int day_of_year)
{
	int32_t light = season_permille(day_of_year, DARKEST_DAY);
	int32_t cold = 1000 - season_permille(day_of_year, COLDEST_DAY);
	int32_t half_s = (4 * 3600) + light * (4 * 3600) / 1000;
	int32_t heating = cold * 85 / 100 - 250 + prng_between(&sky->random, -150, 150);
	int32_t percent = prng_between(&sky->random, 1, 100);
	size_t i = 0;

	while (i < WEATHERS - 1 && percent > weathers[i].percent)
		percent -= weathers[i++].percent;
	sky->weather = &weathers[i];
	sky->sunrise_s = NOON_S - half_s;
	sky->sunset_s = NOON_S + half_s;
	sky->noon_permille = 300 + light * 550 / 1000;
	/* Hot water is needed in summer, too. */
	sky->heating_permille = heating < 60 ? 60 : heating;
	sky->next_permille = draw(sky, sky->weather->sun_permille);
	sky->through_permille = sky->next_permille;
	sky->left_s = 0;
}

/* The next cloud, or the gap behind it. */
static void drift(struct sky *sky)
{
	const struct sky_weather *weather = sky->weather;
	bool sun = sky->next_permille < weather->sun_permille.min;

	sky->next_permille = draw(sky, sun ? weather->sun_permille : weather->cloud_permille);
	sky->left_s = draw(sky, sun ? weather->sun_s : weather->cloud_s);
	sky->ramp_permille = draw(sky, weather->ramp_permille);
}

int32_t sky_second(struct sky *sky, int32_t second)
{
	int32_t way = sky->next_permille - sky->through_permille;
	int32_t half_s = (sky->sunset_s - sky->sunrise_s) / 2;
	int64_t from_noon_s = second - (sky->sunrise_s + half_s);
	int64_t height;

	if (second <= sky->sunrise_s || second >= sky->sunset_s)
		return 0;
	if (sky->left_s-- <= 0)
		drift(sky);
	if (way > sky->ramp_permille)
		way = sky->ramp_permille;
	else if (way < -sky->ramp_permille)
		way = -sky->ramp_permille;
	sky->through_permille += way;
	height = 1000 - from_noon_s * from_noon_s * 1000 / ((int64_t)half_s * half_s);
	return (int32_t)(height * sky->noon_permille / 1000 * sky->through_permille / 1000);
}
