/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "e2e/harness_private.h"

#define ARGS_MAX 24

/* ---- the machine ---- */

/* The second number of /proc/PID/schedstat (the kernel's Documentation/scheduler/sched-stats.rst). */
static int64_t waited_ms(pid_t pid)
{
	char path[64];
	int64_t ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	file = pid > 0 ? fopen(path, "re") : NULL;
	if (!file)
		return 0;
	if (fscanf(file, "%*d %" SCNd64, &ns) != 1)
		ns = 0;
	fclose(file);
	return ns / 1000000;
}

static int64_t all_waited_ms(const struct house *house)
{
	return waited_ms(house->daemon.pid) + waited_ms(house->meter.pid) +
	       waited_ms(house->bus.pid) + waited_ms(getpid());
}

void waits_note(struct house *house)
{
	int i = house->wait_count++ % WAITS;

	house->waits[i].waited_ms = all_waited_ms(house);
	house->waits[i].at_ms = clock_ms();
}

int64_t house_machine_ms(struct house *house, int64_t since_ms)
{
	int64_t now_ms = all_waited_ms(house), before_ms = now_ms;

	/* From the last note before it on. */
	for (int i = house->wait_count - 1; i >= 0 && i >= house->wait_count - WAITS; i--) {
		before_ms = house->waits[i % WAITS].waited_ms;
		if (house->waits[i % WAITS].at_ms <= since_ms)
			break;
	}
	return now_ms > before_ms ? now_ms - before_ms : 0;
}

/* ---- the meter ---- */

static void args_collect(const char *argv[ARGS_MAX], int count, va_list args)
{
	do {
		argv[count] = va_arg(args, const char *);
	} while (argv[count] && ++count < ARGS_MAX - 1);
	argv[count] = NULL;
}

void house_meter_start(struct house *house, ...)
{
	const char *argv[ARGS_MAX] = {TEST_BUILDDIR "/poweroptsim", "meter"};
	char link[PATH_BYTES + 16];
	va_list args;

	snprintf(link, sizeof(link), "--link=%s", house_path(house, "meter"));
	argv[2] = link;
	va_start(args, house);
	args_collect(argv, 3, args);
	va_end(args);
	process_end(&house->meter);
	house_check(house, process_start(&house->meter, argv, NULL, true) == 0);
	expect_line(house, &house->meter, &house->meter.lines, "/dev/");
}

struct moment house_say(struct house *house, const char *format, ...)
{
	struct lines *lines = &house->meter.lines;
	struct moment moment = {.sent_ms = clock_ms()};
	char command[128];
	int n;
	va_list args;

	va_start(args, format);
	n = vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	waits_note(house);
	lines->mark = lines->count;
	house_check(house, dprintf(house->meter.in, "%s\n", command) == n + 1);
	moment.done_ms = expect_line(house, &house->meter, lines, "");
	/* The line may come and go in between, which it says by itself. */
	while (strcmp(lines->list[lines->mark - 1].text, "ok") != 0) {
		if (strncmp(lines->list[lines->mark - 1].text, "error", 5) == 0)
			house_fail(house, "the simulator does not take '%s'", command);
		moment.done_ms = expect_line(house, &house->meter, lines, "");
	}
	return moment;
}

/* ---- the daemon ---- */

/* TEST_DAEMON_WRAPPER="/usr/bin/valgrind --quiet" runs it under another program. */
static int wrapper_collect(struct house *house, const char *argv[ARGS_MAX], char *buf, size_t size)
{
	const char *wrapper = getenv("TEST_DAEMON_WRAPPER");
	char *save, *word;
	int count = 0;

	snprintf(buf, size, "%s", wrapper ? wrapper : "");
	for (word = strtok_r(buf, " ", &save); word && count < ARGS_MAX / 2;
		word = strtok_r(NULL, " ", &save))
		argv[count++] = word;
	argv[count++] = house->program;
	return count;
}

