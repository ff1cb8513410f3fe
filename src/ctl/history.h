/* SPDX-License-Identifier: MIT */
/*
 * What the car was allowed when, and why, out of the journal.
 *
 * history_journal  reads entries, one after the other; nothing is kept
 * history_tally    adds up how long each state lasted
 * history_plot     a picture of bounded size
 */
#ifndef POWEROPT_CTL_HISTORY_H
#define POWEROPT_CTL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <systemd/sd-id128.h>

#include "core/reading.h"

#define HISTORY_WORD_MAX    32
#define HISTORY_MESSAGE_MAX 1024

enum history_state {
	HISTORY_STARTING,
	HISTORY_DISABLED,
	HISTORY_CHARGING,
	HISTORY_LIMITED,
	HISTORY_PAUSED,
	HISTORY_FAILSAFE,
	HISTORY_STOPPED, /* the service does not run */
	HISTORY_UNKNOWN, /* between the last entry before a power loss and the next start */
	HISTORY_STATES,
};

/** history_state_name() - as on every interface. */
const char *history_state_name(enum history_state state);

/** history_state_find() - the state of a name, HISTORY_STATES if there is none. */
enum history_state history_state_find(const char *name);

struct history_entry {
	int64_t at_us; /* CLOCK_REALTIME */
	sd_id128_t boot;
	enum history_state state;
	int32_t allowed_ma; /* -1: not told */
	int32_t limit_ma;   /* -1: not told, 0: none */
	int phases;
	int32_t current_ma[PHASES_MAX];
	char fault[HISTORY_WORD_MAX];	   /* empty: none */
	char message[HISTORY_MESSAGE_MAX]; /* fit for a terminal */
};

/* ---- the journal ---- */

struct history_journal;

#define HISTORY_FILES_MAX 32

struct history_source {
	const char *directory;	  /* NULL: none */
	const char *const *files; /* ended by NULL; NULL: none */
};

/**
 * history_journal_open() - the machine's journal, or the named one.
 * @why: on failure one sentence with the remedy.
 * Returns 0 or a negative errno.
 */
int history_journal_open(struct history_journal **ret, const struct history_source *source,
	char *why, size_t why_size);

/** history_journal_close() - accepts NULL, returns NULL. */
struct history_journal *history_journal_close(struct history_journal *journal);

/**
 * history_journal_reach() - the time of the first and of the last entry of anybody.
 * Returns 1, 0 if there is none at all, or a negative errno.
 */
int history_journal_reach(
	struct history_journal *journal, int64_t *ret_from_us, int64_t *ret_to_us);

/** history_journal_seek() - to the daemon's last entry before a time; the next one is read first. */
int history_journal_seek(struct history_journal *journal, int64_t since_us);

/**
 * history_journal_next() - the next entry of the daemon.
 * Returns 1, 0 at the end, or a negative errno. Entries that cannot be read are passed over.
 */
int history_journal_next(struct history_journal *journal, struct history_entry *ret);

/* ---- sums ---- */

struct history_tally {
	int64_t since_us;
	int64_t lasted_us[HISTORY_STATES];
	int entries, pauses, faults;
	bool any;
	int64_t at_us; /* counted up to here */
	enum history_state state;
	sd_id128_t boot;
};

/** history_tally_begin() - nothing is known at this time. */
void history_tally_begin(struct history_tally *tally, int64_t since_us);

/** history_tally_add() - the next entry; those before since_us tell the state at the begin only. */
void history_tally_add(struct history_tally *tally, const struct history_entry *entry);

/** history_tally_end() - until when the last state lasts. @known: whether it does. */
void history_tally_end(struct history_tally *tally, int64_t until_us, bool known);

/** history_tally_print() - one line, or two. */
void history_tally_print(FILE *stream, const struct history_tally *tally);

/* ---- picture ---- */

#define HISTORY_BUCKETS 1600 /* more than the picture has columns of pixels */

struct history_bucket {
	bool used;
	int32_t first_ma, last_ma, lowest_ma, highest_ma; /* allowed */
	int32_t limit_ma;
	enum history_state worst, last;
};

struct history_plot {
	int64_t since_us, until_us;
	struct history_bucket buckets[HISTORY_BUCKETS];
	bool any;
	int32_t before_ma; /* allowed at the begin, -1: unknown */
	enum history_state before;
	int end; /* the bucket after the last that anything is known of */
};

void history_plot_begin(struct history_plot *plot, int64_t since_us, int64_t until_us);

void history_plot_add(struct history_plot *plot, const struct history_entry *entry);

/** history_plot_end() - until when the last entry holds; without, to the edge of the picture. */
void history_plot_end(struct history_plot *plot, int64_t end_us);

/**
 * history_plot_write() - draw it by gnuplot. Returns as gnuplot_draw() does.
 */
int history_plot_write(const struct history_plot *plot, const char *path);

#endif
