/* SPDX-License-Identifier: MIT */
#include "sim/house_view.h"

#include <curses.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/tally.h"

#define NOTES	    32
#define NOTE_BYTES  512
#define LEFT	    6	/* columns before a bar */
#define RIGHT	    26	/* columns after it */
#define SCALE_LIMIT 1.4 /* a full bar in main-switch limits */

enum {
	PAIR_HOUSE = 1,
	PAIR_CAR,
	PAIR_OVER,
	PAIR_OFFER,
	PAIR_WARN
};

struct house_view {
	SCREEN *screen; /* NULL: plain */
	int plain_second;
	char notes[NOTES][NOTE_BYTES]; /* a ring */
	int note_count;
};

static void colours_init(void)
{
	if (!has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(PAIR_HOUSE, COLOR_WHITE, COLOR_BLUE);
	init_pair(PAIR_CAR, COLOR_BLACK, COLOR_GREEN);
	init_pair(PAIR_OVER, COLOR_WHITE, COLOR_RED);
	init_pair(PAIR_OFFER, COLOR_BLACK, COLOR_CYAN);
	init_pair(PAIR_WARN, COLOR_YELLOW, -1);
}

int house_view_new(struct house_view **ret, bool plain)
{
	struct house_view *view = calloc(1, sizeof(*view));

	if (!view)
		return -ENOMEM;
	view->plain_second = -1;
	if (!plain && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO))
		view->screen = newterm(NULL, stdout, stdin);
	if (view->screen) {
		colours_init();
		curs_set(0);
		noecho();
	}
	*ret = view;
	return 0;
}

struct house_view *house_view_free(struct house_view *view)
{
	if (!view)
		return NULL;
	if (view->screen) {
		endwin();
		delscreen(view->screen);
	}
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

/* Cells of a bar are spaces on a colour, which every terminal has; letters where there is none. */
static void cells(int row, int from, int to, short pair, chtype letter)
{
	chtype cell = has_colors() ? ' ' | (chtype)COLOR_PAIR(pair) : letter;

	if (to > from)
		mvhline(row, from, cell, to - from);
}

static void bar_show(int row, int width, const struct house_picture *picture, int p)
{
	double cell_per_a = width / (picture->limit_a * SCALE_LIMIT);
	double total = picture->house_a[p] + picture->car_a[p];
	int limit = LEFT + (int)lround(picture->limit_a * cell_per_a);
	int house = LEFT + (int)lround(fmax(0, picture->house_a[p]) * cell_per_a);
	int end = LEFT + (int)lround(fmax(0, total) * cell_per_a);
	bool over = total > picture->limit_a + TALLY_OVER_A;

	if (house > LEFT + width)
		house = LEFT + width;
	if (end > LEFT + width)
		end = LEFT + width;
	mvprintw(row, 1, "L%d", p + 1);
	cells(row, LEFT, house, PAIR_HOUSE, '#');
	cells(row, house, end, PAIR_CAR, '=');
	if (over)
		cells(row, limit, end, PAIR_OVER, '!');
	mvaddch(row, limit, ACS_VLINE | A_BOLD);
	attrset(over ? A_BOLD : A_NORMAL);
	mvprintw(row, LEFT + width + 1, "%5.1f A %s", total, over ? "over the limit" : "");
	attrset(A_NORMAL);
}

static void scale_show(int row, int width, const struct house_picture *picture)
{
	double cell_per_a = width / (picture->limit_a * SCALE_LIMIT);
	int limit = LEFT + (int)lround(picture->limit_a * cell_per_a);
	int step = picture->limit_a > 50 ? 20 : 5;

	for (int a = 0; a < picture->limit_a * SCALE_LIMIT - 1; a += step) {
		int column = LEFT + (int)lround(a * cell_per_a);

		if (abs(column - limit) > 3)
			mvprintw(row, column, "%d", a);
	}
	attrset(A_BOLD);
	mvprintw(row, limit - 1, "%g A", picture->limit_a);
	attrset(A_NORMAL);
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

void house_view_show(struct house_view *view, const struct house_picture *picture)
{
	int rows, columns, width, row = 2;
	double cell_per_a;

	if (!view->screen) {
		plain_show(view, picture);
		return;
	}
	keys_take();
	getmaxyx(stdscr, rows, columns);
	width = columns > LEFT + RIGHT + 20 ? columns - LEFT - RIGHT : 20;
	cell_per_a = width / (picture->limit_a * SCALE_LIMIT);

	erase();
	attrset(A_BOLD);
	mvprintw(0, 1, "main switch %g A, charger %g A, car '%s'", picture->limit_a, picture->max_a,
		picture->car);
	mvprintw(0, columns - 16, "%5.1f of %g s", picture->t_s, picture->seconds);
	attrset(A_NORMAL);
	scale_show(row++, width, picture);
	for (int p = 0; p < picture->phases; p++, row += 2)
		bar_show(row, width, picture, p);

	mvprintw(row, 1, "car");
	cells(row, LEFT, LEFT + (int)lround(picture->offered_a * cell_per_a), PAIR_OFFER, '-');
	mvprintw(row, LEFT + width + 1, "%5.1f A offered", picture->offered_a);
	row += 2;

	cells(row, LEFT, LEFT + 2, PAIR_HOUSE, '#');
	mvprintw(row, LEFT + 3, "house");
	cells(row, LEFT + 10, LEFT + 12, PAIR_CAR, '=');
	mvprintw(row++, LEFT + 13, "car");
	mvprintw(row, 1, "now: ");
	mvaddnstr(row++, LEFT, picture->events[0] ? picture->events : "base load", columns - LEFT);
	if (picture->meter_gone)
		attrset((attr_t)COLOR_PAIR(PAIR_WARN) | A_BOLD);
	mvprintw(row++, 1, "car: %s", picture->state);
	if (picture->status[0])
		mvaddnstr(row, 1, picture->status, columns - 2);
	attrset(A_NORMAL);
	row += 2;
	notes_show(view, row, rows - row - 1, columns);
	mvaddstr(rows - 1, 1, "Ctrl-C ends.");
	refresh();
}
