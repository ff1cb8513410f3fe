/* SPDX-License-Identifier: MIT */
/*
 * The daemon, as seen over D-Bus: ask it everything, be told of changes, set and clear a cap.
 *
 * Connects when it is first needed, and again whenever the connection is gone. Never starts the
 * daemon. One thread; every function that returns an error leaves a sentence in optimizer_error().
 *
 * Errors, the same for all:
 *   -ENXIO      the daemon is not running
 *   -ENOTCONN   the system bus cannot be reached
 *   -EACCES     not allowed
 *   -ETIMEDOUT  the daemon runs, but does not answer
 *   others      the daemon refuses, or something unexpected
 */
#ifndef POWEROPT_CTL_OPTIMIZER_H
#define POWEROPT_CTL_OPTIMIZER_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "ctl/optimizer_status.h"

struct optimizer;

/** optimizer_new() - no connection yet. Returns 0 or -ENOMEM. */
int optimizer_new(struct optimizer **ret);

/** optimizer_free() - drop the connection. Returns NULL. */
struct optimizer *optimizer_free(struct optimizer *optimizer);

/** optimizer_error() - the last error as one sentence that names the remedy. */
const char *optimizer_error(const struct optimizer *optimizer);

/**
 * optimizer_complain() - tell an error on stderr, as the given verb of poweroptctl.
 * Returns the exit status for it.
 */
int optimizer_complain(const struct optimizer *optimizer, const char *verb, int error);

/** optimizer_read() - everything at once; waits for the answer, 5 s at most. */
int optimizer_read(struct optimizer *optimizer, struct optimizer_status *ret);

/**
 * optimizer_set_cap() - let the car draw no more than this.
 * @ttl_us: for so long; 0: until optimizer_clear_cap() or a restart of the daemon.
 */
int optimizer_set_cap(struct optimizer *optimizer, uint32_t current_ma, uint64_t ttl_us);

/** optimizer_clear_cap() - take one's own cap away. */
int optimizer_clear_cap(struct optimizer *optimizer);

/**
 * optimizer_follow() - from now on tell everything: on each change that the daemon announces, when
 * it comes or goes, and after each optimizer_ask(), of which the first is the caller's.
 * @handler: error is 0, or as above with the sentence in optimizer_error() and status NULL.
 */
void optimizer_follow(struct optimizer *optimizer, sd_event *event,
	void (*handler)(void *userdata, int error, const struct optimizer_status *status),
	void *userdata);

/**
 * optimizer_ask() - ask it now, unless a question is on its way; never waits. The handler may be
 * called from within.
 */
void optimizer_ask(struct optimizer *optimizer);

#endif
