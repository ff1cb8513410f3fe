/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "ctl/commission.h"

/* Byte by byte: what follows the line may be the answer to the next question. */
static int read_line(struct commission *c, char *buf, size_t size)
{
	size_t n = 0;
	char byte;
	int r;

	/* A regular file cannot be waited for, and need not be. */
	r = wait_watch(&c->wait, STDIN_FILENO);
	if (r == 0)
		r = wait_until(&c->wait, INT64_MAX);
	(void)wait_watch(&c->wait, -1);
	if (r < 0 && r != -EPERM)
		return -ECANCELED;
	for (;;) {
		ssize_t got = read(STDIN_FILENO, &byte, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -ECANCELED;
		if (byte == '\n')
			break;
		if (n + 1 < size)
			buf[n++] = byte;
	}
	buf[n] = '\0';
	return 0;
}

int commission_ask(struct commission *c, const char *format, ...)
{
	va_list args;
	char answer[16];
	int r;

	printf("   ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	if (c->assume_yes) {
		printf(" yes (--assume-yes)\n");
		return c->wait.interrupted ? -ECANCELED : 1;
	}
	for (;;) {
		printf(" [y/n] ");
		fflush(stdout);
		r = read_line(c, answer, sizeof(answer));
		if (r < 0)
			return r;
		if (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0)
			return 1;
		if (strcasecmp(answer, "n") == 0 || strcasecmp(answer, "no") == 0)
			return 0;
		printf("   Please answer y or n.");
	}
}

int commission_ask_text(struct commission *c, const char *question, char *buf, size_t size)
{
	char line[256];
	int r;

	if (c->assume_yes)
		return 0;
	printf("%s ", question);
	fflush(stdout);
	r = read_line(c, line, sizeof(line));
	if (r == 0)
		text_echo(line, buf, size);
	return r;
}
