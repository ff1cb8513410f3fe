/* SPDX-License-Identifier: MIT */
/*
 * The table of caps, what is kept of it for a restart, and whose name stands on them.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/account.h"
#include "app/caps.h"
#include "app/runtime.h"
#include "support.h"

static int put(struct caps *caps, uint32_t uid, int32_t ma, int64_t until_us)
{
	struct cap cap = {.uid = uid, .name = "somebody", .ma = ma, .until_us = until_us};

	return caps_set(caps, &cap);
}

static void without_a_cap_there_is_none(void **state)
{
	struct caps caps = {0};

	(void)state;
	assert_null(caps_lowest(&caps));
	caps_expire(&caps, 1);
	assert_null(caps_lowest(&caps));
	assert_false(caps_clear(&caps, 0));
}

static void the_lowest_counts(void **state)
{
	struct caps caps = {0};

	(void)state;
	assert_int_equal(put(&caps, 1, 10000, CAP_NO_END), 0);
	assert_int_equal(put(&caps, 2, 0, CAP_NO_END), 0);
	assert_int_equal(put(&caps, 3, 20000, CAP_NO_END), 0);
	assert_int_equal(caps_lowest(&caps)->ma, 0);
	assert_int_equal(caps_lowest(&caps)->uid, 2);
	assert_true(caps_clear(&caps, 2));
	assert_int_equal(caps_lowest(&caps)->uid, 1);
}

static void of_equal_caps_the_one_that_lasts_longest_counts(void **state)
{
	struct caps caps = {0};

	(void)state;
	put(&caps, 1, 10000, 100);
	put(&caps, 2, 10000, 300);
	put(&caps, 3, 10000, 200);
	assert_int_equal(caps_lowest(&caps)->uid, 2);
}

static void another_cap_of_the_same_user_takes_the_place_of_the_first(void **state)
{
	struct caps caps = {0};

	(void)state;
	put(&caps, 1, 6000, 100);
	put(&caps, 1, 10000, 200);
	assert_int_equal(caps.count, 1);
	assert_int_equal(caps_lowest(&caps)->ma, 10000);
	assert_int_equal(caps_lowest(&caps)->until_us, 200);
}

static void a_cap_ends_at_its_time_and_not_before(void **state)
{
	struct caps caps = {0};

	(void)state;
	put(&caps, 1, 6000, 100);
	put(&caps, 2, 10000, CAP_NO_END);
	caps_expire(&caps, 99);
	assert_int_equal(caps_lowest(&caps)->uid, 1);
	caps_expire(&caps, 100);
	assert_int_equal(caps_lowest(&caps)->uid, 2);
	caps_expire(&caps, INT64_MAX - 1);
	assert_int_equal(caps.count, 1);
}

static void a_full_table_takes_nobody_new(void **state)
{
	struct caps caps = {0};

	(void)state;
	for (uint32_t uid = 0; uid < CAPS_MAX; uid++)
		assert_int_equal(put(&caps, uid, 6000, CAP_NO_END), 0);
	assert_int_equal(put(&caps, CAPS_MAX, 0, CAP_NO_END), -ENOSPC);
	assert_int_equal(caps_lowest(&caps)->ma, 6000);
	assert_int_equal(put(&caps, 3, 7000, 100), 0); /* who is in stays in */
	caps_expire(&caps, 100);
	assert_int_equal(put(&caps, CAPS_MAX, 0, CAP_NO_END), 0);
}

/* Against a model that is so simple that it must be right. */
static void the_table_is_a_map_of_users_with_a_minimum(void **state)
{
	struct random random = {random_seed()};
	int64_t until_us[20] = {0}, now_us = 0;
	int32_t ma[20] = {0};
	struct caps caps = {0};

	(void)state;
	for (int step = 0; step < 20000; step++) {
		uint32_t uid = (uint32_t)random_between(&random, 0, 19);
		int32_t wanted_ma = (int32_t)random_between(&random, 0, 5) * 1000;
		int64_t end_us = now_us + random_between(&random, 1, 50);
		const struct cap *lowest;
		int live = 0, best = -1;

		for (int i = 0; i < 20; i++)
			live += until_us[i] > now_us;
		if (random_chance(&random, 20)) {
			assert_int_equal(caps_clear(&caps, uid), until_us[uid] > now_us);
			until_us[uid] = 0;
		} else if (put(&caps, uid, wanted_ma, end_us) == 0) {
			until_us[uid] = end_us;
			ma[uid] = wanted_ma;
		} else {
			assert_int_equal(live, CAPS_MAX);
			assert_true(until_us[uid] <= now_us);
		}
		now_us += random_between(&random, 0, 3);
		caps_expire(&caps, now_us);
		for (int i = 0; i < 20; i++)
			if (until_us[i] > now_us && (best < 0 || ma[i] < ma[best]))
				best = i;
		lowest = caps_lowest(&caps);
		assert_int_equal(lowest != NULL, best >= 0);
		if (lowest)
			assert_int_equal(lowest->ma, ma[best]);
	}
}

/* ---- accounts ---- */

static char path[] = "/tmp/poweropt-account-XXXXXX";

