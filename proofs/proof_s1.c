/* SPDX-License-Identifier: MIT */
/*
 * S1: the allowed current is 0 or within min_current and max_current, and never above the mains
 * limit less margin, nor above a cap. From any valid state, so also right after a reload.
 */
#include "core/fault.h"
#include "model.h"

static void prove_state(const struct step *s)
{
	const struct regulator_config *c = &s->config;
	const struct regulator_decision *d = &s->decision;

	switch (d->state) {
	case REGULATOR_STARTING:
	case REGULATOR_PAUSED:
		prove(d->allowed_ma == 0);
		break;
	case REGULATOR_DISABLED:
		prove(s->off);
		prove(d->faults == 0);
		prove(d->allowed_ma == 0 || s->input.cap_ma < c->max_ma ||
			d->allowed_ma == c->max_ma);
		break;
	case REGULATOR_CHARGING:
		prove(d->allowed_ma == c->max_ma);
		break;
	case REGULATOR_LIMITED:
		prove(is_within(d->allowed_ma, c->min_ma, c->max_ma - 1));
		break;
	case REGULATOR_FAILSAFE:
		prove(d->allowed_ma <= c->failsafe_ma);
		prove(d->allowed_ma <= s->before.allowed_ma);
		prove(d->faults != 0);
		prove(d->allowed_ma == 0 || !(d->faults & FAULTS_THAT_STOP));
		break;
	}
}

void proof_s1(void)
{
	struct step s;
	int32_t allowed_ma;

	any_step(&s);
	take_step(&s);
	allowed_ma = s.decision.allowed_ma;
	prove(allowed_ma == s.after.allowed_ma);
	prove(allowed_ma == 0 || is_within(allowed_ma, s.config.min_ma, s.config.max_ma));
	prove(allowed_ma == 0 || s.off || allowed_ma <= s.input.limit_ma - s.config.margin_ma);
	prove(allowed_ma <= s.input.cap_ma);
	prove_state(&s);
	reachable();
}
