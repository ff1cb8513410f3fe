/* SPDX-License-Identifier: MIT */
/*
 * The promises of ride_rate() and law_ride(): what they ask for, and what then holds.
 */
#ifndef PROOFS_CONTRACTS_H
#define PROOFS_CONTRACTS_H

#include "core/law.h"
#include "model.h"

bool contract_ride_rate(int32_t load_ma, int32_t limit_ma, int32_t *ret_rate);
void contract_law_ride(struct regulator *r, int64_t elapsed_ms);
int64_t contract_doubled_ms(int64_t once_ms, int times, int64_t longest_ms);
int64_t contract_deadline_of(
	const struct regulator *r, const struct regulator_config *c, int64_t now_ms);
void contract_witness_step(struct witness *w, const int32_t current_ma[PHASES_MAX],
	const int32_t drawn_ma[PHASES_MAX], int64_t settle_ms, int64_t now_ms);
void contract_cuts_expire(struct cuts *cuts, int64_t now_ms);
void contract_law_change(
	struct regulator *r, const struct regulator_config *c, int32_t allowed_ma, int64_t now_ms);

/* A load less what cuts in flight will take from it. */
static inline bool is_ride_rate_input(int32_t load_ma, int32_t limit_ma)
{
	return is_within(load_ma, -GOOD_MOST_MA - CURRENT_MOST_MA, 3 * GOOD_MOST_MA) &&
	       is_within(limit_ma, 1, LIMIT_MOST_MA);
}

static inline bool is_ride_rate_result(
	int32_t load_ma, int32_t limit_ma, int32_t rate, bool may_ride)
{
	if (load_ma <= limit_ma)
		return may_ride && rate == -1000;
	if (load_ma >= tripping_ma)
		return !may_ride;
	return may_ride && is_within(rate, 1000, RIDE_RATE_MOST);
}

static inline bool is_law_ride_input(int32_t spent_ms, int32_t rate, int64_t elapsed_ms)
{
	return is_within(elapsed_ms, 0, TIME_MAX_MS) && is_within(spent_ms, 0, RIDE_MOST_MS) &&
	       is_within(rate, -1000, RIDE_RATE_MOST);
}

static inline bool is_law_ride_result(
	int32_t spent_ms, int32_t rate, int64_t elapsed_ms, int32_t after_ms)
{
	return is_within(after_ms, 0, RIDE_MOST_MS) &&
	       (rate < 1000 || after_ms == RIDE_MOST_MS || after_ms >= spent_ms + elapsed_ms);
}

static inline bool is_doubled_input(int64_t once_ms, int times, int64_t longest_ms)
{
	return is_within(once_ms, 0, DELAY_MOST_MS) && is_within(times, 0, 20) &&
	       is_within(longest_ms, -1000, 4 * DELAY_MOST_MS);
}

static inline bool is_doubled_result(int64_t once_ms, int64_t longest_ms, int64_t result_ms)
{
	return result_ms <= longest_ms && (result_ms >= once_ms || result_ms == longest_ms);
}

static inline bool is_deadline_input(
	const struct regulator *r, const struct regulator_config *c, int64_t now_ms)
{
	return r->trust.cycle_ms == now_ms && is_within(now_ms, 0, TIME_MAX_MS) &&
	       is_within(r->trust.good_ms, 0, now_ms) && r->ride_rate <= RIDE_RATE_MOST &&
	       r->ride_spent_ms >= 0 &&
	       (r->off || r->ride_rate <= 0 || r->ride_spent_ms < c->pause_delay_ms);
}

/* Never later than the next cycle or the age of the readings asks for, and never now or before. */
static inline bool is_deadline_result(const struct regulator *r, const struct regulator_config *c,
	int64_t now_ms, int64_t deadline_ms)
{
	int64_t lost_ms = trust_deadline_ms(&r->trust, c->lost_after_ms);

	if (r->off)
		return deadline_ms == INT64_MAX;
	return deadline_ms <= now_ms + c->lost_after_ms / 2 && deadline_ms <= lost_ms &&
	       (deadline_ms > now_ms || deadline_ms == lost_ms);
}

static inline bool is_change_input(const struct regulator *r, const struct regulator_config *c,
	int32_t allowed_ma, int64_t now_ms)
{
	return is_within(now_ms, 0, TIME_MAX_MS) && is_within(c->settle_ms, 0, SETTLE_MOST_MS) &&
	       is_within(allowed_ma, 0, CURRENT_MOST_MA) && is_within(r->draw.cuts.count, 0, 8) &&
	       is_within(r->allowed_ma, 0, CURRENT_MOST_MA) &&
	       is_within(r->draw.raised_ms, -1, now_ms) && is_within(r->draw.rose_ms, 0, now_ms) &&
	       is_within(r->draw.raised_from_ma, 0, CURRENT_MOST_MA) &&
	       is_within(r->draw.rise_ma, 0, 2 * GOOD_MOST_MA);
}

#endif
