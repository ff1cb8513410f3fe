/* SPDX-License-Identifier: MIT */
/*
 * The functions of law.c, regulator.c and cuts.c that contracts.c stands for keep their promise.
 */
#include "contracts.h"

/* Some of them are static. */
#include "core/law.c"
#include "core/regulator.c"

void proof_doubled_ms(void)
{
	int64_t once_ms = nondet_int64(), longest_ms = nondet_int64(), result_ms;
	int times = nondet_int();

	assume(is_doubled_input(once_ms, times, longest_ms));
	result_ms = doubled_ms(once_ms, times, longest_ms);
	prove(is_doubled_result(once_ms, longest_ms, result_ms));
	reachable();
}

void proof_deadline_of(void)
{
	struct regulator_config c = any_config();
	struct regulator r;
	int64_t now_ms = nondet_int64(), deadline_ms;

	r.off = any_bool();
	assume(is_deadline_input(&r, &c, now_ms));
	deadline_ms = deadline_of(&r, &c, now_ms);
	prove(is_deadline_result(&r, &c, now_ms, deadline_ms));
	reachable();
}

void proof_law_ride(void)
{
	int64_t elapsed_ms = nondet_int64();
	struct regulator r;
	int32_t spent_ms = r.ride_spent_ms;

	assume(is_law_ride_input(spent_ms, r.ride_rate, elapsed_ms));
	law_ride(&r, elapsed_ms);
	prove(is_law_ride_result(spent_ms, r.ride_rate, elapsed_ms, r.ride_spent_ms));
	reachable();
}

/* For a load above the limit whose ratio to it is below TRIPPING; see proof_ratio_least(). */
void proof_heat_rate(void)
{
	int32_t ratio = nondet_int32();

	assume(is_within(ratio, 1000, TRIPPING - 1));
	prove(is_within(heat_rate(ratio), 1000, RIDE_RATE_MOST));
	reachable();
}

/*
 * The ratio of a load above the limit, for which load * 1000 is below limit * TRIPPING, is from 1000 to
 * TRIPPING - 1: any quotient and rest that C allows (6.5.5), in two halves.
 */
void proof_ratio_least(void)
{
	uint32_t load_ma = nondet_uint32(), limit_ma = nondet_uint32();
	uint32_t ratio = nondet_uint32(), rest = nondet_uint32();

	assume(is_within(limit_ma, 1, LIMIT_MOST_MA));
	assume(is_within(load_ma, limit_ma + 1, 2 * LIMIT_MOST_MA));
	assume(ratio < TRIPPING && rest < limit_ma);
	assume(ratio * limit_ma + rest == load_ma * 1000);
	prove(ratio >= 1000);
	reachable();
}

/* A quotient of TRIPPING or more: its product is limit * TRIPPING and something, however much that is. */
void proof_ratio_most(void)
{
	uint32_t load_ma = nondet_uint32(), limit_ma = nondet_uint32(), rest = nondet_uint32();
	uint64_t dividend = (uint64_t)load_ma * 1000, severe = (uint64_t)limit_ma * TRIPPING;
	uint64_t more = nondet_uint32();

	assume(is_within(limit_ma, 1, LIMIT_MOST_MA) && load_ma <= 2 * LIMIT_MOST_MA);
	assume(dividend < severe && rest < limit_ma);
	prove(severe + more + rest != dividend);
	reachable();
}

/* The real list, against: a part of its beginning, then the new one. */
void proof_cuts_add(void)
{
	struct cuts cuts, old;
	int32_t from_ma = nondet_int32();
	int64_t until_ms = nondet_int64();
	int i = nondet_int();
	int64_t now_ms = nondet_int64();

	assume(is_within(now_ms, 0, TIME_MAX_MS));
	assume(are_cuts_valid(&cuts, now_ms) && is_cut_valid(from_ma, until_ms, now_ms));
	old = cuts;
	cuts_add(&cuts, from_ma, until_ms);
	prove(is_within(cuts.count, 1, CUTS_MAX) && cuts.count <= old.count + 1);
	prove(cuts.list[cuts.count - 1].from_ma == from_ma);
	prove(cuts.list[cuts.count - 1].until_ms == until_ms);
	prove(are_cuts_valid(&cuts, now_ms));
	assume(is_within(i, 0, CUTS_MAX - 1) && i < cuts.count - 1);
	prove(cuts.list[i].from_ma == old.list[i].from_ma);
	prove(cuts.list[i].until_ms == old.list[i].until_ms);
	reachable();
}

