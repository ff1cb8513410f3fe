/* SPDX-License-Identifier: MIT */
/*
 * Currents and time spans: exact, independent of the locale, nothing accepted that is not one.
 */
#include <errno.h>
#include <locale.h>
#include <string.h>

#include "core/quantity.h"
#include "support.h"

#define ROUNDS	  20000
#define UNTOUCHED 4711

static struct random rng;

static void assert_timespan(const char *text, int64_t expected)
{
	int64_t ms = UNTOUCHED;

	if (timespan_parse(text, &ms) != 0 || ms != expected)
		fail_msg("\"%s\" gave %lld", text, (long long)ms);
}

static void assert_no_timespan(const char *text, int expected)
{
	int64_t ms = UNTOUCHED;
	int r = timespan_parse(text, &ms);

	if (r != expected || ms != UNTOUCHED)
		fail_msg("\"%s\" returned %d and gave %lld", text, r, (long long)ms);
}

static void assert_amps(const char *text, int32_t expected)
{
	int32_t ma = UNTOUCHED;

	if (amps_parse(text, &ma) != 0 || ma != expected)
		fail_msg("\"%s\" gave %d", text, ma);
}

static void assert_no_amps(const char *text, int expected)
{
	int32_t ma = UNTOUCHED;
	int r = amps_parse(text, &ma);

	if (r != expected || ma != UNTOUCHED)
		fail_msg("\"%s\" returned %d and gave %d", text, r, ma);
}

static void time_spans_are_read_as_systemd_writes_them(void **state)
{
	(void)state;
	assert_timespan("0", 0);
	assert_timespan("0s", 0);
	assert_timespan("5", 5000);
	assert_timespan("1.5", 1500);
	assert_timespan("250ms", 250);
	assert_timespan("5s", 5000);
	assert_timespan("5 s", 5000);
	assert_timespan("1min", 60000);
	assert_timespan("1m", 60000);
	assert_timespan("1.5h", 5400000);
	assert_timespan("1min 30s", 90000);
	assert_timespan("1min30s", 90000);
	assert_timespan("1h 1min\t1s 1ms", 3661001);
	assert_timespan("1000us", 1);
	assert_timespan("500us 500us", 1);
	assert_timespan("0.00000001h 999964us", 1000);
	assert_timespan("0.001s", 1);
	assert_timespan("2147483647ms", INT32_MAX);
	assert_timespan("596h 31min 23s 647ms", INT32_MAX);
}

static void what_is_no_time_span_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"s",
		"ms",
		"-5s",
		"+5s",
		"5 ",
		" 5",
		"5s ",
		" 5s",
		"1e3",
		"1e3s",
		"0x10",
		"0x10s",
		"nan",
		"inf",
		"infinity",
		"5S",
		"5sec",
		"5seconds",
		"5d",
		"5x",
		"5.s",
		".5s",
		"5..5s",
		"5.5.5s",
		"5,5s",
		"5s,",
		"1 30s",
		"30s 1",
		"5s5",
		"5ss",
		"s5",
		"5s;",
		"1.0000000000s",
		"0.5ms",
		"1us",
		"1.0001s",
		"0.0000001h",
		"5\ns",
		"5s\n",
		"5\xc2\xb5s",
		"99999999999999999999999x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_no_timespan(texts[i], -EINVAL);
}

static void a_time_span_that_is_too_large_is_told_apart(void **state)
{
	(void)state;
	assert_no_timespan("2147483648ms", -ERANGE);
	assert_no_timespan("2147483647.001ms", -ERANGE);
	assert_no_timespan("2147484s", -ERANGE);
	assert_no_timespan("597h", -ERANGE);
	assert_no_timespan("596h 60min", -ERANGE);
	assert_no_timespan("2147483647ms 1ms", -ERANGE);
	assert_no_timespan("2000000s 2000000s 2000000s", -ERANGE);
	assert_no_timespan("9223372036854775807s", -ERANGE);
	assert_no_timespan("9223372036854775808h", -ERANGE);
	assert_no_timespan("99999999999999999999999999999999999999999999h", -ERANGE);
}

static void time_spans_are_written_in_the_largest_units(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{0, "0"},
		{1, "1ms"},
		{250, "250ms"},
		{5000, "5s"},
		{60000, "1min"},
		{90000, "1min 30s"},
		{1500, "1s 500ms"},
		{3600000, "1h"},
		{-5000, "-5s"},
		{INT32_MAX, "596h 31min 23s 647ms"},
		{INT64_MAX, "2562047788015h 12min 55s 807ms"},
		{INT64_MIN, "-2562047788015h 12min 55s 808ms"},
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(timespan_format(cases[i].ms, buf, sizeof(buf)), cases[i].text);
}

static void currents_are_read_in_ampere(void **state)
{
	(void)state;
	assert_amps("0", 0);
	assert_amps("6", 6000);
	assert_amps("006", 6000);
	assert_amps("13.5", 13500);
	assert_amps("0.2", 200);
	assert_amps("0.001", 1);
	assert_amps("2147483.647", INT32_MAX);
}

static void what_is_no_current_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		".",
		"6.",
		".6",
		"-6",
		"+5",
		"6 ",
		" 6",
		"6A",
		"6 A",
		"1e3",
		"nan",
		"NaN",
		"inf",
		"0x10",
		"13,5",
		"1.2.3",
		"0.0001",
		"6.0000",
		"6\n",
		"six",
		"--6",
		"99x",
		"99999999999999999999999x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_no_amps(texts[i], -EINVAL);
	assert_no_amps("2147483.648", -ERANGE);
	assert_no_amps("2147484", -ERANGE);
	assert_no_amps("9223372036854775808", -ERANGE);
	assert_no_amps("99999999999999999999999999999999999999999999.999", -ERANGE);
}

