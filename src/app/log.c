/* SPDX-License-Identifier: MIT */
#include "app/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define LINE_MAX_BYTES 1024
#define FIELDS_MAX     12

static bool to_journal;
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
	to_journal = stderr_is_journal();
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

/* One NAME=VALUE for the journal, in a buffer of its own. */
struct field {
	char text[64];
};

struct record {
	struct iovec iov[FIELDS_MAX];
	struct field fields[FIELDS_MAX];
	int count;
};

static void add_number(struct record *record, const char *name, int32_t value)
{
	struct field *field = &record->fields[record->count];
	int length = snprintf(field->text, sizeof(field->text), "%s=%d", name, value);

	record->iov[record->count++] = (struct iovec){field->text, (size_t)length};
}

static void add_text(struct record *record, const char *name, const char *value)
{
	struct field *field = &record->fields[record->count];
	int length = snprintf(field->text, sizeof(field->text), "%s=%s", name, value);

	record->iov[record->count++] = (struct iovec){field->text, (size_t)length};
}

static void send_to_journal(int priority, const struct log_fields *fields, char *message)
{
	static const char *const current_names[PHASES_MAX] = {
		"POWEROPT_I1_MA", "POWEROPT_I2_MA", "POWEROPT_I3_MA"};
	struct record record = {.count = 0};

	record.iov[record.count++] = (struct iovec){message, strlen(message)};
	add_number(&record, "PRIORITY", priority);
	add_text(&record, "SYSLOG_IDENTIFIER", "poweroptd");
	if (fields && fields->state) {
		add_text(&record, "POWEROPT_STATE", fields->state);
		add_number(&record, "POWEROPT_ALLOWED_MA", fields->allowed_ma);
		add_number(&record, "POWEROPT_LIMIT_MA", fields->limit_ma);
		for (int i = 0; i < fields->phases && i < PHASES_MAX; i++)
			add_number(&record, current_names[i], fields->current_ma[i]);
	}
	if (fields && fields->fault)
		add_text(&record, "POWEROPT_FAULT", fields->fault);
	(void)sd_journal_sendv(record.iov, record.count);
}

/* A terminal that is stopped, or a pipe that nobody reads, must cost lines, not control. */
static bool stderr_takes(void)
{
	struct pollfd pfd = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&pfd, 1, 0) == 1 && !(pfd.revents & (POLLERR | POLLNVAL));
}

void log_line(int priority, const struct log_fields *fields, const char *format, ...)
{
	static const char prefix[] = "MESSAGE=";
	char message[sizeof(prefix) + LINE_MAX_BYTES];
	va_list args;

	if (priority > max_priority)
		return;
	memcpy(message, prefix, sizeof(prefix));
	va_start(args, format);
	(void)vsnprintf(message + sizeof(prefix) - 1, LINE_MAX_BYTES, format, args);
	va_end(args);

	if (to_journal)
		send_to_journal(priority, fields, message);
	else if (stderr_takes())
		fprintf(stderr, "%s: %s\n", priority_name(priority), message + sizeof(prefix) - 1);
}
