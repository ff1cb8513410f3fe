/* SPDX-License-Identifier: MIT */
#include "invariants.h"

#include <string.h>

#include "core/fault.h"
#include "support.h"

/* ---- the books ---- */

void books_begin(struct books *b, const struct regulator_config *config, int64_t now_ms)
{
	memset(b, 0, sizeof(*b));
	b->config = config;
	b->now_ms = now_ms;
	b->good_ms = now_ms;
	b->changed_ms = now_ms - config->settle_ms;
	b->raised_ms = -1;
	b->riding_since_ms = -1;
	b->paused_ms = -1;
	b->doubt_ms = -1;
	b->state_before = REGULATOR_STARTING;
}

void books_step(struct books *b, const struct regulator_input *input,
	const struct regulator_decision *decision, int64_t now_ms)
{
	const struct reading *reading = input->reading;

	b->input = input;
	b->decision = decision;
	b->stalled = now_ms - b->now_ms > b->config->lost_after_ms && !b->off;
	b->now_ms = now_ms;
	b->was_off = b->off;
	b->off = input->limit_ma == 0;
	b->has_good_reading = reading && reading->quality == READING_GOOD && !b->stalled;
	b->stopped_while_off = b->off && (b->stopped_while_off || decision->faults ||
						 input->cap_ma < b->config->min_ma);
	if (b->off || b->stalled || b->was_off || b->has_good_reading)
		b->good_ms = now_ms;
	if (!reading)
		return;
	b->mask = reading->phases == 1 ? 0x1 : 0x7;
	if (b->config->phase_mask & b->mask)
		b->mask &= b->config->phase_mask;
	for (int i = 0; i < PHASES_MAX; i++) {
		int32_t ma = reading->current_ma[i];

		b->load_ma[i] = ma < 0 && !b->config->export_is_room ? -ma : ma;
	}
}

void books_close(struct books *b)
{
	struct past_step *past = &b->past[b->past_count++ % BOOKS_PAST];
	const struct regulator_decision *d = b->decision;

	past->at_ms = b->now_ms;
	past->allowed_before_ma = b->before_ma;
	past->allowed_ma = d->allowed_ma;
	past->has_reading = b->has_good_reading;
	memcpy(past->load_ma, b->load_ma, sizeof(past->load_ma));

	if (d->allowed_ma != b->before_ma)
		b->changed_ms = b->now_ms;
	if (d->allowed_ma > b->before_ma)
		b->raised_ms = b->now_ms;
	if (d->allowed_ma == 0 && b->before_ma > 0 && !b->was_off && d->state == REGULATOR_PAUSED)
		b->paused_ms = b->now_ms;
	else if (d->allowed_ma > 0 || b->off)
		b->paused_ms = -1;
	if (d->faults || b->stalled || (b->input->reading && !b->has_good_reading))
		b->doubt_ms = b->now_ms;

	b->steps++;
	b->raises += d->allowed_ma > b->before_ma;
	b->cuts += d->allowed_ma < b->before_ma;
	b->pauses += d->state == REGULATOR_PAUSED && b->state_before == REGULATOR_LIMITED;
	b->faults += d->faults != 0;
	b->before_ma = d->allowed_ma;
	b->state_before = d->state;
}

/* A step that is remembered, 1 for the last; NULL if it is not. */
static const struct past_step *past_step(const struct books *b, int ago)
{
	if (ago > b->past_count || ago > BOOKS_PAST)
		return NULL;
	return &b->past[(b->past_count - ago) % BOOKS_PAST];
}

/* ---- S1 ---- */

void invariant_S1(const struct books *b)
{
	const struct regulator_config *c = b->config;
	const struct regulator_decision *d = b->decision;
	int32_t allowed_ma = d->allowed_ma;

	assert_true(allowed_ma == 0 || (allowed_ma >= c->min_ma && allowed_ma <= c->max_ma));
	if (!b->off)
		assert_true(allowed_ma <= b->input->limit_ma - c->margin_ma || allowed_ma == 0);
	assert_true(allowed_ma <= b->input->cap_ma);

	switch (d->state) {
	case REGULATOR_STARTING:
	case REGULATOR_PAUSED:
		assert_int_equal(allowed_ma, 0);
		break;
	case REGULATOR_DISABLED:
		assert_true(b->off);
		if (b->input->cap_ma >= c->max_ma && allowed_ma > 0)
			assert_int_equal(allowed_ma, c->max_ma);
		if (!b->stopped_while_off)
			assert_true(allowed_ma > 0);
		break;
	case REGULATOR_CHARGING:
		assert_int_equal(allowed_ma, c->max_ma);
		break;
	case REGULATOR_LIMITED:
		assert_in_range(allowed_ma, c->min_ma, c->max_ma - 1);
		break;
	case REGULATOR_FAILSAFE:
		assert_true(allowed_ma <= c->failsafe_ma);
		assert_true(allowed_ma <= b->before_ma); /* a fault never raises */
		assert_true(d->faults != 0);
		if (d->faults & FAULTS_THAT_STOP)
			assert_int_equal(allowed_ma, 0);
		break;
	}
}

