/* SPDX-License-Identifier: MIT */
/*
 * S5 in the regulator: a reading that is not good never raises, a suspect one lowers to min_current
 * at once, and is a fault once no other came for lost_after. The decoding is in proof_leaves.c.
 */
#include "core/fault.h"
#include "model.h"

void proof_s5(void)
{
	struct step s;
	bool doubtful, suspect;

	any_step(&s);
	take_step(&s);
	doubtful = !s.off && s.input.reading && s.reading.quality != READING_GOOD;
	suspect = doubtful && !s.stalled && s.reading.quality == READING_SUSPECT;
	prove(!doubtful || s.after.allowed_ma <= s.before.allowed_ma);
	prove(!suspect || s.after.allowed_ma <= s.config.min_ma);
	prove(!suspect || s.before.off || s.reading.at_ms != s.now_ms ||
		s.now_ms - s.before.trust.good_ms < s.config.lost_after_ms ||
		s.after.trust.faults & FAULT_BIT(FAULT_METER_IMPLAUSIBLE));
	reachable();
}
