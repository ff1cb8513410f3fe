/* SPDX-License-Identifier: MIT */
/* The attribute output, on real files; and the null output with the dispatcher itself. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "output/output.h"
#include "output_fixture.h"

static char directory[64];
static char path[128];

static int start(void **state)
{
	(void)state;
	(void)snprintf(directory, sizeof(directory), "/tmp/poweropt-sysfs-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/current_max", directory);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(directory);
}

static void store(const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static void assert_stored(const char *text)
{
	char seen[128] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, seen, sizeof(seen) - 1) >= 0);
	assert_int_equal(close(fd), 0);
	assert_string_equal(seen, text);
}

static struct output *output_on(const char *attribute, enum sysfs_unit unit)
{
	struct config config = {.charger.output = OUTPUT_SYSFS, .sysfs.unit = unit};
	struct output *output = NULL;

	(void)snprintf(config.sysfs.path, sizeof(config.sysfs.path), "%s", attribute);
	assert_int_equal(output_new(&output, &config), 0);
	return output;
}

static void assert_says(const struct output *output, const char *part)
{
	const char *sentence = output_error(output);

	if (strncmp(sentence, "[sysfs] ", 8) != 0 || !strstr(sentence, part))
		fail_msg("\"%s\" does not say \"%s\"", sentence, part);
}

static void the_current_is_one_number_rounded_down_to_the_unit(void **state)
{
	static const struct {
		enum sysfs_unit unit;
		int32_t ma;
		const char *text;
	} values[] = {
		{SYSFS_UNIT_A, 15999, "15\n"}, {SYSFS_UNIT_A, 16000, "16\n"},
		{SYSFS_UNIT_A, 0, "0\n"}, {SYSFS_UNIT_MA, 15999, "15999\n"},
		{SYSFS_UNIT_MA, 0, "0\n"}, {SYSFS_UNIT_UA, 6001, "6001000\n"},
		{SYSFS_UNIT_UA, 2200000, "2200000000\n"}, /* above INT32_MAX */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct output *output = output_on(path, values[i].unit);

		store("a longer value that was there before\n");
		assert_int_equal(output_allow(output, values[i].ma, 0), 0);
		assert_stored(values[i].text);
		assert_int_equal(output_verify(output, 0), 0);
		assert_null(output_free(output));
		assert_stored(values[i].text);
	}
}

static void what_already_stands_is_not_written_again(void **state)
{
	struct output *output = output_on(path, SYSFS_UNIT_MA);

	(void)state;
	store("0\n");
	assert_int_equal(output_allow(output, 10000, 0), 0);
	store("mark");
	assert_int_equal(output_allow(output, 10000, 0), 0);
	assert_stored("mark");
	assert_int_equal(output_allow(output, 10001, 0), 0);
	assert_stored("10001\n");
	output_free(output);
}

static void another_number_is_set_back(void **state)
{
	struct output *output = output_on(path, SYSFS_UNIT_MA);

	(void)state;
	store("1\n");
	assert_int_equal(output_verify(output, 0), 0); /* nothing written yet: not ours */
	assert_stored("1\n");

	assert_int_equal(output_allow(output, 10000, 0), 0);
	store("32000\n");
	assert_int_equal(output_verify(output, 0), -ESTALE);
	assert_says(output, "another program changed ");
	assert_says(output, path);
	assert_says(output, "from 10000 to 32000");
	assert_stored("10000\n");
	assert_int_equal(output_verify(output, 0), 0);
	assert_string_equal(output_error(output), "");
	output_free(output);
}

static void an_answer_that_is_not_a_number_is_tolerated(void **state)
{
	static const char *const answers[] = {"", "\n", "10000 mA (cable: 20000)\n", "0x20\n",
		"99999999999999999999999999\n",
		"an answer that is much longer than any number that could ever be written there\n"};
	struct output *output = output_on(path, SYSFS_UNIT_MA);

	(void)state;
	store("0\n");
	assert_int_equal(output_allow(output, 10000, 0), 0);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		store(answers[i]);
		assert_int_equal(output_verify(output, 0), 0);
		assert_stored(answers[i]);
	}
	output_free(output);
}

static void a_write_only_attribute_is_tolerated(void **state)
{
	struct output *output = output_on(path, SYSFS_UNIT_MA);

	(void)state;
	if (geteuid() == 0)
		print_message("run as root, which may read: the write alone is tested\n");
	store("0\n");
	assert_int_equal(chmod(path, 0200), 0);
	assert_int_equal(output_allow(output, 10000, 0), 0);
	assert_int_equal(output_verify(output, 0), 0);
	output_free(output);
}

