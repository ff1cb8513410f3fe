/* SPDX-License-Identifier: MIT */
#include "ctl/history_time.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/quantity.h"

#define SECOND_US INT64_C(1000000)

/* Nobody has an older journal, and the arithmetic stays small. */
#define DAYS_MAX 36500

static struct tm local(int64_t us)
{
	time_t s = (time_t)(us / SECOND_US);
	struct tm tm = {0};

	(void)localtime_r(&s, &tm);
	return tm;
}

/* -EINVAL for what is in no calendar, such as February 30. */
static int from_local(const struct tm *wanted, int64_t *ret_us)
{
	struct tm tm = *wanted;
	time_t s;

	tm.tm_isdst = -1;
	s = mktime(&tm);
	if (s == (time_t)-1 || tm.tm_mday != wanted->tm_mday || tm.tm_mon != wanted->tm_mon)
		return -EINVAL;
	*ret_us = (int64_t)s * SECOND_US;
	return 0;
}

/* Midnight so many days ago. */
static int midnight(int64_t now_us, int days_ago, int64_t *ret_us)
{
	struct tm tm = local(now_us);
	time_t s;

	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday -= days_ago;
	tm.tm_isdst = -1;
	s = mktime(&tm);
	if (s == (time_t)-1)
		return -EINVAL;
	*ret_us = (int64_t)s * SECOND_US;
	return 0;
}

/* Days or weeks before other units: they are calendar, and not core's. */
static const char *take_days(const char *text, int *ret_days)
{
	static const struct {
		const char *name;
		int days;
	} units[] = {{"days", 1}, {"day", 1}, {"d", 1}, {"weeks", 7}, {"week", 7}, {"w", 7}};
	char *end;
	long count;

	*ret_days = 0;
	if (*text < '0' || *text > '9')
		return text;
	count = strtol(text, &end, 10);
	if (count > DAYS_MAX)
		return text;
	end += strspn(end, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t length = strlen(units[i].name);

		if (strncmp(end, units[i].name, length) != 0 ||
			(end[length] && end[length] != ' ' &&
				(end[length] < '0' || end[length] > '9')))
			continue;
		*ret_days = (int)count * units[i].days;
		end += length;
		return end + strspn(end, " ");
	}
	return text;
}

static int parse_ago(const char *text, int64_t now_us, int64_t *ret_us)
{
	int64_t ms = 0, us;
	int days;
	struct tm tm;

	text = take_days(text, &days);
	if (*text == '\0' && days == 0)
		return -EINVAL;
	if (*text && timespan_parse(text, &ms) < 0)
		return -EINVAL;
	if (days == 0) {
		*ret_us = now_us - ms * 1000;
		return 0;
	}
	/* A day ago is the same time of the day, also over a change of the clocks. */
	tm = local(now_us);
	tm.tm_mday -= days;
	tm.tm_isdst = -1;
	us = (int64_t)mktime(&tm);
	if (us == -1)
		return -EINVAL;
	*ret_us = us * SECOND_US - ms * 1000;
	return 0;
}

static int parse_calendar(const char *text, int64_t now_us, int64_t *ret_us)
{
	static const char *const formats[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"};
	static const char *const clocks[] = {"%H:%M:%S", "%H:%M"};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm tm = {0};
		const char *end = strptime(text, formats[i], &tm);

		if (end && *end == '\0')
			return from_local(&tm, ret_us);
	}
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		struct tm tm = local(now_us);
		const char *end;

		tm.tm_sec = 0;
		end = strptime(text, clocks[i], &tm);
		if (end && *end == '\0')
			return from_local(&tm, ret_us);
	}
	return -EINVAL;
}

static int parse_seconds(const char *text, int64_t *ret_us)
{
	char *end;
	long long s;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	s = strtoll(text, &end, 10);
	if (errno || *end || s > INT64_MAX / SECOND_US)
		return -EINVAL;
	*ret_us = s * SECOND_US;
	return 0;
}

int history_time_parse(const char *text, int64_t now_us, int64_t *ret_us)
{
	static const char ago[] = " ago";
	size_t length = strlen(text);
	char span[64];

	if (strcmp(text, "now") == 0) {
		*ret_us = now_us;
		return 0;
	}
	if (strcmp(text, "today") == 0)
		return midnight(now_us, 0, ret_us);
	if (strcmp(text, "yesterday") == 0)
		return midnight(now_us, 1, ret_us);
	if (text[0] == '@')
		return parse_seconds(text + 1, ret_us);
	if (text[0] == '-')
		return parse_ago(text + 1, now_us, ret_us);
	if (length > strlen(ago) && length < sizeof(span) &&
		strcmp(text + length - strlen(ago), ago) == 0) {
		memcpy(span, text, length - strlen(ago));
		span[length - strlen(ago)] = '\0';
		return parse_ago(span, now_us, ret_us);
	}
	return parse_calendar(text, now_us, ret_us);
}

char *history_time_format(int64_t us, char *buf, size_t size)
{
	struct tm tm = local(us);

	if (strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		buf[0] = '\0';
	return buf;
}
