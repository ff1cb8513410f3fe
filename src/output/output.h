/* SPDX-License-Identifier: MIT */
/*
 * Where the allowed current goes: the charger's control pilot by PWM, an attribute of sysfs,
 * a CAN frame, or nowhere.
 *
 * One public header, one private header with the table of functions, one file for each member.
 * Nothing here waits, logs, or allocates after output_new() - but for glob(3), when a PWM chip is
 * looked for: at the first write, and at the next one after a failure.
 */
#ifndef POWEROPT_OUTPUT_OUTPUT_H
#define POWEROPT_OUTPUT_OUTPUT_H

#include <stdint.h>

#include "config/config.h"
#include "core/feedback.h"
#include "core/regulator.h"

struct output;

/* What the charger is told. Only a CAN frame carries more than the allowed current. */
struct output_command {
	int32_t allowed_ma; /* 0 (pause) or min_current to max_current, rounded down by the encoding */
	enum regulator_state state;
	uint32_t faults;  /* a set of FAULT_BIT() */
	int32_t limit_ma; /* mains limit; 0: the optimizer is switched off */
};

/**
 * output_new() - make the output that [charger] output names. Touches no hardware.
 * @ret:    owned by the caller, ended by output_free().
 * @config: copied.
 *
 * Returns 0 or -ENOMEM.
 */
int output_new(struct output **ret, const struct config *config);

/** output_free() - let go of the output without changing what the charger sees. Returns NULL. */
struct output *output_free(struct output *output);

/**
 * output_write() - make the charger see a command, setting the hardware up if need be.
 * @command: copied.
 * @now_ms:  CLOCK_BOOTTIME.
 *
 * What already stands is not written again: for a file the current alone decides that, for CAN any
 * field. After a failure the next call starts from nothing.
 *
 * Returns 0; -EAGAIN if the hardware was only just exported and is not ours yet (call again in
 * 100 ms or so; becomes an error after 2 s; never with CAN); else the negative errno, and
 * output_error() tells the story. CAN fails once no frame has left for 500 ms, which is when the
 * charger stops by itself, and at the first frame of all.
 */
int output_write(struct output *output, const struct output_command *command, int64_t now_ms);

/**
 * output_verify() - read back what was written last; to be called every second.
 *
 * Returns 0 if it stands (or nothing was written yet); -ESTALE if something else wrote there,
 * which was overwritten with our value; else a negative errno. output_error() tells the story.
 */
int output_verify(struct output *output, int64_t now_ms);

/**
 * output_error() - one sentence on the last failure or -ESTALE: the configuration key, the file,
 * what happened, and the remedy; without a full stop. Valid until the next call; empty if there
 * was none.
 */
const char *output_error(const struct output *output);

/**
 * output_notice() - one sentence on something that works, but is worth a word: an interface that
 * would not come back from bus-off, a charger whose status frames are rejected. To be logged
 * whenever it differs from the last one; empty if there is none yet. Each kind comes up once.
 */
const char *output_notice(const struct output *output);

/** output_describe() - where the current goes, such as "pwm /sys/class/pwm/pwmchip0 channel 0". */
const char *output_describe(const struct output *output);

/* ---- an output that has a life of its own: CAN ---- */

/**
 * output_fd() - the descriptor to watch for EPOLLIN, level-triggered; -1: none.
 *
 * May change from -1 to a descriptor in output_write() and output_dispatch(), and never again: a
 * socket outlives its interface. EPOLLERR is for output_dispatch() too, which clears it.
 */
int output_fd(const struct output *output);

/**
 * output_deadline_us() - when output_dispatch() is due at the latest, on CLOCK_BOOTTIME; INT64_MAX:
 * never. May change in output_write() and output_dispatch().
 */
int64_t output_deadline_us(const struct output *output);

/**
 * output_dispatch() - receive what waits, and send what is due; early calls do no harm.
 *
 * Returns 0 while the command reaches the charger (or there is none yet), and like output_write()
 * a negative errno, with the same sentence each time, as long as it does not.
 */
int output_dispatch(struct output *output, int64_t now_us);

/**
 * output_feedback() - the last valid word of the charger, however old; NULL if there is none.
 * Valid until the next call.
 */
const struct charger_feedback *output_feedback(const struct output *output);

#endif