void house_daemon_start(struct house *house)
{
	const char *argv[ARGS_MAX];
	char wrapper[512], config[PATH_BYTES + 16];
	int count = wrapper_collect(house, argv, wrapper, sizeof(wrapper));

	snprintf(config, sizeof(config), "--config=%s", house_path(house, "poweroptd.conf"));
	argv[count++] = config;
	argv[count] = NULL;
	house_check(house, house->daemon.pid <= 0);
	if (house->daemon.out >= 0)
		(void)close(house->daemon.out);
	house_check(house,
		process_start(&house->daemon, argv, house_path(house, "stdout"), false) == 0);
}

void house_program(struct house *house, const char *program)
{
	house->program = program;
}

void house_start(struct house *house, const char *currents)
{
	char option[64];

	snprintf(option, sizeof(option), "--currents=%s", currents);
	house_meter_start(house, option, NULL);
	house_daemon_start(house);
}

int64_t house_signal(struct house *house, int signal_number)
{
	int64_t now_ms = clock_ms();

	waits_note(house);
	house_check(house, house->daemon.pid > 0);
	house_check(house, kill(house->daemon.pid, signal_number) == 0);
	return now_ms;
}

int house_daemon_wait(struct house *house)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	int status;

	/* Its stderr ends with it. */
	while (house->daemon.out >= 0 && clock_ms() < until_ms)
		look_and_check(house, until_ms);
	while ((status = process_reap(&house->daemon)) == PROCESS_RUNS)
		if (clock_ms() >= until_ms)
			house_fail(house, "the daemon does not end");
	look_and_check(house, clock_ms());
	return status;
}

int house_run(struct house *house, ...)
{
	const char *argv[ARGS_MAX];
	char wrapper[512];
	int count = wrapper_collect(house, argv, wrapper, sizeof(wrapper));
	va_list args;

	va_start(args, house);
	args_collect(argv, count, args);
	va_end(args);
	house_check(house,
		process_start(&house->daemon, argv, house_path(house, "stdout"), false) == 0);
	return house_daemon_wait(house);
}

pid_t house_daemon_pid(const struct house *house)
{
	return house->daemon.pid;
}

struct counters house_counters(struct house *house)
{
	struct lines *lines = &house->daemon.lines;
	struct counters n = {0};

	lines->mark = lines->count;
	house_signal(house, SIGUSR1);
	expect_log(house, "Status: requests");
	house_check(house,
		sscanf(strstr(lines->list[lines->mark - 1].text, "requests"),
			"requests ok %llu timeout %llu crc %llu exception %llu implausible %llu",
			&n.ok, &n.timeout, &n.crc, &n.exception, &n.implausible) == 5);
	return n;
}

long house_private_kb(struct house *house)
{
	char path[64], line[256];
	long kb = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)house_daemon_pid(house));
	file = fopen(path, "re");
	house_check(house, file);
	while (fgets(line, sizeof(line), file))
		(void)sscanf(line, "Private_Dirty: %ld kB", &kb);
	fclose(file);
	house_check(house, kb > 0);
	return kb;
}

int house_descriptors(struct house *house)
{
	char path[64];
	int count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)house_daemon_pid(house));
	dir = opendir(path);
	house_check(house, dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2; /* . and .. */
}

void expect_status(struct house *house, const char *text)
{
	struct lines *lines = &house->daemon.lines;
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	size_t from;

	do {
		if (clock_ms() >= until_ms)
			house_fail(house, "the status never says '%s'", text);
		house_quiet(house, 50);
		from = lines->mark = lines->count;
		house_signal(house, SIGUSR1);
		expect_log(house, "Status: output");
	} while (!lines_find(lines, from, text));
}

int64_t house_reading_ms(struct house *house)
{
	struct lines *lines = &house->daemon.lines;
	int64_t asked_ms, age_ms;

	lines->mark = lines->count;
	asked_ms = house_signal(house, SIGUSR1);
	expect_log(house, "Status: currents");
	house_check(house, sscanf(strstr(lines->list[lines->mark - 1].text, "read "),
				   "read %" SCNd64, &age_ms) == 1);
	expect_log(house, "Status: output");
	return asked_ms - age_ms;
}
