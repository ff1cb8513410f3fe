/* SPDX-License-Identifier: MIT */
/*
 * A site for `poweroptctl commission`: the fake daemon, whose answers follow the caps as a house with
 * a car would, and the program with what it says and writes.
 */
#ifndef POWEROPT_TESTS_E2E_COMMISSION_SITE_H
#define POWEROPT_TESTS_E2E_COMMISSION_SITE_H

#include "e2e/ctl_rig.h"

struct site {
	struct ctl_rig *rig;
	struct process program;
	char file[128], report[128];
	char text[16384]; /* the report */
	int base_ma[3], car_ma[3];
	int deaf_from; /* does not stop any more from the cap of this number on */
	bool never;    /* does not begin */
	int allowed_ma;
	size_t answered; /* lines of the fake daemon that were looked at */
	int caps, clears;
	int want_caps; /* site_live() until so many were set */
};

/* site_setup(), site_teardown() - of a cmocka test; the state is the site. */
int site_setup(void **state);
int site_teardown(void **state);

/*
 * site_begin() - the configuration is written, the daemon is there and regulates as it should.
 * @charger: lines of that section, or empty.
 */
void site_begin(struct site *site, const char *charger);

/* site_tell() - that again, after other things were told. */
void site_tell(struct site *site);

/* site_start() - the program; @option: one more, or NULL; @interactive: it may ask. */
void site_start(struct site *site, const char *option, bool interactive);

/* site_live() - let the car do as it is told until the program says something (true) or ends (false). */
bool site_live(struct site *site, const char *text);

/* site_answer() - live until the program asks that, and answer. */
void site_answer(struct site *site, const char *text, const char *line);

/* site_end() - live until its end with that exit status; site->text is the report. */
void site_end(struct site *site, int expected);

/* site_expect() - the report says that, in one line or several. */
void site_expect(const struct site *site, const char *text);

#endif
