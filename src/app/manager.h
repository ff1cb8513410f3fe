/* SPDX-License-Identifier: MIT */
/*
 * The daemon: one struct that owns the event loop, the meter, the regulator and the output.
 *
 * manager.c  the loop: event sources, signals, reload, start and stop
 * control.c  one control cycle: what is known -> regulator -> output
 * report.c   what is told: log and service manager
 */
#ifndef POWEROPT_APP_MANAGER_H
#define POWEROPT_APP_MANAGER_H

#include "config/config.h"

struct manager;

/**
 * manager_new() - make the daemon ready to run; the charger and the meter are not touched yet.
 * @path:   the configuration file, kept by reference for reloads.
 * @config: copied.
 * Returns 0 or a negative errno, logged.
 */
int manager_new(struct manager **ret, const char *path, const struct config *config);

/** manager_free() - end it. Accepts NULL, returns NULL. */
struct manager *manager_free(struct manager *manager);

/**
 * manager_run() - regulate until SIGTERM or SIGINT, then leave the charger at the safe current.
 * Returns 0 or a negative errno, logged.
 */
int manager_run(struct manager *manager);

/** manager_config_sink() - a sink that logs the complaints about a configuration. */
const struct config_sink *manager_config_sink(void);

#endif
