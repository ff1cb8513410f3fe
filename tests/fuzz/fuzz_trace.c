/* SPDX-License-Identifier: MIT */
/*
 * A trace from a file of somebody else: read it, or say in one line what is wrong with it.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "sim/trace.h"

static void check_times(const struct trace *trace)
{
	double begin = trace->rows[0].t_s;

	for (size_t i = 0; i < trace->count; i++) {
		FUZZ_CHECK(isfinite(trace->rows[i].t_s));
		FUZZ_CHECK(i == 0 || trace->rows[i].t_s > trace->rows[i - 1].t_s);
		for (int p = 0; p < SIM_PHASES_MAX; p++)
			FUZZ_CHECK(fabs(trace->rows[i].amps[p]) <= 10000);
	}
	FUZZ_CHECK(trace_end_s(trace) > trace->rows[trace->count - 1].t_s);
	FUZZ_CHECK(trace_at(trace, 0, false) == &trace->rows[0]);
	FUZZ_CHECK(trace_at(trace, 1e300, false) == &trace->rows[trace->count - 1]);
	for (double at_s = 0; at_s < 100; at_s += 7) {
		const struct trace_row *row = trace_at(trace, at_s, true);

		FUZZ_CHECK(row >= trace->rows && row < trace->rows + trace->count);
		row = trace_at(trace, at_s, false);
		FUZZ_CHECK(row == trace->rows || row->t_s - begin <= at_s);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char problem[TRACE_PROBLEM_MAX] = "";
	struct trace trace = {0};
	FILE *stream;
	int r;

	if (size == 0) /* fmemopen() takes no less */
		return 0;
	stream = fmemopen((void *)data, size, "r");
	if (!stream)
		return 0;
	r = trace_read(stream, "trace.csv", &trace, problem);
	fclose(stream);
	if (r == 0) {
		FUZZ_CHECK(trace.count > 0 && !problem[0]);
		check_times(&trace);
		trace_clear(&trace);
	} else {
		FUZZ_CHECK(r == -EBADMSG && !trace.rows && trace.count == 0);
		FUZZ_CHECK(strncmp(problem, "trace.csv:", 10) == 0 && !strchr(problem, '\n'));
	}
	return 0;
}
