/* SPDX-License-Identifier: MIT */
/* The last decision and the settings in force, in the runtime directory and back. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/runtime.h"
#include "support.h"

static char directory[] = "/tmp/poweropt-runtime-XXXXXX";

static const struct regulator_memory memory = {
	.at_ms = 5000,
	.state = REGULATOR_LIMITED,
	.hold_until_ms = 0,
	.resumed_ms = -1,
	.repeats = -1,
	.restarted_ms = 4000,
};

static void remove_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	(void)remove(path);
}

static int setup(void **state)
{
	(void)state;
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	return mkdtemp(directory) && setenv("RUNTIME_DIRECTORY", directory, 1) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const names[] = {"caps", "decision", "poweroptd.conf", ".caps.new",
		".decision.new", ".poweroptd.conf.new"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove_file(names[i]);
	return unsetenv("RUNTIME_DIRECTORY") == 0 ? rmdir(directory) : -1;
}

static void write_decision(const char *text)
{
	char path[128];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/decision", directory);
	stream = fopen(path, "we");
	assert_non_null(stream);
	fputs(text, stream);
	assert_int_equal(fclose(stream), 0);
}

static void make_directory(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void the_last_decision_outlives_the_process(void **state)
{
	struct regulator_memory again;
	int32_t allowed_ma;

	(void)state;
	assert_int_equal(runtime_store_memory(&memory, 10500), 0);
	assert_int_equal(runtime_load_memory(directory, &again, &allowed_ma), 0);
	assert_int_equal(allowed_ma, 10500);
	assert_int_equal(again.at_ms, memory.at_ms);
	assert_int_equal(again.state, memory.state);
	assert_int_equal(again.hold_until_ms, memory.hold_until_ms);
	assert_int_equal(again.resumed_ms, memory.resumed_ms);
	assert_int_equal(again.repeats, memory.repeats);
	assert_int_equal(again.restarted_ms, memory.restarted_ms);
}

static void what_cannot_be_a_decision_is_none(void **state)
{
	static const char *const rubbish[] = {
		"",
		"rubbish\n",
		"at_ms=1 state=3 hold_until_ms=0 resumed_ms=-1 repeats=-1 restarted_ms=-1\n",
		"at_ms=1 state=6 hold_until_ms=0 resumed_ms=-1 repeats=-1 restarted_ms=-1 allowed_ma=0\n",
		"at_ms=1 state=-1 hold_until_ms=0 resumed_ms=-1 repeats=-1 restarted_ms=-1 allowed_ma=0\n",
		"at_ms=-1 state=3 hold_until_ms=0 resumed_ms=-1 repeats=-1 restarted_ms=-1 allowed_ma=0\n",
		"at_ms=1 state=3 hold_until_ms=-1 resumed_ms=-1 repeats=-1 restarted_ms=-1 allowed_ma=0\n",
		("at_ms=1 state=3 hold_until_ms=0 resumed_ms=-9223372036854775807 repeats=-1 "
		 "restarted_ms=-1 allowed_ma=0\n"),
		"at_ms=1 state=3 hold_until_ms=0 resumed_ms=-1 repeats=-1 restarted_ms=-2 allowed_ma=0\n",
	};
	struct regulator_memory again;
	int32_t allowed_ma = 4711;

	(void)state;
	memcpy(&again, &memory, sizeof(again)); /* what is between its members, too */
	assert_int_equal(runtime_load_memory(directory, &again, &allowed_ma), -ENOENT);
	for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++) {
		write_decision(rubbish[i]);
		assert_int_equal(runtime_load_memory(directory, &again, &allowed_ma), -EBADMSG);
	}
	assert_memory_equal(&again, &memory, sizeof(again));
	assert_int_equal(allowed_ma, 4711);
}

static void the_settings_in_force_outlive_the_process(void **state)
{
	struct config config, again;

	(void)state;
	config_defaults(&config);
	config.mains.limit_ma = 25000;
	assert_int_equal(runtime_load_config(directory, &again), -ENOENT);
	assert_int_equal(runtime_store_config(&config), 0);
	assert_int_equal(runtime_load_config(directory, &again), 0);
	assert_memory_equal(&again, &config, sizeof(again));
}

static void without_a_runtime_directory_nothing_is_kept(void **state)
{
	struct caps caps = {0};
	struct config config;

	(void)state;
	config_defaults(&config);
	assert_int_equal(unsetenv("RUNTIME_DIRECTORY"), 0);
	assert_null(runtime_directory());
	assert_int_equal(runtime_store_config(&config), -ENOENT);
	assert_int_equal(runtime_store_memory(&memory, 0), -ENOENT);
	assert_int_equal(runtime_store_caps(&caps), -ENOENT);
	/* One that is not absolute is none either. */
	assert_int_equal(setenv("RUNTIME_DIRECTORY", "run", 1), 0);
	assert_null(runtime_directory());
}

static void what_cannot_be_written_is_an_error_and_leaves_the_old(void **state)
{
	struct regulator_memory again;
	struct caps caps = {0};
	struct config config;
	int32_t allowed_ma;

	(void)state;
	config_defaults(&config);
	assert_int_equal(runtime_store_memory(&memory, 10500), 0);
	/* In the way of the new file: not even root can open it for writing. */
	make_directory(".decision.new");
	make_directory(".poweroptd.conf.new");
	make_directory(".caps.new");
	assert_int_equal(runtime_store_memory(&memory, 6000), -EISDIR);
	assert_int_equal(runtime_store_config(&config), -EISDIR);
	assert_int_equal(runtime_store_caps(&caps), -EISDIR);
	assert_int_equal(runtime_load_memory(directory, &again, &allowed_ma), 0);
	assert_int_equal(allowed_ma, 10500);
}

static void a_path_that_is_too_long_is_an_error(void **state)
{
	static char path[PATH_MAX];
	struct regulator_memory again;
	struct caps caps = {0};
	struct config config;
	int32_t allowed_ma;

	(void)state;
	config_defaults(&config);
	memset(path, 'x', sizeof(path) - 8);
	path[0] = '/';
	assert_int_equal(setenv("RUNTIME_DIRECTORY", path, 1), 0);
	assert_int_equal(runtime_store_config(&config), -ENAMETOOLONG);
	assert_int_equal(runtime_store_memory(&memory, 0), -ENAMETOOLONG);
	assert_int_equal(runtime_load_config(path, &config), -ENAMETOOLONG);
	assert_int_equal(runtime_load_memory(path, &again, &allowed_ma), -ENAMETOOLONG);
	path[sizeof(path) - 8] = 'x';
	runtime_load_caps(path, 0, &caps);
	assert_int_equal(caps.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_last_decision_outlives_the_process, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_a_decision_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_settings_in_force_outlive_the_process, setup, teardown),
		cmocka_unit_test_setup_teardown(
			without_a_runtime_directory_nothing_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_cannot_be_written_is_an_error_and_leaves_the_old, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_path_that_is_too_long_is_an_error, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
