/* SPDX-License-Identifier: MIT */
#include "ctl/car_judge.h"

/* A lamp, or a refrigerator, is not a car. */
#define LEAST_MA 2500

int32_t car_threshold_ma(int32_t min_current_ma)
{
	/* A car may draw less than it is offered, but hardly less than half. */
	return min_current_ma / 2 > LEAST_MA ? min_current_ma / 2 : LEAST_MA;
}

struct car_verdict car_judge(const int32_t before_ma[PHASES_MAX],
	const int32_t after_ma[PHASES_MAX], int phases, int direction, uint8_t charger,
	int32_t threshold_ma)
{
	struct car_verdict verdict = {.finding = CAR_NOTHING};

	for (int i = 0; i < phases; i++) {
		int64_t moved_ma = ((int64_t)after_ma[i] - before_ma[i]) * direction;

		if (moved_ma >= threshold_ma)
			verdict.moved |= (uint8_t)(1u << i);
		else if (moved_ma <= -threshold_ma)
			verdict.backwards |= (uint8_t)(1u << i);
	}
	if (verdict.moved & ~charger)
		verdict.finding = CAR_OTHER_PHASE;
	else if (verdict.moved == charger)
		verdict.finding = CAR_ALL;
	else if (verdict.moved)
		verdict.finding = CAR_SOME;
	else if (verdict.backwards & charger)
		verdict.finding = CAR_BACKWARDS;
	return verdict;
}
