/* SPDX-License-Identifier: MIT */
/*
 * Reproducible random numbers (splitmix64): the same seed gives the same house and the same noise
 * on every machine.
 */
#ifndef POWEROPT_SIM_PRNG_H
#define POWEROPT_SIM_PRNG_H

#include <stdbool.h>
#include <stdint.h>

/** prng_next() - the next 64 bits; *state is the seed before the first call. */
static inline uint64_t prng_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/** prng_below() - a number from 0 to limit - 1; limit is above 0. */
static inline uint32_t prng_below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(prng_next(state) % limit);
}

/** prng_between() - a number from min to max, both included; they are less than 2^31 apart. */
static inline int32_t prng_between(uint64_t *state, int32_t min, int32_t max)
{
	return min + (int32_t)prng_below(state, (uint32_t)(max - min) + 1);
}

/** prng_chance() - true in that many of 100 cases. */
static inline bool prng_chance(uint64_t *state, int32_t percent)
{
	return prng_between(state, 1, 100) <= percent;
}

#endif
