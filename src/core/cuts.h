/* SPDX-License-Identifier: MIT */
/*
 * The cuts of the allowed current that may still be settling: until then the car may be drawing
 * what was allowed before. A part of the regulator.
 */
#ifndef POWEROPT_CORE_CUTS_H
#define POWEROPT_CORE_CUTS_H

#include <stdint.h>

#define CUTS_MAX 8

struct cuts {
	struct {
		int32_t from_ma;
		int64_t until_ms;
	} list[CUTS_MAX]; /* currents fall and times rise along the list */
	int count;
};

/** cuts_add() - note a cut from a current, which will have shown at a time. */
void cuts_add(struct cuts *cuts, int32_t from_ma, int64_t until_ms);

/** cuts_expire() - forget those that have shown by now. */
void cuts_expire(struct cuts *cuts, int64_t now_ms);

/** cuts_highest_ma() - the highest current that may still be drawn, at least @allowed_ma. */
int32_t cuts_highest_ma(const struct cuts *cuts, int32_t allowed_ma);

#endif
