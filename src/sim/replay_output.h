/* SPDX-License-Identifier: MIT */
/*
 * The course and the figures of a replay as text: a table, an object of JSON, and a summary.
 * Whether the stream took it all is for its owner to ask.
 */
#ifndef POWEROPT_SIM_REPLAY_OUTPUT_H
#define POWEROPT_SIM_REPLAY_OUTPUT_H

#include <stdio.h>

#include "sim/replay.h"

/** replay_csv_row() - a line under house_log_header(). */
void replay_csv_row(FILE *stream, const struct replay_second *second);

/** replay_json() - one object on one line. Returns 0, or -EIO if it could not be written. */
int replay_json(FILE *stream, const struct tally *tally);

/** replay_summary() - for people. @name: of the trace. */
void replay_summary(FILE *stream, const char *name, const struct replay_setup *setup,
	const struct replay_result *result);

/** replay_caption() - the figures in one line, 256 bytes. Returns buf. */
char *replay_caption(const struct tally *tally, char buf[256]);

#endif
