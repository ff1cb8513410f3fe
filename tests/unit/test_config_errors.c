/* SPDX-License-Identifier: MIT */
/*
 * What is said about a configuration that is wrong, word for word.
 */
#include "config_fixture.h"

static void values_are_refused_with_what_is_allowed(void **state)
{
	static const char *const cases[][2] = {
		{"[mains]\nlimit = 126\n", "test.conf:2: [mains] limit: \"126\" is out of range, "
					   "allowed: dip, or 6 to 125 A"},
		{"[mains]\nlimit = 5.999\n", "test.conf:2: [mains] limit: \"5.999\" is out of "
					     "range, allowed: dip, or 6 to 125 A"},
		{"[mains]\nlimit = 13,5\n",
			"test.conf:2: [mains] limit: \"13,5\" is not dip or a current in ampere "
			"such as 25, allowed: dip, or 6 to 125 A"},
		{"[mains]\n\n# x\nmargin = 25.001\n",
			"test.conf:4: [mains] margin: \"25.001\" is out of range, allowed: 0 to "
			"25 A"},
		{"[mains]\nmargin = # none\n",
			"test.conf:2: [mains] margin: the value is missing, allowed: 0 to 25 A"},
		{"[mains]\nexport = maybe\n", "test.conf:2: [mains] export: \"maybe\" is not yes "
					      "or no, allowed: yes, no"},
		{"[dip]\nlines = 4 5\n", "test.conf:2: [dip] lines: \"4 5\" is not three lines "
					 "such as 4 5 6, allowed: three different words, separated "
					 "by blanks"},
		{"[dip]\nlines = 4 5 5\n", "test.conf:2: [dip] lines: \"4 5 5\" names one of them "
					   "twice, allowed: three different words, separated by "
					   "blanks"},
		{"[dip]\nbias = up\n", "test.conf:2: [dip] bias: \"up\" is not one of the values, "
				       "allowed: pull-up, pull-down, disabled, as-is"},
		{"[meter]\ndevice = ttyS0\n", "test.conf:2: [meter] device: \"ttyS0\" is not an "
					      "absolute path, allowed: a path that begins with /"},
		{"[meter]\nbaud_rate = 14400\n",
			"test.conf:2: [meter] baud_rate: \"14400\" is out of range, allowed: 300, "
			"600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200"},
		{"[meter]\nunit = 0x10\n", "test.conf:2: [meter] unit: \"0x10\" is not a whole "
					   "number, allowed: 1 to 247"},
		{"[meter]\nunit = 99999999999999999999\n",
			"test.conf:2: [meter] unit: \"99999999999999999999\" is out of range, "
			"allowed: 1 to 247"},
		{"[meter]\nresponse_timeout = 5ms\n",
			"test.conf:2: [meter] response_timeout: \"5ms\" is out of range, allowed: "
			"10ms to 5s"},
		{"[meter]\nlost_after = soon\n",
			"test.conf:2: [meter] lost_after: \"soon\" is not a time span such as "
			"250ms, 5s or 1min, allowed: 500ms to 5min"},
		{"[charger]\nphases = L1 L1\n",
			"test.conf:2: [charger] phases: \"L1 L1\" names one of them twice, "
			"allowed: auto, or one to three of L1 L2 L3, separated by blanks"},
		{"[charger]\nphases = L4\n",
			"test.conf:2: [charger] phases: \"L4\" is not auto or phases such as L2, "
			"allowed: auto, or one to three of L1 L2 L3, separated by blanks"},
		{"[can]\ncommand_id = 0x800\n",
			"test.conf:2: [can] command_id: \"0x800\" is out of range, allowed: 0x000 "
			"to 0x7ff"},
		{"[can]\ncommand_id = none\n",
			"test.conf:2: [can] command_id: \"none\" is not an identifier such as "
			"0x210, allowed: 0x000 to 0x7ff"},
		{"[can]\nstatus_id = 0x\n",
			"test.conf:2: [can] status_id: \"0x\" is not an identifier such as 0x210, "
			"allowed: 0x000 to 0x7ff, or none"},
		{"[can]\ninterface = sixteen-letters-\n",
			"test.conf:2: [can] interface: \"sixteen-letters-\" is out of range, "
			"allowed: a name of at most 15 characters"},
		{"[sysfs]\nunit = ma\n", "test.conf:2: [sysfs] unit: \"ma\" is not one of the "
					 "values, allowed: A, mA, uA"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_bad(*state, cases[i][0], cases[i][1]);
}

static void lines_are_refused_with_what_is_allowed(void **state)
{
	static const char *const cases[][2] = {
		{"[mian]\nlimit = 3\n", "test.conf:1: [mian]: unknown section, did you mean "
					"[mains]?"},
		{"[electricity]\n", "test.conf:1: [electricity]: unknown section, known are mains, "
				    "dip, meter, charger, pwm, can, sysfs, indicator, regulator"},
		{"[mains]\nlimt = 25\n", "test.conf:2: [mains] limt: unknown key, did you mean "
					 "limit?"},
		{"[mains]\nvoltage = 230\n", "test.conf:2: [mains] voltage: unknown key, known "
					     "are limit, margin, export"},
		{"[mains]\nmax_current = 16\n",
			"test.conf:2: [mains] max_current: unknown key here, it belongs into "
			"section [charger]"},
		{"[mains]\nlimit = 25\nlimit = 25\n",
			"test.conf:3: [mains] limit: set twice in this file, first in line 2, "
			"allowed: once"},
		{"limit = 25\n", "test.conf:1: limit: stands before any section, allowed: below a "
				 "line such as [mains]"},
		{"[mains]\nlimit 25\n", "test.conf:2: [mains] limit: there is no = after the key, "
					"allowed: key = value"},
		{"[mains]\nlimit: 25\n", "test.conf:2: [mains] limit: there is no = after the key, "
					 "allowed: key = value"},
		{"[mains]\nlimit: a = 25\n", "test.conf:2: [mains] limit: there is no = after the "
					     "key, allowed: key = value"},
		{"[mains]\n= 25\n", "test.conf:2: [mains]: there is no key before the =, allowed: "
				    "key = value"},
		{"[mains]\nlimit = 25\n  margin = 1\n",
			"test.conf:3: [mains]: the line starts with a blank, allowed: each value "
			"on one line, and sections and keys at the start of a line"},
		{"[mains]\nlimit = 25\n [meter]\nunit = 2\n",
			"test.conf:3: [mains]: the line starts with a blank, allowed: each value "
			"on one line, and sections and keys at the start of a line"},
		{"[mains\nlimit = 3\n", "test.conf:1: malformed section header, allowed: [section] "
					"alone on its line"},
		{"[]\n", "test.conf:1: malformed section header, allowed: [section] alone on its "
			 "line"},
		{"[mains] limit = 25\n", "test.conf:1: malformed section header, allowed: "
					 "[section] alone on its line"},
		{"[mains]\n# bell \a\n", "test.conf:2: byte 8 (0x07) is a control character, "
					 "allowed: text and tabs"},
		{"[mains]\n# \xc2\x9b\n", "test.conf:2: byte 3 (0xc2) is a control character, "
					  "allowed: text and tabs"},
		{"[mains]\n# f\xfcr Strom\n", "test.conf:2: byte 4 (0xfc) is not UTF-8, allowed: "
					      "UTF-8 text"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_bad(*state, cases[i][0], cases[i][1]);
}

static void all_errors_are_told_at_once(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, "margin = 1\n[mains]\nlimit = 500\n[nonsense]\nfoo = 1\nbar\n"
				 "[charger]\n\noutput = pmw\nmin_current = 3\nmin_current = 4\n"
				 "# \xff\nmax_current = 16\n continued\n"),
		-EBADMSG);
	assert_int_equal(f->errors, 9);
	assert_said(f, "test.conf:3: [mains] limit: \"500\" is out of range, allowed: dip, or 6 to "
		       "125 A");
	assert_said(f, "test.conf:6: bar: there is no = after the key, allowed: key = value");
	assert_said(f, "test.conf:9: [charger] output: \"pmw\" is not one of the values, allowed: "
		       "none, pwm, can, sysfs");
	assert_said(f, "test.conf:11: [charger] min_current: set twice in this file, first in line "
		       "10, allowed: once");
}

static void long_texts_are_cut_when_they_are_shown(void **state)
{
	char line[200] = "[mains]\nlimit = ";

	memset(line + strlen(line), 'x', 150);
	assert_bad(*state, line,
		"test.conf:2: [mains] limit: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxx...\" is not dip or a current in ampere such as 25, allowed: dip, or 6 "
		"to 125 A");
}

static void a_line_may_have_190_bytes_and_a_value_160(void **state)
{
	struct fixture *f = *state;
	char text[400] = "[dip]\nchip = ";

	memset(text + strlen(text), 'x', 160);
	assert_good(f, text);
	assert_int_equal(strlen(f->config.dip.chip), 160);
	strcat(text, " # 345678901234567890123"); /* 7 + 160 + 23 */
	assert_bad(f, text, "test.conf:2: the line has 191 bytes, allowed: 190, comments included");
	text[strlen(text) - 1] = '\0';
	assert_good(f, text);

	strcpy(text, "[dip]\nchip = ");
	memset(text + strlen(text), 'x', 161);
	assert_int_equal(load(f, text), -EBADMSG);
	assert_non_null(strstr(f->said, "is longer than 160 bytes"));

	/* The keys below a header that is too long do not fall into the section above. */
	strcpy(text, "[mains]\nlimit = 25\n[meter]");
	memset(text + strlen(text), ' ', 200);
	strcat(text, "\nlimit = 16\n");
	assert_int_equal(load(f, text), -EBADMSG);
	assert_int_equal(f->errors, 1);
}

static void contradictions_are_errors(void **state)
{
	static const char *const cases[][2] = {
		{"[charger]\nmin_current = 33\n",
			"test.conf:2: [charger] min_current: 33 does not fit, allowed: at most "
			"max_current = 32 (default)"},
		{"[charger]\nmin_current = 10\n[charger]\nmax_current = 9.5\n", NULL},
		{"[mains]\nmargin = 16\nlimit = 16\n", NULL},
		{"[charger]\nfailsafe_current = 5.9\n",
			"test.conf:2: [charger] failsafe_current: 5.9 does not fit, allowed: 0, or "
			"at least min_current = 6 (default)"},
		{"[charger]\nfailsafe_current = 33\n",
			"test.conf:2: [charger] failsafe_current: 33 does not fit, allowed: at "
			"most max_current = 32 (default)"},
		{"[pwm]\nmapping = linear\npause = high\n", NULL},
		{"[meter]\nlost_after = 500ms\nresponse_timeout = 250ms\n", NULL},
		{"[meter]\npoll_interval = 5s\n",
			"test.conf:2: [meter] poll_interval: one late answer would be a fault, "
			"allowed: lost_after = 5s (default) above poll_interval = 5s (@:2) and "
			"response_timeout = 200ms (default) together"},
		{"[charger]\noutput = sysfs\n", "test.conf:2: [charger] output: sysfs needs to "
						"know the file, allowed: with [sysfs] path"},
		{"[charger]\noutput = sysfs\n[sysfs]\npath =\n", NULL},
		{"[can]\ncommand_id = 0x211\n",
			"test.conf:2: [can] command_id: 0x211 does not fit, allowed: different "
			"from status_id = 0x211 (default)"},
		{"[can]\nstatus_id = 528\n",
			"test.conf:2: [can] status_id: 0x210 does not fit, allowed: different from "
			"command_id = 0x210 (default)"},
		{"[meter]\nmodel = klefr-6924\n[charger]\nphases = L2\n", NULL},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *expected = cases[i][1], *at = expected ? strchr(expected, '@') : NULL;
		char line[512];

		if (load(f, cases[i][0]) != -EBADMSG || f->errors != 1)
			fail_msg("\"%s\": %s", cases[i][0], f->said);
		if (at)
			snprintf(line, sizeof(line), "%.*s%s%s", (int)(at - expected), expected,
				f->path, at + 1);
		if (expected)
			assert_said(f, at ? line : expected);
	}
}

static void near_contradictions_are_fine(void **state)
{
	struct fixture *f = *state;

	assert_good(f, "[charger]\nmin_current = 32\n");
	assert_good(f, "[charger]\nmin_current = 16\nmax_current = 16\nfailsafe_current = 16\n");
	assert_good(f, "[mains]\nmargin = 25\n"); /* the switches may say 32 A and more */
	assert_good(f, "[pwm]\nmapping = linear\n");
	assert_good(f, "[meter]\nlost_after = 500ms\nresponse_timeout = 249ms\n");
	assert_good(f, "[meter]\nmodel = klefr-6924\n[charger]\nphases = L1\n");
	assert_good(f, "[can]\ncommand_id = 0x211\nstatus_id = none\n");
}

static void a_rejected_value_contradicts_nothing(void **state)
{
	assert_bad(*state, "[charger]\nmin_current = 40\nmax_current = 48x\n",
		"test.conf:3: [charger] max_current: \"48x\" is not a current in ampere such as 6 "
		"or 13.5, allowed: 6 to 80 A");
}

static void what_works_but_surprises_is_a_warning(void **state)
{
	struct fixture *f = *state;

	assert_good(f, "[pwm]\npause = low\n");
	assert_int_equal(f->warnings, 1);
	assert_said(f, "test.conf:2: [pwm] pause: low is a static -12 V (state F), which many cars "
		       "take as an error of the charger; high is the usual pause");
	assert_good(f, "[pwm]\nfrequency = 500\n");
	assert_int_equal(f->warnings, 1);
	assert_good(f, "[pwm]\nfrequency = 500\nmapping = linear\n");
	assert_int_equal(f->warnings, 0);
	/* 6 A, 1.5 A to resume, and 0.2 A that are kept free */
	assert_good(f, "[mains]\nlimit = 7.6\n");
	assert_int_equal(f->warnings, 1);
	assert_good(f, "[mains]\nlimit = 7.7\n");
	assert_int_equal(f->warnings, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_refused_with_what_is_allowed),
		cmocka_unit_test(lines_are_refused_with_what_is_allowed),
		cmocka_unit_test(all_errors_are_told_at_once),
		cmocka_unit_test(long_texts_are_cut_when_they_are_shown),
		cmocka_unit_test(a_line_may_have_190_bytes_and_a_value_160),
		cmocka_unit_test(contradictions_are_errors),
		cmocka_unit_test(near_contradictions_are_fine),
		cmocka_unit_test(a_rejected_value_contradicts_nothing),
		cmocka_unit_test(what_works_but_surprises_is_a_warning),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
