/* SPDX-License-Identifier: MIT */
/*
 * What is kept in the runtime directory (RuntimeDirectory= of the service) beyond our end: the
 * settings in force, for the fail-safe, and the last decision and the caps, for a restart.
 *
 * Without a runtime directory nothing is kept, and nothing else is different.
 */
#ifndef POWEROPT_APP_RUNTIME_H
#define POWEROPT_APP_RUNTIME_H

#include "app/caps.h"
#include "config/config.h"
#include "core/regulator.h"

/** runtime_directory() - $RUNTIME_DIRECTORY, which systemd sets for the service; NULL if there is none. */
const char *runtime_directory(void);

/** runtime_store_config() - keep the settings in force. Returns 0 or a negative errno. */
int runtime_store_config(const struct config *config);

/**
 * runtime_load_config() - the settings that were in force.
 * @directory: to look in. Returns 0 or a negative errno; @ret is untouched on failure.
 */
int runtime_load_config(const char *directory, struct config *ret);

/** runtime_store_memory() - keep the last decision. Returns 0 or a negative errno. */
int runtime_store_memory(const struct regulator_memory *memory, int32_t allowed_ma);

/** runtime_load_memory() - the last decision. Returns 0 or a negative errno. */
int runtime_load_memory(
	const char *directory, struct regulator_memory *ret, int32_t *ret_allowed_ma);

/** runtime_store_caps() - keep those that end at a time. Returns 0 or a negative errno. */
int runtime_store_caps(const struct caps *caps);

/** runtime_load_caps() - put those in force that were kept and have not ended. */
void runtime_load_caps(const char *directory, int64_t now_us, struct caps *caps);

#endif
