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

struct output;

/**
 * output_new() - make the output that [charger] output names. Touches no hardware.
 * @ret:    owned by the caller, ended by output_free().
 * @config: copied.
 *
 * Returns 0, -ENOMEM, or -EOPNOTSUPP if this build does not have that output.
 */
int output_new(struct output **ret, const struct config *config);

/** output_free() - let go of the output without changing what the charger sees. Returns NULL. */
struct output *output_free(struct output *output);

/**
 * output_write() - make the charger see an allowed current, setting the hardware up if need be.
 * @allowed_ma: 0 (pause) or min_current to max_current, rounded down by the encoding.
 * @now_ms:     CLOCK_BOOTTIME.
 *
 * What already stands is not written again. After a failure the next call starts from nothing.
 *
 * Returns 0; -EAGAIN if the hardware was only just exported and is not ours yet (call again in
 * 100 ms or so; becomes an error after 2 s); else the negative errno, and output_error() tells
 * the story.
 */
int output_write(struct output *output, int32_t allowed_ma, int64_t now_ms);

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
 * was none. With NULL: why output_new() returned -EOPNOTSUPP.
 */
const char *output_error(const struct output *output);

/** output_describe() - where the current goes, such as "pwm /sys/class/pwm/pwmchip0 channel 0". */
const char *output_describe(const struct output *output);

#endif
