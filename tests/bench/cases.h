/* SPDX-License-Identifier: MIT */
/*
 * The cases of the benchmark and their figures, computed on all processors.
 */
#ifndef POWEROPT_BENCH_CASES_H
#define POWEROPT_BENCH_CASES_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/houses.h"
#include "sim/car.h"

#define CASES_MAX 4096

struct figures {
	double over_s, longest_s, excess_a, heat;
	double car_ah, optimum_ah;
	int pauses, changes;
	uint32_t faults; /* that there ever were */
};

struct bench_case {
	const struct house *house;
	const struct car_preset *car; /* NULL: the house alone */
	int64_t lag_ms;
	bool feedback;
	struct figures figures;
};

struct cases {
	int count;
	struct bench_case *list; /* in memory that child processes share */
};

/** cases_new() - room for CASES_MAX. Returns 0 or a negative errno. */
int cases_new(struct cases *cases);

/** cases_free() - the opposite. */
void cases_free(struct cases *cases);

/** cases_add_all() - every car at every lag, and with feedback where it is 1 s or 5 s. */
void cases_add_all(struct cases *cases, const struct house *house);

/** cases_add_some() - the reference car at every lag, the others at 1 s: a quick look. */
void cases_add_some(struct cases *cases, const struct house *house);

/** cases_run() - fill in all figures. Returns 0 or a negative errno. */
int cases_run(struct cases *cases);

#endif
