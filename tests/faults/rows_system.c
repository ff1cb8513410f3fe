/* SPDX-License-Identifier: MIT */
/* The machine around the daemon: log, bus, time, memory, descriptors, disk. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/bus.h"
#include "faults/matrix.h"

/* Whatever is wrong with these, a meter that falls silent must be answered in time. */
#define LOST	   .kind = "silent", .fault = "meter-lost", .within_ms = LOST_MS
#define JOURNAL	   .group = "The journal", .on_edge = true, .prepare = journal_prepare
#define BUS	   .group = "The system bus"
#define TIME	   .group = "Time"
#define STARVED_MS (1000 + LOOK_MS) /* a second without descriptors, seen at the next look */
#define MACHINE	   .group = "The machine"

/* ---- the journal ---- */

static void journal_prepare(struct trial *trial)
{
	trial->edge->journal = 0;
}

static void journal_full(struct trial *trial)
{
	trial->edge->journal = EAGAIN;
}

static void journal_gone(struct trial *trial)
{
	trial->edge->journal = ECONNREFUSED;
}

static void journal_works(struct trial *trial)
{
	trial->edge->journal = 0;
}

/* ---- the bus ---- */

static void bus_prepare(struct trial *trial)
{
	bus_start_open(trial->house);
}

static void bus_hangs(struct trial *trial)
{
	bus_signal(trial->house, SIGSTOP);
}

static void bus_goes_on(struct trial *trial)
{
	bus_signal(trial->house, SIGCONT);
}

static void bus_ends(struct trial *trial)
{
	bus_end(trial->house);
}

static void bus_comes(struct trial *trial)
{
	bus_start_open(trial->house);
}

static void bus_missing(struct trial *trial)
{
	bus_address(trial->house);
}

/* ---- time ---- */

/* What is measured is the time from when it can run again. */
static void stop_for(struct trial *trial, int64_t for_ms)
{
	house_signal(trial->house, SIGSTOP);
	house_quiet(trial->house, for_ms);
	trial->began_ms = house_signal(trial->house, SIGCONT);
}

static void stopped_10_s(struct trial *trial)
{
	stop_for(trial, 10000);
}

static void stopped_10_s_overloaded(struct trial *trial)
{
	house_signal(trial->house, SIGSTOP);
	house_say(trial->house, "currents 40,40,40");
	house_quiet(trial->house, 10000);
	trial->began_ms = house_signal(trial->house, SIGCONT);
}

static void overload_over(struct trial *trial)
{
	house_say(trial->house, "currents 12.5,12.5,12.5");
}

static void stopped_a_moment(struct trial *trial)
{
	stop_for(trial, 300);
}

static void asleep_for_an_hour(struct trial *trial)
{
	trial->edge->suspended_ms += 3600 * 1000;
}

static void set_the_clock(struct trial *trial)
{
	trial->edge->set_by_days = -365;
	house_quiet(trial->house, 500);
	trial->edge->set_by_days = 365;
}

static void debugged_for_10_s(struct trial *trial)
{
	pid_t pid = house_daemon_pid(trial->house);

	house_check(trial->house, ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0);
	house_check(trial->house, ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0);
	house_check(trial->house, waitpid(pid, NULL, 0) == pid);
	house_quiet(trial->house, 10000);
	trial->began_ms = clock_ms();
	house_check(trial->house, ptrace(PTRACE_DETACH, pid, NULL, NULL) == 0);
}

/* ---- memory, disk and descriptors ---- */

static void no_memory(struct trial *trial)
{
	trial->edge->allocation_fails = -1;
}

static void memory_again(struct trial *trial)
{
	trial->edge->allocation_fails = 0;
}

/* Each file of the runtime directory is written under a name of its own first. */
static void disk_full(struct trial *trial)
{
	static const char *const names[] = {
		"run/.decision.new", "run/.poweroptd.conf.new", "run/.caps.new"};

	house_check(trial->house, mkdir(house_path(trial->house, "run"), 0700) == 0);
	for (int i = 0; i < 3; i++)
		house_check(trial->house,
			symlink("/dev/full", house_path(trial->house, names[i])) == 0);
	setenv("RUNTIME_DIRECTORY", house_path(trial->house, "run"), 1);
}

static void files_limit(struct trial *trial, rlim_t most)
{
	struct rlimit limit = {most, 4096};

	house_check(trial->house,
		prlimit(house_daemon_pid(trial->house), RLIMIT_NOFILE, &limit, NULL) == 0);
}

static void no_more_files(struct trial *trial)
{
	files_limit(trial, 3);
	house_say(trial->house, "currents 20.5,12.5,12.5");
}

static void name_by_pattern(struct trial *trial)
{
	house_configure(trial->house, "[pwm]\nchip = %s\n", house_path(trial->house, "chi[p]"));
}

static void no_more_files_shortly(struct trial *trial)
{
	no_more_files(trial);
	house_quiet(trial->house, 500);
	files_limit(trial, 1024);
}

