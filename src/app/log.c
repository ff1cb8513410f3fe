/* SPDX-License-Identifier: MIT */
#include "app/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/journal.h"
#include "core/text.h"

#define LINE_MAX_BYTES 1024
#define FIELDS_MAX     12

static bool to_journal;	       /* entries with fields */
static bool stderr_to_journal; /* lines with a priority, see sd-daemon(3) */
static int max_priority = LOG_INFO;

/* systemd.exec(5): JOURNAL_STREAM names device and inode of the stream that it connected. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_open(bool verbose)
{
	stderr_to_journal = stderr_is_journal();
	to_journal = stderr_to_journal && journal_open() == 0;
	max_priority = verbose ? LOG_DEBUG : LOG_INFO;
}

static const char *priority_name(int priority)
{
	switch (priority) {
	case LOG_WARNING:
		return "warning";
	case LOG_NOTICE:
		return "notice";
	case LOG_INFO:
		return "info";
	case LOG_DEBUG:
		return "debug";
	default:
		return "error";
	}
}

struct record {
	struct iovec iov[FIELDS_MAX];
	char fields[FIELDS_MAX][64];
	size_t count;
};

static void add_field(struct record *record, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add_field(struct record *record, const char *format, ...)
{
	char *field = record->fields[record->count];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(field, sizeof(record->fields[0]), format, args);
	va_end(args);
	record->iov[record->count++] = (struct iovec){field, (size_t)length};
}

/* @message: "MESSAGE=...\n". */
static int send_to_journal(
	enum event event, int priority, const struct log_fields *fields, char *message)
{
	struct record record = {.count = 0};

	record.iov[record.count++] = (struct iovec){message, strlen(message)};
	add_field(&record, "PRIORITY=%d\n", priority);
	add_field(&record, "SYSLOG_IDENTIFIER=poweroptd\n");
	if (event != EVENT_NONE)
		add_field(&record, "MESSAGE_ID=%s\n", event_id(event));
	if (fields && fields->state) {
		add_field(&record, "POWEROPT_STATE=%s\n", fields->state);
		add_field(&record, "POWEROPT_ALLOWED_MA=%d\n", fields->allowed_ma);
	}
	if (fields && fields->limit_ma >= 0)
		add_field(&record, "POWEROPT_LIMIT_MA=%d\n", fields->limit_ma);
	for (int i = 0; fields && i < fields->phases && i < PHASES_MAX; i++)
		add_field(&record, "POWEROPT_I%d_MA=%d\n", i + 1, fields->current_ma[i]);
	if (fields && fields->fault)
		add_field(&record, "POWEROPT_FAULT=%s\n", fields->fault);
	return journal_send(record.iov, record.count);
}

/* A terminal that is stopped, or a pipe that nobody reads, must cost lines, not control. */
static bool stderr_takes(void)
{
	struct pollfd pfd = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&pfd, 1, 0) == 1 && !(pfd.revents & (POLLERR | POLLNVAL));
}

static void send_to_stderr(int priority, const char *text)
{
	if (!stderr_takes())
		return;
	if (stderr_to_journal)
		fprintf(stderr, "<%d>%s", priority, text);
	else
		fprintf(stderr, "%s: %s", priority_name(priority), text);
}

void log_event(
	enum event event, int priority, const struct log_fields *fields, const char *format, ...)
{
	static const char prefix[] = "MESSAGE=";
	const size_t start = sizeof(prefix) - 1;
	char text[LINE_MAX_BYTES], message[sizeof(prefix) + LINE_MAX_BYTES + 1];
	va_list args;

	if (priority > max_priority)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);

	/* Names of devices and programs come from outside, and what files say as well. */
	memcpy(message, prefix, start);
	text_echo(text, message + start, LINE_MAX_BYTES);
	strcat(message, "\n");
	if (!to_journal || send_to_journal(event, priority, fields, message) < 0)
		send_to_stderr(priority, message + start);
}
