/* SPDX-License-Identifier: MIT */
#include "app/boottime.h"
#include "core/quantity.h"
#include "ctl/scan_report.h"
#include "ctl/scan_text.h"

/* A live line that changes faster than this is only work for the terminal. */
#define LIVE_INTERVAL_US 100000

static const char *round_seconds(int64_t ms, char *buf, size_t size)
{
	int64_t s = (ms + 999) / 1000;

	/* Nobody counts the seconds of minutes that are estimated. */
	return timespan_format((s >= 300 ? (s + 30) / 60 * 60 : s) * 1000, buf, size);
}

static void live(struct scan_view *view, const struct scan_block *block, int unit, int64_t done_ms,
	int64_t total_ms)
{
	int64_t now_us = boottime_us();
	char line[SCAN_SETTINGS_MAX], left[32];

	if (now_us - view->told_us < LIVE_INTERVAL_US && block == view->block)
		return;
	view->told_us = now_us;
	view->block = block;
	fprintf(view->stream, "\r\033[K%s, ",
		scan_settings(block->baud_rate, block->parity, line, sizeof(line)));
	if (unit == SCAN_UNIT_ANYBODY)
		fprintf(view->stream, "whatever address");
	else
		fprintf(view->stream, "address %d", unit);
	fprintf(view->stream, " (at most %s more; Ctrl-C ends it)",
		round_seconds(total_ms - done_ms, left, sizeof(left)));
	fflush(view->stream);
}

static void progress(
	void *userdata, const struct scan_block *block, int unit, int64_t done_ms, int64_t total_ms)
{
	struct scan_view *view = userdata;
	char line[SCAN_SETTINGS_MAX], left[32];

	if (view->live) {
		live(view, block, unit, done_ms, total_ms);
		return;
	}
	if (block == view->block)
		return;
	view->block = block;
	fprintf(view->stream, "Trying %s, address %d",
		scan_settings(block->baud_rate, block->parity, line, sizeof(line)), block->first);
	if (block->last != block->first)
		fprintf(view->stream, " to %d", block->last);
	fprintf(view->stream, " (at most %s more)\n",
		round_seconds(total_ms - done_ms, left, sizeof(left)));
	fflush(view->stream);
}

void scan_view_end(struct scan_view *view)
{
	if (view->live && view->block)
		fprintf(view->stream, "\r\033[K");
	fflush(view->stream);
}

static void find(void *userdata, const struct scan_find *find)
{
	struct scan_view *view = userdata;
	char text[SCAN_FIND_MAX];

	scan_view_end(view);
	fprintf(view->stream, "%s\n", scan_find_text(find, text, sizeof(text)));
	view->told_us = 0;
}

static void begin(void *userdata, const struct scan_plan *plan)
{
	struct scan_view *view = userdata;
	char span[32];

	fprintf(view->stream, "Looking for the meter on %s; this takes %s if there is none.\n",
		view->device, round_seconds(scan_plan_ms(plan), span, sizeof(span)));
	fflush(view->stream);
}

struct scan_callbacks scan_view_callbacks(struct scan_view *view)
{
	return (struct scan_callbacks){
		.begin = begin, .progress = progress, .find = find, .userdata = view};
}
