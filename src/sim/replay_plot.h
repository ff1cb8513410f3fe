/* SPDX-License-Identifier: MIT */
/*
 * A picture of a replay (SVG) by gnuplot: a panel for each phase and one for the car. Whatever the
 * length of the trace, it is drawn as at most REPLAY_PLOT_BINS spans, of which the means are filled
 * and the peaks drawn as lines, so that a day stays legible and no overload of a second gets lost.
 */
#ifndef POWEROPT_SIM_REPLAY_PLOT_H
#define POWEROPT_SIM_REPLAY_PLOT_H

#include <stdio.h>

#include "sim/replay.h"

#define REPLAY_PLOT_BINS 1440 /* a minute each for a day */

struct replay_plot;

/** replay_plot_new() - for a replay of that length; NULL without memory. */
struct replay_plot *replay_plot_new(const struct replay_setup *setup, int64_t seconds);

/** replay_plot_free() - returns NULL. */
struct replay_plot *replay_plot_free(struct replay_plot *plot);

/** replay_plot_add() - the next second. */
void replay_plot_add(struct replay_plot *plot, const struct replay_second *second);

/**
 * replay_plot_draw() - write the picture.
 * @path, and what is returned: as of gnuplot_draw().
 * @title, @caption: one line each.
 */
int replay_plot_draw(
	const struct replay_plot *plot, const char *path, const char *title, const char *caption);

#endif
