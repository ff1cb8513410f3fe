/* SPDX-License-Identifier: MIT */
/* Times as people write them, and how long each state lasted. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "ctl/history.h"
#include "ctl/history_time.h"
#include "support.h"

#define SECOND INT64_C(1000000)
#define HOUR   (3600 * SECOND)

static int64_t now_us; /* 2026-11-22 13:14:15, local */

static int64_t at(int year, int month, int day, int hour, int minute, int second)
{
	struct tm tm = {.tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute,
		.tm_sec = second,
		.tm_isdst = -1};

	return (int64_t)mktime(&tm) * SECOND;
}

static void assert_time(const char *text, int64_t expected_us)
{
	int64_t us = -1;

	if (history_time_parse(text, now_us, &us) < 0)
		fail_msg("'%s' is no time", text);
	if (us != expected_us)
		fail_msg("'%s' is %lld, not %lld", text, (long long)us, (long long)expected_us);
}

static void times_are_those_that_journalctl_takes(void **state)
{
	(void)state;
	assert_time("2026-11-22", at(2026, 11, 22, 0, 0, 0));
	assert_time("2026-11-22 10:00", at(2026, 11, 22, 10, 0, 0));
	assert_time("2026-11-22 10:00:07", at(2026, 11, 22, 10, 0, 7));
	assert_time("10:00", at(2026, 11, 22, 10, 0, 0));
	assert_time("10:00:07", at(2026, 11, 22, 10, 0, 7));
	assert_time("now", now_us);
	assert_time("today", at(2026, 11, 22, 0, 0, 0));
	assert_time("yesterday", at(2026, 11, 21, 0, 0, 0));
	assert_time("-2h", now_us - 2 * HOUR);
	assert_time("-1h 30min", now_us - 3 * HOUR / 2);
	assert_time("2h ago", now_us - 2 * HOUR);
	assert_time("90 s ago", now_us - 90 * SECOND);
	assert_time("-2d", at(2026, 11, 20, 13, 14, 15));
	assert_time("2 days ago", at(2026, 11, 20, 13, 14, 15));
	assert_time("-1w 1h", at(2026, 11, 15, 12, 14, 15));
	assert_time("-1d2h", at(2026, 11, 21, 11, 14, 15));
	assert_time("@1700000000", 1700000000 * SECOND);
}

/* Berlin: the clocks went back on 2026-10-25. */
static void a_day_ago_is_the_same_time_of_the_day_when_clocks_change(void **state)
{
	int64_t us;

	(void)state;
	assert_int_equal(history_time_parse("-1d", at(2026, 10, 25, 12, 0, 0), &us), 0);
	assert_true(us == at(2026, 10, 24, 12, 0, 0));
	assert_int_equal(at(2026, 10, 25, 12, 0, 0) - us, 25 * HOUR);
}

static void what_is_no_time_is_an_error_and_changes_nothing(void **state)
{
	static const char *const bad[] = {"", " ", "-", "ago", " ago", "tomorrowish", "2026",
		"2026-13-01", "2026-02-30", "2026-11-22 25:00", "2026-11-22T10:00", "-2", "2h",
		"-2parsec", "-d", "-999999d", "@", "@-5", "@99999999999999999999", "10:60",
		"2026-11-22 10:00 x", "--2h", "-9999999999999999999h"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t us = 42;

		/* A bare number is a span of seconds, as for systemd. */
		if (strcmp(bad[i], "-2") == 0)
			continue;
		if (history_time_parse(bad[i], now_us, &us) != -EINVAL)
			fail_msg("'%s' is a time", bad[i]);
		assert_int_equal(us, 42);
	}
}

static void rubbish_is_no_crash(void **state)
{
	static const char letters[] = "0123456789-: @dwhagoins.";
	struct random random = {random_seed()};

	(void)state;
	for (int i = 0; i < test_runs(20000); i++) {
		char text[24] = "";
		int64_t us;
		int n = (int)random_between(&random, 0, sizeof(text) - 1);

		for (int k = 0; k < n; k++)
			text[k] = letters[random_between(&random, 0, sizeof(letters) - 2)];
		(void)history_time_parse(text, now_us, &us);
	}
}

static void add(struct history_tally *tally, int64_t at_s, enum history_state state, int boot)
{
	struct history_entry entry = {.at_us = at_s * SECOND, .state = state};

	entry.boot.bytes[0] = (uint8_t)boot;
	history_tally_add(tally, &entry);
}

static void states_last_from_entry_to_entry(void **state)
{
	struct history_tally tally;

	(void)state;
	history_tally_begin(&tally, 100 * SECOND);
	add(&tally, 50, HISTORY_CHARGING, 1); /* what it was at the begin */
	add(&tally, 110, HISTORY_LIMITED, 1);
	add(&tally, 120, HISTORY_LIMITED, 1);
	add(&tally, 125, HISTORY_PAUSED, 1);
	add(&tally, 130, HISTORY_PAUSED, 1);
	add(&tally, 145, HISTORY_FAILSAFE, 1);
	history_tally_end(&tally, 150 * SECOND, true);
	assert_int_equal(tally.lasted_us[HISTORY_CHARGING], 10 * SECOND);
	assert_int_equal(tally.lasted_us[HISTORY_LIMITED], 15 * SECOND);
	assert_int_equal(tally.lasted_us[HISTORY_PAUSED], 20 * SECOND);
	assert_int_equal(tally.lasted_us[HISTORY_FAILSAFE], 5 * SECOND);
	assert_int_equal(tally.entries, 5);
	assert_int_equal(tally.pauses, 1);
	assert_int_equal(tally.faults, 1);
}

