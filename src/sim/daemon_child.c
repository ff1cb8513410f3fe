/* SPDX-License-Identifier: MIT */
#include "sim/daemon_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

struct daemon_child {
	struct daemon_callbacks callbacks;
	pid_t pid; /* 0: does not run */
	int log, notify;
	sd_event_source *log_source, *notify_source, *child_source;
	char line[LINE_MAX_BYTES];
	size_t line_n;
};

const char *daemon_child_find(char *buf, size_t size)
{
	static const char *const places[] = {"poweroptd", "../sbin/poweroptd"};
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n > 0) {
		self[n] = '\0';
		slash = strrchr(self, '/');
		for (size_t i = 0; slash && i < sizeof(places) / sizeof(places[0]); i++) {
			slash[1] = '\0';
			if (snprintf(buf, size, "%s%s", self, places[i]) < (int)size &&
				access(buf, X_OK) == 0)
				return buf;
		}
	}
	return "poweroptd";
}

static void lines_pass(struct daemon_child *child)
{
	char *end;

	while ((end = memchr(child->line, '\n', child->line_n))) {
		size_t n = (size_t)(end - child->line) + 1;

		*end = '\0';
		child->callbacks.line(child->callbacks.userdata, child->line);
		child->line_n -= n;
		memmove(child->line, child->line + n, child->line_n);
	}
	if (child->line_n == sizeof(child->line) - 1) { /* no line is that long */
		child->line[child->line_n] = '\0';
		child->callbacks.line(child->callbacks.userdata, child->line);
		child->line_n = 0;
	}
}

/* Returns false if there is nothing more. */
static bool log_take(struct daemon_child *child)
{
	ssize_t n = read(
		child->log, child->line + child->line_n, sizeof(child->line) - 1 - child->line_n);

	if (n <= 0)
		return false;
	child->line_n += (size_t)n;
	lines_pass(child);
	return true;
}

static int on_log(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	(void)fd;
	if (!log_take(userdata) && (revents & (EPOLLHUP | EPOLLERR)))
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

static int on_notify(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct daemon_child *child = userdata;
	char message[4096], *line, *rest = message;
	ssize_t n = recv(fd, message, sizeof(message) - 1, MSG_DONTWAIT);

	(void)source;
	(void)revents;
	if (n <= 0)
		return 0;
	message[n] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "STATUS=", 7) == 0)
			child->callbacks.status(child->callbacks.userdata, line + 7);
	}
	return 0;
}

static int on_exited(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct daemon_child *child = userdata;
	bool killed = info->si_code != CLD_EXITED;

	(void)source;
	child->pid = 0;
	while (log_take(child))
		;
	child->callbacks.exited(child->callbacks.userdata, killed ? -1 : info->si_status,
		killed ? info->si_status : 0);
	return 0;
}

/* An abstract address: no file to clean up, and no limit on the directory's path. */
static int notify_open(struct daemon_child *child)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[32];
	int n = snprintf(name, sizeof(name), "@poweroptsim-%d", (int)getpid());

	/* The environment's "@" stands for the zero that an abstract address begins with. */
	memcpy(address.sun_path + 1, name + 1, (size_t)n - 1);
	child->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (child->notify < 0)
		return -errno;
	if (bind(child->notify, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)) < 0)
		return -errno;
	return setenv("NOTIFY_SOCKET", name, 1) < 0 ? -errno : 0;
}

static int spawn(struct daemon_child *child, const char *path, const char *config, int log)
{
	char option[4096 + 16];
	char *argv[] = {(char *)(uintptr_t)path, option, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int r;

	if (snprintf(option, sizeof(option), "--config=%s", config) >= (int)sizeof(option))
		return -ENAMETOOLONG;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, log, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO);
	posix_spawnattr_setflags(&attributes,
		POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	r = -posix_spawnp(&child->pid, path, &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (r < 0)
		child->pid = 0;
	return r;
}

static int start(struct daemon_child *child, sd_event *event, const char *path, const char *config)
{
	int pipe_fds[2], r;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	child->log = pipe_fds[0];
	r = fcntl(child->log, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
	if (r >= 0)
		r = spawn(child, path, config, pipe_fds[1]);
	close(pipe_fds[1]);
	if (r >= 0)
		r = sd_event_add_io(event, &child->log_source, child->log, EPOLLIN, on_log, child);
	if (r >= 0)
		r = sd_event_add_io(
			event, &child->notify_source, child->notify, EPOLLIN, on_notify, child);
	if (r >= 0)
		r = sd_event_add_child(
			event, &child->child_source, child->pid, WEXITED, on_exited, child);
	return r;
}

int daemon_child_start(struct daemon_child **ret, sd_event *event, const char *path,
	const char *config, const char *runtime, const struct daemon_callbacks *callbacks)
{
	struct daemon_child *child = calloc(1, sizeof(*child));
	int r;

	if (!child)
		return -ENOMEM;
	child->log = child->notify = -1;
	child->callbacks = *callbacks;

	/* Of our environment too, where nothing reads them. Not the journal: the log is for us. */
	unsetenv("JOURNAL_STREAM");
	unsetenv("INVOCATION_ID");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	/* It is not the system's; whoever wants it on a bus names one. */
	(void)setenv("DBUS_SYSTEM_BUS_ADDRESS", "", 0);
	r = setenv("RUNTIME_DIRECTORY", runtime, 1) < 0 ? -errno : 0;
	if (r >= 0)
		r = notify_open(child);
	if (r >= 0)
		r = start(child, event, path, config);
	if (r < 0) {
		daemon_child_free(child);
		return r;
	}
	*ret = child;
	return 0;
}

void daemon_child_signal(struct daemon_child *child, int signal)
{
	if (child->pid > 0)
		(void)kill(child->pid, signal);
}

struct daemon_child *daemon_child_free(struct daemon_child *child)
{
	if (!child)
		return NULL;
	sd_event_source_unref(child->child_source);
	if (child->pid > 0) {
		(void)kill(child->pid, SIGKILL);
		(void)waitpid(child->pid, NULL, 0);
	}
	sd_event_source_unref(child->notify_source);
	sd_event_source_unref(child->log_source);
	if (child->notify >= 0)
		close(child->notify);
	if (child->log >= 0)
		close(child->log);
	free(child);
	return NULL;
}
