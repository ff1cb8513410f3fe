/* SPDX-License-Identifier: MIT */
#include "core/quantity.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Whole numbers stop growing here: far above any limit below, far below an overflow. */
#define WHOLE_MAX	(INT64_C(1) << 42)
#define TIMESPAN_MAX_US (INT32_MAX * INT64_C(1000))

/* A decimal number as it was written, exactly: whole + part / scale, scale a power of ten. */
struct decimal {
	int64_t whole;
	int64_t part;
	int64_t scale; /* 1 to 1,000,000,000: nine decimals */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Returns the first character after the number, or NULL if there is no number. */
static const char *decimal_take(const char *p, struct decimal *ret)
{
	struct decimal d = {.scale = 1};

	if (!is_digit(*p))
		return NULL;
	for (; is_digit(*p); p++)
		if (d.whole < WHOLE_MAX)
			d.whole = d.whole * 10 + (*p - '0');

	if (*p == '.') {
		p++;
		if (!is_digit(*p))
			return NULL;
		for (; is_digit(*p); p++) {
			if (d.scale == 1000000000)
				return NULL;
			d.part = d.part * 10 + (*p - '0');
			d.scale *= 10;
		}
	}
	*ret = d;
	return p;
}

static const struct {
	const char *name;
	int64_t us;
} timespan_units[] = {
	{"us", 1},
	{"ms", 1000},
	{"s", 1000000},
	{"min", 60000000},
	{"m", 60000000},
	{"h", 3600000000},
};

/* Returns the first character after the unit, or NULL if there is no unit that we know. */
static const char *unit_take(const char *p, int64_t *ret_us)
{
	size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyz");

	for (size_t i = 0; i < sizeof(timespan_units) / sizeof(timespan_units[0]); i++) {
		const char *name = timespan_units[i].name;

		if (strlen(name) == len && memcmp(p, name, len) == 0) {
			*ret_us = timespan_units[i].us;
			return p + len;
		}
	}
	return NULL;
}

int timespan_parse(const char *text, int64_t *ret_ms)
{
	bool too_large = false;
	int64_t total_us = 0;
	const char *p = text;

	do {
		struct decimal d;
		int64_t unit_us = 1000000;
		const char *after = decimal_take(p, &d);

		if (!after)
			return -EINVAL;
		/* Only a number that stands alone may lack its unit: "1 30s" is a slip. */
		if (p != text || *after != '\0') {
			after = unit_take(after + strspn(after, " \t"), &unit_us);
			if (!after)
				return -EINVAL;
		}
		if (d.part * unit_us % d.scale != 0)
			return -EINVAL;

		if (d.whole > TIMESPAN_MAX_US / unit_us)
			too_large = true;
		else
			total_us += d.whole * unit_us + d.part * unit_us / d.scale;
		if (total_us > TIMESPAN_MAX_US) {
			too_large = true;
			total_us = 0;
		}

		p = after + strspn(after, " \t");
		if (*p == '\0' && p != after)
			return -EINVAL;
	} while (*p != '\0');

	if (too_large)
		return -ERANGE;
	if (total_us % 1000 != 0)
		return -EINVAL;
	*ret_ms = total_us / 1000;
	return 0;
}

int amps_parse(const char *text, int32_t *ret_ma)
{
	struct decimal d;
	const char *after = decimal_take(text, &d);
	int64_t ma;

	if (!after || *after != '\0' || d.scale > 1000)
		return -EINVAL;
	ma = d.whole * 1000 + d.part * 1000 / d.scale;
	if (ma > INT32_MAX)
		return -ERANGE;
	*ret_ma = (int32_t)ma;
	return 0;
}

/* A buffer that is written from the left and always ends in a zero; what does not fit is cut. */
struct writer {
	char *buf;
	size_t size;
	size_t len;
};

static void put_char(struct writer *w, char c)
{
	if (w->len + 1 < w->size) {
		w->buf[w->len++] = c;
		w->buf[w->len] = '\0';
	}
}

static void put_text(struct writer *w, const char *text)
{
	for (; *text; text++)
		put_char(w, *text);
}

static void put_number(struct writer *w, uint64_t number)
{
	char digits[20];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	while (n > 0)
		put_char(w, digits[--n]);
}

static struct writer writer_start(char *buf, size_t size, bool negative)
{
	struct writer w = {.buf = buf, .size = size};

	if (size > 0)
		buf[0] = '\0';
	if (negative)
		put_char(&w, '-');
	return w;
}

char *timespan_format(int64_t ms, char *buf, size_t size)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = {{"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}};
	uint64_t rest = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
	struct writer w = writer_start(buf, size, ms < 0);
	bool first = true;

	if (rest == 0)
		put_char(&w, '0');
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (rest < units[i].ms)
			continue;
		if (!first)
			put_char(&w, ' ');
		put_number(&w, rest / units[i].ms);
		put_text(&w, units[i].name);
		rest %= units[i].ms;
		first = false;
	}
	return buf;
}

char *amps_format(int32_t ma, char *buf, size_t size)
{
	uint32_t magnitude = ma < 0 ? -(uint32_t)ma : (uint32_t)ma;
	uint32_t rest = magnitude % 1000;
	struct writer w = writer_start(buf, size, ma < 0);

	put_number(&w, magnitude / 1000);
	if (rest > 0)
		put_char(&w, '.');
	for (; rest > 0; rest = rest % 100 * 10)
		put_char(&w, (char)('0' + rest / 100));
	return buf;
}

int32_t amps_round(int32_t ma)
{
	return ma / 100 * 100 + (ma % 100 >= 50 ? 100 : ma % 100 <= -50 ? -100 : 0);
}
