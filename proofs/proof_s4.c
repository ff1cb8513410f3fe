/* SPDX-License-Identifier: MIT */
/*
 * S4: without a good reading for lost_after the state is failsafe, and before that the regulator asks
 * to be called in time. The age is that of the reading, not of the call that brought it.
 */
#include "core/fault.h"
#include "model.h"

#define SILENCE (FAULT_BIT(FAULT_METER_LOST) | FAULT_BIT(FAULT_METER_IMPLAUSIBLE))

/* The time of the last good reading, or when waiting for one began. */
static int64_t good_ms(const struct step *s, int64_t before_ms)
{
	if (s->has_good_reading && !s->off)
		return s->reading.at_ms;
	return s->off || s->stalled || s->before.off ? s->now_ms : before_ms;
}

void proof_s4(void)
{
	struct step s;
	int64_t last_ms, lost_ms;

	any_step(&s);
	take_step(&s);
	last_ms = good_ms(&s, s.before.trust.good_ms);
	prove(s.after.trust.good_ms == last_ms); /* so this is the invariant */
	prove(s.decision.reading_ms == last_ms);
	if (!s.off) {
		lost_ms = last_ms + s.config.lost_after_ms;
		if (s.now_ms >= lost_ms) {
			prove(s.decision.state == REGULATOR_FAILSAFE);
			prove(s.decision.faults & SILENCE);
		} else {
			prove(s.decision.deadline_ms <= lost_ms);
		}
		prove(s.decision.deadline_ms > s.now_ms || s.decision.allowed_ma == 0);
		prove(!s.stalled || s.decision.faults & FAULT_BIT(FAULT_LOOP_STALLED));
	}
	reachable();
}
