/* SPDX-License-Identifier: MIT */
/*
 * What can go wrong between a meter and its master: which faults there are, when they are present,
 * and what they do to values and to the bytes of an answer. Pure; randomness comes from a seed.
 */
#ifndef POWEROPT_SIM_SIM_FAULT_H
#define POWEROPT_SIM_SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/register_map.h"
#include "sim/rtu.h"

enum sim_fault {
	SIM_FAULT_SILENT,	/* no answer */
	SIM_FAULT_CRC,		/* a wrong CRC */
	SIM_FAULT_TRUNCATED,	/* the first half of an answer only */
	SIM_FAULT_LATE,		/* after the master gave up */
	SIM_FAULT_ECHO,		/* the adapter hears itself: the request comes back first */
	SIM_FAULT_NOISE,	/* random bytes before, within and after */
	SIM_FAULT_NOISE_BEFORE, /* each of these alone */
	SIM_FAULT_NOISE_WITHIN,
	SIM_FAULT_NOISE_AFTER,
	SIM_FAULT_NOISE_BETWEEN,  /* random bytes while nobody was asked */
	SIM_FAULT_GARBAGE,	  /* 256 random bytes instead of the answer */
	SIM_FAULT_BYTEWISE,	  /* byte by byte, SIM_BYTEWISE_US apart */
	SIM_FAULT_WRONG_UNIT,	  /* somebody else's answer */
	SIM_FAULT_EXCEPTION,	  /* the meter says no */
	SIM_FAULT_NAN,		  /* currents that are no numbers */
	SIM_FAULT_INF,		  /* currents without end */
	SIM_FAULT_HUGE,		  /* finite currents that no house has: 1e6 A, 3e38 A, -1e6 A */
	SIM_FAULT_DENORMAL,	  /* currents too small for a float to have them exactly: 1e-40 A */
	SIM_FAULT_SIGNS,	  /* currents of the wrong sign in every other answer, by chance */
	SIM_FAULT_JUMPS,	  /* currents from 0 to 60 A, others in each answer */
	SIM_FAULT_SWAPPED_BYTES,  /* low byte first in each register */
	SIM_FAULT_SWAPPED_WORDS,  /* low word first in each pair of registers */
	SIM_FAULT_ZEROS,	  /* all currents and voltages 0 */
	SIM_FAULT_FROZEN,	  /* values stop following */
	SIM_FAULT_SELFTEST,	  /* the error register is not 0 */
	SIM_FAULT_PHASE_MISSING,  /* L2 is dead (L1 where there is no other) */
	SIM_FAULT_HANGUP,	  /* the serial device vanishes */
	SIM_FAULT_HANGUP_ASKED,	  /* as soon as a request is in */
	SIM_FAULT_HANGUP_HALFWAY, /* when half of an answer is out */
	SIM_FAULT_COUNT,
};

/* A set of faults is a bit mask; bit N stands for the enum value N. */
#define SIM_FAULT_BIT(fault) (UINT32_C(1) << (fault))

#define SIM_FAULT_SPANS_MAX   32
#define SIM_FAULT_PROBLEM_MAX 512
#define SIM_BYTEWISE_US	      2000
#define SIM_NOISE_MAX	      3

/* When each fault is present; zero it before use. */
struct sim_faults {
	uint32_t forced; /* present regardless of the time */
	int count;
	struct sim_fault_span {
		enum sim_fault fault;
		int64_t from_ms, until_ms; /* since the start; from <= t < until */
	} spans[SIM_FAULT_SPANS_MAX];
};

#define SIM_FAULT_LINE_MAX (2 * RTU_FRAME_MAX + 16) /* an answer with all that noise adds */

/** sim_fault_name() - "wrong-unit" and its like. */
const char *sim_fault_name(enum sim_fault fault);

/** sim_fault_from_name() - returns 0, or -EINVAL. */
int sim_fault_from_name(const char *name, enum sim_fault *ret);

/**
 * sim_faults_add() - add a fault as the command line has it: KIND[:from[:for]], time spans.
 * @ret_problem: on failure, what is wrong.
 *
 * Returns 0, -EINVAL, or -ENOSPC for too many.
 */
int sim_faults_add(
	struct sim_faults *faults, const char *spec, char ret_problem[SIM_FAULT_PROBLEM_MAX]);

/** sim_faults_force() - switch a fault on from now on, or off together with what was planned. */
void sim_faults_force(struct sim_faults *faults, enum sim_fault fault, bool on);

/** sim_faults_at() - the set that is present at a time. */
uint32_t sim_faults_at(const struct sim_faults *faults, int64_t now_ms);

/**
 * sim_faults_distort() - what the faults in the set make of the values in the registers.
 * @seed: state of the random numbers.
 */
void sim_faults_distort(uint32_t set, struct sim_registers *registers, uint64_t *seed);

/** sim_faults_swap() - what they make of the order of the bytes in an answer's registers. */
void sim_faults_swap(uint32_t set, uint16_t *registers, size_t count);

/** sim_faults_noise() - one to SIM_NOISE_MAX random bytes. Returns how many. */
size_t sim_faults_noise(uint8_t ret[static SIM_NOISE_MAX], uint64_t *seed);

/**
 * sim_faults_mangle() - what the faults in the set make of an answer on its way.
 * @answer: a good frame, or an exception, which is the meter's own; @n: its length.
 * @ret:    SIM_FAULT_LINE_MAX bytes; what goes over the wire. The echo is not in it.
 * @seed:   state of the random numbers.
 *
 * Returns the number of bytes, 0 for silence.
 */
size_t sim_faults_mangle(
	uint32_t set, const uint8_t *answer, size_t n, uint8_t *ret, uint64_t *seed);

#endif
