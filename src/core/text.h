/* SPDX-License-Identifier: MIT */
/*
 * Text from outside, from a file, a device or another program: is it text, and how is it shown.
 */
#ifndef POWEROPT_CORE_TEXT_H
#define POWEROPT_CORE_TEXT_H

#include <stddef.h>

enum text_flaw {
	TEXT_GOOD,
	TEXT_CONTROL,  /* a control character other than a tab */
	TEXT_NOT_UTF8, /* not well-formed UTF-8 (RFC 3629) */
};

/**
 * text_flaw() - whether bytes are text that people can read.
 * @ret_at: the offset of the first byte that is not; untouched for TEXT_GOOD.
 */
enum text_flaw text_flaw(const char *text, size_t len, size_t *ret_at);

/**
 * text_echo() - copy a text so that it can be shown: what is not text becomes \xNN, what does not
 * fit is cut and ends in "...". @size: at least 8. Returns buf.
 *
 * A terminal acts on control characters, a log takes a newline for the end of an entry, and D-Bus
 * refuses what is not UTF-8.
 */
char *text_echo(const char *text, char *buf, size_t size);

#endif
