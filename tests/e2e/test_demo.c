/* SPDX-License-Identifier: MIT */
/*
 * `poweroptsim house`, the demonstration, with the real daemon: what is seen on a terminal and in a
 * pipe, how Ctrl-C ends it, and what it leaves behind.
 */
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/ctl_rig.h"
#include "e2e/screen.h"

struct demo {
	char directory[64];
	char out[96], daemon[160]; /* options */
	struct process program;
};

static int setup(void **state)
{
	struct demo *demo = test_calloc(1, sizeof(*demo));

	strcpy(demo->directory, "/tmp/test_demo-XXXXXX");
	if (!mkdtemp(demo->directory))
		return -1;
	demo->program.in = demo->program.out = -1;
	snprintf(demo->out, sizeof(demo->out), "--out=%s", demo->directory);
	snprintf(demo->daemon, sizeof(demo->daemon), "--daemon=" TEST_BUILDDIR "/poweroptd");
	*state = demo;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct demo *demo = *state;

	process_end(&demo->program);
	(void)nftw(demo->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	test_free(demo);
	return 0;
}

static FILE *file_in(const struct demo *demo, const char *name, const char *mode)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", demo->directory, name);
	return fopen(path, mode);
}

/* A shell script in place of the daemon. */
static void daemon_is(struct demo *demo, const char *script)
{
	FILE *file = file_in(demo, "daemon", "we");

	assert_non_null(file);
	fprintf(file, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fchmod(fileno(file), 0700), 0);
	assert_int_equal(fclose(file), 0);
	snprintf(demo->daemon, sizeof(demo->daemon), "--daemon=%s/daemon", demo->directory);
}

static void start(struct demo *demo)
{
	const char *argv[] = {TEST_BUILDDIR "/poweroptsim", "house", "--phases=1", "--limit=16",
		demo->daemon, demo->out, NULL};

	assert_int_equal(process_start(&demo->program, argv, NULL, false), 0);
}

static void expect(struct demo *demo, const char *text)
{
	demo->program.lines.mark = 0;
	ctl_wait_line(&demo->program, text);
}

static int end(struct demo *demo)
{
	int status;

	assert_int_equal(waitpid(demo->program.pid, &status, 0), demo->program.pid);
	demo->program.pid = 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void on_a_terminal_the_house_is_seen_and_ctrl_c_ends_it(void **state)
{
	struct demo *demo = *state;
	const char *argv[] = {TEST_BUILDDIR "/poweroptsim", "house", demo->daemon, demo->out, NULL};
	struct screen screen;
	char line[256];
	FILE *table;

	screen_start(&screen, argv);
	screen_expect(&screen, "main switch 25 A, charger 16 A, car 'reference'");
	screen_expect(&screen, " of 60 s");
	screen_expect(&screen, "L1   ###");
	screen_expect(&screen, "A offered");
	screen_expect(&screen, "now: ");
	screen_expect(&screen, "car: ");
	screen_expect(&screen, "The car may draw ");
	screen_resize(&screen, 40);
	screen_expect(&screen, "Ctrl-C ends.");
	assert_int_equal(write(screen.fd, "x\003", 2), 2);
	assert_int_equal(screen_end(&screen), 0);

	/* what is left on the terminal, and on the disk */
	assert_non_null(strstr(screen.text, "it did not come to that"));
	assert_non_null(strstr(screen.text, "exit status                0"));
	assert_non_null(strstr(screen.text, "the control pilot offers   0.0 A"));
	table = file_in(demo, "house.csv", "re");
	assert_non_null(table);
	assert_non_null(fgets(line, sizeof(line), table));
	assert_string_equal(line, "t,house1,house2,house3,ev,tot1,tot2,tot3,offered,state\n");
	assert_non_null(fgets(line, sizeof(line), table));
	assert_int_equal(strncmp(line, "0.00,", 5), 0);
	fclose(table);
}

static void in_a_pipe_each_second_is_a_line(void **state)
{
	struct demo *demo = *state;

	start(demo);
	expect(demo, "The meter is Klefr 6924 (one phase)");
	expect(demo, "  1.0 s  L1 ");
	expect(demo, " A  of 16 A, offered ");
	assert_null(lines_find(&demo->program.lines, 0, "L2"));
	assert_int_equal(kill(demo->program.pid, SIGTERM), 0);
	expect(demo, "the control pilot offers   0.0 A");
	expect(demo, "house.csv");
	assert_int_equal(end(demo), 0);
}

static void a_daemon_that_does_not_end_is_killed_by_the_second_ctrl_c(void **state)
{
	struct demo *demo = *state;

	daemon_is(demo, "trap '' TERM\necho begun >&2\nexec sleep 100");
	start(demo);
	expect(demo, "begun");
	assert_int_equal(kill(demo->program.pid, SIGINT), 0);
	/* two that wait are one: again until it is over */
	do {
		struct pollfd pfd = {.fd = demo->program.out, .events = POLLIN};

		(void)kill(demo->program.pid, SIGINT);
		(void)poll(&pfd, 1, 20);
	} while (process_read(&demo->program) &&
		 !lines_find(&demo->program.lines, 0, "killed by signal"));
	expect(demo, "killed by signal           9");
	expect(demo, "the daemon did not end cleanly; its last lines:");
	expect(demo, "  | begun");
	assert_int_equal(end(demo), 1);
}

static void the_last_words_of_a_daemon_that_ends_are_shown(void **state)
{
	struct demo *demo = *state;

	/* more than are kept, and a line that is longer than any */
	daemon_is(demo, "for i in 1 2 3 4 5 6 7 8; do echo word $i >&2; done\n"
			"head -c 5000 /dev/zero | tr '\\0' y >&2\necho >&2\nexit 3");
	start(demo);
	expect(demo, "exit status                3");
	expect(demo, "the daemon ended by itself; its last lines:");
	expect(demo, "  | word 8");
	assert_null(lines_find(&demo->program.lines, 0, "  | word 2"));
	assert_int_equal(end(demo), 1);
}

#define demo_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		demo_test(on_a_terminal_the_house_is_seen_and_ctrl_c_ends_it),
		demo_test(in_a_pipe_each_second_is_a_line),
		demo_test(a_daemon_that_does_not_end_is_killed_by_the_second_ctrl_c),
		demo_test(the_last_words_of_a_daemon_that_ends_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
