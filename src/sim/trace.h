/* SPDX-License-Identifier: MIT */
/*
 * A house's load over time, from a CSV file with the header "t,l1,l2,l3": seconds, and the current
 * of each phase in A without the car. A row holds until the next one.
 */
#ifndef POWEROPT_SIM_TRACE_H
#define POWEROPT_SIM_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "sim/register_map.h"

#define TRACE_PROBLEM_MAX 512

struct trace_row {
	double t_s;
	double amps[SIM_PHASES_MAX];
};

struct trace {
	struct trace_row *rows; /* t_s strictly ascending */
	size_t count;		/* at least 1 */
};

/**
 * trace_read() - read a trace from a stream.
 * @name:        what to call the stream in messages.
 * @ret:         to be ended by trace_clear(); untouched on failure.
 * @ret_problem: on failure one line "FILE:LINE: what is wrong".
 *
 * Returns 0, or -EBADMSG if that did not work out.
 */
int trace_read(
	FILE *stream, const char *name, struct trace *ret, char ret_problem[TRACE_PROBLEM_MAX]);

/** trace_load() - trace_read() from a file; also the errno of opening it. */
int trace_load(const char *path, struct trace *ret, char ret_problem[TRACE_PROBLEM_MAX]);

/** trace_clear() - free the rows. */
void trace_clear(struct trace *trace);

/** trace_end_s() - when the last row ends: as long after it as it came after the one before. */
double trace_end_s(const struct trace *trace);

/**
 * trace_at() - the row that holds at a time counted from the first row.
 * @loop: start again at the end; otherwise the last row holds for ever.
 */
const struct trace_row *trace_at(const struct trace *trace, double elapsed_s, bool loop);

#endif
