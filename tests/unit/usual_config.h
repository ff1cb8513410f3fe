/* SPDX-License-Identifier: MIT */
/*
 * The regulator's settings as they are delivered, for a charger of 16 A.
 */
#ifndef TESTS_UNIT_USUAL_CONFIG_H
#define TESTS_UNIT_USUAL_CONFIG_H

#include "core/regulator.h"

static const struct regulator_config usual_config = {
	.min_ma = 6000,
	.max_ma = 16000,
	.margin_ma = 200,
	.resume_margin_ma = 1500,
	.lost_after_ms = 5000,
	.settle_ms = 6000,
	.raise_delay_ms = 8000,
	.pause_delay_ms = 5000,
	.resume_delay_ms = 60000,
	.recover_delay_ms = 10000,
};

#endif
