/* SPDX-License-Identifier: MIT */
#include "term/bars.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#define RIGHT	    26	/* columns after a bar */
#define NARROWEST   20	/* columns of a bar */
#define SCALE_LIMIT 1.4 /* a full bar in main-switch limits */

/* As for every program that has colours: https://no-color.org */
static bool coloured(void)
{
	const char *unwanted = getenv("NO_COLOR");

	return has_colors() && (!unwanted || !*unwanted);
}

static void make_colours(void)
{
	if (!coloured())
		return;
	start_color();
	use_default_colors();
	init_pair(BAR_HOUSE, COLOR_WHITE, COLOR_BLUE);
	init_pair(BAR_CAR, COLOR_BLACK, COLOR_GREEN);
	init_pair(BAR_OVER, COLOR_WHITE, COLOR_RED);
	init_pair(BAR_OFFER, COLOR_BLACK, COLOR_CYAN);
	init_pair(BAR_WARN, COLOR_YELLOW, -1);
}

SCREEN *bars_open(void)
{
	SCREEN *screen = NULL;

	if (isatty(STDOUT_FILENO) && isatty(STDIN_FILENO))
		screen = newterm(NULL, stdout, stdin);
	/* Where the cursor cannot be moved to a place, as in TERM=dumb, lines of text are better. */
	if (screen && !tigetstr("cup")) {
		bars_close(screen);
		screen = NULL;
	}
	if (screen) {
		make_colours();
		curs_set(0);
		noecho();
	}
	return screen;
}

void bars_close(SCREEN *screen)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
}

struct bars bars_fit(int columns, double limit_a, double most_a)
{
	int width = columns - BARS_LEFT - RIGHT;

	return (struct bars){
		.width = width > NARROWEST ? width : NARROWEST,
		.full_a = limit_a > 0 ? limit_a * SCALE_LIMIT : fmax(most_a, 1),
		.limit_a = limit_a,
	};
}

/* The column where a current ends; what is off the scale ends with it. */
static int column(const struct bars *bars, double amps)
{
	double share = fmin(fmax(0, amps / bars->full_a), 1);

	return BARS_LEFT + (int)lround(share * bars->width);
}

void bars_scale(const struct bars *bars, int row)
{
	int limit = column(bars, bars->limit_a);
	int step = bars->full_a > 70 ? 20 : 5;

	for (int a = 0; a < bars->full_a - 1; a += step)
		if (bars->limit_a <= 0 || abs(column(bars, a) - limit) > 3)
			mvprintw(row, column(bars, a), "%d", a);
	if (bars->limit_a <= 0)
		return;
	attrset(A_BOLD);
	mvprintw(row, limit - 1, "%g A", bars->limit_a);
	attrset(A_NORMAL);
}

/* Cells are spaces on a colour, which every terminal has; letters where there is none. */
void bars_cells(const struct bars *bars, int row, double from_a, double to_a,
	enum bar_colour colour, char letter)
{
	chtype cell = coloured() ? ' ' | (chtype)COLOR_PAIR(colour) : (chtype)letter;
	int from = column(bars, from_a), to = column(bars, to_a);

	if (to > from)
		mvhline(row, from, cell, to - from);
}

void bars_phase(
	const struct bars *bars, int row, int phase, double house_a, double total_a, bool over)
{
	mvprintw(row, 1, "L%d", phase + 1);
	bars_cells(bars, row, 0, house_a, BAR_HOUSE, '#');
	bars_cells(bars, row, house_a, total_a, BAR_CAR, '=');
	if (over)
		bars_cells(bars, row, bars->limit_a, total_a, BAR_OVER, '!');
	if (bars->limit_a > 0)
		mvaddch(row, column(bars, bars->limit_a), ACS_VLINE | A_BOLD);
	attrset(over ? A_BOLD : A_NORMAL);
	bars_figure(bars, row, "%5.1f A %s", total_a, over ? "over the limit" : "");
	attrset(A_NORMAL);
}

void bars_figure(const struct bars *bars, int row, const char *format, ...)
{
	va_list args;

	move(row, BARS_LEFT + bars->width + 1);
	va_start(args, format);
	vw_printw(stdscr, format, args);
	va_end(args);
}
