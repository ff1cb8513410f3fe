/* SPDX-License-Identifier: MIT */
/*
 * Points in time as people write them for journalctl(1).
 */
#ifndef POWEROPT_CTL_HISTORY_TIME_H
#define POWEROPT_CTL_HISTORY_TIME_H

#include <stddef.h>
#include <stdint.h>

/* What history_time_parse() takes, for messages. */
#define HISTORY_TIME_ALLOWED                                                                       \
	"a time such as 2026-11-22, \"2026-11-22 10:00\", 10:00, today, yesterday, now, -2h or "   \
	"\"2 days ago\""

/**
 * history_time_parse() - read a time, local where it names no zone.
 * @text:   "YYYY-MM-DD", "YYYY-MM-DD HH:MM[:SS]", "HH:MM[:SS]" (today), "today", "yesterday", "now",
 *          "@SECONDS", "-SPAN" or "SPAN ago"; a SPAN is that of timespan_parse(), and may begin with
 *          days or weeks ("2d 3h").
 * @now_us: CLOCK_REALTIME.
 * @ret_us: CLOCK_REALTIME; untouched on failure.
 *
 * Returns 0 or -EINVAL.
 */
int history_time_parse(const char *text, int64_t now_us, int64_t *ret_us);

/** history_time_format() - "2026-11-22 10:00:00", local. @buf: 32 bytes. Returns buf. */
char *history_time_format(int64_t us, char *buf, size_t size);

#endif
