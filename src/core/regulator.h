/* SPDX-License-Identifier: MIT */
/*
 * The regulator: from what is known now to what the car may draw now.
 *
 * One function, regulator_step(), of (state, configuration, input, time). It is called for each
 * reading, whenever something else in the input changes, and at the deadline that the last
 * decision named. The invariants S1 to S6 are tested by tests/property/test_regulator.c.
 *
 * The law, in the order in which regulator_step() applies it:
 *
 *  1. A phase above the mains limit lowers the allowed current at once, by what is too much. What
 *     the reading cannot show yet is accounted for: an overload that cuts which may still be settling
 *     explain is waited out, unless it grows.
 *  2. At min_current a small overload is ridden through, by a budget of pause_delay that is spent
 *     the faster the more the breaker heats; then the charge is paused.
 *  3. A pause ends when min_current + resume_margin has been free for resume_delay; stops that
 *     follow on each other are held twice as long each time, up to ten minutes.
 *  4. The least room that was seen throughout raise_delay is given to the car, in one step; after
 *     raises that were taken back one after the other, room has to last longer.
 *  5. A fault bounds the allowed current by what it was, and by failsafe_current. A meter that is back
 *     is enough to go on, unless the charge was stopped not long before: that counts as in 3.
 */
#ifndef POWEROPT_CORE_REGULATOR_H
#define POWEROPT_CORE_REGULATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/draw.h"
#include "core/reading.h"
#include "core/runaway.h"
#include "core/trust.h"
#include "core/witness.h"

/* The states of section "States" in poweroptd(8); the numbers go over CAN. */
enum regulator_state {
	REGULATOR_STARTING,
	REGULATOR_DISABLED,
	REGULATOR_CHARGING,
	REGULATOR_LIMITED,
	REGULATOR_PAUSED,
	REGULATOR_FAILSAFE,
};

/* What decided. */
enum regulator_reason {
	REASON_NO_READING,   /* starting: the meter has not answered yet */
	REASON_SWITCHED_OFF, /* disabled by the DIP switches */
	REASON_NOTHING,	     /* charging: nothing holds it back */
	REASON_MAINS,	     /* limited: decision.phase has no more room */
	REASON_ROOM,	     /* limited: there is room for more, which has to last first */
	REASON_RIDING,	     /* limited: decision.phase is overloaded a little, ridden through */
	REASON_NO_ROOM,	     /* paused: decision.phase has not room for min_current */
	REASON_HOLD,	     /* paused: there is room, but not for long enough yet */
	REASON_CAP,	     /* limited, paused or disabled: input.cap_ma holds it back */
	REASON_FAULT,	     /* failsafe: see decision.faults */
};

struct regulator_config {
	int32_t min_ma;
	int32_t max_ma;
	int32_t failsafe_ma; /* 0, or min_ma to max_ma */
	int32_t margin_ma;
	int32_t resume_margin_ma;
	uint8_t phase_mask; /* mains phases that the charger uses, bit 0 for L1; 0: all measured */
	bool export_is_room;
	int64_t lost_after_ms;
	int64_t settle_ms;
	int64_t raise_delay_ms;
	int64_t pause_delay_ms;
	int64_t resume_delay_ms;
	int64_t recover_delay_ms;
};

/* What the charger says that it draws, on the mains phases. */
struct regulator_feedback {
	int64_t at_ms; /* CLOCK_BOOTTIME; older than a second it counts for nothing */
	int32_t drawn_ma[PHASES_MAX]; /* -1: not measured */
};

#define REGULATOR_NO_CAP INT32_MAX

struct regulator_input {
	int32_t limit_ma;	       /* mains limit of each phase; 0: optimizer switched off */
	const struct reading *reading; /* a new one, or NULL; not kept */
	const struct regulator_feedback *feedback; /* or NULL */
	int32_t cap_ma;	 /* upper limit that somebody asks for; below min_ma: paused */
	uint32_t faults; /* those that others see: meter watch, DIP, output */
};

