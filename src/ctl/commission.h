/* SPDX-License-Identifier: MIT */
/*
 * From a wired box to a signed-off one: the steps, what they found, and the report.
 *
 * commission_command  arguments, and the order of the steps
 * commission_ask      questions to the person who stands there
 * commission_steps    what can be looked at without moving anything
 * commission_car      the car is told to stop, to charge, and to stop
 * commission_report   all of it on paper
 *
 * The charger is told by caps of the daemon alone, which can only lower and which end by
 * themselves: whatever becomes of us, the house is regulated all the time.
 */
#ifndef POWEROPT_CTL_COMMISSION_H
#define POWEROPT_CTL_COMMISSION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "config/config.h"
#include "ctl/optimizer.h"
#include "ctl/wait.h"

enum commission_verdict {
	COMMISSION_OPEN, /* not reached */
	COMMISSION_PASSED,
	COMMISSION_FAILED,
	COMMISSION_SKIPPED,
};

struct commission_step {
	const char *title;
	char expected[256];
	char seen[768];
	char remedy[512]; /* where it failed */
	enum commission_verdict verdict;
};

#define COMMISSION_STEPS_MAX 8

struct commission {
	const char *file; /* the configuration */
	struct config config;
	bool assume_yes, no_car;
	int64_t patience_ms; /* for a car that has to wake up */
	char name[96];	     /* of the electrician, empty: not told */

	struct wait wait;
	struct optimizer *optimizer;
	struct optimizer_status status;
	bool capped; /* there is a cap of ours to take back */
	bool ended;  /* before the last step, by a signal or the end of the input */

	struct commission_step steps[COMMISSION_STEPS_MAX];
	int step_count;
};

/** commission_begin() - the next step; what is expected goes to the person and into the report. */
struct commission_step *commission_begin(struct commission *commission, const char *title,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

/** commission_seen() - what there is. */
void commission_seen(struct commission_step *step, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** commission_end() - how it went. @format: what to do about it, NULL if there is nothing. */
void commission_end(struct commission_step *step, enum commission_verdict verdict,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

/**
 * commission_ask() - a question with the answers yes and no; --assume-yes is yes.
 * Returns 1 or 0, or -ECANCELED: a signal, or nobody there any more.
 */
int commission_ask(struct commission *commission, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** commission_ask_text() - a line; with --assume-yes it stays empty. Returns 0 or -ECANCELED. */
int commission_ask_text(
	struct commission *commission, const char *question, char *buf, size_t size);

/*
 * The steps. Each returns 0 to go on, whatever it found, or a negative errno to end: -ECANCELED, or
 * that of the daemon that cannot be asked any more (the sentence is the optimizer's).
 */
int commission_limit(struct commission *commission);
int commission_meter(struct commission *commission);
int commission_phases(struct commission *commission);
int commission_car(struct commission *commission);

/** commission_search() - the meter, where the service does not run: by the search of `scan`. */
int commission_search(struct commission *commission);

/** commission_release() - take our cap back. */
void commission_release(struct commission *commission);

/** commission_verdict_name() - such as "PASSED". */
const char *commission_verdict_name(enum commission_verdict verdict);

/** commission_failed() - whether a step failed, or was not reached. */
bool commission_failed(const struct commission *commission);

/** commission_report() - everything on paper. */
void commission_report(const struct commission *commission, FILE *stream);

#endif
