/* SPDX-License-Identifier: MIT */
/*
 * The invariants S1 to S5 of poweroptd(8)'s regulator as checks of what went in and what came out,
 * step by step. They keep their own books and know nothing of the regulator's state.
 */
#ifndef TESTS_PROPERTY_INVARIANTS_H
#define TESTS_PROPERTY_INVARIANTS_H

#include "core/regulator.h"

#define BOOKS_PAST 1024 /* steps; more than fit into the longest settle */

/* What the books remember of one step. */
struct past_step {
	int64_t at_ms;
	int32_t allowed_before_ma;
	int32_t allowed_ma;
	int32_t load_ma[PHASES_MAX];
	bool has_reading;
};

struct books {
	const struct regulator_config *config;

	/* this step */
	const struct regulator_input *input;
	const struct regulator_decision *decision;
	int64_t now_ms;
	uint8_t mask; /* of the phases that count */
	int32_t load_ma[PHASES_MAX];
	bool has_good_reading;
	bool stalled;
	bool off, was_off; /* switched off in this step, and in the one before */

	/* before it */
	int32_t before_ma;
	enum regulator_state state_before;
	int64_t good_ms;	 /* last good reading, or begin */
	int64_t paused_ms;	 /* the pause that runs began then; -1: none does */
	int64_t doubt_ms;	 /* last reading that was not good, fault, or stall; -1: never */
	int64_t changed_ms;	 /* last change of the allowed current */
	int64_t raised_ms;	 /* last raise; -1: none */
	int64_t riding_since_ms; /* -1: not */
	bool stopped_while_off;	 /* by a cap below min_current or a fault, whose hold goes on */
	struct past_step past[BOOKS_PAST];
	int past_count;

	/* what happened, to know that there was something to check */
	int steps, raises, cuts, pauses, faults;
};

/** books_begin() - before the first step. @config: must outlive the books. */
void books_begin(struct books *books, const struct regulator_config *config, int64_t now_ms);

/** books_step() - open the page of a step; then come the checks, then books_close(). */
void books_step(struct books *books, const struct regulator_input *input,
	const struct regulator_decision *decision, int64_t now_ms);

/** books_close() - the step belongs to the past. */
void books_close(struct books *books);

/** invariant_S1() to invariant_S5() - fail the test if the step violates it. */
void invariant_S1(const struct books *books);
void invariant_S2(const struct books *books);
void invariant_S3(struct books *books);
void invariant_S4(const struct books *books);
void invariant_S5(const struct books *books);

#endif
