/* SPDX-License-Identifier: MIT */
/*
 * S3: an overload lowers the allowed current in the same cycle, unless cuts that are settling explain
 * it and it has not grown; at min_current a small one is ridden through, for pause_delay at most.
 */
#include "model.h"

struct overload {
	bool unexplained;
	bool severe;
};

/* The highest current that may still be drawn. That it was allowed within settle: proof_s3_cuts(). */
static int32_t still_drawn_ma(const struct step *s)
{
	const struct cuts *cuts = &s->before.draw.cuts;
	int32_t ma = s->before.allowed_ma;

	for (int i = 0; i < CUTS_MAX; i++)
		if (i < cuts->count && cuts->list[i].until_ms > s->now_ms &&
			cuts->list[i].from_ma > ma)
			ma = cuts->list[i].from_ma;
	return ma;
}

static struct overload overload_of(const struct step *s, int32_t settling_ma)
{
	int32_t limit_ma = s->input.limit_ma;
	struct overload o = {0};

	for (int i = 0; i < PHASES_MAX; i++) {
		int32_t rest_ma = s->load_ma[i] - settling_ma;

		if (!(s->mask & 1u << i) || s->load_ma[i] <= limit_ma)
			continue;
		if (rest_ma <= limit_ma && s->load_ma[i] <= s->before.at_cut_ma[i])
			continue;
		o.unexplained = true;
		o.severe |= rest_ma >= tripping_ma;
	}
	return o;
}

static bool is_lowest_low(const struct regulator *r)
{
	return r->lowest_ma[0] <= r->at_cut_ma[0] && r->lowest_ma[1] <= r->at_cut_ma[1] &&
	       r->lowest_ma[2] <= r->at_cut_ma[2];
}

static bool is_ride_counted(const struct regulator *r, int64_t riding_since_ms)
{
	return riding_since_ms < 0 ||
	       (!r->off && r->allowed_ma > 0 && r->ride_rate >= 1000 &&
		       r->ride_spent_ms >= r->trust.cycle_ms - riding_since_ms);
}

/* Lowered in the same cycle; or it is at min_current, not severe, and the ride's clock runs. */
void proof_s3(void)
{
	struct step s;
	struct overload o;
	int32_t more_ma = nondet_int32(); /* that history may have allowed beyond the list */

	any_step(&s);
	assume(is_within(more_ma, 0, CURRENT_MOST_MA));
	assume(is_lowest_low(&s.before));
	take_step(&s);
	prove(is_lowest_low(&s.after));
	assume(!s.off && s.after.allowed_ma > 0 && s.has_good_reading);
	o = overload_of(&s, still_drawn_ma(&s) + more_ma - s.before.allowed_ma);
	assume(o.unexplained && s.after.allowed_ma >= s.before.allowed_ma);
	prove(s.after.allowed_ma == s.config.min_ma);
	prove(!o.severe);
	prove(s.after.ride_rate >= 1000);
	reachable();
}

/* A ride, in which that clock runs since the first reading of it, ends after pause_delay. */
void proof_s3_ride(void)
{
	struct step s;
	int64_t riding_since_ms = nondet_int64(); /* -1: not */
	bool rides = any_bool();		  /* what proof_s3() leaves */

	any_step(&s);
	assume(is_never_or_before(riding_since_ms, s.before.trust.cycle_ms));
	assume(is_ride_counted(&s.before, riding_since_ms));
	take_step(&s);
	if (s.off || s.after.allowed_ma == 0) {
		riding_since_ms = -1;
	} else if (s.has_good_reading) {
		assume(!rides || s.after.ride_rate >= 1000);
		if (!rides)
			riding_since_ms = -1;
		else if (riding_since_ms < 0)
			riding_since_ms = s.now_ms;
	}
	prove(riding_since_ms < 0 || s.config.pause_delay_ms == 0 ||
		s.now_ms - riding_since_ms <= s.config.pause_delay_ms);
	prove(is_ride_counted(&s.after, riding_since_ms));
	reachable();
}

/* What the list of cuts says was allowed within settle, for any current: asked where a cut is added. */
void proof_s3_cuts(void)
{
	struct step s;

	cut_history.least_ma = nondet_int32();
	cut_history.allowed_ms = nondet_int64();
	cut_history.settle_ms = nondet_int64();
	assume(is_within(cut_history.least_ma, 1, CURRENT_MOST_MA));
	any_step(&s);
	assume(is_of_config(&s));
	assume(cut_history.settle_ms == s.config.settle_ms);
	assume(is_never_or_before(cut_history.allowed_ms, s.before.trust.cycle_ms));
	if (s.before.allowed_ma >= cut_history.least_ma)
		cut_history.allowed_ms = s.now_ms;
	take_step(&s);
	reachable();
}
