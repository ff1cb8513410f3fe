/* SPDX-License-Identifier: MIT */
#include "sim/house_view.h"

#include <curses.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/tally.h"
#include "term/bars.h"
#include "term/wrap.h"

#define NOTES	    32
#define NOTE_BYTES  512
#define STATUS_ROWS 2

struct house_view {
	SCREEN *screen; /* NULL: plain */
	int plain_second;
	char notes[NOTES][NOTE_BYTES]; /* a ring */
	int note_count;
};

int house_view_new(struct house_view **ret, bool plain)
{
	struct house_view *view = calloc(1, sizeof(*view));

	if (!view)
		return -ENOMEM;
	view->plain_second = -1;
	if (!plain)
		view->screen = bars_open();
	*ret = view;
	return 0;
}

struct house_view *house_view_free(struct house_view *view)
{
	if (!view)
		return NULL;
	bars_close(view->screen);
	free(view);
	return NULL;
}

void house_view_note(struct house_view *view, double t_s, const char *text)
{
	char *note = view->notes[view->note_count++ % NOTES];

	snprintf(note, NOTE_BYTES, "%5.1f s  %s", t_s, text);
	if (!view->screen) {
		printf("%s\n", note);
		fflush(stdout);
	}
}

static void plain_show(struct house_view *view, const struct house_picture *picture)
{
	if ((int)picture->t_s <= view->plain_second)
		return;
	view->plain_second = (int)picture->t_s;
	printf("%5.1f s ", picture->t_s);
	for (int p = 0; p < picture->phases; p++) {
		double total = picture->house_a[p] + picture->car_a[p];

		printf(" L%d %4.1f + %4.1f = %4.1f A%s", p + 1, picture->house_a[p],
			picture->car_a[p], total,
			total > picture->limit_a + TALLY_OVER_A ? "!" : " ");
	}
	printf(" of %g A, offered %4.1f A, %s%s%s%s\n", picture->limit_a, picture->offered_a,
		picture->state, picture->events[0] ? " [" : "", picture->events,
		picture->events[0] ? "]" : "");
	fflush(stdout);
}

static void notes_show(const struct house_view *view, int row, int rows, int columns)
{
	int first = view->note_count > rows ? view->note_count - rows : 0;

	if (view->note_count - first > NOTES)
		first = view->note_count - NOTES;
	for (int i = first; i < view->note_count; i++)
		mvaddnstr(row++, 1, view->notes[i % NOTES], columns - 2);
}

static void keys_take(void)
{
	/* Typed keys are dropped; a resize comes as one, and is done by reading it. */
	timeout(0);
	while (getch() != ERR)
		;
}

/* The legend, what is on, and what the daemon says. Returns the next free row. */
static int words_show(const struct house_picture *picture, int row, int columns)
{
	const struct bars cells = {.width = columns, .full_a = columns};
	const char *status = picture->status;

	bars_cells(&cells, row, 0, 2, BAR_HOUSE, '#');
	mvprintw(row, BARS_LEFT + 3, "house");
	bars_cells(&cells, row, 10, 12, BAR_CAR, '=');
	mvprintw(row++, BARS_LEFT + 13, "car");
	mvprintw(row, 1, "now: ");
	mvaddnstr(row++, BARS_LEFT, picture->events[0] ? picture->events : "base load",
		columns - BARS_LEFT);
	if (picture->meter_gone)
		attrset((attr_t)COLOR_PAIR(BAR_WARN) | A_BOLD);
	mvprintw(row++, 1, "car: %s", picture->state);
	for (int i = 0; i < STATUS_ROWS; i++) {
		const char *from = status;
		size_t n = text_wrap(status, columns > 3 ? columns - 2 : 1, &status);

		mvaddnstr(row++, 1, from, (int)n);
	}
	attrset(A_NORMAL);
	return row + 1;
}

void house_view_show(struct house_view *view, const struct house_picture *picture)
{
	int rows, columns, row = 2;
	struct bars bars;

	if (!view->screen) {
		plain_show(view, picture);
		return;
	}
	keys_take();
	getmaxyx(stdscr, rows, columns);
	bars = bars_fit(columns, picture->limit_a, picture->max_a);

	erase();
	attrset(A_BOLD);
	mvprintw(0, 1, "main switch %g A, charger %g A, car '%s'", picture->limit_a, picture->max_a,
		picture->car);
	mvprintw(0, columns - 16, "%5.1f of %g s", picture->t_s, picture->seconds);
	attrset(A_NORMAL);
	bars_scale(&bars, row++);
	for (int p = 0; p < picture->phases; p++, row += 2) {
		double total = picture->house_a[p] + picture->car_a[p];

		bars_phase(&bars, row, p, picture->house_a[p], total,
			total > picture->limit_a + TALLY_OVER_A);
	}
	mvprintw(row, 1, "car");
	bars_cells(&bars, row, 0, picture->offered_a, BAR_OFFER, '-');
	bars_figure(&bars, row, "%5.1f A offered", picture->offered_a);

	row = words_show(picture, row + 2, columns);
	notes_show(view, row, rows - row - 1, columns);
	mvaddstr(rows - 1, 1, "Ctrl-C ends.");
	refresh();
}
