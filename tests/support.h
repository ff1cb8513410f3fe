/* SPDX-License-Identifier: MIT */
/*
 * What tests share: cmocka with its includes, and seeded random numbers.
 */
#ifndef POWEROPT_TESTS_SUPPORT_H
#define POWEROPT_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* splitmix64: small, and the same everywhere. */
struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
	uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* A number from low to high, both included. */
static inline int64_t random_between(struct random *random, int64_t low, int64_t high)
{
	return low + (int64_t)(random_next(random) % (uint64_t)(high - low + 1));
}

static inline bool random_chance(struct random *random, int percent)
{
	return random_between(random, 1, 100) <= percent;
}

/* The seed of this run: TEST_SEED, or the clock; printed, so that a failure can be repeated. */
static inline uint64_t random_seed(void)
{
	const char *text = getenv("TEST_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);

	printf("TEST_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

/* How often to repeat something: a twentieth of it with TEST_QUICK, which slow tools set. */
static inline int test_runs(int runs)
{
	return getenv("TEST_QUICK") && runs >= 20 ? runs / 20 : runs;
}

#endif
