/* SPDX-License-Identifier: MIT */
/*
 * A directory that looks like a chip of the kernel's PWM class, and the control pilot that a car
 * would see on its channel. Plain files: what the kernel would refuse stands here, and reads as
 * no offer.
 */
#ifndef POWEROPT_SIM_PWM_CHIP_H
#define POWEROPT_SIM_PWM_CHIP_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct pwm_chip;

struct pwm_state {
	bool exported;
	bool enabled;
	bool inversed;
	int64_t period_ns;
	int64_t duty_ns;
};

/**
 * pwm_chip_new() - make the directory with export, unexport and npwm = 1.
 * @path: made if it is not there; channels of an earlier run are removed.
 *
 * Channel 0 appears as pwm0, complete, right after "0" was written to export.
 * Returns 0 or a negative errno.
 */
int pwm_chip_new(struct pwm_chip **ret, sd_event *event, const char *path);

/** pwm_chip_free() - stop watching; the files stay. Returns NULL. */
struct pwm_chip *pwm_chip_free(struct pwm_chip *chip);

/**
 * pwm_chip_read() - the channel's attributes now.
 * An attribute that is empty, as it is while it is being written, keeps its last value.
 */
struct pwm_state pwm_chip_read(struct pwm_chip *chip);

/** pwm_state_offer_ma() - what a car may draw at this signal; a static level is 0. */
int32_t pwm_state_offer_ma(const struct pwm_state *state);

#endif
