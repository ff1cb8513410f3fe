/* SPDX-License-Identifier: MIT */
/*
 * A program on a terminal of its own, and what stands there.
 */
#ifndef POWEROPT_TESTS_E2E_SCREEN_H
#define POWEROPT_TESTS_E2E_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/types.h>

struct screen {
	pid_t pid;
	int fd; /* the other end of the terminal */
	struct winsize size;
	char text[65536]; /* what came since the last time that all was drawn anew */
	size_t n;
};

/* screen_start() - a program on a terminal of 24 lines of 80 columns. @argv: ends with NULL. */
void screen_start(struct screen *screen, const char *const argv[]);

/* screen_resize() - another size, upon which all is drawn anew and a text comes in one piece. */
void screen_resize(struct screen *screen, unsigned short columns);

/* screen_read() - take in what comes within a time. Returns false at the end. */
bool screen_read(struct screen *screen, int wait_ms);

/* screen_expect() - a text stands there, now or within 20 s; else the test fails. */
void screen_expect(struct screen *screen, const char *text);

/* screen_end() - read to the end; what came since is screen->text. Returns the exit status, or -SIGNAL. */
int screen_end(struct screen *screen);

#endif
