/* SPDX-License-Identifier: MIT */
/*
 * A `poweroptsim meter` as a child of a test: started, told what to do over its stdin, stopped.
 */
#ifndef POWEROPT_TESTS_SIM_PROCESS_H
#define POWEROPT_TESTS_SIM_PROCESS_H

#include "support.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIM_PROGRAM	TEST_BUILDDIR "/poweroptsim"
#define SIM_DEADLINE_MS 10000
#define SIM_ARGS_MAX	16

struct sim_process {
	pid_t pid;
	int in;		/* to its stdin, -1 when closed */
	int out;	/* from its stdout */
	char path[128]; /* its first line */
};

/* The next line from a descriptor without its newline; fails the test at the deadline or EOF. */
static inline void sim_line(int fd, char *ret, size_t size)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	size_t n = 0;

	for (;;) {
		assert_int_equal(poll(&pollfd, 1, SIM_DEADLINE_MS), 1);
		assert_int_equal(read(fd, ret + n, 1), 1);
		if (ret[n] == '\n')
			break;
		assert_true(++n < size);
	}
	ret[n] = '\0';
}

/* Starts `poweroptsim ARGS...`, with NULL at the end; err: where its stderr goes, -1: here. */
static inline struct sim_process sim_spawn(const char *const *args, int err)
{
	struct sim_process sim = {0};
	posix_spawn_file_actions_t actions;
	char *argv[SIM_ARGS_MAX] = {(char *)(uintptr_t)SIM_PROGRAM};
	int in[2], out[2];

	for (int i = 0; args[i]; i++)
		argv[i + 1] = (char *)(uintptr_t)args[i];
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	if (err >= 0)
		posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
	assert_int_equal(posix_spawn(&sim.pid, SIM_PROGRAM, &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	sim.in = in[1];
	sim.out = out[0];
	return sim;
}

/* Starts a meter and reads its path. */
static inline struct sim_process sim_start(const char *const *args)
{
	struct sim_process sim = sim_spawn(args, -1);

	sim_line(sim.out, sim.path, sizeof(sim.path));
	return sim;
}

/* Sends a command and returns when it was carried out. */
static inline void sim_tell(struct sim_process *sim, const char *command, const char *answer)
{
	char line[512];

	assert_int_equal(write(sim->in, command, strlen(command)), strlen(command));
	assert_int_equal(write(sim->in, "\n", 1), 1);
	sim_line(sim->out, line, sizeof(line));
	assert_memory_equal(line, answer, strlen(answer));
}

/* Waits for its end; returns the wait status. */
static inline int sim_wait(struct sim_process *sim)
{
	int status;

	assert_int_equal(waitpid(sim->pid, &status, 0), sim->pid);
	if (sim->in >= 0)
		close(sim->in);
	close(sim->out);
	return status;
}

/* Ends it as systemd would, and sees it end well. */
static inline void sim_stop(struct sim_process *sim)
{
	int status;

	assert_int_equal(kill(sim->pid, SIGTERM), 0);
	status = sim_wait(sim);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#endif
