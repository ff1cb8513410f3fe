/* SPDX-License-Identifier: MIT */
/*
 * The harness's inside, shared by these files only:
 *
 * harness.c   the house: begin, end, waiting
 * chips.c     the PWM chips, and the check of every duty
 * programs.c  the simulator and the daemon
 * bus.c       a private bus; accounts.c  users on it
 */
#ifndef POWEROPT_TESTS_E2E_HARNESS_PRIVATE_H
#define POWEROPT_TESTS_E2E_HARNESS_PRIVATE_H

#include "e2e/harness.h"

#define PATH_BYTES 256
#define HOUSES_MAX 20
#define WAITS	   32

struct duty {
	int64_t at_ms;
	int64_t ns;
};

struct chip {
	char name[32];
	int watch;	     /* of inotify */
	struct duty *duties; /* every change that was seen */
	size_t count, mark;
	int writes[HOUSE_ATTRIBUTES];
};

struct house {
	char directory[64];
	char *paths[8];
	unsigned int next_path;
	struct process meter, daemon, bus;
	struct lines messages; /* to the service manager */
	int notify;
	int inotify;
	struct chip chips[HOUSE_CHIPS_MAX];
	int chip_count;
	struct chip *chip;
	int32_t ceiling_ma;
	bool has_car;
	const char *program; /* the daemon */
	bool listed;
	char violation[128];
	/* a ring: what was waited for a processor until each command and signal */
	struct {
		int64_t at_ms, waited_ms;
	} waits[WAITS];
	int wait_count;
};

/* look() - take in what happened; if nothing has, wait for it until a time. */
void look(int64_t until_ms);

/* look_and_check() - the same, and fail if a duty was too high. */
void look_and_check(struct house *house, int64_t until_ms);

/* expect_line() - wait for a line. @process: who says it, NULL: nobody that may end. */
int64_t expect_line(
	struct house *house, struct process *process, struct lines *lines, const char *text);

/* waits_note() - something begins that has to be over within a time. */
void waits_note(struct house *house);

/* chips_read() - take in what inotify knows of the chips. */
void chips_read(struct house *house);

#endif
