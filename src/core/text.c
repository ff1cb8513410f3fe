/* SPDX-License-Identifier: MIT */
#include "core/text.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The length of the well-formed UTF-8 sequence at p, 0 if there is none (RFC 3629, section 4). */
static size_t utf8_length(const unsigned char *p, size_t len)
{
	unsigned char low = 0x80, high = 0xbf; /* what the second byte may be */
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;

	if (p[0] == 0xe0) /* shorter forms of the same character */
		low = 0xa0;
	else if (p[0] == 0xed) /* surrogates */
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4) /* above U+10FFFF */
		high = 0x8f;

	if (len < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

/* C0, DEL and, in two bytes, C1: a terminal may act on any of them. */
static bool is_control(const unsigned char *p, size_t n)
{
	return (n == 1 && (p[0] < 0x20 || p[0] == 0x7f)) || (n == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

enum text_flaw text_flaw(const char *text, size_t len, size_t *ret_at)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_length(p + i, len - i);
		if (n > 0 && (p[i] == '\t' || !is_control(p + i, n)))
			continue;
		*ret_at = i;
		return n == 0 ? TEXT_NOT_UTF8 : TEXT_CONTROL;
	}
	return TEXT_GOOD;
}

char *text_echo(const char *text, char *buf, size_t size)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t len = strlen(text), used = 0, fit = 0, n;

	assert(size >= 8);
	for (size_t i = 0; i < len; i += n) {
		char piece[5];
		size_t shown;

		n = utf8_length(p + i, len - i);
		if (n == 0 || is_control(p + i, n)) {
			n = 1;
			shown = (size_t)snprintf(piece, sizeof(piece), "\\x%02x", p[i]);
		} else {
			memcpy(piece, p + i, n);
			shown = n;
		}
		if (used + shown + 1 > size) {
			memcpy(buf + fit, "...", 4);
			return buf;
		}
		memcpy(buf + used, piece, shown);
		used += shown;
		if (used + 4 <= size) /* up to here there is room for the dots */
			fit = used;
	}
	buf[used] = '\0';
	return buf;
}
