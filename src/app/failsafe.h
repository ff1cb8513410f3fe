/* SPDX-License-Identifier: MIT */
/*
 * poweroptd --failsafe: bring the charger to the safe current when the daemon is not there to do it.
 *
 * Run by ExecStopPost= of the service, however the daemon ended (invariant S7). Needs nothing of
 * what may be broken then: no event loop, no bus, no meter, not even a good configuration.
 */
#ifndef POWEROPT_APP_FAILSAFE_H
#define POWEROPT_APP_FAILSAFE_H

#include <stdbool.h>

/**
 * failsafe_run() - write the fail-safe current to the output, and say on the log what was written.
 * @path: the configuration file, for when the daemon left no settings in the runtime directory.
 * @path_given: it was named on the command line: then only $RUNTIME_DIRECTORY goes before it.
 *
 * Returns 0 or a negative errno, logged.
 */
int failsafe_run(const char *path, bool path_given);

#endif
