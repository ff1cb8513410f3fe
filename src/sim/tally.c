/* SPDX-License-Identifier: MIT */
#include "sim/tally.h"

#include <math.h>

#define NON_TRIPPING 1.13

void tally_init(struct tally *tally, double limit_a, int phases)
{
	*tally = (struct tally){.limit_a = limit_a, .phases = phases};
}

static void offer_count(struct tally *tally, double offered_a)
{
	if (tally->begun && fabs(offered_a - tally->offered_a) > TALLY_CHANGE_A)
		tally->changes++;
	if (tally->offered_a > 0 && offered_a <= 0)
		tally->pauses++;
	tally->offered_a = offered_a;
	tally->begun = true;
}

void tally_add(struct tally *tally, const double total_a[SIM_PHASES_MAX], double drawn_a,
	double offered_a, double step_s)
{
	bool over = false;

	for (int p = 0; p < tally->phases; p++) {
		double ratio = total_a[p] / tally->limit_a;
		double heat = (ratio * ratio - NON_TRIPPING * NON_TRIPPING) * step_s;

		over = over || total_a[p] > tally->limit_a + TALLY_OVER_A;
		tally->max_a = fmax(tally->max_a, total_a[p]);
		tally->excess_a = fmax(tally->excess_a, total_a[p] - tally->limit_a);
		tally->heat_now[p] = fmax(0, tally->heat_now[p] + heat);
		tally->heat = fmax(tally->heat, tally->heat_now[p]);
	}
	tally->over_now_s = over ? tally->over_now_s + step_s : 0;
	tally->over_s += over ? step_s : 0;
	tally->longest_s = fmax(tally->longest_s, tally->over_now_s);
	tally->car_ah += drawn_a * step_s / 3600;
	offer_count(tally, offered_a);
}

void tally_optimum(struct tally *tally, const double house_a[SIM_PHASES_MAX], uint8_t mask,
	double min_a, double max_a, double step_s)
{
	double free_a = max_a;
	bool over = false;

	for (int p = 0; p < tally->phases; p++)
		over = over || house_a[p] > tally->limit_a + TALLY_OVER_A;
	tally->house_over_s += over ? step_s : 0;
	for (int p = 0; p < SIM_PHASES_MAX; p++) {
		if (mask & 1u << p)
			free_a = fmin(free_a, tally->limit_a - house_a[p]);
	}
	if (free_a >= min_a)
		tally->optimum_ah += free_a * step_s / 3600;
}
