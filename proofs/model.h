/* SPDX-License-Identifier: MIT */
/*
 * The world of the regulator, as far as the proofs assume it: every configuration that is accepted,
 * every input that can come, and the representation invariant of its state.
 */
#ifndef PROOFS_MODEL_H
#define PROOFS_MODEL_H

#include "core/regulator.h"
#include "proof.h"

/* 557 years after boot. The heat of a ride times a longer gap would not fit into an int64_t. */
#define TIME_MAX_MS (INT64_C(1) << 44)

/* What config_table.c accepts, at most. */
#define CURRENT_LEAST_MA 6000
#define CURRENT_MOST_MA	 80000
#define LIMIT_MOST_MA	 125000
#define SETTLE_MOST_MS	 60000
#define DELAY_MOST_MS	 600000

/* A good reading: 1.2 times the highest rating that register 0x400B can tell, 65,535 A. */
#define GOOD_MOST_MA 78642000

/* Any other: where klefr_current() clamps. */
#define READING_MOST_MA (INT32_MAX / 2)

/* What can_status_decode() lets through. */
#define DRAWN_MOST_MA 160000

/* The highest rate of a ride, at 1.449 times the limit. */
#define RIDE_RATE_MOST 284787

/* One step: what goes in, and the state before and after. */
struct step {
	struct regulator_config config;
	struct regulator_input input;
	struct reading reading;
	struct regulator_feedback feedback;
	int64_t now_ms;
	struct regulator before;
	struct regulator after;
	struct regulator_decision decision;

	/* what follows from these */
	bool off, stalled;
	bool has_good_reading;
	uint8_t mask;		     /* phases that count in that reading */
	int32_t load_ma[PHASES_MAX]; /* what counts on them */
};

/* any_config() - a configuration that config_check() accepts. */
struct regulator_config any_config(void);

/* any_step() - a valid state, and any input. The step itself is not taken. */
void any_step(struct step *step);

/* take_step() - regulator_step(), and what follows from it. */
void take_step(struct step *step);

/*
 * For one current, any: when that much was allowed last. A cut from it or above that is still settling
 * was made within settle of that. Where it is not asked for, no current is that high.
 */
struct cut_history {
	int32_t least_ma;
	int64_t allowed_ms;
	int64_t settle_ms;
};
extern struct cut_history cut_history;

/* is_cut_valid(), are_cuts_valid() - the part of the invariant that holds for each cut in the list. */
bool is_cut_valid(int32_t from_ma, int64_t until_ms, int64_t cycle_ms);
bool are_cuts_valid(const struct cuts *cuts, int64_t cycle_ms);

/* The load at which a breaker may trip soon, 1.45 times the limit: no proof asks for more than its being above. */
extern int32_t tripping_ma;

/* is_of_config() - the state is one that this configuration led to, not one right after a reload: S1. */
bool is_of_config(const struct step *step);

/* prove_valid(), is_valid() - the representation invariant, whatever the configuration is. */
bool is_valid(const struct regulator *regulator);
void prove_valid(const struct regulator *regulator);

/* prove_valid() in four parts, each a question of its own. */
void prove_trust_valid(const struct regulator *regulator);
void prove_draw_valid(const struct regulator *regulator);
void prove_waits_valid(const struct regulator *regulator);
void prove_rest_valid(const struct regulator *regulator);

#endif
