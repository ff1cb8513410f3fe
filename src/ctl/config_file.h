/* SPDX-License-Identifier: MIT */
/*
 * The daemon's configuration, read by a person's tool: complaints go to stderr.
 */
#ifndef POWEROPT_CTL_CONFIG_FILE_H
#define POWEROPT_CTL_CONFIG_FILE_H

#include "config/config.h"

/** config_file_load() - as config_load(); every error and warning is a line on stderr. */
int config_file_load(const char *path, struct config *ret);

#endif