static int file_setup(void **state)
{
	int fd;

	(void)state;
	memcpy(strrchr(path, '-'), "-XXXXXX", 7);
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int file_teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static void file_fill(const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void a_group_is_found_by_its_name(void **state)
{
	uint32_t gid = 7;

	(void)state;
	file_fill("root:x:0:\npoweroptd:x:990:\npoweropt:x:991:evcc\n");
	assert_int_equal(account_group(path, "poweropt", &gid), 0);
	assert_int_equal(gid, 991);
	assert_int_equal(account_group(path, "power", &gid), -ENOENT);
	assert_int_equal(account_group("/nonexistent/group", "poweropt", &gid), -ENOENT);
	assert_int_equal(gid, 991);
}

static void a_user_has_a_name_or_at_least_a_number(void **state)
{
	char name[CAP_NAME_MAX];

	(void)state;
	file_fill("root:x:0:0::/root:/bin/sh\nrubbish\nevcc:x:1000:1000::/:/bin/sh\n"
		  "b\xffsh:x:1001:1001::/:/bin/sh\n"
		  "a-name-of-more-than-thirty-two-characters:x:1002:1002::/:/bin/sh\n");
	assert_string_equal(account_name(path, 1000, name, sizeof(name)), "evcc");
	assert_string_equal(account_name(path, 0, name, sizeof(name)), "root");
	assert_string_equal(account_name(path, 1001, name, sizeof(name)), "1001");
	assert_string_equal(account_name(path, 1002, name, sizeof(name)), "1002");
	assert_string_equal(account_name(path, UINT32_MAX, name, sizeof(name)), "4294967295");
	assert_string_equal(account_name("/nonexistent", 0, name, sizeof(name)), "0");
}

/* ---- a restart ---- */

static char directory[] = "/tmp/poweropt-caps-XXXXXX";

static int directory_setup(void **state)
{
	(void)state;
	memcpy(strrchr(directory, '-'), "-XXXXXX", 7);
	return mkdtemp(directory) && setenv("RUNTIME_DIRECTORY", directory, 1) == 0 ? 0 : -1;
}

static int directory_teardown(void **state)
{
	char file[64];

	(void)state;
	snprintf(file, sizeof(file), "%s/caps", directory);
	(void)unlink(file);
	return unsetenv("RUNTIME_DIRECTORY") == 0 ? rmdir(directory) : -1;
}

static void caps_with_an_end_outlive_the_process(void **state)
{
	struct caps caps = {0}, again = {0};

	(void)state;
	put(&caps, 1, 10000, 2000);
	put(&caps, UINT32_MAX - 1, 0, 3000);
	put(&caps, 3, 7000, CAP_NO_END);
	put(&caps, 4, 8000, 1000);
	assert_int_equal(runtime_store_caps(&caps), 0);
	runtime_load_caps(directory, 1000, &again);
	assert_int_equal(again.count, 2);
	assert_int_equal(caps_lowest(&again)->ma, 0);
	assert_int_equal(caps_lowest(&again)->until_us, 3000);
	assert_string_equal(caps_lowest(&again)->name, "somebody");
	assert_true(caps_clear(&again, UINT32_MAX - 1));
	assert_int_equal(caps_lowest(&again)->ma, 10000);
}

static void what_cannot_be_a_cap_is_none(void **state)
{
	static const char *const rubbish[] = {
		"",
		"rubbish\n",
		"uid=1 ma=125001 until_us=2000 name=a\n",
		"uid=1 ma=-1 until_us=2000 name=a\n",
		"uid=1 ma=6000 until_us=999 name=a\n",
		"uid=1 ma=6000 until_us=9223372036854775807 name=a\n",
		"uid=1 ma=6000 until_us=-9223372036854775808 name=a\n",
		"uid=1 ma=6000 until_us=2000",
		"uid=1 ma=6000 until_us=2000 name=",
		"uid=1 ma=6000 until_us=2000 name=\x9f\n",
	};
	char file[64];

	(void)state;
	snprintf(file, sizeof(file), "%s/caps", directory);
	for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++) {
		struct caps caps = {0};
		FILE *stream = fopen(file, "we");

		assert_non_null(stream);
		fputs(rubbish[i], stream);
		fclose(stream);
		runtime_load_caps(directory, 1000, &caps);
		assert_int_equal(caps.count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_cap_there_is_none),
		cmocka_unit_test(the_lowest_counts),
		cmocka_unit_test(of_equal_caps_the_one_that_lasts_longest_counts),
		cmocka_unit_test(another_cap_of_the_same_user_takes_the_place_of_the_first),
		cmocka_unit_test(a_cap_ends_at_its_time_and_not_before),
		cmocka_unit_test(a_full_table_takes_nobody_new),
		cmocka_unit_test(the_table_is_a_map_of_users_with_a_minimum),
		cmocka_unit_test_setup_teardown(
			caps_with_an_end_outlive_the_process, directory_setup, directory_teardown),
		cmocka_unit_test_setup_teardown(
			what_cannot_be_a_cap_is_none, directory_setup, directory_teardown),
		cmocka_unit_test_setup_teardown(
			a_group_is_found_by_its_name, file_setup, file_teardown),
		cmocka_unit_test_setup_teardown(
			a_user_has_a_name_or_at_least_a_number, file_setup, file_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
