/* SPDX-License-Identifier: MIT */
/*
 * What the functions promise that are called from many places or multiply and divide 64 bits.
 * proofs/run puts these in place of them; proof_contracts.c proves that they keep the promise. For
 * law_ride() and ride_rate() doc/proofs.md does, by hand.
 */
#include "contracts.h"

#include "core/law.h"

bool contract_ride_rate(int32_t load_ma, int32_t limit_ma, int32_t *ret_rate)
{
	int32_t rate = nondet_int32();
	bool may_ride = any_bool();

	prove(is_ride_rate_input(load_ma, limit_ma));
	assume(is_ride_rate_result(load_ma, limit_ma, rate, may_ride));
	if (may_ride)
		*ret_rate = rate;
	return may_ride;
}

void contract_law_ride(struct regulator *r, int64_t elapsed_ms)
{
	int32_t spent_ms = nondet_int32();

	prove(is_law_ride_input(r->ride_spent_ms, r->ride_rate, elapsed_ms));
	assume(is_law_ride_result(r->ride_spent_ms, r->ride_rate, elapsed_ms, spent_ms));
	r->ride_spent_ms = spent_ms;
}

int64_t contract_doubled_ms(int64_t once_ms, int times, int64_t longest_ms)
{
	int64_t result_ms = nondet_int64();

	prove(is_doubled_input(once_ms, times, longest_ms));
	assume(is_doubled_result(once_ms, longest_ms, result_ms));
	return result_ms;
}

int64_t contract_deadline_of(
	const struct regulator *r, const struct regulator_config *c, int64_t now_ms)
{
	int64_t deadline_ms = nondet_int64();

	prove(is_deadline_input(r, c, now_ms));
	assume(is_deadline_result(r, c, now_ms, deadline_ms));
	return deadline_ms;
}

/*
 * The list is written by cuts_add(), cuts_expire() and draw_init() only, and read by cuts_highest_ma() only,
 * which looks at the first cut. So it may become any list, of which the first cut is valid: cuts_add() keeps
 * a part of the list and adds a cut, which is proved valid here.
 */
static void change_cuts(struct cuts *cuts, int32_t from_ma, int64_t until_ms, int64_t now_ms)
{
	struct cuts any;

	prove(is_cut_valid(from_ma, until_ms, now_ms));
	assume(is_within(any.count, 1, CUTS_MAX));
	assume(is_cut_valid(any.list[0].from_ma, any.list[0].until_ms, now_ms));
	*cuts = any;
}

/* Those that stay are some of those that have not expired. */
void contract_cuts_expire(struct cuts *cuts, int64_t now_ms)
{
	struct cuts any;
	bool is_one = false;

	prove(is_within(cuts->count, 0, CUTS_MAX));
	assume(is_within(any.count, 0, cuts->count));
	for (int i = 0; i < CUTS_MAX; i++)
		is_one |= i < cuts->count && cuts->list[i].until_ms > now_ms &&
			  cuts->list[i].from_ma == any.list[0].from_ma &&
			  cuts->list[i].until_ms == any.list[0].until_ms;
	assume(any.count == 0 || is_one);
	*cuts = any;
}

void contract_law_change(
	struct regulator *r, const struct regulator_config *c, int32_t allowed_ma, int64_t now_ms)
{
	bool lower = allowed_ma < r->allowed_ma;
	int32_t raised_from_ma = nondet_int32();

	prove(is_change_input(r, c, allowed_ma, now_ms));
	if (allowed_ma == r->allowed_ma)
		return;
	assume(is_within(raised_from_ma, 0, r->allowed_ma));
	r->runaway.stopped = allowed_ma == 0;
	r->runaway.verdict = RUNAWAY_NONE;
	if (allowed_ma == 0)
		r->runaway.stopped_ms = now_ms;
	for (int i = 0; i < PHASES_MAX; i++) {
		int32_t load_ma = r->loads_ma[i];

		if (allowed_ma == 0) {
			r->runaway.before_ma[i] = load_ma;
			r->runaway.lowest_ma[i] = load_ma;
		}
		if (lower) {
			r->at_cut_ma[i] = load_ma;
			r->lowest_ma[i] = load_ma;
		} else {
			r->draw.lowest_ma[i] = load_ma;
		}
	}
	if (lower) {
		change_cuts(&r->draw.cuts, r->allowed_ma, now_ms + c->settle_ms, now_ms);
	} else {
		r->draw.raised_from_ma = raised_from_ma;
		r->draw.raised_ms = now_ms;
		r->draw.rise_ma = 0;
		r->draw.rose_ms = now_ms;
	}
	r->allowed_ma = allowed_ma;
	r->changed_ms = now_ms;
	r->room_since_ms = NEVER;
}

/* Nothing in S1 to S5 hangs on what the witness saw: it may see anything. */
void contract_witness_step(struct witness *w, const int32_t current_ma[PHASES_MAX],
	const int32_t drawn_ma[PHASES_MAX], int64_t settle_ms, int64_t now_ms)
{
	struct witness any;

	(void)current_ma;
	(void)drawn_ma;
	(void)settle_ms;
	(void)now_ms;
	any.frozen = any_bool();
	any.valid = any_bool();
	any.judged = any_bool();
	*w = any;
}