static void files_again(struct trial *trial)
{
	if (!trial->row->ends)
		files_limit(trial, 1024);
	house_say(trial->house, "currents 12.5,12.5,12.5");
}

/* ---- a start under want ---- */

enum start {
	STARTED,
	ENDED,
	LIBRARY_ABORTED,
	STARTS
};

/* The process before was killed while a car charged. */
static void leave_charging(struct trial *trial)
{
	house_write(trial->house, "chip/pwm0/duty_cycle", "121666\n");
	look_and_check(trial->house, clock_ms());
}

/*
 * It runs, or it ends with an error and a sentence, and then the service manager makes the charger safe:
 * nothing else. What it ends with by itself would not matter to the car.
 */
static enum start starts_or_says_why(
	struct trial *trial, const char *what, int number, struct outcome *outcome)
{
	struct house *house = trial->house;
	int64_t until_ms = clock_ms() + PATIENCE_MS, ended_ms;
	size_t from = house->daemon.lines.count;
	int status;

	while (house->daemon.out >= 0 && clock_ms() < until_ms &&
		!lines_find(&house->daemon.lines, from, "The car may draw") &&
		!lines_find(&house->daemon.lines, from, "Fault "))
		look_and_check(house, until_ms);
	if (house->daemon.out >= 0) {
		house_signal(house, SIGTERM);
		status = house_daemon_wait(house);
		if (status != 0 && status != 1)
			house_fail(house, "%s %d: it ran, and ended with %d", what, number, status);
		return STARTED;
	}
	status = house_daemon_wait(house);
	ended_ms = clock_ms();
	if (trial->edge)
		trial->edge->allocation_fails = 0;
	ended_ms = trial_after_the_end(trial) - ended_ms;
	if (ended_ms > outcome->safe_ms)
		outcome->safe_ms = ended_ms;
	/* The library for the bus has an assertion in its own way out of this. */
	if (status == -SIGABRT && lines_find(&house->daemon.lines, from, "at src/libsystemd/"))
		return LIBRARY_ABORTED;
	if (status != 1 && status != 78 && status != 127)
		house_fail(house, "%s %d: it ended with %d", what, number, status);
	if (house->daemon.lines.count == from)
		house_fail(house, "%s %d: it ended without a word", what, number);
	return ENDED;
}

/* Returns with a daemon that has not started yet. */
static void want_begin(struct trial *trial)
{
	/* A bus is a part of the start. */
	bus_start_open(trial->house);
	house_ceiling(trial->house, row_most_ma(trial->row));
}

/* The next start has what it needs. */
static void want_end(struct trial *trial, struct outcome *outcome)
{
	int64_t ended_ms = clock_ms();

	if (trial->edge)
		trial->edge->allocation_fails = 0;
	trial->house->chip->mark = trial->house->chip->count;
	house_daemon_start(trial->house);
	outcome->back_ms = expect_duty(trial->house, row_before_ma(trial->row)) - ended_ms;
	outcome->greatest_ma = greatest_ma(trial->house, 0, 0);
	house_check(trial->house, outcome->safe_ms <= trial->row->within_ms);
}

static void allocations_fail(struct trial *trial, struct outcome *outcome)
{
	struct house *house = trial->house;
	int most, times[STARTS] = {0};

	want_begin(trial);
	house_daemon_start(house);
	expect_log(house, "The car may draw");
	house_signal(house, SIGTERM);
	house_check(house, house_daemon_wait(house) == 0);
	most = trial->edge->allocations;
	if (most == 0) {
		snprintf(outcome->said, sizeof(outcome->said),
			"not tried: the sanitizers have an allocator of their own");
		return;
	}
	for (int i = 1; i <= most; i++) {
		trial->edge->allocations = 0;
		trial->edge->allocation_fails = i;
		leave_charging(trial);
		house_daemon_start(house);
		times[starts_or_says_why(trial, "allocation", i, outcome)]++;
	}
	want_end(trial, outcome);
	snprintf(outcome->said, sizeof(outcome->said),
		"%d allocations failed, one by one: %d times it ran all the same, %d times it ended "
		"with an error, %d times by an assertion of libsystemd",
		most, times[STARTED], times[ENDED], times[LIBRARY_ABORTED]);
}

static void descriptors_fail(struct trial *trial, struct outcome *outcome)
{
	int times[STARTS] = {0}, most = 24;

	want_begin(trial);
	for (int i = 3; i <= most; i++) {
		char wrapper[64];

		snprintf(wrapper, sizeof(wrapper), "/usr/bin/prlimit --nofile=%d:%d", i, i);
		setenv("TEST_DAEMON_WRAPPER", wrapper, 1);
		leave_charging(trial);
		house_daemon_start(trial->house);
		unsetenv("TEST_DAEMON_WRAPPER");
		times[starts_or_says_why(trial, "descriptors", i, outcome)]++;
	}
	want_end(trial, outcome);
	snprintf(outcome->said, sizeof(outcome->said),
		"with 3 to %d descriptors: %d times it ran, %d times it ended with an error", most,
		times[STARTED], times[ENDED]);
}