static void without_permission_it_names_the_file_and_the_remedy(void **state)
{
	struct output *output = output_on(path, SYSFS_UNIT_MA);

	(void)state;
	store("0\n");
	assert_int_equal(chmod(path, 0444), 0);
	if (geteuid() != 0) {
		assert_int_equal(output_allow(output, 10000, 0), -EACCES);
		assert_says(output, path);
		assert_says(output, "Permission denied; a udev rule");
	} else {
		print_message("run as root, which may write: tested as a user only\n");
	}
	output_free(output);
}

static void a_missing_attribute_is_named_and_found_when_it_comes(void **state)
{
	struct output *output = output_on(path, SYSFS_UNIT_MA);

	(void)state;
	assert_int_equal(output_allow(output, 10000, 0), -ENOENT);
	assert_says(output, "write 10000 to ");
	assert_says(output, path);
	assert_says(output, "no such attribute");
	assert_int_equal(access(path, F_OK), -1); /* and is not made */

	store("0\n");
	assert_int_equal(output_allow(output, 10000, 0), 0);
	assert_stored("10000\n");

	assert_int_equal(unlink(path), 0);
	assert_int_equal(output_verify(output, 0), -ENOENT);
	assert_says(output, "read ");
	store("0\n");
	assert_int_equal(output_allow(output, 10000, 0), 0);
	assert_stored("10000\n");
	output_free(output);
}

static void a_directory_a_pipe_and_no_path_are_errors(void **state)
{
	struct output *output = output_on(directory, SYSFS_UNIT_MA);

	(void)state;
	assert_int_equal(output_allow(output, 10000, 0), -EISDIR);
	assert_says(output, "in this directory");
	output_free(output);

	/* nobody reads it: a plain open() would wait for ever */
	assert_int_equal(mkfifo(path, 0600), 0);
	output = output_on(path, SYSFS_UNIT_MA);
	assert_int_equal(output_allow(output, 10000, 0), -ENXIO);
	output_free(output);

	output = output_on("", SYSFS_UNIT_MA);
	assert_int_equal(output_allow(output, 10000, 0), -ENOENT);
	assert_says(output, "[sysfs] path is not set");
	output_free(output);
}

static void a_full_device_is_an_error(void **state)
{
	struct output *output = output_on("/dev/full", SYSFS_UNIT_MA);

	(void)state;
	assert_int_equal(output_allow(output, 10000, 0), -ENOSPC);
	assert_says(output, "No space left on device");
	output_free(output);
}

static void no_output_accepts_everything_and_says_what_is_missing(void **state)
{
	struct config config = {.charger.output = OUTPUT_NONE};
	struct output *output = NULL;

	(void)state;
	assert_int_equal(output_new(&output, &config), 0);
	assert_int_equal(output_verify(output, 0), 0);
	assert_int_equal(output_allow(output, 0, 0), 0);
	assert_int_equal(output_allow(output, 80000, 0), 0);
	assert_int_equal(output_verify(output, 0), 0);
	assert_string_equal(output_error(output), "");
	assert_non_null(strstr(output_describe(output), "[charger] output must be set"));
	assert_null(output_free(output));
	assert_null(output_free(NULL));
}

static void a_file_has_no_life_of_its_own(void **state)
{
	struct output *output = output_on(path, SYSFS_UNIT_MA);

	(void)state;
	store("0\n");
	assert_int_equal(output_allow(output, 10000, 0), 0);
	assert_int_equal(output_fd(output), -1);
	assert_true(output_deadline_us(output) == INT64_MAX);
	assert_null(output_feedback(output));
	assert_string_equal(output_notice(output), "");
	store("mark");
	assert_int_equal(output_dispatch(output, 1000000), 0);
	assert_stored("mark");
	output_free(output);
}

static void it_says_where_the_current_goes(void **state)
{
	struct output *output = output_on("/sys/class/x/y", SYSFS_UNIT_UA);

	(void)state;
	assert_string_equal(output_describe(output), "sysfs /sys/class/x/y");
	output_free(output);
}

#define SYSFS_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SYSFS_TEST(the_current_is_one_number_rounded_down_to_the_unit),
		SYSFS_TEST(what_already_stands_is_not_written_again),
		SYSFS_TEST(another_number_is_set_back),
		SYSFS_TEST(an_answer_that_is_not_a_number_is_tolerated),
		SYSFS_TEST(a_write_only_attribute_is_tolerated),
		SYSFS_TEST(without_permission_it_names_the_file_and_the_remedy),
		SYSFS_TEST(a_missing_attribute_is_named_and_found_when_it_comes),
		SYSFS_TEST(a_directory_a_pipe_and_no_path_are_errors),
		SYSFS_TEST(a_full_device_is_an_error),
		SYSFS_TEST(a_file_has_no_life_of_its_own),
		cmocka_unit_test(no_output_accepts_everything_and_says_what_is_missing),
		cmocka_unit_test(it_says_where_the_current_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
