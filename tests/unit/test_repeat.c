/* SPDX-License-Identifier: MIT */
/*
 * What happens again and again: told at once at first, then less and less often, and never forgotten.
 */
#include "app/repeat.h"
#include "support.h"

#define BEGIN_MS 1000000

static void the_first_times_are_told_at_once(void **state)
{
	struct repeat repeat = {0};
	unsigned int untold = 77;

	(void)state;
	for (int i = 0; i < REPEAT_BURST; i++) {
		assert_true(repeat_tell(&repeat, BEGIN_MS + i, &untold));
		assert_int_equal(untold, 0);
	}
	untold = 77;
	assert_false(repeat_tell(&repeat, BEGIN_MS + REPEAT_BURST, &untold));
	assert_int_equal(untold, 77);
}

/* Once a second for a day: every second is told, or counted in the next that is. */
static void what_goes_on_is_told_at_growing_intervals_with_a_count(void **state)
{
	struct repeat repeat = {0};
	int64_t last_ms = 0, longest_ms = 0;
	unsigned int untold, all = 0, times = 0;

	(void)state;
	for (int64_t ms = BEGIN_MS; ms < BEGIN_MS + INT64_C(86400000); ms += 1000) {
		if (!repeat_tell(&repeat, ms, &untold))
			continue;
		times++;
		all += untold + 1;
		if (times > REPEAT_BURST) {
			assert_true(ms - last_ms >= REPEAT_FIRST_MS);
			assert_true(ms - last_ms >= longest_ms);
			longest_ms = ms - last_ms;
		}
		last_ms = ms;
	}
	assert_int_equal(longest_ms, REPEAT_LONGEST_MS);
	assert_int_equal(all + repeat.untold, 86400);
	assert_in_range(times, REPEAT_BURST + 24, 50);
}

static void after_a_long_quiet_time_it_begins_anew(void **state)
{
	struct repeat repeat = {0};
	unsigned int untold;
	int64_t ms = BEGIN_MS;

	(void)state;
	for (int i = 0; i < 20; i++)
		(void)repeat_tell(&repeat, ms, &untold);
	ms += 10 * REPEAT_FIRST_MS + 1;
	assert_true(repeat_tell(&repeat, ms, &untold));
	assert_int_equal(untold, 20 - REPEAT_BURST);
	for (int i = 1; i < REPEAT_BURST; i++)
		assert_true(repeat_tell(&repeat, ms, &untold));
	assert_false(repeat_tell(&repeat, ms, &untold));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_times_are_told_at_once),
		cmocka_unit_test(what_goes_on_is_told_at_growing_intervals_with_a_count),
		cmocka_unit_test(after_a_long_quiet_time_it_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