const struct fault_row system_rows[] = {
	{JOURNAL, .what = "takes no more, and the meter falls silent", .begin = journal_full,
		.end = journal_works, LOST, .sentence = "<3>Fault meter-lost: "},
	{JOURNAL, .what = "is gone, and the meter falls silent", .begin = journal_gone,
		.end = journal_works, LOST, .sentence = "<3>Fault meter-lost: "},
	{JOURNAL, .what = "takes no more", .begin = journal_full, .end = journal_works,
		.safe_ma = SAFE_SAME},
	{BUS, .what = "hangs, and the meter falls silent", .prepare = bus_prepare,
		.begin = bus_hangs, .end = bus_goes_on, LOST, .sentence = "Fault meter-lost: "},
	{BUS, .what = "ends, and the meter falls silent", .prepare = bus_prepare, .begin = bus_ends,
		.end = bus_comes, LOST, .sentence = "Fault meter-lost: "},
	{BUS, .what = "ends", .prepare = bus_prepare, .begin = bus_ends, .end = bus_comes,
		.safe_ma = SAFE_SAME, .sentence = "The system bus is gone",
		.over = "The system bus is there"},
	{BUS, .what = "is not there from the start", .prepare = bus_missing, .end = bus_comes,
		.safe_ma = SAFE_SAME, .sentence = "The system bus is not there",
		.over = "The system bus is there"},
	{TIME, .what = "in a debugger for 10 s", .begin = debugged_for_10_s,
		.fault = "loop-stalled", .within_ms = AT_ONCE_MS, .lasts_ms = 1,
		.sentence = "The daemon did not run for more than 800ms"},
	{TIME, .what = "stopped for 10 s", .begin = stopped_10_s, .fault = "loop-stalled",
		.within_ms = AT_ONCE_MS, .lasts_ms = 1, .safe_ma = 0,
		.sentence = "The daemon did not run for more than 800ms"},
	{TIME, .what = "stopped for 10 s, in which the house becomes overloaded",
		.begin = stopped_10_s_overloaded, .end = overload_over, .fault = "loop-stalled",
		.within_ms = AT_ONCE_MS, .sentence = "The daemon did not run for more than 800ms"},
	{TIME, .what = "stopped for 0.3 s, less than lost_after", .begin = stopped_a_moment,
		.safe_ma = SAFE_SAME},
	{TIME, .what = "asleep for an hour (suspend)", .on_edge = true, .begin = asleep_for_an_hour,
		.fault = "loop-stalled", .within_ms = AT_ONCE_MS, .lasts_ms = 1,
		.sentence = "The daemon did not run for more than 800ms"},
	{TIME, .what = "the clock of the day is set back by a year, then on by two",
		.on_edge = true, .begin = set_the_clock, .safe_ma = SAFE_SAME},
	{MACHINE, .what = "disk full: the runtime directory takes nothing", .prepare = disk_full,
		.safe_ma = SAFE_SAME},
	{MACHINE, .what = "disk full, and the meter falls silent", .prepare = disk_full, LOST,
		.sentence = "Fault meter-lost: "},
	{MACHINE, .what = "no memory while it runs", .on_edge = true, .prepare = bus_prepare,
		.begin = no_memory, .end = memory_again, .safe_ma = SAFE_SAME},
	{MACHINE, .what = "no memory while it runs, and the meter falls silent", .on_edge = true,
		.prepare = bus_prepare, .begin = no_memory, .end = memory_again, LOST,
		.sentence = "Fault meter-lost: "},
	{MACHINE, .what = "no descriptor is left while it runs: it ends", .begin = no_more_files,
		.end = files_again, .ends = true, .fault = "output-failed", .within_ms = STARVED_MS,
		.sentence = "There is no descriptor left"},
	{MACHINE, .what = "the same, and the chip is named by a pattern",
		.prepare = name_by_pattern, .begin = no_more_files, .end = files_again,
		.ends = true, .fault = "output-failed", .within_ms = STARVED_MS,
		.sentence = "There is no descriptor left"},
	{MACHINE, .what = "no descriptor is left for 0.5 s", .begin = no_more_files_shortly,
		.end = files_again, .fault = "output-failed", .within_ms = 500 + LOOK_MS,
		.sentence = "Too many open files"},
	{MACHINE, .what = "too few descriptors at the start", .run = descriptors_fail,
		.within_ms = LOOK_MS},
	{MACHINE, .what = "no memory at the start", .on_edge = true, .run = allocations_fail,
		.within_ms = LOOK_MS},
};

const size_t system_rows_count = sizeof(system_rows) / sizeof(system_rows[0]);
