/* SPDX-License-Identifier: MIT */
#include "config/config.h"
#include "core/regulator.h"

void config_regulator(const struct config *config, struct regulator_config *ret)
{
	uint8_t mask = 0;

	for (int i = 0; i < config->charger.phases.count; i++)
		mask |= (uint8_t)(1u << config->charger.phases.mains[i]);

	*ret = (struct regulator_config){
		.min_ma = config->charger.min_ma,
		.max_ma = config->charger.max_ma,
		.failsafe_ma = config->charger.failsafe_ma,
		.margin_ma = config->mains.margin_ma,
		.resume_margin_ma = config->regulator.resume_margin_ma,
		.phase_mask = mask,
		.export_is_room = config->mains.export_is_room,
		.lost_after_ms = config->meter.lost_after_ms,
		.settle_ms = config->regulator.settle_ms,
		.raise_delay_ms = config->regulator.raise_delay_ms,
		.pause_delay_ms = config->regulator.pause_delay_ms,
		.resume_delay_ms = config->regulator.resume_delay_ms,
		.recover_delay_ms = config->regulator.recover_delay_ms,
	};
}
