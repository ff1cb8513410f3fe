/* SPDX-License-Identifier: MIT */
/*
 * A child process and the lines that it prints, each with the time at which it was read.
 * A child dies with the test: none is left behind, however the test ends.
 */
#ifndef POWEROPT_TESTS_E2E_PROCESS_H
#define POWEROPT_TESTS_E2E_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct line {
	int64_t at_ms; /* CLOCK_BOOTTIME */
	char *text;    /* without the newline */
};

struct lines {
	struct line *list;
	size_t count;
	size_t mark;	 /* those before it were expected and seen */
	char part[4096]; /* of a line that is not complete */
	size_t part_n;
};

struct process {
	pid_t pid; /* 0: not started, or over */
	int in;	   /* its stdin, -1: it has none */
	int out;   /* what it prints, -1: closed */
	struct lines lines;
};

/* clock_ms() - CLOCK_BOOTTIME, the daemon's clock. */
int64_t clock_ms(void);

/* lines_add() - append bytes as they were read. */
void lines_add(struct lines *lines, const char *bytes, size_t n);

/* lines_find() - the first line from @from on that contains a text, or NULL. */
const struct line *lines_find(const struct lines *lines, size_t from, const char *text);

void lines_free(struct lines *lines);

/*
 * process_start() - start a program.
 * @argv:        ends with NULL.
 * @stdout_path: a file that takes its stdout, so that only stderr is read; NULL: both are.
 * @has_stdin:   a pipe, else /dev/null.
 * Returns 0 or a negative errno.
 */
int process_start(
	struct process *process, const char *const argv[], const char *stdout_path, bool has_stdin);

/* process_read() - take in what is there. Returns false at the end. */
bool process_read(struct process *process);

/* process_reap() - how it ended: the exit status, or -SIGNAL; PROCESS_RUNS while it runs. */
#define PROCESS_RUNS (-1000)
int process_reap(struct process *process);

/* process_end() - kill it if it runs, and free everything. */
void process_end(struct process *process);

#endif
