/* SPDX-License-Identifier: MIT */
/* How `poweroptsim` treats its command line and the files of others. */
#include "sim_directory.h"
#include "sim_process.h"

#include <errno.h>
#include <sys/stat.h>

/* A daemon that looks for another master in /proc must not find the simulator. */
static void the_simulator_does_not_hold_its_own_line_open(void **state)
{
	const char *args[] = {"meter", NULL};
	struct sim_process sim = sim_start(args);
	char name[64], target[128];
	int found = 0;

	(void)state;
	for (int fd = 0; fd < 64; fd++) {
		ssize_t n;

		snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)sim.pid, fd);
		n = readlink(name, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		found++;
		assert_string_not_equal(target, sim.path);
	}
	assert_true(found > 3);
	sim_stop(&sim);
}

static void a_stale_link_is_replaced_and_removed(void **state)
{
	const char *args[] = {"meter", link_option, NULL};
	struct sim_process sim;
	struct stat st;
	char target[128] = "";

	(void)state;
	assert_int_equal(symlink("/nonexistent", link_path), 0);
	sim = sim_start(args);
	assert_true(readlink(link_path, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, sim.path);
	sim_stop(&sim);
	assert_int_equal(lstat(link_path, &st), -1);
	assert_int_equal(errno, ENOENT);
}

static void wrong_usage_is_status_2_and_a_sentence(void **state)
{
	static const struct {
		const char *args[4];
		const char *says;
	} usages[] = {
		{{"meter", "--fault=gremlins", NULL}, "phase-missing"},
		{{"meter", "--model=klefr-6900", NULL}, "klefr-6924"},
		{{"meter", "--currents=1,2,3,4", NULL}, "--currents=1,2,3,4"},
		{{"meter", "--unit=248", NULL}, "1 to 247"},
		{{"meter", "--trace=/nonexistent.csv", NULL}, "/nonexistent.csv"},
		{{"meter", "surplus", NULL}, "surplus"},
		{{"house", "--car=flying", NULL}, "flying"},
		{{"house", "--phases=2", NULL}, "1 and 3"},
		{{"load", "--phases=2", NULL}, "1 and 3"},
		{{"load", "--days=0", NULL}, "1 to 3660"},
		{{"load", "--days=3661", NULL}, "1 to 3660"},
		{{"load", "--seed=-1", NULL}, "--seed=-1"},
		{{"load", "--season=monsoon", NULL}, "autumn"},
		{{"load", "--output=", NULL}, "--output="},
		{{"load", "surplus", NULL}, "surplus"},
		{{"load", "--pv=5", NULL}, "pv"},
		{{"load", "--days=010x", NULL}, "whole number"},
		{{"load", "--seed=0x10", NULL}, "whole number"},
		{{"load", "--sed=5", NULL}, "poweroptsim load: unrecognized option '--sed=5'"},
		{{"load", "-x", NULL}, "Try 'poweroptsim load --help'"},
		{{"garden", NULL}, "garden"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(usages) / sizeof(usages[0]); i++) {
		char text[4096] = "";
		struct sim_process sim;
		int err[2], status;

		assert_int_equal(pipe2(err, O_CLOEXEC), 0);
		sim = sim_spawn(usages[i].args, err[1]);
		close(err[1]);
		status = sim_wait(&sim);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 2);
		assert_true(read(err[0], text, sizeof(text) - 1) > 0);
		assert_non_null(strstr(text, usages[i].says));
		close(err[0]);
	}
}

static void a_file_in_the_place_of_the_link_stays(void **state)
{
	const char *args[] = {"meter", link_option, NULL};
	struct sim_process sim;
	int err = open("/dev/null", O_WRONLY | O_CLOEXEC), status;
	int fd = open(link_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	struct stat st;

	(void)state;
	assert_true(fd >= 0 && err >= 0);
	close(fd);
	sim = sim_spawn(args, err);
	status = sim_wait(&sim);
	close(err);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	assert_int_equal(lstat(link_path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	unlink(link_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_simulator_does_not_hold_its_own_line_open),
		cmocka_unit_test(a_stale_link_is_replaced_and_removed),
		cmocka_unit_test(wrong_usage_is_status_2_and_a_sentence),
		cmocka_unit_test(a_file_in_the_place_of_the_link_stays),
	};

	return cmocka_run_group_tests(tests, directory_make, directory_remove);
}
