/* SPDX-License-Identifier: MIT */
/*
 * The verbs of poweroptctl: what the owner of a house and the electrician ask the daemon.
 *
 * Pure: optimizer_status (what the daemon tells), status_text, status_json, metrics_text.
 * At the edge: optimizer (the daemon on D-Bus), watch, watch_view.
 */
#ifndef POWEROPT_CTL_CTL_H
#define POWEROPT_CTL_CTL_H

#include <stdbool.h>

enum {
	CTL_EXIT_OK = 0,
	CTL_EXIT_ERROR = 1,
	CTL_EXIT_USAGE = 2,
	CTL_EXIT_NOT_RUNNING = 3, /* the daemon is not on the bus */
	CTL_EXIT_FAULT = 4,	  /* `status`: the daemon runs and is in a fault */
};

/* The verbs, as struct verb of term/verbs.h has them. Each returns one of the above. */
int status_command(int argc, char **argv);
int watch_command(int argc, char **argv);
int cap_command(int argc, char **argv);
int uncap_command(int argc, char **argv);
int metrics_command(int argc, char **argv);
int commission_command(int argc, char **argv);
int history_command(int argc, char **argv);
int scan_command(int argc, char **argv);

/** ctl_complain() - "poweroptctl VERB: what" on stderr. Returns CTL_EXIT_ERROR. */
int ctl_complain(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * ctl_misused() - the same for wrong usage, and where to read the right one.
 * @format: what is wrong, or NULL where getopt_long() has said it. Returns CTL_EXIT_USAGE.
 */
int ctl_misused(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * ctl_help_only() - the arguments of a verb that takes none but --help.
 * @help: what to print then. Returns whether the verb is done, with ret_status to exit with.
 */
bool ctl_help_only(int argc, char **argv, const char *verb, const char *help, int *ret_status);

#endif
