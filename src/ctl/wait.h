/* SPDX-License-Identifier: MIT */
/*
 * Waiting for one descriptor, a time, or the person at the keyboard, whichever comes first.
 *
 * From wait_open() on SIGINT, SIGTERM and SIGHUP do not end the program any more: they end
 * every wait, also the later ones, so that whoever waits can put things back.
 */
#ifndef POWEROPT_CTL_WAIT_H
#define POWEROPT_CTL_WAIT_H

#include <stdbool.h>
#include <stdint.h>

struct wait {
	int epoll_fd;
	int signal_fd;
	int watched_fd; /* -1: none */
	bool interrupted;
};

/** wait_open() - take the signals. Returns 0 or a negative errno. */
int wait_open(struct wait *ret);

/** wait_close() - the signals have their usual effect again. */
void wait_close(struct wait *wait);

/** wait_watch() - the descriptor to wait for, by edges; -1: none. Returns 0 or a negative errno. */
int wait_watch(struct wait *wait, int fd);

/**
 * wait_until() - wait for the descriptor.
 * @deadline_us: CLOCK_BOOTTIME; INT64_MAX: none.
 * Returns 1 (something happened on it), 0 (the time has come), -ECANCELED (a signal came).
 */
int wait_until(struct wait *wait, int64_t deadline_us);

#endif
