/* SPDX-License-Identifier: MIT */
/*
 * The law of regulation, rule by rule; regulator.c says when which rule applies. A part of the
 * regulator, only for its two files.
 */
#ifndef POWEROPT_CORE_LAW_H
#define POWEROPT_CORE_LAW_H

#include "core/minmax.h"
#include "core/regulator.h"

/* A stop this soon after the charge went on is held twice as long as the last, up to the longest. */
#define REPEAT_WINDOW_MS (10 * 60 * 1000)
#define REPEATS_MAX	 20 /* doubled as often, a millisecond is more than the longest hold */
#define HOLD_MAX_MS	 (10 * 60 * 1000)

/* A ride counts no further: more than any budget, and times the steepest rate far from 64 bits. */
#define RIDE_MOST_MS (60 * 60 * 1000)

/* What one good reading says, for the phases that the charger uses. */
struct loads {
	int32_t ma[PHASES_MAX]; /* what counts on each phase */
	uint8_t mask;
	int worst;	    /* the phase with the highest load */
	int32_t car_max_ma; /* the car cannot draw more than the least loaded of its phases */
};

/* law_loads() - what a reading says about the phases that the charger uses. */
void law_loads(
	const struct regulator_config *config, const struct reading *reading, struct loads *ret);

/* law_change() - allow another current. */
void law_change(struct regulator *regulator, const struct regulator_config *config,
	int32_t allowed_ma, int64_t now_ms);

/* law_needed_ma() - the room that a charge which was stopped needs to go on. */
int32_t law_needed_ma(const struct regulator *regulator, const struct regulator_config *config);

/* law_stop() - allow nothing until @needed_ms of continuous room, and not before @hold_ms are over. */
void law_stop(struct regulator *regulator, const struct regulator_config *config, int64_t hold_ms,
	int64_t needed_ms, int64_t now_ms);

/* law_pause() - stop because of the house; stops that follow on each other are held longer. */
void law_pause(struct regulator *regulator, const struct regulator_config *config, int64_t now_ms);

/* law_interrupt() - stop for want of readings: room is enough to go on, but for the second in a row. */
void law_interrupt(
	struct regulator *regulator, const struct regulator_config *config, int64_t now_ms);

/* law_ride() - time passes while a small overload is ridden through. */
void law_ride(struct regulator *regulator, int64_t elapsed_ms);

/* law_end_ride() - pause if the budget for that is spent. */
void law_end_ride(
	struct regulator *regulator, const struct regulator_config *config, int64_t now_ms);

/* law_lower() - answer an overload; for an allowed current above 0. Invariant S3. */
void law_lower(struct regulator *regulator, const struct regulator_config *config, int32_t limit_ma,
	const struct loads *loads, int64_t now_ms);

/* law_raise() - give the car what was free all the time; for an allowed current above 0. S2. */
void law_raise(struct regulator *regulator, const struct regulator_config *config,
	int32_t ceiling_ma, int32_t top_ma, const struct loads *loads, int64_t now_ms);

/* law_resume() - note room while nothing is allowed, and go on when it lasted, if that may be. */
void law_resume(struct regulator *regulator, const struct regulator_config *config,
	int32_t ceiling_ma, const struct loads *loads, bool may_resume, int64_t now_ms);

#endif
