/* SPDX-License-Identifier: MIT */
/*
 * poweroptctl with a daemon that says what the test wants: a private bus in a directory of its own,
 * fake_optimizer on it, and the program's two outputs.
 */
#ifndef POWEROPT_TESTS_E2E_CTL_RIG_H
#define POWEROPT_TESTS_E2E_CTL_RIG_H

#include "e2e/process.h"
#include "support.h"

#define CTL_PROGRAM TEST_BUILDDIR "/poweroptctl"

struct ctl_rig {
	char directory[64];
	struct process bus;
	struct process daemon; /* the fake one */
};

/* How a run of poweroptctl ended. */
struct ctl_result {
	int status; /* exit status, or -SIGNAL */
	char out[16384], err[4096];
};

/* ctl_rig_setup(), ctl_rig_teardown() - of a cmocka test; the state is the rig, with a bus. */
int ctl_rig_setup(void **state);
int ctl_rig_teardown(void **state);

/* ctl_bus_start() - a bus again, where that of the setup has ended. */
void ctl_bus_start(struct ctl_rig *rig);

/* ctl_need_bus() - skip the test where there is no dbus-daemon. */
void ctl_need_bus(const struct ctl_rig *rig);

/* ctl_daemon_start() - the name is owned when this returns. No properties yet. */
void ctl_daemon_start(struct ctl_rig *rig);

/* ctl_daemon_stop() - kill it. */
void ctl_daemon_stop(struct ctl_rig *rig);

/* ctl_tell() - a command of fake_optimizer; it is carried out when this returns. */
void ctl_tell(struct ctl_rig *rig, const char *command);

/* ctl_tell_usual() - all properties of a three-phase house of 25 A where L2 holds the car back. */
void ctl_tell_usual(struct ctl_rig *rig);

/* ctl_called() - whether the fake daemon was called so since the last time it was asked for. */
bool ctl_called(struct ctl_rig *rig, const char *call);

/* ctl_run() - run poweroptctl with arguments between spaces; fails the test after 20 s. */
void ctl_run(const char *arguments, struct ctl_result *ret);

/* ctl_run_into() - the same with its stdout in a file. */
void ctl_run_into(const char *arguments, const char *path, struct ctl_result *ret);

/* ctl_wait_line() - the first line from now on with this text; fails the test after 20 s. */
const char *ctl_wait_line(struct process *process, const char *text);

#endif
