/* SPDX-License-Identifier: MIT */
/*
 * A house for one test: the real daemon, the real simulator of the meter on a pty, and a PWM chip
 * that is a directory of plain files, all in a temporary directory.
 *
 * Nothing sleeps: expect_...() waits for pipes, sockets and inotify. A deadline bounds a failure
 * only, so it is generous. Whoever fails prints everything that was logged.
 *
 * Whatever a test is about, every duty cycle that is seen on any chip is checked against
 * house_ceiling(): no duty may ever stand for more.
 */
#ifndef POWEROPT_TESTS_E2E_HARNESS_H
#define POWEROPT_TESTS_E2E_HARNESS_H

#include "e2e/process.h"
#include "support.h"

/* The most that is waited for anything. Machines are slow, and slower under sanitizers. */
#define PATIENCE_MS 20000

/*
 * How late a thing may be that is to happen at a time, or at once: scheduling of three processes. What
 * a busy machine keeps them waiting for a processor is added by house_check_within().
 */
#define PROMPT_MS 400

/* What the test's configuration says, unless a test says otherwise. */
#define HOUSE_LIMIT_MA	 20000
#define HOUSE_CEILING_MA 16000 /* max_current; the limit less the margin is 19,800 */
#define HOUSE_PERIOD_NS	 INT64_C(1000000)
#define HOUSE_LOST_MS	 800
#define HOUSE_RECOVER_MS 200
#define HOUSE_RAISE_MS	 200
#define HOUSE_SETTLE_MS	 100
#define HOUSE_PAUSED	 0 /* expect_duty(): 100 %, a pilot without PWM */
#define HOUSE_CHIPS_MAX	 2
#define HOUSE_ATTRIBUTES 4

struct house;

/* When something was said to the simulator: it counts from somewhere in between. */
struct moment {
	int64_t sent_ms;
	int64_t done_ms;
};

struct counters {
	unsigned long long ok, timeout, crc, exception, implausible;
};

/* house_setup(), house_teardown() - for cmocka; the state is a struct house *. The teardown fails if
 * the daemon does not end with status 0 on SIGTERM, which includes what sanitizers find. */
int house_setup(void **state);
int house_teardown(void **state);

struct house *house_new(void);
int house_free(struct house *house);

/* house_fail() - print everything and fail the test. */
void house_fail(struct house *house, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

#define house_check(house, condition)                                                              \
	do {                                                                                       \
		if (!(condition))                                                                  \
			house_fail(house, "%s:%d: %s", __FILE__, __LINE__, #condition);            \
	} while (0)

/* house_machine_ms() - how long the house's programs and the test were ready to run, and did not, since. */
int64_t house_machine_ms(struct house *house, int64_t since_ms);

/* house_check_within() - what @at_ms waits for came at most so long after @since_ms. */
#define house_check_within(house, at_ms, since_ms, within_ms)                                      \
	do {                                                                                       \
		int64_t came_ms = (at_ms);                                                         \
		int64_t machine_ms = house_machine_ms(house, since_ms);                            \
                                                                                                   \
		if (came_ms > (since_ms) + (within_ms) + machine_ms)                               \
			house_fail(house,                                                          \
				"%s:%d: %s came %d ms late, %d of which are the machine's",        \
				__FILE__, __LINE__, #at_ms, (int)(came_ms - (since_ms)),           \
				(int)machine_ms);                                                  \
	} while (0)

/* house_path() - a path in the house's directory; one of the last eight results. */
const char *house_path(struct house *house, const char *name);

/* house_write() - make a file in the house's directory. */
void house_write(struct house *house, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* house_configure() - the drop-in that stands behind the test's base configuration. */
void house_configure(struct house *house, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* house_ceiling() - what no duty may exceed from now on. */
void house_ceiling(struct house *house, int32_t ceiling_ma);

/* house_chip_new() - make a chip directory and watch it; all expect_duty() are about this one. */
void house_chip_new(struct house *house, const char *name);

/* house_chip_select() - all expect_duty() are about the chip of this number, from 0 in order. */
void house_chip_select(struct house *house, int number);

/* house_writes() - how often an attribute of the chip was written by anybody. */
int house_writes(struct house *house, const char *attribute);

/* ---- the meter ---- */

/* house_meter_start() - the simulator with these arguments, the last one NULL. */
void house_meter_start(struct house *house, ...) __attribute__((sentinel));

/* house_say() - a command to the simulator, which must answer ok. */
struct moment house_say(struct house *house, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* house_car() - from now on a car draws on all phases what the chip of number 0 allows. */
void house_car(struct house *house);

/* ---- the daemon ---- */

/* house_daemon_start() - the daemon on the house's configuration. */
void house_daemon_start(struct house *house);

/* house_program() - another program than poweroptd; kept by reference. */
void house_program(struct house *house, const char *program);

/* house_start() - meter with these currents, and daemon. */
void house_start(struct house *house, const char *currents);

/* house_signal() - send a signal to the daemon. Returns when. */
int64_t house_signal(struct house *house, int signal_number);

/* house_daemon_wait() - its end. Returns the exit status, or -SIGNAL. */
int house_daemon_wait(struct house *house);

/* house_run() - the daemon's program with these arguments until its end; what it says on stderr is
 * logged, what it says on stdout is in the file "stdout". Returns the exit status. */
int house_run(struct house *house, ...) __attribute__((sentinel));

pid_t house_daemon_pid(const struct house *house);

/* house_private_kb() - the daemon's private memory: Private_Dirty of everything that it has mapped. */
long house_private_kb(struct house *house);

/* house_descriptors() - how many files the daemon has open. */
int house_descriptors(struct house *house);

/* house_counters() - asks the daemon for its status. */
struct counters house_counters(struct house *house);

/* expect_status() - ask the daemon for its status until a line of it contains a text. */
void expect_status(struct house *house, const char *text);

/* house_reading_ms() - the earliest time at which the last reading can have been made. */
int64_t house_reading_ms(struct house *house);

/* ---- what is to happen ---- */

/* expect_log() - a line that contains a text, after the last one that was expected. */
int64_t expect_log(struct house *house, const char *text);

/* expect_logged() - such a line at any time, before or after what was expected already. */
void expect_logged(struct house *house, const char *text);

/* house_logged() - whether such a line was there at any time. */
bool house_logged(struct house *house, const char *text);

/* house_log_count() - how many lines the daemon logged so far. */
size_t house_log_count(struct house *house);

/* expect_duty() - the duty for a current, rounded down, after the last one that was expected. */
int64_t expect_duty(struct house *house, int32_t allowed_ma);

/* expect_steady() - the duty stands for a current now and for a while. */
void expect_steady(struct house *house, int32_t allowed_ma, int64_t for_ms);

/* house_quiet() - let the daemon run for a while, with all checks. */
void house_quiet(struct house *house, int64_t for_ms);

/* house_notify() - listen to what the daemon tells the service manager; before it starts. */
void house_notify(struct house *house);

/* expect_notify() - a message that contains a text, after the last one that was expected. */
int64_t expect_notify(struct house *house, const char *text);

#endif
