/* SPDX-License-Identifier: MIT */
/*
 * Quantities as people write them: currents in ampere, time spans as systemd.time(7) has them.
 * Independent of the locale: the decimal separator is always a point.
 */
#ifndef POWEROPT_CORE_QUANTITY_H
#define POWEROPT_CORE_QUANTITY_H

#include <stddef.h>
#include <stdint.h>

/**
 * timespan_parse() - read "250ms", "5s", "1min 30s", "1.5h" or "0".
 * @text:   units us, ms, s (also none: seconds), min or m, h; fractions allowed, parts add up.
 * @ret_ms: milliseconds, 0 to INT32_MAX; untouched on failure.
 *
 * Returns 0, -EINVAL (not a time span, or a fraction of a millisecond), -ERANGE (too large).
 */
int timespan_parse(const char *text, int64_t *ret_ms);

/**
 * timespan_format() - write milliseconds in the largest units that keep the value exact.
 * @buf: 32 bytes are always enough. Returns buf.
 */
char *timespan_format(int64_t ms, char *buf, size_t size);

/**
 * amps_parse() - read "6", "13.5" or "0.2", with at most three decimals.
 * @ret_ma: milliampere, 0 to INT32_MAX; untouched on failure.
 *
 * Returns 0, -EINVAL (not a number, or negative), -ERANGE (too large).
 */
int amps_parse(const char *text, int32_t *ret_ma);

/**
 * amps_format() - write milliampere as ampere without trailing zeros: "13.5", "-0.25".
 * @buf: 16 bytes are always enough. Returns buf.
 */
char *amps_format(int32_t ma, char *buf, size_t size);

/** amps_round() - milliampere to 0.1 A, as people speak of currents; never a negative zero. */
int32_t amps_round(int32_t ma);

#endif
