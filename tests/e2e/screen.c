/* SPDX-License-Identifier: MIT */
#include "e2e/screen.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/process.h"
#include "support.h"

static void child_run(const char *terminal, const char *const argv[])
{
	int fd;

	/* Not in our session: then the first terminal that it opens is its own, with Ctrl-C. */
	alarm(60);
	setsid();
	fd = open(terminal, O_RDWR);
	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	close(fd);
	/* It has no colours, so that bars are letters. */
	setenv("TERM", "vt100", 1);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

void screen_start(struct screen *screen, const char *const argv[])
{
	char name[64];

	memset(screen, 0, sizeof(*screen));
	screen->size = (struct winsize){.ws_row = 24, .ws_col = 80};
	screen->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(screen->fd >= 0);
	assert_int_equal(grantpt(screen->fd), 0);
	assert_int_equal(unlockpt(screen->fd), 0);
	assert_int_equal(ptsname_r(screen->fd, name, sizeof(name)), 0);
	assert_int_equal(ioctl(screen->fd, TIOCSWINSZ, &screen->size), 0);
	fflush(NULL);
	screen->pid = fork();
	assert_true(screen->pid >= 0);
	if (screen->pid == 0)
		child_run(name, argv);
}

void screen_resize(struct screen *screen, unsigned short columns)
{
	screen->size.ws_row = screen->size.ws_row == 24 ? 25 : 24;
	screen->size.ws_col = columns;
	screen->n = 0;
	assert_int_equal(ioctl(screen->fd, TIOCSWINSZ, &screen->size), 0);
}

bool screen_read(struct screen *screen, int wait_ms)
{
	struct pollfd pollfd = {.fd = screen->fd, .events = POLLIN};
	ssize_t n;

	if (poll(&pollfd, 1, wait_ms) == 0)
		return true;
	n = read(screen->fd, screen->text + screen->n, sizeof(screen->text) - 1 - screen->n);
	if (n <= 0)
		return false;
	screen->n += (size_t)n;
	return true;
}

void screen_expect(struct screen *screen, const char *text)
{
	int64_t until_ms = clock_ms() + 20000;

	while (clock_ms() < until_ms) {
		int64_t again_ms = clock_ms() + 500;

		screen_resize(screen, screen->size.ws_col);
		while (clock_ms() < again_ms) {
			assert_true(screen_read(screen, 100));
			if (memmem(screen->text, screen->n, text, strlen(text)))
				return;
		}
	}
	fail_msg("'%s' does not come; the screen is %.*s", text, (int)screen->n, screen->text);
}

int screen_end(struct screen *screen)
{
	int status;

	screen->n = 0;
	while (screen_read(screen, 20000))
		;
	assert_int_equal(waitpid(screen->pid, &status, 0), screen->pid);
	close(screen->fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
