/* SPDX-License-Identifier: MIT */
/*
 * The fault matrix: a row states what goes wrong, the most that the car may be allowed while it does,
 * how soon the safe current is there, what is raised, what is said, and that it is over by itself.
 * Each row is checked with the real daemon in a house of its own.
 *
 * Unless a row says otherwise the house draws 12.5 A on each phase of 20 A, so 7.3 A are allowed: with
 * room up to max_current = 16 A a reading that is wrongly believed shows as a raise.
 */
#ifndef POWEROPT_TESTS_FAULTS_MATRIX_H
#define POWEROPT_TESTS_FAULTS_MATRIX_H

#include <stddef.h>

#include "e2e/harness_private.h"
#include "faults/edge.h"

/* Where the allowed current is in the end. */
#define SAFE_SAME   (-1) /* what it was: this is no reason to lower it */
#define SAFE_UNTOLD (-2) /* 0, but the charger cannot be told */
#define SAFE_ANY    (-3) /* whether it is a fault is chance */

/* Allowed before: nothing, since the fault is there from the start. */
#define NONE_MA (-1)

/* In a house as in tests/e2e/harness.h: silence, damage, and what is seen at the next look. */
#define LOST_MS	    (HOUSE_LOST_MS + PROMPT_MS)
#define AT_ONCE_MS  PROMPT_MS
#define LOOK_MS	    (1000 + PROMPT_MS)	   /* outputs are looked at each second */
#define SLOW_MS	    (2000 + LOST_MS)	   /* voltages are asked for every two seconds */
/* The register every two seconds, then twice more behind polls, and once an answer is lost. */
#define SELFTEST_MS (2000 + 8 * 250 + PROMPT_MS)

struct trial {
	const struct fault_row *row;
	struct house *house;
	struct edge *edge; /* of a row that has one */
	struct process other;
	int64_t began_ms; /* the fault */
};

struct fault_row {
	const char *group, *what;

	/* the house */
	const char *configuration;	      /* or NULL */
	const char *options[3];		      /* of the simulator */
	bool on_edge;			      /* the daemon is poweroptd_edge */
	void (*prepare)(struct trial *trial); /* before the daemon starts */

	/* the fault: of the simulator, or made by hand, or both */
	const char *kind;
	void (*begin)(struct trial *trial);
	void (*end)(struct trial *trial);
	int64_t lasts_ms; /* after it was raised, or since it began; 0: 1 s */

	/* what is promised; 0 and NULL: 7300 mA before, the same at most, 0 A, no time, nothing */
	int32_t before_ma, greatest_ma, safe_ma;
	int64_t within_ms;
	const char *fault;
	const char *sentence; /* a part of it */
	const char *over;     /* what is said at the end; with a fault: that it is over */

	/* instead of all that */
	void (*run)(struct trial *trial, char note[256]);
};

#define ROWS(name)                                                                                 \
	extern const struct fault_row name[];                                                      \
	extern const size_t name##_count

ROWS(wire_rows);
ROWS(value_rows);
ROWS(device_rows);
ROWS(output_rows);
ROWS(system_rows);

#endif
