/* SPDX-License-Identifier: MIT */
/*
 * The houses of the benchmark: made up by `poweroptsim load`, or traces from a directory.
 */
#ifndef POWEROPT_BENCH_HOUSES_H
#define POWEROPT_BENCH_HOUSES_H

#include <stdint.h>

#include "sim/trace.h"

#define HOUSES_MAX 32

/* A house with one phase has a switch of 40 A and a charger of 32 A, with three 25 A and 16 A. */
struct house {
	char name[64];
	const char *made_by; /* options of `poweroptsim load`, or NULL */
	int phases;
	int32_t limit_ma;
	int32_t max_ma;
	struct trace trace;
};

struct houses {
	int count;
	struct house list[HOUSES_MAX];
};

/** houses_make() - a day of each made-up house. @program: poweroptsim. Returns 0 or a negative errno. */
int houses_make(struct houses *houses, const char *program);

/** houses_read() - every .csv of a directory, by name; L1 alone has one phase. Returns the same. */
int houses_read(struct houses *houses, const char *directory);

/** houses_clear() - free the traces. */
void houses_clear(struct houses *houses);

#endif
