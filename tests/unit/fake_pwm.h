/* SPDX-License-Identifier: MIT */
/*
 * A PWM class directory of plain files that answers a write as the kernel does: the tests' link
 * line puts it between the output library and attribute_write() and attribute_read().
 */
#ifndef POWEROPT_TESTS_FAKE_PWM_H
#define POWEROPT_TESTS_FAKE_PWM_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

struct fake_pwm {
	char root[64]; /* with pwmchipN directories in it */
	char log[512]; /* every write that was accepted: "export=0 period=1000000 ..." */

	const char *fail_name; /* writing this attribute returns fail_error */
	int fail_error;
	const char *fail_read; /* reading this attribute returns fail_error */
	bool locked;	       /* the attributes of channels still belong to root */
	bool rounds;	       /* the driver stores multiples of 1 us */
};

extern struct fake_pwm fake_pwm;

/* cmocka set-up and teardown: an empty class directory, and its end with all that is in it. */
int fake_pwm_start(void **state);
int fake_pwm_stop(void **state);

/* A chip with the four channels 0 to 3, none of them exported; and its end. */
void fake_pwm_add_chip(int chip);
void fake_pwm_remove_chip(int chip);

/* Channel 0 of a chip, as it is after an export or with what another program left there. */
void fake_pwm_add_channel(
	int chip, const char *period, const char *duty, const char *polarity, const char *enable);
void fake_pwm_poke(int chip, const char *attribute, const char *value);
/* Static storage, until the next call. */
const char *fake_pwm_peek(int chip, const char *attribute);

/* The defaults of [pwm], on channel 0 of what pattern matches in the class directory. */
void fake_pwm_config(struct config *ret, const char *pattern);

#endif
