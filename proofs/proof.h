/* SPDX-License-Identifier: MIT */
/*
 * What every proof uses. The files here are no tests that run, but questions to CBMC: a variable
 * without a value stands for all values, assume() narrows them, prove() must hold for all the rest.
 */
#ifndef PROOFS_PROOF_H
#define PROOFS_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define assume(condition) __CPROVER_assume(condition)
#define prove(condition)  __CPROVER_assert(condition, #condition)

/* Shows that the assumptions leave something: proofs/run asks a second time, and wants a failure. */
#ifdef PROVE_REACHABLE
#define reachable() __CPROVER_assert(false, "reachable")
#else
#define reachable() ((void)0)
#endif

/* Without a body: any value, another one at each call. */
int nondet_int(void);
int32_t nondet_int32(void);
uint32_t nondet_uint32(void);
int64_t nondet_int64(void);
uint16_t nondet_uint16(void);
uint8_t nondet_uint8(void);
size_t nondet_size(void);

static inline bool any_bool(void)
{
	return nondet_int() != 0;
}

static inline bool is_within(int64_t value, int64_t low, int64_t high)
{
	return value >= low && value <= high;
}

/* A time as it is kept, or -1 for never. */
static inline bool is_never_or_before(int64_t at_ms, int64_t now_ms)
{
	return is_within(at_ms, -1, now_ms);
}

#endif
