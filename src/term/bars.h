/* SPDX-License-Identifier: MIT */
/*
 * Currents as horizontal bars on a terminal, with ncurses: the live views of poweroptctl and
 * poweroptsim look alike because both draw with these, on stdscr.
 */
#ifndef POWEROPT_TERM_BARS_H
#define POWEROPT_TERM_BARS_H

#include <curses.h>
#include <stdbool.h>

#define BARS_LEFT 6 /* columns before a bar */

/* Colours of cells and text: pairs of ncurses. */
enum bar_colour {
	BAR_HOUSE = 1,
	BAR_CAR,
	BAR_OVER,
	BAR_OFFER,
	BAR_WARN,
};

/* How currents are laid out over the columns of the terminal. */
struct bars {
	int width;	/* of the longest bar, in columns */
	double full_a;	/* what that stands for */
	double limit_a; /* 0: there is none, and no mark */
};

/** bars_open() - take the terminal; NULL if standard input and output are none that can show bars. */
SCREEN *bars_open(void);

/** bars_close() - give it back. Accepts NULL. */
void bars_close(SCREEN *screen);

/**
 * bars_fit() - a layout.
 * @columns: of the terminal. @limit_a: of each phase, or 0. @most_a: to be seen without a limit.
 */
struct bars bars_fit(int columns, double limit_a, double most_a);

/** bars_scale() - a row of figures below which the bars stand. */
void bars_scale(const struct bars *bars, int row);

/**
 * bars_cells() - the piece of a bar from one current to another, on the terminal's colour or, where
 * it has none, of letters.
 */
void bars_cells(const struct bars *bars, int row, double from_a, double to_a,
	enum bar_colour colour, char letter);

/**
 * bars_phase() - a row for phase L1 (0) to L3 (2): the house's part, the car's, and the mark.
 * @over: paint what is above the limit as too much, and say so.
 */
void bars_phase(
	const struct bars *bars, int row, int phase, double house_a, double total_a, bool over);

/** bars_figure() - what is written behind a bar. */
void bars_figure(const struct bars *bars, int row, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
