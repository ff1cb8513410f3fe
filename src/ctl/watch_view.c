/* SPDX-License-Identifier: MIT */
#include "ctl/watch_view.h"

#include <curses.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/quantity.h"
#include "ctl/history_time.h"
#include "ctl/status.h"
#include "term/bars.h"
#include "term/wrap.h"

#define LABEL	       9  /* columns before a text */
#define REASON_ROWS    3  /* of it, at most; twice as many where it is roomy */
#define ROOMY	       20 /* rows that leave room between the bars */
#define OVER_MA	       50 /* what would read "25.0 A over the limit" of 25 A is not told */
#define OLD_READING_MS 3000

struct watch_view {
	SCREEN *screen; /* NULL: lines */
	bool known;	/* shown is what was shown last */
	struct optimizer_status shown;
	char error[512]; /* the same where it was not known; empty: nothing was shown yet */
};

int watch_view_new(struct watch_view **ret)
{
	struct watch_view *view = calloc(1, sizeof(*view));

	if (!view)
		return -ENOMEM;
	view->screen = bars_open();
	if (view->screen) {
		cbreak();
		timeout(0);
	}
	*ret = view;
	return 0;
}

struct watch_view *watch_view_free(struct watch_view *view)
{
	if (!view)
		return NULL;
	bars_close(view->screen);
	free(view);
	return NULL;
}

bool watch_view_has_keys(const struct watch_view *view)
{
	return view->screen;
}

bool watch_view_quits(struct watch_view *view)
{
	int key;

	(void)view;
	while ((key = getch()) != ERR)
		if (key == 'q' || key == 'Q')
			return true;
	return false;
}

/* ---- lines ---- */

static bool same_faults(const struct optimizer_status *a, const struct optimizer_status *b)
{
	if (a->fault_count != b->fault_count)
		return false;
	for (int i = 0; i < a->fault_count; i++)
		if (strcmp(a->faults[i], b->faults[i]) != 0)
			return false;
	return true;
}

bool watch_line_changed(const struct optimizer_status *before, const struct optimizer_status *now)
{
	return strcmp(before->state, now->state) != 0 || before->allowed_ma != now->allowed_ma ||
	       !same_faults(before, now) || !status_same_words(before->reason, now->reason);
}

static int line_show(const struct watch_view *view, const struct optimizer_status *s,
	const char *error, time_t now)
{
	char at[32];

	if (s ? view->known && !watch_line_changed(&view->shown, s)
	      : strcmp(view->error, error) == 0)
		return 0;
	printf("%s  ", history_time_format((int64_t)now * 1000000, at, sizeof(at)));
	if (s) {
		printf("%s: %s", s->state[0] ? s->state : "unknown state", s->reason);
		for (int i = 0; i < s->fault_count; i++)
			printf("%s%s%s", i == 0 ? " [" : ", ", s->faults[i],
				i == s->fault_count - 1 ? "]" : "");
		printf("\n");
	} else {
		printf("%s\n", error);
	}
	return fflush(stdout) == 0 ? 0 : -EIO;
}

/* ---- bars ---- */

static double amps(int64_t ma)
{
	return ma > 0 ? (double)ma / 1000 : 0;
}

/* A text behind its label. Returns the next free row. */
static int words_show(int row, const char *label, const char *text)
{
	mvaddstr(row, 1, label);
	do {
		const char *from = text;
		size_t n = text_wrap(text, COLS > LABEL + 1 ? COLS - LABEL - 1 : 1, &text);

		mvaddnstr(row++, LABEL, from, (int)n);
	} while (*text);
	return row;
}

/* The sentence, at the top. Returns the next free row. */
static int sentence_show(const char *text, bool warn)
{
	int row = 0;

	attrset(warn ? (attr_t)COLOR_PAIR(BAR_WARN) | A_BOLD : A_BOLD);
	do {
		const char *from = text;
		size_t n = text_wrap(text, COLS > 3 ? COLS - 2 : 1, &text);

		mvaddnstr(row++, 1, from, (int)n);
	} while (*text && row < (LINES >= ROOMY ? 2 * REASON_ROWS : REASON_ROWS));
	attrset(A_NORMAL);
	return row;
}

static struct bars bars_for(const struct optimizer_status *s)
{
	double most_a = amps(s->allowed_ma);

	for (int p = 0; p < s->phases; p++)
		most_a = fmax(most_a, amps(s->current_ma[p]));
	return bars_fit(COLS, amps(s->limit_ma), most_a * 1.2);
}

/* Returns the next free row. */
static int bars_show(const struct optimizer_status *s, int row)
{
	const struct bars bars = bars_for(s);
	int step = LINES >= ROOMY ? 2 : 1;

	bars_scale(&bars, row++);
	for (int p = 0; p < s->phases; p++, row += step)
		bars_phase(&bars, row, p, (double)s->current_ma[p] / 1000,
			(double)s->current_ma[p] / 1000,
			s->limit_ma > 0 && s->current_ma[p] > s->limit_ma + OVER_MA);
	mvaddstr(row, 1, "car");
	bars_cells(&bars, row, 0, amps(s->allowed_ma), BAR_OFFER, '-');
	bars_figure(&bars, row++, "%5.1f A allowed", amps(s->allowed_ma));
	if (s->charger_ma >= 0) {
		bars_cells(&bars, row, 0, amps(s->charger_ma), BAR_CAR, '=');
		bars_figure(&bars, row++, "%5.1f A drawn", amps(s->charger_ma));
	}
	return row + step - 1;
}

static void figures_show(const struct optimizer_status *s, int row)
{
	int64_t age_ms = optimizer_status_age_ms(s);
	char text[256], number[32];

	row = words_show(row, "state", s->state[0] ? s->state : "unknown");
	row = words_show(row, "limit", status_limit_text(s, text, sizeof(text)));
	if (s->cap_ma >= 0) {
		snprintf(text, sizeof(text), "%s A, set by %s",
			amps_format((int32_t)s->cap_ma, number, sizeof(number)), s->cap_holder);
		row = words_show(row, "cap", text);
	}
	attrset((attr_t)COLOR_PAIR(BAR_WARN) | A_BOLD);
	if (age_ms > OLD_READING_MS) {
		snprintf(text, sizeof(text), "no reading for %s",
			timespan_format(age_ms / 1000 * 1000, number, sizeof(number)));
		row = words_show(row, "meter", text);
	}
	for (int i = 0; i < s->fault_count; i++) {
		snprintf(text, sizeof(text), "%s: %s", s->faults[i],
			status_fault_hint(s->faults[i]));
		row = words_show(row, i == 0 ? "fault" : "", text);
	}
	attrset(A_NORMAL);
}

static void screen_show(const struct watch_view *view)
{
	const struct optimizer_status *s = &view->shown;
	int row;

	erase();
	if (view->known) {
		row = sentence_show(s->reason, optimizer_status_faulty(s));
		row = bars_show(s, row + 1);
		figures_show(s, row);
	} else {
		sentence_show(view->error, true);
	}
	mvaddstr(LINES - 1, 1, "q quits.");
	refresh();
}

void watch_view_resize(struct watch_view *view)
{
	struct winsize size;

	if (!view->screen || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return;
	resizeterm(size.ws_row, size.ws_col);
	screen_show(view);
}

int watch_view_show(struct watch_view *view, const struct optimizer_status *status,
	const char *error, time_t now)
{
	int r = view->screen ? 0 : line_show(view, status, error, now);

	view->known = status;
	if (status)
		view->shown = *status;
	snprintf(view->error, sizeof(view->error), "%s", status ? "" : error);
	if (view->screen)
		screen_show(view);
	return r;
}