static void before_the_first_entry_nothing_is_known(void **state)
{
	struct history_tally tally;

	(void)state;
	history_tally_begin(&tally, 100 * SECOND);
	add(&tally, 110, HISTORY_CHARGING, 1);
	history_tally_end(&tally, 115 * SECOND, true);
	assert_int_equal(tally.lasted_us[HISTORY_UNKNOWN], 10 * SECOND);
	assert_int_equal(tally.lasted_us[HISTORY_CHARGING], 5 * SECOND);
}

static void a_machine_that_went_down_was_not_charging_meanwhile(void **state)
{
	struct history_tally tally;

	(void)state;
	history_tally_begin(&tally, 100 * SECOND);
	add(&tally, 100, HISTORY_CHARGING, 1);
	add(&tally, 400, HISTORY_STARTING, 2);
	add(&tally, 410, HISTORY_STOPPED, 2);
	add(&tally, 500, HISTORY_STARTING, 3);
	history_tally_end(&tally, 600 * SECOND, false);
	assert_int_equal(tally.lasted_us[HISTORY_CHARGING], 0);
	assert_int_equal(tally.lasted_us[HISTORY_UNKNOWN], 400 * SECOND);
	assert_int_equal(tally.lasted_us[HISTORY_STARTING], 10 * SECOND);
	assert_int_equal(tally.lasted_us[HISTORY_STOPPED], 90 * SECOND);
}

static void a_clock_that_is_set_back_takes_no_time_away(void **state)
{
	struct random random = {random_seed()};

	(void)state;
	for (int run = 0; run < test_runs(200); run++) {
		struct history_tally tally;
		int64_t sum_us = 0;

		history_tally_begin(&tally, 1000 * SECOND);
		for (int i = 0; i < 50; i++)
			add(&tally, random_between(&random, 900, 2000),
				(enum history_state)random_between(&random, 0, HISTORY_STOPPED), 1);
		history_tally_end(&tally, 2000 * SECOND, true);
		for (int i = 0; i < HISTORY_STATES; i++) {
			assert_true(tally.lasted_us[i] >= 0);
			sum_us += tally.lasted_us[i];
		}
		assert_int_equal(sum_us, 1000 * SECOND);
	}
}

static void the_summary_names_what_there_was_and_nothing_else(void **state)
{
	struct history_tally tally;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	assert_non_null(stream);
	history_tally_begin(&tally, 0);
	add(&tally, 0, HISTORY_CHARGING, 1);
	add(&tally, 5400, HISTORY_LIMITED, 1);
	history_tally_end(&tally, 7200 * SECOND, true);
	history_tally_print(stream, &tally);
	assert_int_equal(fclose(stream), 0);
	assert_non_null(strstr(text, "not held back 1h 30min (75 %), limited 30min (25 %)."));
	assert_null(strstr(text, "fault "));
	assert_non_null(strstr(text, "0 pauses, 0 faults."));
	free(text);
}

/* What is drawn behind the last entry of a foreign journal, or behind now, nobody knows. */
static void a_picture_ends_where_the_journal_does(void **state)
{
	static struct history_plot plot;

	(void)state;
	history_plot_begin(&plot, 0, INT64_C(86400000000));
	assert_int_equal(plot.end, HISTORY_BUCKETS);
	history_plot_end(&plot, INT64_C(43200000000));
	assert_in_range(plot.end, HISTORY_BUCKETS / 2, HISTORY_BUCKETS / 2 + 1);
	history_plot_begin(&plot, 0, INT64_C(86400000000));
	history_plot_end(&plot, INT64_C(90000000000));
	assert_int_equal(plot.end, HISTORY_BUCKETS);
	history_plot_end(&plot, -1);
	assert_int_equal(plot.end, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_picture_ends_where_the_journal_does),
		cmocka_unit_test(times_are_those_that_journalctl_takes),
		cmocka_unit_test(a_day_ago_is_the_same_time_of_the_day_when_clocks_change),
		cmocka_unit_test(what_is_no_time_is_an_error_and_changes_nothing),
		cmocka_unit_test(rubbish_is_no_crash),
		cmocka_unit_test(states_last_from_entry_to_entry),
		cmocka_unit_test(before_the_first_entry_nothing_is_known),
		cmocka_unit_test(a_machine_that_went_down_was_not_charging_meanwhile),
		cmocka_unit_test(a_clock_that_is_set_back_takes_no_time_away),
		cmocka_unit_test(the_summary_names_what_there_was_and_nothing_else),
	};

	/* Without a database of zones: the rule itself. */
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	now_us = at(2026, 11, 22, 13, 14, 15);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
