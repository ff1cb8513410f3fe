/* SPDX-License-Identifier: MIT */
/*
 * S2: no raise but on a good reading, after the last change has settled, after raise_delay without
 * doubt. The history that it speaks of is in the books; what ties them to the state is the invariant.
 */
#include "model.h"

struct books {
	int64_t changed_ms; /* last change of the allowed current, or settle before the begin */
	int64_t doubt_ms;   /* last fault, stall or reading that was not good; -1: never */
	int64_t raised_ms;  /* last raise; -1: none */
	int64_t paused_ms;  /* the pause that runs began then; -1: none does */
};

static bool is_tied(const struct step *s, const struct regulator *r, const struct books *b)
{
	const struct regulator_config *c = &s->config;
	bool is_timing = r->room_since_ms != -1;

	return b->changed_ms <= r->changed_ms && (r->allowed_ma > 0 || !is_timing) &&
	       (r->off || !r->trust.faults || !is_timing) &&
	       (r->off || !is_timing || b->doubt_ms <= r->room_since_ms) &&
	       (r->off || r->allowed_ma == 0 ||
		       (r->draw.raised_ms >= 0 && r->draw.raised_ms >= b->raised_ms)) &&
	       (r->off || !is_timing || r->room_since_ms >= r->draw.raised_ms + c->settle_ms) &&
	       (b->paused_ms < 0 || (r->allowed_ma == 0 && !r->off &&
					    r->hold_until_ms >= b->paused_ms + c->resume_delay_ms));
}

static void close_books(const struct step *s, struct books *b)
{
	int32_t before_ma = s->before.allowed_ma, allowed_ma = s->decision.allowed_ma;

	if (allowed_ma != before_ma)
		b->changed_ms = s->now_ms;
	if (allowed_ma > before_ma)
		b->raised_ms = s->now_ms;
	if (allowed_ma == 0 && before_ma > 0 && !s->before.off &&
		s->decision.state == REGULATOR_PAUSED)
		b->paused_ms = s->now_ms;
	else if (allowed_ma > 0 || s->off)
		b->paused_ms = -1;
	if (s->decision.faults || s->stalled || (s->input.reading && !s->has_good_reading))
		b->doubt_ms = s->now_ms;
}

void proof_s2_begin(void)
{
	struct step s;
	struct books b = {.doubt_ms = -1, .raised_ms = -1, .paused_ms = -1};
	int64_t now_ms = nondet_int64();

	s.config = any_config();
	assume(is_within(now_ms, 0, TIME_MAX_MS));
	b.changed_ms = now_ms - s.config.settle_ms;
	regulator_init(&s.after, &s.config, now_ms);
	prove(is_tied(&s, &s.after, &b));
	reachable();
}

/* Any step, with any books that are tied to its state. */
static void any_books(struct step *s, struct books *b)
{
	int64_t cycle_ms;

	any_step(s);
	cycle_ms = s->before.trust.cycle_ms;
	assume(is_within(b->changed_ms, -SETTLE_MOST_MS, cycle_ms));
	assume(is_never_or_before(b->doubt_ms, cycle_ms));
	assume(is_never_or_before(b->raised_ms, cycle_ms));
	assume(is_never_or_before(b->paused_ms, cycle_ms));
	assume(is_tied(s, &s->before, b));
}

void proof_s2_tied(void)
{
	struct step s;
	struct books b;

	any_books(&s, &b);
	take_step(&s);
	close_books(&s, &b);
	prove(is_tied(&s, &s.after, &b));
	reachable();
}

void proof_s2_raise(void)
{
	struct step s;
	struct books b;
	int64_t now_ms, raise_ms;
	bool charging;

	any_books(&s, &b);
	assume(is_of_config(&s));
	take_step(&s);
	now_ms = s.now_ms;
	raise_ms = s.config.raise_delay_ms;
	charging = s.before.allowed_ma > 0;
	assume(s.decision.allowed_ma > s.before.allowed_ma);
	assume(s.decision.state != REGULATOR_DISABLED);
	prove(s.has_good_reading);
	prove(s.decision.faults == 0);
	prove(now_ms - b.changed_ms >= s.config.settle_ms);
	prove(!charging || b.doubt_ms < 0 || now_ms - b.doubt_ms >= raise_ms);
	prove(!charging || b.raised_ms < 0 ||
		now_ms - b.raised_ms >= s.config.settle_ms + raise_ms);
	prove(b.paused_ms < 0 || now_ms - b.paused_ms >= s.config.resume_delay_ms);
	reachable();
}
