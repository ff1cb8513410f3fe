/* SPDX-License-Identifier: MIT */
/*
 * A made-up house: a seed gives it persons, habits, appliances and their phases, and then one
 * second after the other of what flows through its main switch. Pure, whole numbers only, so a
 * seed is the same house on every machine.
 */
#ifndef POWEROPT_SIM_LOAD_H
#define POWEROPT_SIM_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/appliance.h"
#include "sim/register_map.h"
#include "sim/sky.h"

#define LOAD_APPLIANCES_MAX 64
#define LOAD_DAY_S	    86400
#define LOAD_MAINS_V	    230

/* The season of the first day; the year then takes its course. */
enum load_season {
	LOAD_SEASON_BY_SEED,
	LOAD_WINTER,
	LOAD_SPRING,
	LOAD_SUMMER,
	LOAD_AUTUMN,
};

enum load_choice {
	LOAD_BY_SEED,
	LOAD_WITH,
	LOAD_WITHOUT,
};

struct load_options {
	uint64_t seed;
	int phases; /* 1 or 3 */
	enum load_season season;
	enum load_choice solar;
	enum load_choice heat_pump;
};

struct load_house {
	uint64_t random;
	int phases;
	int persons;
	int wiring[CIRCUIT_SPREAD]; /* phase of each circuit */
	int32_t solar_w;	    /* on each of its phases; 0: none */
	int solar_phase;	    /* negative: all */

	/* Its habits. */
	int32_t usual_s[ANCHOR_COUNT];
	int32_t lunch_percent, dinner_percent; /* cooked on a weekday */

	int day_of_year;
	int weekday;	/* 0 is Monday */
	int32_t second; /* of the day, the next one */
	struct sky sky;
	struct appliance appliances[LOAD_APPLIANCES_MAX];
	size_t count;
};

/** load_house_init() - build the house, at the midnight before its first day. */
void load_house_init(struct load_house *house, const struct load_options *options);

/**
 * load_house_second() - let a second pass.
 * @ret_ma: what flows on each phase, in mA; negative is export; 0 on phases that it lacks.
 */
void load_house_second(struct load_house *house, int32_t ret_ma[SIM_PHASES_MAX]);

#endif