static void currents_are_written_without_trailing_zeros(void **state)
{
	static const struct {
		int32_t ma;
		const char *text;
	} cases[] = {
		{0, "0"},
		{6000, "6"},
		{13500, "13.5"},
		{200, "0.2"},
		{1, "0.001"},
		{10, "0.01"},
		{-250, "-0.25"},
		{100020, "100.02"},
		{INT32_MAX, "2147483.647"},
		{INT32_MIN, "-2147483.648"},
	};
	char buf[16];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(amps_format(cases[i].ma, buf, sizeof(buf)), cases[i].text);
}

static void a_small_buffer_is_never_overrun(void **state)
{
	char buf[8];

	(void)state;
	for (size_t size = 0; size <= sizeof(buf) - 1; size++) {
		memset(buf, 'x', sizeof(buf));
		timespan_format(INT32_MAX, buf, size);
		assert_int_equal(buf[size], 'x');
		if (size > 0)
			assert_int_equal(strlen(buf), size - 1);
		memset(buf, 'x', sizeof(buf));
		amps_format(INT32_MIN, buf, size);
		assert_int_equal(buf[size], 'x');
		if (size > 0)
			assert_int_equal(strlen(buf), size - 1);
	}
}

static void what_is_written_reads_the_same(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		int32_t value = (int32_t)(random_between(&rng, 0, INT32_MAX) >>
					  random_between(&rng, 0, 30));
		char buf[32];

		assert_timespan(timespan_format(value, buf, sizeof(buf)), value);
		assert_true(strlen(buf) < 32);
		assert_amps(amps_format(value, buf, 16), value);
		assert_true(strlen(buf) < 16);
	}
}

static void the_locale_does_not_matter(void **state)
{
	static const char *const names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "nl_NL.UTF-8"};
	const char *found = NULL;
	char buf[16];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !found; i++)
		found = setlocale(LC_ALL, names[i]);
	if (!found || strcmp(localeconv()->decimal_point, ",") != 0) {
		printf("skipped: no locale with a decimal comma is installed\n");
		skip();
	}
	assert_amps("13.5", 13500);
	assert_no_amps("13,5", -EINVAL);
	assert_timespan("1.5s", 1500);
	assert_no_timespan("1,5s", -EINVAL);
	assert_string_equal(amps_format(13500, buf, sizeof(buf)), "13.5");
	setlocale(LC_ALL, "C");
}

static void garbage_is_refused_or_within_range(void **state)
{
	static const char alphabet[] = "0123456789995..  msmhinu+-ex,\t\n";
	int accepted = 0;

	(void)state;
	for (int i = 0; i < 10 * ROUNDS; i++) {
		size_t len = (size_t)random_between(&rng, 0, 24);
		int64_t ms = UNTOUCHED;
		int32_t ma = UNTOUCHED;
		char text[25];
		int r;

		for (size_t j = 0; j < len; j++)
			text[j] = random_chance(&rng, 2)
					  ? (char)random_between(&rng, 1, 255)
					  : alphabet[random_between(&rng, 0, sizeof(alphabet) - 2)];
		text[len] = '\0';

		r = timespan_parse(text, &ms);
		assert_true(r == 0 || r == -EINVAL || r == -ERANGE);
		assert_true(r == 0 ? ms >= 0 && ms <= INT32_MAX : ms == UNTOUCHED);
		if (r == 0)
			assert_true(strspn(text, "0123456789. \tusminh") == len && len > 0);
		accepted += r == 0;

		r = amps_parse(text, &ma);
		assert_true(r == 0 || r == -EINVAL || r == -ERANGE);
		assert_true(r == 0 ? ma >= 0 : ma == UNTOUCHED);
		if (r == 0)
			assert_true(strspn(text, "0123456789.") == len && len > 0);
		accepted += r == 0;
	}
	assert_true(accepted > 100); /* or this test would look at refusals alone */
}

static void people_speak_of_tenths_of_an_ampere(void **state)
{
	static const struct {
		int32_t ma, rounded;
	} cases[] = {{0, 0}, {49, 0}, {50, 100}, {-49, 0}, {-50, -100}, {12349, 12300},
		{12350, 12400}, {-12350, -12400}, {INT32_MAX, 2147483600},
		{INT32_MIN, -2147483600}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(amps_round(cases[i].ma), cases[i].rounded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_speak_of_tenths_of_an_ampere),
		cmocka_unit_test(time_spans_are_read_as_systemd_writes_them),
		cmocka_unit_test(what_is_no_time_span_is_refused),
		cmocka_unit_test(a_time_span_that_is_too_large_is_told_apart),
		cmocka_unit_test(time_spans_are_written_in_the_largest_units),
		cmocka_unit_test(currents_are_read_in_ampere),
		cmocka_unit_test(what_is_no_current_is_refused),
		cmocka_unit_test(currents_are_written_without_trailing_zeros),
		cmocka_unit_test(a_small_buffer_is_never_overrun),
		cmocka_unit_test(what_is_written_reads_the_same),
		cmocka_unit_test(the_locale_does_not_matter),
		cmocka_unit_test(garbage_is_refused_or_within_range),
	};

	rng.state = random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
