/* SPDX-License-Identifier: MIT */
/* The fault light, on an LED of plain files. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/fault_led.h"
#include "support.h"

static char led[] = "/tmp/poweropt-led-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", led, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *stream = fopen(path_of(name), "we");

	assert_non_null(stream);
	fputs(text, stream);
	assert_int_equal(fclose(stream), 0);
}

static void assert_holds(const char *name, const char *text)
{
	FILE *stream = fopen(path_of(name), "re");
	char got[32] = "";

	assert_non_null(stream);
	(void)fgets(got, sizeof(got), stream);
	fclose(stream);
	assert_int_equal(strncmp(got, text, strlen(text)), 0);
}

static int setup(void **state)
{
	(void)state;
	strcpy(led + strlen(led) - 6, "XXXXXX");
	return mkdtemp(led) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	(void)remove(path_of("trigger"));
	(void)remove(path_of("max_brightness"));
	(void)remove(path_of("brightness"));
	return rmdir(led);
}

static void it_is_lit_as_brightly_as_it_can_be_and_does_not_blink(void **state)
{
	(void)state;
	put("trigger", "heartbeat\n");
	put("max_brightness", "255\n");
	put("brightness", "0\n");
	assert_int_equal(fault_led_set(led, true), 0);
	assert_holds("trigger", "none");
	assert_holds("brightness", "255");
	assert_int_equal(fault_led_set(led, false), 0);
	assert_holds("brightness", "0");
}

static void a_kernel_without_triggers_is_good_enough(void **state)
{
	(void)state;
	put("max_brightness", "1\n");
	put("brightness", "0\n");
	assert_int_equal(fault_led_set(led, true), 0);
	assert_holds("brightness", "1");
}

static void what_is_no_led_is_an_error(void **state)
{
	static char path[PATH_MAX];

	(void)state;
	assert_int_equal(fault_led_set(led, true), -ENOENT);
	assert_int_equal(fault_led_set(led, false), -ENOENT);
	/* Not even root can write to it. */
	assert_int_equal(mkdir(path_of("trigger"), 0700), 0);
	assert_int_equal(fault_led_set(led, true), -EISDIR);
	memset(path, 'x', sizeof(path) - 4);
	assert_int_equal(fault_led_set(path, true), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			it_is_lit_as_brightly_as_it_can_be_and_does_not_blink, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_kernel_without_triggers_is_good_enough, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_led_is_an_error, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
