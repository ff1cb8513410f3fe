/* SPDX-License-Identifier: MIT */
#include "sim/pty_line.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

struct pty_line {
	int master;
	bool locked;
	char path[PTY_LINE_PATH_MAX];
	char *link; /* ours to remove, or NULL */
	sd_event_source *master_source;
	void (*receive)(void *userdata);
	void *userdata;
};

/* B75 is no rate that a meter has: it marks a line that no client has set up. */
static bool line_is_fresh(const struct pty_line *line)
{
	struct termios settings;

	return tcgetattr(line->master, &settings) == 0 && cfgetospeed(&settings) == B75;
}

/* Asked anew: a client may have come since the event loop was told. */
static bool nobody_is_there(const struct pty_line *line)
{
	struct pollfd master = {.fd = line->master};

	return poll(&master, 1, 0) == 1 && (master.revents & POLLHUP);
}

/* As after the last close of a real line. */
static int line_reset(struct pty_line *line)
{
	int slave = open(line->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios settings;
	int r = 0;

	if (slave < 0)
		return -errno;
	if (ioctl(slave, TIOCNXCL) < 0 || tcflush(slave, TCIFLUSH) < 0 ||
		tcgetattr(slave, &settings) < 0)
		r = -errno;
	if (r == 0) {
		cfmakeraw(&settings);
		cfsetspeed(&settings, B75);
		if (tcsetattr(slave, TCSANOW, &settings) < 0)
			r = -errno;
	}
	close(slave);
	return r;
}

/* Not O_EXCL: a stale link of a simulator that was killed is replaced, but nothing else is. */
static int link_make(const char *link, const char *target)
{
	char temporary[PATH_MAX];
	struct stat st;
	int r;

	if (lstat(link, &st) == 0 && !S_ISLNK(st.st_mode))
		return -EEXIST;
	if (snprintf(temporary, sizeof(temporary), "%s.%d", link, (int)getpid()) >=
		(int)sizeof(temporary))
		return -ENAMETOOLONG;
	(void)unlink(temporary);
	if (symlink(target, temporary) < 0)
		return -errno;
	if (rename(temporary, link) < 0) {
		r = -errno;
		(void)unlink(temporary);
		return r;
	}
	return 0;
}

/* Another simulator may have taken the name over since: its link stays. */
static void link_remove(const char *link, const char *target)
{
	char now[PTY_LINE_PATH_MAX];
	ssize_t n = readlink(link, now, sizeof(now));

	if (n == (ssize_t)strlen(target) && memcmp(now, target, (size_t)n) == 0)
		(void)unlink(link);
}

static int on_master(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct pty_line *line = userdata;

	(void)source;
	(void)fd;
	(void)revents;
	line->receive(line->userdata);
	/* The reset opens and closes the line itself: what it leaves is fresh, so that ends here. */
	if (nobody_is_there(line) && !line_is_fresh(line))
		line->locked = line_reset(line) == -EBUSY;
	return 0;
}

static int pty_open(struct pty_line *line)
{
	line->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (line->master < 0)
		return -errno;
	if (grantpt(line->master) < 0 || unlockpt(line->master) < 0)
		return -errno;
	if (ptsname_r(line->master, line->path, sizeof(line->path)) != 0)
		return -ENAMETOOLONG;
	return line_reset(line);
}

int pty_line_new(struct pty_line **ret, sd_event *event, const char *link,
	void (*receive)(void *userdata), void *userdata)
{
	struct pty_line *line = calloc(1, sizeof(*line));
	int r;

	if (!line)
		return -ENOMEM;
	line->master = -1;
	line->receive = receive;
	line->userdata = userdata;

	r = pty_open(line);
	if (r >= 0)
		/* By edges: the hang-up while no client is there would be reported without end. */
		r = sd_event_add_io(event, &line->master_source, line->master, EPOLLIN | EPOLLET,
			on_master, line);
	if (r >= 0 && link) {
		r = link_make(link, line->path);
		if (r >= 0)
			r = (line->link = strdup(link)) ? 0 : -ENOMEM;
	}
	if (r < 0) {
		pty_line_free(line);
		return r;
	}
	*ret = line;
	return 0;
}

struct pty_line *pty_line_free(struct pty_line *line)
{
	if (!line)
		return NULL;
	if (line->link)
		link_remove(line->link, line->path);
	free(line->link);
	sd_event_source_unref(line->master_source);
	if (line->master >= 0)
		close(line->master);
	free(line);
	return NULL;
}

const char *pty_line_path(const struct pty_line *line)
{
	return line->path;
}

bool pty_line_is_locked(const struct pty_line *line)
{
	return line->locked;
}

int pty_line_read(struct pty_line *line, void *ret, size_t size)
{
	ssize_t n = read(line->master, ret, size);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return (int)n;
}

void pty_line_write(struct pty_line *line, const void *bytes, size_t n)
{
	ssize_t written = write(line->master, bytes, n);

	(void)written;
}
