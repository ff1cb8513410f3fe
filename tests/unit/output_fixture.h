/* SPDX-License-Identifier: MIT */
/* For the outputs that show the charger nothing but the current. */
#ifndef POWEROPT_TESTS_OUTPUT_FIXTURE_H
#define POWEROPT_TESTS_OUTPUT_FIXTURE_H

#include "output/output.h"

/* output_write() of a command whose other fields change all the time, which must not matter. */
static inline int output_allow(struct output *output, int32_t allowed_ma, int64_t now_ms)
{
	static uint32_t calls;
	const struct output_command command = {
		.allowed_ma = allowed_ma,
		.state = calls % 2 ? REGULATOR_LIMITED : REGULATOR_FAILSAFE,
		.faults = calls,
		.limit_ma = (int32_t)calls,
	};

	calls++;
	return output_write(output, &command, now_ms);
}

#endif
