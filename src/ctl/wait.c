/* SPDX-License-Identifier: MIT */
#include "ctl/wait.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app/boottime.h"

static void signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGHUP);
}

static int add(int epoll_fd, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int wait_open(struct wait *ret)
{
	struct wait wait = {.watched_fd = -1};
	sigset_t mask;
	int r;

	signals(&mask);
	wait.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	wait.signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	r = wait.epoll_fd < 0 || wait.signal_fd < 0 ? -errno
						    : add(wait.epoll_fd, wait.signal_fd, EPOLLIN);
	if (r < 0) {
		if (wait.epoll_fd >= 0)
			close(wait.epoll_fd);
		if (wait.signal_fd >= 0)
			close(wait.signal_fd);
		return r;
	}
	sigprocmask(SIG_BLOCK, &mask, NULL);
	*ret = wait;
	return 0;
}

void wait_close(struct wait *wait)
{
	struct signalfd_siginfo info;
	sigset_t mask;

	/* What came meanwhile was answered: it must not end the program now. */
	while (read(wait->signal_fd, &info, sizeof(info)) == sizeof(info))
		;
	close(wait->signal_fd);
	close(wait->epoll_fd);
	signals(&mask);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
}

int wait_watch(struct wait *wait, int fd)
{
	int r;

	if (fd == wait->watched_fd)
		return 0;
	/* It may be closed by now, and so be gone from the set already. */
	if (wait->watched_fd >= 0)
		(void)epoll_ctl(wait->epoll_fd, EPOLL_CTL_DEL, wait->watched_fd, NULL);
	wait->watched_fd = -1;
	if (fd < 0)
		return 0;
	r = add(wait->epoll_fd, fd, EPOLLIN | EPOLLET);
	if (r == 0)
		wait->watched_fd = fd;
	return r;
}

static int timeout_ms(int64_t deadline_us)
{
	int64_t left_ms;

	if (deadline_us == INT64_MAX)
		return -1;
	left_ms = (deadline_us - boottime_us()) / 1000 + 1;
	if (left_ms > INT_MAX)
		return INT_MAX;
	return left_ms > 0 ? (int)left_ms : 0;
}

int wait_until(struct wait *wait, int64_t deadline_us)
{
	struct epoll_event events[2];
	int n;

	do
		n = wait->interrupted
			    ? 0
			    : epoll_wait(wait->epoll_fd, events, 2, timeout_ms(deadline_us));
	while (n < 0 && errno == EINTR);
	for (int i = 0; i < n; i++)
		if (events[i].data.fd == wait->signal_fd)
			wait->interrupted = true;
	if (wait->interrupted)
		return -ECANCELED;
	return n < 0 ? -errno : n > 0;
}
