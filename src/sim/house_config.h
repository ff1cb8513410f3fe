/* SPDX-License-Identifier: MIT */
/*
 * The configuration with which poweroptd runs in the simulated house.
 */
#ifndef POWEROPT_SIM_HOUSE_CONFIG_H
#define POWEROPT_SIM_HOUSE_CONFIG_H

#include "sim/house.h"

/**
 * house_config_write() - write a poweroptd.conf for the meter and the chip in a directory.
 * @dir: absolute. Returns 0 or a negative errno.
 */
int house_config_write(const struct house_options *options, const char *dir, const char *path);

#endif
