/* SPDX-License-Identifier: MIT */
/*
 * Where a subcommand writes: a file, or standard output for "-". Complains on stderr itself.
 */
#ifndef POWEROPT_SIM_TARGET_H
#define POWEROPT_SIM_TARGET_H

#include <stdbool.h>
#include <stdio.h>

struct target {
	const char *name;
	FILE *stream; /* NULL: not wanted, or closed */
};

/** target_is_stdout() - whether a path, which may be NULL, is "-". */
bool target_is_stdout(const char *path);

/** target_open() - @path may be NULL: nothing is written then. Returns 0 or a negative errno. */
int target_open(struct target *target, const char *path);

/**
 * target_close() - only now is it known whether everything arrived; of standard output at the end
 * of the program, see term/verbs.h. Returns 0 or a negative errno.
 */
int target_close(struct target *target);

#endif