/* ---- S2 ---- */

void invariant_S2(const struct books *b)
{
	if (b->decision->allowed_ma <= b->before_ma || b->decision->state == REGULATOR_DISABLED)
		return;
	assert_true(b->has_good_reading);
	assert_true(b->now_ms - b->changed_ms >= b->config->settle_ms);
	assert_int_equal(b->decision->faults, 0);
	/* room was seen throughout raise_delay: nothing in between made it doubtful */
	if (b->before_ma > 0 && b->doubt_ms >= 0)
		assert_true(b->now_ms - b->doubt_ms >= b->config->raise_delay_ms);
	/* and that began once the last raise had settled */
	if (b->before_ma > 0 && b->raised_ms >= 0)
		assert_true(b->now_ms - b->raised_ms >=
			    b->config->settle_ms + b->config->raise_delay_ms);
	/* and a pause lasts */
	if (b->paused_ms >= 0)
		assert_true(b->now_ms - b->paused_ms >= b->config->resume_delay_ms);
}

/* ---- S3 ---- */

/* The highest current that may still be drawn: what was allowed at any time within settle. */
static int32_t still_drawn_ma(const struct books *b)
{
	const struct past_step *past;
	int32_t ma = b->before_ma;

	for (int ago = 1; (past = past_step(b, ago)); ago++) {
		if (past->at_ms <= b->now_ms - b->config->settle_ms)
			break;
		if (past->allowed_before_ma > ma)
			ma = past->allowed_before_ma;
	}
	return ma;
}

/* Whether cuts that are settling explain the overload of a phase, and it has not grown since. */
static bool explained(const struct books *b, int phase)
{
	const struct past_step *past;

	if (b->load_ma[phase] - (still_drawn_ma(b) - b->before_ma) > b->input->limit_ma)
		return false;
	for (int ago = 1; (past = past_step(b, ago)); ago++)
		if (past->allowed_ma < past->allowed_before_ma)
			return !past->has_reading || b->load_ma[phase] <= past->load_ma[phase];
	return false;
}

void invariant_S3(struct books *b)
{
	bool unexplained = false, severe = false;

	if (b->off || b->decision->allowed_ma == 0) {
		b->riding_since_ms = -1;
		return;
	}
	/* between readings the ride goes on as it was */
	if (b->has_good_reading) {
		int32_t settling_ma = still_drawn_ma(b) - b->before_ma;
		int32_t limit_ma = b->input->limit_ma;

		for (int i = 0; i < PHASES_MAX; i++) {
			if (!(b->mask & 1u << i) || b->load_ma[i] <= limit_ma || explained(b, i))
				continue;
			unexplained = true;
			severe |= (int64_t)(b->load_ma[i] - settling_ma) * 1000 >=
				  (int64_t)limit_ma * 1450;
		}
		if (!unexplained || b->decision->allowed_ma < b->before_ma) {
			b->riding_since_ms = -1;
			return; /* nothing to do, or lowered in the same cycle */
		}
		/* not lowered: only at min_current, while small, and not for long */
		assert_int_equal(b->decision->allowed_ma, b->config->min_ma);
		assert_false(severe);
		if (b->riding_since_ms < 0)
			b->riding_since_ms = b->now_ms;
	}
	if (b->riding_since_ms >= 0 && b->config->pause_delay_ms > 0)
		assert_true(b->now_ms - b->riding_since_ms <= b->config->pause_delay_ms);
}

/* ---- S4 ---- */

void invariant_S4(const struct books *b)
{
	uint32_t silence = FAULT_BIT(FAULT_METER_LOST) | FAULT_BIT(FAULT_METER_IMPLAUSIBLE);
	const struct regulator_decision *d = b->decision;

	if (b->off)
		return;
	if (b->now_ms - b->good_ms >= b->config->lost_after_ms) {
		assert_int_equal(d->state, REGULATOR_FAILSAFE);
		assert_true(d->faults & silence);
	} else {
		/* it asks to be called in time */
		assert_true(d->deadline_ms <= b->good_ms + b->config->lost_after_ms);
	}
	assert_true(d->deadline_ms > b->now_ms || d->allowed_ma == 0);
	if (b->stalled)
		assert_true(d->faults & FAULT_BIT(FAULT_LOOP_STALLED));
}

/* ---- S5 ---- */

void invariant_S5(const struct books *b)
{
	const struct reading *reading = b->input->reading;

	if (!reading || reading->quality == READING_GOOD || b->off)
		return;
	assert_true(
		b->decision->allowed_ma <= b->before_ma || b->state_before == REGULATOR_DISABLED);
	if (reading->quality == READING_SUSPECT && !b->stalled)
		assert_true(b->decision->allowed_ma <= b->config->min_ma);
}
