/* SPDX-License-Identifier: MIT */
/*
 * The course of a simulated minute on file: a table (CSV), and a picture of it (SVG, PNG) by
 * gnuplot.
 */
#ifndef POWEROPT_SIM_HOUSE_LOG_H
#define POWEROPT_SIM_HOUSE_LOG_H

#include <stdio.h>

#include "sim/house_view.h"
#include "sim/scenario.h"

/** house_log_header() - the first line: t,house1,house2,house3,ev,tot1,tot2,tot3,offered,state. */
void house_log_header(FILE *csv);

/** house_log_row() - a moment; ev is what the car draws on each phase that it uses. */
void house_log_row(FILE *csv, const struct house_picture *picture, double ev_a);

/**
 * house_plot() - draw DIR/house.csv as DIR/house.svg and DIR/house.png, with DIR/house.gp.
 * @title: of the picture, one line.
 *
 * Takes a second. Returns as gnuplot_run() does.
 */
int house_plot(const char *dir, const struct scenario *scenario, double max_a, const char *title);

#endif
