/* SPDX-License-Identifier: MIT */
/*
 * The log: the journal with fields when systemd reads our stderr, else plain lines on stderr.
 *
 * Nothing here waits or allocates: if the journal does not take an entry now, stderr gets its text,
 * and if stderr does not either, it is lost.
 *
 * Only the app logs. Drivers return errors and sentences; whoever gives up logs them, once.
 */
#ifndef POWEROPT_APP_LOG_H
#define POWEROPT_APP_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h> /* LOG_ERR and so on */

#include "core/event.h"
#include "core/reading.h"

/* What the journal gets besides the text, where it applies; see "Journal" in poweroptd(8). */
struct log_fields {
	const char *state; /* NULL: neither state nor allowed current */
	const char *fault; /* NULL: none */
	int32_t allowed_ma;
	int32_t limit_ma; /* 0: the optimizer is switched off; -1: unknown */
	int phases;	  /* how many of current_ma are known */
	int32_t current_ma[PHASES_MAX];
};

/** log_open() - find out where to log to. @verbose: debug messages too. */
void log_open(bool verbose);

/**
 * log_event() - log one sentence that tells of an event.
 * @event:    decides on the MESSAGE_ID; EVENT_NONE: it has none.
 * @priority: LOG_ERR to LOG_DEBUG.
 * @fields:   may be NULL.
 *
 * Control characters and what is not UTF-8 are shown as \xNN, more than 1 kB is cut.
 */
void log_event(enum event event, int priority, const struct log_fields *fields, const char *format,
	...) __attribute__((format(printf, 4, 5)));

/* For what nobody has to act on. */
#define log_line(priority, fields, ...) log_event(EVENT_NONE, priority, fields, __VA_ARGS__)
#define log_error(...)			log_line(LOG_ERR, NULL, __VA_ARGS__)
#define log_warning(...)		log_line(LOG_WARNING, NULL, __VA_ARGS__)
#define log_notice(...)			log_line(LOG_NOTICE, NULL, __VA_ARGS__)
#define log_info(...)			log_line(LOG_INFO, NULL, __VA_ARGS__)
#define log_debug(...)			log_line(LOG_DEBUG, NULL, __VA_ARGS__)

#endif
