/* SPDX-License-Identifier: MIT */
/*
 * The lesser and the greater of two numbers, and the time at which nothing happened. For the parts
 * of the regulator.
 */
#ifndef POWEROPT_CORE_MINMAX_H
#define POWEROPT_CORE_MINMAX_H

#include <stdint.h>

#define NEVER (-1)

static inline int32_t min32(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

static inline int32_t max32(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static inline int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

#endif
