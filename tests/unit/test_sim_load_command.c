/* SPDX-License-Identifier: MIT */
/* `poweroptsim load`: its file is a trace, and what cannot be written is an error. */
#include "sim_process.h"

#include <math.h>

#include "sim/load.h"
#include "sim/trace.h"

static char path[64];
static char output[96];

static int file_make(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/test_sim_load-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	snprintf(output, sizeof(output), "--output=%s", path);
	return 0;
}

static int file_remove(void **state)
{
	(void)state;
	return unlink(path);
}

/* Runs `poweroptsim ARGS...` to its end; returns its exit status and all that it wrote. */
static int run(const char *const *args, int err, char *ret, size_t size)
{
	struct sim_process sim = sim_spawn(args, err);
	size_t n = 0;
	ssize_t r;
	int status;

	while (n < size - 1 && (r = read(sim.out, ret + n, size - 1 - n)) > 0)
		n += (size_t)r;
	ret[n] = '\0';
	status = sim_wait(&sim);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void the_output_is_a_trace(void **state)
{
	const char *args[] = {
		"load", "--seed=5", "--days=2", "--pv", "--season=summer", output, NULL};
	struct load_options options = {
		.seed = 5, .phases = 3, .season = LOAD_SUMMER, .solar = LOAD_WITH};
	char problem[TRACE_PROBLEM_MAX], text[64];
	struct load_house house;
	struct trace trace;
	bool negative = false;

	(void)state;
	assert_int_equal(run(args, -1, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	assert_int_equal(trace_load(path, &trace, problem), 0);
	assert_int_equal(trace.count, 2 * LOAD_DAY_S);
	load_house_init(&house, &options);
	for (size_t i = 0; i < trace.count; i++) {
		int32_t ma[SIM_PHASES_MAX];

		load_house_second(&house, ma);
		assert_true(trace.rows[i].t_s == (double)i);
		for (int p = 0; p < SIM_PHASES_MAX; p++) {
			assert_true(fabs(trace.rows[i].amps[p] - ma[p] / 1000.0) < 0.0051);
			negative = negative || trace.rows[i].amps[p] < 0;
		}
	}
	assert_true(negative);
	trace_clear(&trace);
}

static void the_same_seed_writes_the_same_bytes(void **state)
{
	const char *args[] = {"load", "--seed=7", NULL},
		   *others[] = {"load", "--seed=8", "--output=-", NULL};
	enum {
		SIZE = 8 << 20
	};
	char *text[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		text[i] = malloc(SIZE);
		assert_non_null(text[i]);
		assert_int_equal(run(i < 2 ? args : others, -1, text[i], SIZE), 0);
	}
	assert_memory_equal(text[0], "t,l1,l2,l3\n0,", 13);
	assert_true(strlen(text[0]) > (size_t)1 << 20);
	assert_string_equal(text[0], text[1]);
	assert_string_not_equal(text[0], text[2]);
	for (int i = 0; i < 3; i++)
		free(text[i]);
}

static void the_list_names_what_was_asked_for(void **state)
{
	const char *with[] = {"load", "--list", "--pv", "--heat-pump", "--phases=1", NULL};
	const char *without[] = {"load", "--list", "--no-pv", "--no-heat-pump", NULL};
	char text[8192];

	(void)state;
	assert_int_equal(run(with, -1, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "solar roof"));
	assert_non_null(strstr(text, "heat pump"));
	assert_null(strstr(text, "l2"));
	assert_int_equal(run(without, -1, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "fridge"));
	assert_null(strstr(text, "solar roof"));
	assert_null(strstr(text, "heat pump"));
}

static void what_cannot_be_written_is_an_error(void **state)
{
	static const char *const options[] = {
		"--output=/dev/full", "--output=/nonexistent/day.csv"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *args[] = {"load", options[i], NULL};
		char text[64], said[512] = "";
		int err[2];

		assert_int_equal(pipe2(err, O_CLOEXEC), 0);
		assert_int_equal(run(args, err[1], text, sizeof(text)), 1);
		close(err[1]);
		assert_true(read(err[0], said, sizeof(said) - 1) > 0);
		assert_non_null(strstr(said, options[i] + strlen("--output=")));
		assert_non_null(strstr(said, i == 0 ? "No space left" : "No such file"));
		close(err[0]);
	}
	assert_int_equal(WEXITSTATUS(system(SIM_PROGRAM " load >/dev/full 2>/dev/null")), 1);
	assert_int_equal(WEXITSTATUS(system(SIM_PROGRAM " load --list >/dev/full 2>/dev/null")), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_output_is_a_trace),
		cmocka_unit_test(the_same_seed_writes_the_same_bytes),
		cmocka_unit_test(the_list_names_what_was_asked_for),
		cmocka_unit_test(what_cannot_be_written_is_an_error),
	};

	return cmocka_run_group_tests(tests, file_make, file_remove);
}
