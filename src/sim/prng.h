/* SPDX-License-Identifier: MIT */
/*
 * Reproducible random numbers (splitmix64): the same seed gives the same house and the same noise
 * on every machine.
 */
#ifndef POWEROPT_SIM_PRNG_H
#define POWEROPT_SIM_PRNG_H

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

#endif
