/* SPDX-License-Identifier: MIT */
/*
 * The sky over a made-up house, somewhere in the middle of Europe: when it is light, how cold it
 * is, and what the clouds leave of the sun. Pure, whole numbers only, in steps of a second.
 */
#ifndef POWEROPT_SIM_SKY_H
#define POWEROPT_SIM_SKY_H

#include <stdint.h>

#define SKY_YEAR_DAYS 365

struct sky {
	uint64_t random;

	/* This day. */
	int32_t sunrise_s, sunset_s; /* seconds of the day */
	int32_t noon_permille;	     /* of the rating of a solar roof, without clouds */
	int32_t heating_permille;    /* part of the time that a heating must run */
	const struct sky_weather *weather;

	/* The clouds now. */
	int32_t through_permille; /* of the sun that comes through them */
	int32_t next_permille;	  /* where that is going ... */
	int32_t ramp_permille;	  /* ... in a second */
	int32_t left_s;		  /* until something else drifts by */
};

/** sky_day() - draw the weather of a day. @day_of_year: 0 is January 1st. */
void sky_day(struct sky *sky, int day_of_year);

/** sky_second() - power of a solar roof in this second of the day, in permille of its rating. */
int32_t sky_second(struct sky *sky, int32_t second);

#endif
