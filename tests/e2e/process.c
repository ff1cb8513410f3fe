/* SPDX-License-Identifier: MIT */
#include "e2e/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- lines ---- */

static void line_add(struct lines *lines, const char *text)
{
	struct line *list = realloc(lines->list, (lines->count + 1) * sizeof(*list));

	if (!list)
		abort();
	lines->list = list;
	list[lines->count].at_ms = clock_ms();
	list[lines->count].text = strdup(text);
	if (!list[lines->count].text)
		abort();
	lines->count++;
}

void lines_add(struct lines *lines, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != '\n')
			lines->part[lines->part_n++] = bytes[i];
		if (bytes[i] != '\n' && lines->part_n < sizeof(lines->part) - 1)
			continue;
		lines->part[lines->part_n] = '\0';
		lines->part_n = 0;
		line_add(lines, lines->part);
	}
}

const struct line *lines_find(const struct lines *lines, size_t from, const char *text)
{
	for (size_t i = from; i < lines->count; i++)
		if (strstr(lines->list[i].text, text))
			return &lines->list[i];
	return NULL;
}

void lines_free(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->list[i].text);
	free(lines->list);
	memset(lines, 0, sizeof(*lines));
}

/* ---- processes ---- */

static void child_run(const char *const argv[], int in, int out, int err, pid_t parent)
{
	sigset_t none;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(126);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
		dup2(err, STDERR_FILENO) < 0)
		_exit(126);
	execv(argv[0], (char *const *)argv);
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int process_start(
	struct process *process, const char *const argv[], const char *stdout_path, bool has_stdin)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, file = -1;
	pid_t parent = getpid();

	process->in = process->out = -1;
	if (has_stdin && pipe2(in, O_CLOEXEC) < 0)
		return -errno;
	if (!has_stdin)
		in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	if (stdout_path)
		file = open(stdout_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fflush(NULL);
	process->pid = fork();
	if (process->pid == 0)
		child_run(argv, in[0], file >= 0 ? file : out[1], out[1], parent);
	close(in[0]);
	close(out[1]);
	if (file >= 0)
		close(file);
	if (process->pid < 0)
		return -errno;
	process->in = in[1];
	process->out = out[0];
	(void)fcntl(process->out, F_SETFL, O_NONBLOCK);
	return 0;
}

bool process_read(struct process *process)
{
	char bytes[4096];
	ssize_t n;

	if (process->out < 0)
		return false;
	while ((n = read(process->out, bytes, sizeof(bytes))) > 0)
		lines_add(&process->lines, bytes, (size_t)n);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	close(process->out);
	process->out = -1;
	return false;
}

int process_reap(struct process *process)
{
	int status;

	if (process->pid <= 0 || waitpid(process->pid, &status, WNOHANG) != process->pid)
		return PROCESS_RUNS;
	process->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void process_end(struct process *process)
{
	if (process->pid > 0) {
		kill(process->pid, SIGKILL);
		(void)waitpid(process->pid, NULL, 0);
	}
	process->pid = 0;
	if (process->in >= 0)
		close(process->in);
	if (process->out >= 0)
		close(process->out);
	process->in = process->out = -1;
	lines_free(&process->lines);
}
