/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "config.h"
#include "ctl/commission.h"
#include "ctl/status.h"
#include "term/wrap.h"

#define COLUMNS 76

/* ---- steps ---- */

const char *commission_verdict_name(enum commission_verdict verdict)
{
	switch (verdict) {
	case COMMISSION_OPEN:
		return "NOT DONE";
	case COMMISSION_PASSED:
		return "PASSED";
	case COMMISSION_FAILED:
		return "FAILED";
	case COMMISSION_SKIPPED:
		return "SKIPPED";
	}
	return "";
}

struct commission_step *commission_begin(
	struct commission *c, const char *title, const char *format, ...)
{
	struct commission_step *step = &c->steps[c->step_count];
	va_list args;

	if (c->step_count < COMMISSION_STEPS_MAX - 1)
		c->step_count++;
	*step = (struct commission_step){.title = title};
	va_start(args, format);
	vsnprintf(step->expected, sizeof(step->expected), format, args);
	va_end(args);
	printf("\n%d. %s\n", c->step_count, title);
	text_print(stdout, COLUMNS, "   Expected: ", step->expected);
	fflush(stdout);
	return step;
}

void commission_seen(struct commission_step *step, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(step->seen, sizeof(step->seen), format, args);
	va_end(args);
	text_print(stdout, COLUMNS, "   Seen:     ", step->seen);
	fflush(stdout);
}

void commission_end(
	struct commission_step *step, enum commission_verdict verdict, const char *format, ...)
{
	va_list args;

	step->verdict = verdict;
	if (format) {
		va_start(args, format);
		vsnprintf(step->remedy, sizeof(step->remedy), format, args);
		va_end(args);
		text_print(stdout, COLUMNS,
			verdict == COMMISSION_FAILED ? "   To do:    " : "   Note:     ",
			step->remedy);
	}
	printf("   %s\n", commission_verdict_name(verdict));
	fflush(stdout);
}

bool commission_failed(const struct commission *c)
{
	bool failed = c->ended || c->step_count == 0;

	for (int i = 0; i < c->step_count; i++)
		failed |= c->steps[i].verdict == COMMISSION_FAILED ||
			  c->steps[i].verdict == COMMISSION_OPEN;
	return failed;
}

/* ---- paper ---- */

static void print_head(const struct commission *c, FILE *stream)
{
	time_t now = time(NULL);
	struct utsname uts = {0};
	struct tm tm = {0};
	char date[64], model[STATUS_MODEL_MAX];

	(void)uname(&uts);
	(void)localtime_r(&now, &tm);
	(void)strftime(date, sizeof(date), "%Y-%m-%d %H:%M %Z", &tm);
	fprintf(stream,
		"Commissioning of the power optimizer\n"
		"====================================\n\n"
		"Date:         %s\nHost:         %s\nSoftware:     poweroptctl %s, %s %s %s\n"
		"Meter:        %s %s\nElectrician:  %s\n\nResult:       %s\n\n",
		date, uts.nodename, PACKAGE_VERSION, uts.sysname, uts.release, uts.machine,
		status_model_text(&c->status, model, sizeof(model)), c->status.meter_serial,
		c->name[0] ? c->name : "____________________",
		c->ended	       ? "ENDED BEFORE THE LAST STEP"
		: commission_failed(c) ? "NOT PASSED"
				       : "PASSED");
}

void commission_report(const struct commission *c, FILE *stream)
{
	print_head(c, stream);
	for (int i = 0; i < c->step_count; i++) {
		const struct commission_step *step = &c->steps[i];

		fprintf(stream, "%d. %s: %s\n", i + 1, step->title,
			commission_verdict_name(step->verdict));
		text_print(stream, COLUMNS, "   Expected: ", step->expected);
		if (step->seen[0])
			text_print(stream, COLUMNS, "   Seen:     ", step->seen);
		if (step->remedy[0])
			text_print(stream, COLUMNS,
				step->verdict == COMMISSION_FAILED ? "   To do:    "
								   : "   Note:     ",
				step->remedy);
		fprintf(stream, "\n");
	}
	fprintf(stream,
		"Place, date, signature:\n\n\n"
		"____________________________________________\n\n\n"
		"The configuration in %s\n\n",
		c->file);
	config_print(&c->config, stream);
}