/* Those that have not expired stay, in their order. */
void proof_cuts_expire(void)
{
	struct cuts cuts, old;
	int64_t now_ms = nondet_int64();
	int any = nondet_int(), kept = 0, at = -1;

	assume(is_within(cuts.count, 0, CUTS_MAX));
	old = cuts;
	cuts_expire(&cuts, now_ms);
	for (int i = 0; i < CUTS_MAX; i++) {
		if (i == any)
			at = kept;
		kept += i < old.count && old.list[i].until_ms > now_ms;
	}
	prove(cuts.count == kept);
	assume(is_within(any, 0, CUTS_MAX - 1) && any < old.count &&
		old.list[any].until_ms > now_ms);
	prove(cuts.list[at].from_ma == old.list[any].from_ma);
	prove(cuts.list[at].until_ms == old.list[any].until_ms);
	reachable();
}

/* law_change(), with draw_change() and runaway_stop(), against what contract_law_change() sets. */
void proof_law_change(void)
{
	struct regulator_config c = any_config();
	int32_t allowed_ma = nondet_int32();
	int64_t now_ms = nondet_int64();
	struct regulator r, old;
	int i = nondet_int();
	bool lower;

	r.off = any_bool();
	r.runaway.stopped = any_bool();
	r.draw.said_long_enough = any_bool();
	assume(is_change_input(&r, &c, allowed_ma, now_ms));
	assume(allowed_ma != r.allowed_ma && is_within(i, 0, PHASES_MAX - 1));
	old = r;
	lower = allowed_ma < old.allowed_ma;
	law_change(&r, &c, allowed_ma, now_ms);

	prove(r.allowed_ma == allowed_ma && r.changed_ms == now_ms && r.room_since_ms == -1);
	prove(r.runaway.stopped == (allowed_ma == 0) && r.runaway.verdict == RUNAWAY_NONE);
	prove(r.runaway.stopped_ms == (allowed_ma == 0 ? now_ms : old.runaway.stopped_ms));
	prove(r.runaway.before_ma[i] ==
		(allowed_ma == 0 ? r.loads_ma[i] : old.runaway.before_ma[i]));
	prove(r.runaway.lowest_ma[i] ==
		(allowed_ma == 0 ? r.loads_ma[i] : old.runaway.lowest_ma[i]));
	prove(r.at_cut_ma[i] == (lower ? r.loads_ma[i] : old.at_cut_ma[i]));
	prove(r.lowest_ma[i] == (lower ? r.loads_ma[i] : old.lowest_ma[i]));
	prove(r.draw.lowest_ma[i] == (lower ? old.draw.lowest_ma[i] : r.loads_ma[i]));
	prove(lower || is_within(r.draw.raised_from_ma, 0, old.allowed_ma));
	prove(r.draw.raised_ms == (lower ? old.draw.raised_ms : now_ms));
	prove(r.draw.rose_ms == (lower ? old.draw.rose_ms : now_ms));
	prove(r.draw.rise_ma == (lower ? old.draw.rise_ma : 0));
	/* nothing else has changed */
	prove(r.state == old.state && r.off == old.off && r.phase == old.phase);
	prove(r.loads_ma[i] == old.loads_ma[i] && r.room_ma == old.room_ma);
	prove(r.trust.faults == old.trust.faults && r.trust.cycle_ms == old.trust.cycle_ms);
	prove(r.trust.good_ms == old.trust.good_ms && r.trust.bad_ms == old.trust.bad_ms);
	prove(r.trust.healthy_since_ms == old.trust.healthy_since_ms);
	prove(r.raise_repeats == old.raise_repeats && r.repeats == old.repeats);
	prove(r.ride_spent_ms == old.ride_spent_ms && r.ride_rate == old.ride_rate);
	prove(r.hold_until_ms == old.hold_until_ms && r.free_needed_ms == old.free_needed_ms);
	prove(r.free_since_ms == old.free_since_ms && r.resumed_ms == old.resumed_ms);
	prove(r.restarted_ms == old.restarted_ms && r.draw.said_ma == old.draw.said_ma);
	prove(r.draw.said_since_ms == old.draw.said_since_ms);
	prove(r.draw.said_long_enough == old.draw.said_long_enough);
	prove(lower || r.draw.cuts.count == old.draw.cuts.count);
	prove(!lower || r.draw.cuts.count >= 1);
	prove(!lower || r.draw.cuts.list[r.draw.cuts.count - 1].from_ma == old.allowed_ma);
	reachable();
}
