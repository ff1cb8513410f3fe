/* SPDX-License-Identifier: MIT */
/*
 * `poweroptctl watch`: lines of text into a pipe, bars on a terminal.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/ctl_rig.h"
#include "e2e/screen.h"

/* ---- into a pipe ---- */

static const char *const watch_argv[] = {CTL_PROGRAM, "watch", NULL};

static void watch_start(struct process *watch)
{
	assert_int_equal(process_start(watch, watch_argv, NULL, false), 0);
}

/* Ends it and returns its exit status. */
static int watch_stop(struct process *watch, int signal_number)
{
	int status;

	assert_int_equal(kill(watch->pid, signal_number), 0);
	assert_int_equal(waitpid(watch->pid, &status, 0), watch->pid);
	watch->pid = 0;
	process_end(watch);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* What is announced is told, once, whatever is only a figure in a sentence. */
static void without_a_terminal_each_change_is_a_line(void **state)
{
	struct process watch;
	const char *line;

	memset(&watch, 0, sizeof(watch));
	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	watch_start(&watch);
	line = ctl_wait_line(&watch, "  limited: The car may draw 9.4 A: phase L2 carries 24.4 A");
	assert_int_equal(line[4], '-');

	ctl_tell(*state, "Reason s The car may draw 9.4 A: phase L2 carries 24.3 A of 25 A");
	ctl_tell(*state, "changed");
	ctl_tell(*state, "State s failsafe");
	ctl_tell(*state, "Reason s The meter is lost");
	ctl_tell(*state, "Faults as meter-lost output-failed");
	ctl_tell(*state, "changed");
	line = ctl_wait_line(&watch, "failsafe: The meter is lost [meter-lost, output-failed]");
	assert_null(lines_find(
		&watch.lines, 0, "limited: The car may draw 9.4 A: phase L2 carries 24.3 A"));
	assert_int_equal(watch_stop(&watch, SIGINT), 0);
}

static void it_ends_with_the_reader_of_its_lines(void **state)
{
	struct process watch;
	int status;

	memset(&watch, 0, sizeof(watch));
	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	watch_start(&watch);
	(void)ctl_wait_line(&watch, "  limited: The car may draw 9.4 A");
	close(watch.out);
	watch.out = -1;
	assert_int_equal(waitpid(watch.pid, &status, 0), watch.pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	watch.pid = 0;
	process_end(&watch);
}

static void it_survives_the_end_of_the_daemon_and_sees_its_start(void **state)
{
	struct process watch;

	memset(&watch, 0, sizeof(watch));
	ctl_need_bus(*state);
	watch_start(&watch);
	ctl_wait_line(&watch, "poweroptd is not running; 'systemctl status poweroptd' says why");
	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	ctl_wait_line(&watch, "limited: ");
	ctl_daemon_stop(*state);
	ctl_wait_line(&watch, "poweroptd is not running");
	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	ctl_wait_line(&watch, "limited: ");
	assert_int_equal(watch_stop(&watch, SIGTERM), 0);
}

static void it_survives_the_end_of_the_bus(void **state)
{
	struct ctl_rig *rig = *state;
	struct process watch;

	memset(&watch, 0, sizeof(watch));
	ctl_daemon_start(rig);
	ctl_tell_usual(rig);
	watch_start(&watch);
	ctl_wait_line(&watch, "limited: ");
	ctl_daemon_stop(rig);
	process_end(&rig->bus);
	ctl_wait_line(&watch, "the D-Bus system bus (");
	ctl_bus_start(rig);
	ctl_wait_line(&watch, "poweroptd is not running");
	ctl_daemon_start(rig);
	ctl_tell_usual(rig);
	ctl_wait_line(&watch, "limited: ");
	assert_int_equal(watch_stop(&watch, SIGTERM), 0);
}

/* ---- on a terminal ---- */

static void on_a_terminal_there_are_bars_until_q(void **state)
{
	struct screen screen;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	ctl_tell(*state, "PhaseCurrents ai 12310 26390 -850");
	screen_start(&screen, watch_argv);
	screen_expect(&screen, "The car may draw 9.4 A: phase L2 carries 24.4 A of 25 A");
	screen_expect(&screen, "L1   #################");
	screen_expect(&screen, "26.4 A over the limit");
	screen_expect(&screen, "9.4 A allowed");
	screen_expect(&screen, "9.3 A drawn");
	screen_expect(&screen, "10 A, set by evcc");
	assert_int_equal(write(screen.fd, "x", 1), 1);
	screen_expect(&screen, "q quits.");
	assert_int_equal(write(screen.fd, "q", 1), 1);
	assert_int_equal(screen_end(&screen), 0);
}

static void a_terminal_that_cannot_draw_gets_lines(void **state)
{
	static const char *const argv[] = {"/usr/bin/env", "TERM=dumb", CTL_PROGRAM, "watch", NULL};
	struct screen screen;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	screen_start(&screen, argv);
	screen_expect(
		&screen, "  limited: The car may draw 9.4 A: phase L2 carries 24.4 A of 25 A");
	assert_int_equal(write(screen.fd, "\003", 1), 1);
	assert_int_equal(screen_end(&screen), 0);
}

static void colours_that_are_not_wanted_are_letters(void **state)
{
	static const char *const argv[] = {
		"/usr/bin/env", "TERM=xterm", "NO_COLOR=1", CTL_PROGRAM, "watch", NULL};
	struct screen screen;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	screen_start(&screen, argv);
	screen_expect(&screen, "----");
	assert_null(strstr(screen.text, "[44m"));
	assert_null(strstr(screen.text, "[46m"));
	assert_int_equal(write(screen.fd, "q", 1), 1);
	assert_int_equal(screen_end(&screen), 0);
}

static void the_currents_are_asked_for_each_second(void **state)
{
	struct screen screen;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	screen_start(&screen, watch_argv);
	screen_expect(&screen, "12.3 A");
	/* Not announced. */
	ctl_tell(*state, "PhaseCurrents ai 13310");
	screen_expect(&screen, "13.3 A");
	assert_int_equal(write(screen.fd, "\003", 1), 1);
	assert_int_equal(screen_end(&screen), 0);
}

static void a_resized_terminal_is_filled_anew(void **state)
{
	static const unsigned short columns[] = {40, 20, 2, 250, 80};
	struct screen screen;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	ctl_tell(*state, "Faults as meter-lost output-failed");
	screen_start(&screen, watch_argv);
	screen_expect(&screen, "The car may draw 9.4 A: phase L2 carries 24.4 A of 25 A");
	screen_resize(&screen, 40);
	screen_expect(&screen, "The car may draw 9.4 A: phase L2");
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		screen_resize(&screen, columns[i]);
		screen_expect(&screen, "q");
	}
	screen_expect(&screen, "carries 24.4 A of 25 A");
	assert_int_equal(write(screen.fd, "q", 1), 1);
	assert_int_equal(screen_end(&screen), 0);
}

static void the_screen_says_when_the_daemon_is_gone_and_comes_back_with_it(void **state)
{
	struct screen screen;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	screen_start(&screen, watch_argv);
	screen_expect(&screen, "9.4 A allowed");
	ctl_daemon_stop(*state);
	screen_expect(&screen, "poweroptd is not running");
	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	screen_expect(&screen, "9.4 A allowed");
	assert_int_equal(write(screen.fd, "q", 1), 1);
	assert_int_equal(screen_end(&screen), 0);
}

/* A daemon that hangs must not take the key with it. */
static void q_ends_it_while_the_daemon_does_not_answer(void **state)
{
	struct screen screen;
	int64_t begin_ms;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	screen_start(&screen, watch_argv);
	screen_expect(&screen, "9.4 A allowed");
	ctl_tell(*state, "mute");
	screen_expect(&screen, "poweroptd runs, but does not answer");
	begin_ms = clock_ms();
	assert_int_equal(write(screen.fd, "q", 1), 1);
	assert_int_equal(screen_end(&screen), 0);
	assert_in_range(clock_ms() - begin_ms, 0, 3000);
}

static void a_terminal_that_goes_away_ends_it(void **state)
{
	struct screen screen;
	int status;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	screen_start(&screen, watch_argv);
	screen_expect(&screen, "9.4 A allowed");
	close(screen.fd);
	assert_int_equal(waitpid(screen.pid, &status, 0), screen.pid);
	/* What it could not write is an error, too. */
	assert_true(WIFEXITED(status));
}

#define WITH_BUS(test) cmocka_unit_test_setup_teardown(test, ctl_rig_setup, ctl_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BUS(without_a_terminal_each_change_is_a_line),
		WITH_BUS(it_ends_with_the_reader_of_its_lines),
		WITH_BUS(it_survives_the_end_of_the_daemon_and_sees_its_start),
		WITH_BUS(it_survives_the_end_of_the_bus),
		WITH_BUS(on_a_terminal_there_are_bars_until_q),
		WITH_BUS(a_terminal_that_cannot_draw_gets_lines),
		WITH_BUS(colours_that_are_not_wanted_are_letters),
		WITH_BUS(the_currents_are_asked_for_each_second),
		WITH_BUS(a_resized_terminal_is_filled_anew),
		WITH_BUS(the_screen_says_when_the_daemon_is_gone_and_comes_back_with_it),
		WITH_BUS(q_ends_it_while_the_daemon_does_not_answer),
		WITH_BUS(a_terminal_that_goes_away_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
