/* SPDX-License-Identifier: MIT */
/*
 * The fault matrix: a row states what goes wrong, the most that the car may be allowed while it does,
 * how soon the safe current is there, what is raised, what is said, and that it is over by itself.
 * Each row is checked with the real daemon in a house of its own.
 *
 * Unless a row says otherwise the house draws 12.5 A on each phase of 20 A, so 7.3 A are allowed: with
 * room up to max_current = 16 A a reading that is wrongly believed shows as a raise. (12.5 A, whatever the
 * car draws: only where a row says house_car() does the meter see it.)
 *
 * rows_*.c   what goes wrong, and what is promised
 * trial.c    one row;  matrix.c  all of them, as a test;  page.c  as doc/faults.md
 * endurance.c   the same rows at random, for an hour
 */
#ifndef POWEROPT_TESTS_FAULTS_MATRIX_H
#define POWEROPT_TESTS_FAULTS_MATRIX_H

#include <stddef.h>

#include "e2e/harness_private.h"
#include "faults/edge.h"

/* Where the allowed current is in the end. */
#define SAFE_SAME   (-1) /* what it was: this is no reason to lower it */
#define SAFE_UNTOLD (-2) /* 0, but the charger cannot be told */
#define SAFE_ANY    (-3) /* whether it becomes a fault is chance */

/* Allowed before: nothing, since the fault is there from the start. */
#define NONE_MA (-1)

/* In a house as in tests/e2e/harness.h: silence, damage, and what is seen at the next look. */
#define LOST_MS	   (HOUSE_LOST_MS + PROMPT_MS)
#define AT_ONCE_MS PROMPT_MS
#define LOOK_MS	   (1000 + PROMPT_MS) /* outputs are looked at each second */
#define SLOW_MS	   (2000 + LOST_MS)   /* voltages are asked for every two seconds */
/* The register every two seconds, then twice more behind polls, and once an answer is lost. */
#define SELFTEST_MS (2000 + 8 * 250 + PROMPT_MS)

/* What is said of a meter that does not answer, whatever the reason. */
#define METER_SILENT "The meter does not answer on"

struct trial {
	const struct fault_row *row;
	struct house *house;
	struct edge *edge; /* of a row that has one */
	struct process other;
	int64_t began_ms;  /* the fault */
	size_t first_line; /* of the log since then */
};

struct outcome {
	int32_t before_ma, greatest_ma;
	int64_t safe_ms, back_ms; /* -1: not a part of it */
	char said[512];
	bool raised; /* the row's fault was */
	bool done;   /* to the end */
	bool late;   /* failed by its times alone, as on a machine that is too busy */
};

struct fault_row {
	const char *group, *what;

	/* the house */
	const char *configuration;	      /* or NULL */
	const char *option;		      /* of the simulator */
	bool on_edge;			      /* the daemon is poweroptd_edge */
	void (*prepare)(struct trial *trial); /* before the daemon starts */

	/* the fault: of the simulator, or made by hand, or both */
	const char *setting; /* of the simulator, said before */
	const char *kind;
	void (*begin)(struct trial *trial);
	void (*end)(struct trial *trial);
	int64_t lasts_ms; /* after it was raised, or since it began; 0: 1 s */
	bool ends;	  /* the daemon does, with an error; the service manager does the rest */

	/* what is promised; 0 and NULL: 7300 mA before, the same at most, 0 A, no time, nothing */
	int32_t before_ma, greatest_ma, safe_ma;
	int64_t within_ms;
	const char *fault; /* with SAFE_ANY: the only one that may be raised */
	const char *
		sentence; /* a part of it, NULL: that of the fault; with SAFE_ANY: if that is raised */
	const char *over; /* what is said at the end; with a fault: that it is over */

	/* instead of all that: what it tries, in a house where a dead process left 7.3 A behind */
	void (*run)(struct trial *trial, struct outcome *outcome);
};

/* ---- the rows ---- */

#define ROWS_MAX 160

#define ROWS(name)                                                                                 \
	extern const struct fault_row name[];                                                      \
	extern const size_t name##_count

ROWS(wire_rows);
ROWS(value_rows);
ROWS(device_rows);
ROWS(output_rows);
ROWS(system_rows);

/* rows_find() - all with a text in their group or name, "" for all. Returns how many. */
size_t rows_find(const char *text, const struct fault_row *ret[static ROWS_MAX]);

/* row_before_ma(), row_most_ma() - what is allowed before, and may be while it lasts. */
int32_t row_before_ma(const struct fault_row *row);
int32_t row_most_ma(const struct fault_row *row);

/* ---- one row ---- */

/* trial_run() - the row in a house of its own; fails the test. */
void trial_run(const struct fault_row *row, struct outcome *ret);

/* trial_edge() - the house's daemon is poweroptd_edge from now on. */
void trial_edge(struct trial *trial);

/* trial_begin(), trial_end() - the fault alone. */
void trial_begin(struct trial *trial);
void trial_end(struct trial *trial);

/* trial_after_the_end() - what the service manager runs when the daemon has ended. Returns when the
 * charger was at 0 A. */
int64_t trial_after_the_end(struct trial *trial);

/* standing_ma() - what is allowed now; greatest_ma(), least_ma() - since a time when that was allowed. */
int32_t standing_ma(const struct house *house);
int32_t greatest_ma(const struct house *house, int64_t since_ms, int32_t standing_ma);
int32_t least_ma(const struct house *house, int64_t since_ms, int32_t standing_ma);

/* ---- the page ---- */

/* page_print() - the table, in Markdown. */
void page_print(const struct fault_row *const rows[], const struct outcome *outcomes, size_t count);

/* page_sentence() - a line of the log, without the paths of the test's directory. */
void page_sentence(const char *said);

/* page_amps() - "7.3 A". Returns buf. */
const char *page_amps(int32_t ma, char buf[16]);

#endif