struct regulator_decision {
	int32_t allowed_ma; /* 0, or min_ma to max_ma (S1) */
	enum regulator_state state;
	enum regulator_reason reason;
	uint32_t faults; /* present, or gone for less than recover_delay */
	int phase; /* 0 to 2: the phase with the least room in the last good reading; -1 none */
	int32_t load_ma;	       /* the current that counts on that phase */
	int64_t reading_ms;	       /* the last good reading, or when waiting for one began */
	int32_t needed_ma;	       /* REASON_NO_ROOM: the room that is needed to go on */
	int64_t hold_until_ms;	       /* REASON_HOLD: the earliest end of the pause */
	int64_t deadline_ms;	       /* call again by then, reading or not; INT64_MAX: no need */
	const struct runaway *runaway; /* whether the charger obeys; in the regulator's state */
	bool meter_frozen; /* FAULT_METER_IMPLAUSIBLE, because the charger contradicts it */
};

/* The state is all here and nowhere else. Read by nobody but regulator.c. */
struct regulator {
	enum regulator_state state;
	bool off; /* by the switches, whatever the state is */
	int32_t allowed_ma;
	struct trust trust;
	int phase;
	int32_t loads_ma[PHASES_MAX]; /* of the last good reading */
	struct runaway runaway;
	struct witness witness;

	/* the last changes */
	struct draw draw;
	int64_t changed_ms;	       /* the last change of allowed_ma */
	int32_t at_cut_ma[PHASES_MAX]; /* loads in the reading that caused the last cut */
	int32_t lowest_ma[PHASES_MAX]; /* lowest loads since */

	/* room for a raise */
	int64_t room_since_ms; /* -1: none */
	int32_t room_ma;       /* what could be allowed at the worst moment since */
	int raise_repeats;     /* raises one after the other that a cut took back soon */

	/* riding through at min_current */
	int32_t ride_spent_ms; /* up to an hour */
	int32_t ride_rate;     /* spent in each second of time; negative: recovers */

	/* the pause */
	int64_t hold_until_ms;
	int64_t free_needed_ms;
	int64_t free_since_ms; /* -1: not enough room now */
	int64_t resumed_ms;    /* when the charge last went on after a stop; -1: it did not */
	int64_t restarted_ms;  /* see struct regulator_memory */
	int repeats;	       /* stops that followed on each other; -1: there was none yet */
};

/* What must outlive the process for a restart to cost a charge only seconds. */
struct regulator_memory {
	int64_t at_ms; /* the last decision */
	enum regulator_state state;
	int64_t hold_until_ms;
	int64_t resumed_ms;
	int32_t repeats;
	int64_t restarted_ms; /* the last charge that went on after a restart; -1: none */
};

/** regulator_remember() - what to keep of the state. */
struct regulator_memory regulator_remember(const struct regulator *regulator);

/**
 * regulator_recall() - go on after a restart, right behind regulator_init().
 *
 * Within 30 s of the last decision a charge that was charging or limited goes on at min_current on
 * the first good reading with room, at most once in ten minutes; a pause hold goes on. Memory that
 * cannot be true is ignored.
 */
void regulator_recall(
	struct regulator *regulator, const struct regulator_memory *memory, int64_t now_ms);

/** regulator_init() - begin in `starting`: 0 A until the first good reading. */
void regulator_init(
	struct regulator *regulator, const struct regulator_config *config, int64_t now_ms);

/**
 * regulator_step() - decide.
 * @now_ms: CLOCK_BOOTTIME, never before that of the last call.
 * @ret:    always filled.
 */
void regulator_step(struct regulator *regulator, const struct regulator_config *config,
	const struct regulator_input *input, int64_t now_ms, struct regulator_decision *ret);

/** regulator_state_name() - the name of a state on every interface, such as "limited". */
const char *regulator_state_name(enum regulator_state state);

#endif
