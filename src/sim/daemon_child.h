/* SPDX-License-Identifier: MIT */
/*
 * The daemon as a child, with the part of systemd that it expects: stderr is collected line by
 * line, and a notification socket takes READY=1 and STATUS=.
 */
#ifndef POWEROPT_SIM_DAEMON_CHILD_H
#define POWEROPT_SIM_DAEMON_CHILD_H

#include <systemd/sd-event.h>

struct daemon_child;

struct daemon_callbacks {
	void (*line)(void *userdata, const char *line);	      /* of its log, without newline */
	void (*status)(void *userdata, const char *status);   /* what STATUS= says */
	void (*exited)(void *userdata, int code, int signal); /* after the last line */
	void *userdata;
};

/** daemon_child_find() - poweroptd beside this program, else in its sbin, else by PATH. */
const char *daemon_child_find(char *buf, size_t size);

/**
 * daemon_child_start() - run `PATH --config=FILE`. SIGCHLD must be blocked.
 * @runtime: its RUNTIME_DIRECTORY, which exists.
 *
 * In a process group of its own, so that a Ctrl-C is for us alone.
 * Returns 0, or the negative errno, such as -ENOENT if there is no such program.
 */
int daemon_child_start(struct daemon_child **ret, sd_event *event, const char *path,
	const char *config, const char *runtime, const struct daemon_callbacks *callbacks);

/** daemon_child_signal() - send it a signal if it still runs. */
void daemon_child_signal(struct daemon_child *child, int signal);

/** daemon_child_free() - kill it if it still runs, and forget it. Returns NULL. */
struct daemon_child *daemon_child_free(struct daemon_child *child);

#endif
