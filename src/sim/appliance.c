/* SPDX-License-Identifier: MIT */
#include "sim/appliance.h"

#include "sim/prng.h"

#define PAUSE_MAX_S (15 * 3600) /* of a heat pump: hot water is needed in summer, too */

static int32_t draw(struct appliance *appliance, struct appliance_range range)
{
	return prng_between(&appliance->random, range.min, range.max);
}

/* No two cycles are quite alike. */
static int32_t about(struct appliance *appliance, int32_t seconds)
{
	seconds = seconds * prng_between(&appliance->random, 90, 110) / 100;
	return seconds > 0 ? seconds : 1;
}

/* Off so long that the part of the time which it runs is what the weather demands. */
static int32_t heating_pause_s(const struct appliance *appliance)
{
	int32_t demand = appliance->demand_permille;
	int32_t pause_s;

	if (demand <= 0)
		return PAUSE_MAX_S;
	if (demand >= 1000)
		return 1;
	pause_s = appliance->on_s * (1000 - demand) / demand;
	return pause_s < PAUSE_MAX_S ? pause_s : PAUSE_MAX_S;
}

static void cycle_switch(struct appliance *appliance)
{
	appliance->on = !appliance->on;
	appliance->fresh = appliance->on;
	if (appliance->kind->heating && appliance->on)
		appliance->on_s = draw(appliance, appliance->stage->on_s);
	else if (appliance->kind->heating)
		appliance->off_s = heating_pause_s(appliance);
	appliance->switch_s = about(appliance, appliance->on ? appliance->on_s : appliance->off_s);
}

static void stage_enter(struct appliance *appliance, const struct appliance_stage *stage)
{
	bool was_off = !appliance->stage || !appliance->on;

	if (stage->for_s.max <= 0) {
		appliance->stage = NULL;
		return;
	}
	appliance->stage = stage;
	appliance->left_s = draw(appliance, stage->for_s);
	appliance->percent = draw(appliance, stage->percent);
	appliance->on_s = draw(appliance, stage->on_s);
	appliance->off_s = draw(appliance, stage->off_s);
	appliance->on = true;
	appliance->fresh = was_off;
	appliance->switch_s = stage->on_s.max > 0 ? about(appliance, appliance->on_s)
						  : appliance->left_s;
}

void appliance_init(
	struct appliance *appliance, const struct appliance_kind *kind, uint64_t random, int phase)
{
	*appliance = (struct appliance){.kind = kind, .random = random, .phase = phase};
	appliance->watts = draw(appliance, kind->watts);
	if (!kind->always)
		return;
	stage_enter(appliance, kind->stages);
	appliance->fresh = false;
	if (kind->stages[0].on_s.max > 0) {
		appliance->on = prng_chance(&appliance->random, 50);
		appliance->switch_s = prng_between(&appliance->random, 1, appliance->on_s);
	}
}

void appliance_plan(struct appliance *appliance, int32_t at_s, int stage)
{
	struct appliance_start *starts = appliance->starts;
	int i;

	if (appliance->start_count == APPLIANCE_STARTS)
		return;
	for (i = appliance->start_count; i > 0 && starts[i - 1].at_s > at_s; i--)
		starts[i] = starts[i - 1];
	starts[i] = (struct appliance_start){.at_s = at_s, .stage = stage};
	appliance->start_count++;
}

static int32_t power_w(struct appliance *appliance)
{
	const struct appliance_stage *stage = appliance->stage;
	int32_t wobble = appliance->kind->wobble_percent;
	int32_t percent = appliance->on ? appliance->percent : stage->idle_percent;
	int32_t watts = appliance->watts * percent / 100;

	if (appliance->fresh && stage->inrush_percent > 0)
		watts = watts * stage->inrush_percent / 100;
	if (wobble > 0)
		watts += watts * prng_between(&appliance->random, -wobble, wobble) / 100;
	return watts;
}

int32_t appliance_second(struct appliance *appliance, int32_t second)
{
	const struct appliance_start *start = &appliance->starts[appliance->start_next];
	int32_t watts;

	if (!appliance->stage) {
		if (appliance->start_next == appliance->start_count || start->at_s > second)
			return 0;
		appliance->start_next++;
		stage_enter(appliance, &appliance->kind->stages[start->stage]);
		if (!appliance->stage)
			return 0;
	}
	watts = power_w(appliance);
	appliance->fresh = false;
	if (!appliance->kind->always && --appliance->left_s <= 0)
		stage_enter(appliance, appliance->stage + 1);
	else if (appliance->stage->on_s.max > 0 && --appliance->switch_s <= 0)
		cycle_switch(appliance);
	return watts;
}
