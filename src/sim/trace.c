/* SPDX-License-Identifier: MIT */
#include "sim/trace.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HEADER	 "t,l1,l2,l3"
#define BOM	 "\xef\xbb\xbf" /* which a spreadsheet writes before it, as "CSV UTF-8" */
#define AMPS_MAX 10000.0
#define TIME_MAX 1e9 /* s, 30 years; far above, the next row could not be told from this one */

/* One number and what must follow it; NULL if it is not there. */
static char *field_parse(char *text, char end, double *ret)
{
	char *rest;

	*ret = strtod(text, &rest);
	if (rest == text || !isfinite(*ret) || *rest != end)
		return NULL;
	return rest + (end != '\0');
}

static const char *row_parse(char *line, struct trace_row *ret)
{
	char *text = field_parse(line, ',', &ret->t_s);

	for (int p = 0; text && p < SIM_PHASES_MAX; p++)
		text = field_parse(text, p == SIM_PHASES_MAX - 1 ? '\0' : ',', &ret->amps[p]);
	if (!text)
		return "not four numbers separated by commas, as in 12,3.5,0,1.25";
	if (fabs(ret->t_s) > TIME_MAX)
		return "a time beyond 1000000000 s";
	for (int p = 0; p < SIM_PHASES_MAX; p++) {
		if (fabs(ret->amps[p]) > AMPS_MAX)
			return "a current above 10000 A";
	}
	return NULL;
}

static const char *row_add(struct trace *trace, size_t *size, const struct trace_row *row)
{
	if (trace->count > 0 && row->t_s <= trace->rows[trace->count - 1].t_s)
		return "the time is not later than that of the row before";
	if (trace->count == *size) {
		size_t more = *size ? *size * 2 : 1024;
		struct trace_row *rows = reallocarray(trace->rows, more, sizeof(*rows));

		if (!rows)
			return "out of memory";
		trace->rows = rows;
		*size = more;
	}
	trace->rows[trace->count++] = *row;
	return NULL;
}

int trace_read(
	FILE *stream, const char *name, struct trace *ret, char ret_problem[TRACE_PROBLEM_MAX])
{
	struct trace trace = {0};
	const char *problem = NULL;
	char *line = NULL;
	size_t line_size = 0, size = 0;
	unsigned long number = 0;
	int error;

	while (!problem && getline(&line, &line_size, stream) >= 0) {
		struct trace_row row;

		number++;
		line[strcspn(line, "\r\n")] = '\0';
		if (number == 1) {
			bool marked = strncmp(line, BOM, strlen(BOM)) == 0;

			if (strcmp(marked ? line + strlen(BOM) : line, HEADER) != 0)
				problem = "the header is not '" HEADER "'";
			continue;
		}
		problem = row_parse(line, &row);
		if (!problem)
			problem = row_add(&trace, &size, &row);
	}
	error = errno;
	free(line);
	if (!problem && ferror(stream))
		problem = strerror(error);
	if (!problem && trace.count == 0)
		problem = number == 0 ? "empty; the header must be '" HEADER "'" : "no rows";
	if (problem) {
		snprintf(ret_problem, TRACE_PROBLEM_MAX, "%s:%lu: %s", name,
			number > 0 ? number : 1, problem);
		trace_clear(&trace);
		return -EBADMSG;
	}
	*ret = trace;
	return 0;
}

int trace_load(const char *path, struct trace *ret, char ret_problem[TRACE_PROBLEM_MAX])
{
	FILE *stream = fopen(path, "re");
	int r;

	if (!stream) {
		r = -errno;
		snprintf(ret_problem, TRACE_PROBLEM_MAX, "%s: %s", path, strerror(-r));
		return r;
	}
	r = trace_read(stream, path, ret, ret_problem);
	fclose(stream);
	return r;
}

void trace_clear(struct trace *trace)
{
	free(trace->rows);
	*trace = (struct trace){0};
}

double trace_end_s(const struct trace *trace)
{
	double last = trace->rows[trace->count - 1].t_s;

	return trace->count > 1 ? 2 * last - trace->rows[trace->count - 2].t_s : last + 1;
}

const struct trace_row *trace_at(const struct trace *trace, double elapsed_s, bool loop)
{
	double begin = trace->rows[0].t_s;
	size_t low = 0, high = trace->count;

	if (loop)
		elapsed_s = fmod(elapsed_s, trace_end_s(trace) - begin);
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (trace->rows[middle].t_s - begin <= elapsed_s)
			low = middle;
		else
			high = middle;
	}
	return &trace->rows[low];
}
