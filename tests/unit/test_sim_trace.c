/* SPDX-License-Identifier: MIT */
/* Load traces: what is read, and what is said about a file that is none. */
#include "support.h"

#include <errno.h>
#include <string.h>

#include "sim/trace.h"

static int read_text(const char *text, struct trace *ret, char problem[TRACE_PROBLEM_MAX])
{
	FILE *stream = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	int r;

	assert_non_null(stream);
	r = trace_read(stream, "day.csv", ret, problem);
	fclose(stream);
	return r;
}

static void a_row_holds_until_the_next(void **state)
{
	char problem[TRACE_PROBLEM_MAX];
	struct trace trace;

	(void)state;
	assert_int_equal(
		read_text("t,l1,l2,l3\n10,1,2,3\n11,4.5,-5,6e0\r\n14,7,8,9", &trace, problem), 0);
	assert_int_equal(trace.count, 3);
	assert_true(trace_at(&trace, 0, false)->amps[0] == 1);
	assert_true(trace_at(&trace, 0.999, false)->amps[2] == 3);
	assert_true(trace_at(&trace, 1, false)->amps[0] == 4.5);
	assert_true(trace_at(&trace, 3.9, false)->amps[1] == -5);
	assert_true(trace_at(&trace, 4, false)->amps[2] == 9);
	trace_clear(&trace);
}

static void a_byte_order_mark_is_none_of_the_header(void **state)
{
	char problem[TRACE_PROBLEM_MAX];
	struct trace trace;

	(void)state;
	assert_int_equal(read_text("\xef\xbb\xbft,l1,l2,l3\r\n0,1,2,3\r\n", &trace, problem), 0);
	assert_int_equal(trace.count, 1);
	trace_clear(&trace);
	assert_true(read_text("\xef\xbbt,l1,l2,l3\n0,1,2,3\n", &trace, problem) < 0);
}

static void a_directory_is_called_one(void **state)
{
	char problem[TRACE_PROBLEM_MAX];
	struct trace trace;

	(void)state;
	assert_true(trace_load("/", &trace, problem) < 0);
	assert_string_equal(problem, "/:1: Is a directory");
}

static void the_last_row_holds_or_the_trace_loops(void **state)
{
	char problem[TRACE_PROBLEM_MAX];
	struct trace trace;

	(void)state;
	assert_int_equal(read_text("t,l1,l2,l3\n0,1,0,0\n2,2,0,0\n", &trace, problem), 0);
	assert_true(trace_end_s(&trace) == 4);
	assert_true(trace_at(&trace, 1e6, false)->amps[0] == 2);
	assert_true(trace_at(&trace, 4, true)->amps[0] == 1);
	assert_true(trace_at(&trace, 7.9, true)->amps[0] == 2);
	assert_true(trace_at(&trace, 8.1, true)->amps[0] == 1);
	trace_clear(&trace);
}

static void a_trace_of_one_row_loops_every_second(void **state)
{
	char problem[TRACE_PROBLEM_MAX];
	struct trace trace;

	(void)state;
	assert_int_equal(read_text("t,l1,l2,l3\n5,1,2,3\n", &trace, problem), 0);
	assert_true(trace_at(&trace, 3.5, true)->amps[1] == 2);
	trace_clear(&trace);
}

static void a_bad_file_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text;
		const char *where;
	} files[] = {
		{"\n", "day.csv:1: "},
		{"t,l1\n", "day.csv:1: "},
		{"t,l1,l2,l3\n", "day.csv:1: no rows"},
		{"t,l1,l2,l3\n0,1,2\n", "day.csv:2: "},
		{"t,l1,l2,l3\n0,1,2,3\n1,1,2,3,4\n", "day.csv:3: "},
		{"t,l1,l2,l3\n0,1,2,3\n\n", "day.csv:3: "},
		{"t,l1,l2,l3\n0,1,x,3\n", "day.csv:2: "},
		{"t,l1,l2,l3\n0,1,nan,3\n", "day.csv:2: "},
		{"t,l1,l2,l3\n0,1,2,20000\n", "day.csv:2: a current above"},
		{"t,l1,l2,l3\n5,1,2,3\n5,1,2,3\n", "day.csv:3: the time"},
		{"t,l1,l2,l3\n1e300,1,2,3\n", "day.csv:2: a time beyond"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct trace trace = {.count = 77};
		char problem[TRACE_PROBLEM_MAX] = "";

		assert_int_equal(read_text(files[i].text, &trace, problem), -EBADMSG);
		assert_memory_equal(problem, files[i].where, strlen(files[i].where));
		assert_int_equal(trace.count, 77);
	}
}

static void a_missing_file_is_named(void **state)
{
	char problem[TRACE_PROBLEM_MAX];
	struct trace trace;

	(void)state;
	assert_int_equal(trace_load("/nonexistent/day.csv", &trace, problem), -ENOENT);
	assert_non_null(strstr(problem, "/nonexistent/day.csv"));
}

static void a_day_is_read_to_its_end(void **state)
{
	char problem[TRACE_PROBLEM_MAX];
	FILE *stream = tmpfile();
	struct trace trace;

	(void)state;
	assert_non_null(stream);
	fprintf(stream, "t,l1,l2,l3\n");
	for (int t = 0; t < 86400; t++)
		fprintf(stream, "%d,%d,0,0\n", t, t % 25);
	rewind(stream);
	assert_int_equal(trace_read(stream, "day", &trace, problem), 0);
	fclose(stream);
	assert_int_equal(trace.count, 86400);
	for (int t = 0; t < 86400; t += 997)
		assert_true(trace_at(&trace, t + 0.5, false)->amps[0] == t % 25);
	trace_clear(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_holds_until_the_next),
		cmocka_unit_test(a_byte_order_mark_is_none_of_the_header),
		cmocka_unit_test(a_directory_is_called_one),
		cmocka_unit_test(the_last_row_holds_or_the_trace_loops),
		cmocka_unit_test(a_trace_of_one_row_loops_every_second),
		cmocka_unit_test(a_bad_file_is_refused_with_its_line),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(a_day_is_read_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
