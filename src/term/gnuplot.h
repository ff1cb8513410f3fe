/* SPDX-License-Identifier: MIT */
/*
 * Pictures by gnuplot(1), a program of its own that need not be installed. What it prints on stderr
 * goes to ours.
 */
#ifndef POWEROPT_TERM_GNUPLOT_H
#define POWEROPT_TERM_GNUPLOT_H

#include <stdio.h>

/* What means the same has the same colour in all pictures. */
#define PICTURE_LIMIT	"#c03030"
#define PICTURE_ALLOWED "#1f4e9e"
#define PICTURE_HOUSE	"#8fa8c8"
#define PICTURE_CAR	"#7cc08a"
#define PICTURE_PAUSED	"#d0c6e8" /* spans of time */
#define PICTURE_FAULT	"#f0c0c0"
#define PICTURE_STOPPED "#dddddd"

/** gnuplot_script() - a file in memory to write a script to; NULL without memory. */
FILE *gnuplot_script(void);

/**
 * gnuplot_draw() - draw a script of gnuplot_script(), whose terminal writes to standard output.
 * @path: is not touched unless gnuplot drew all of it. "-": stdout, which is not flushed, and whose
 *        errors are for its owner to see.
 *
 * Returns 0, -ENOPKG if gnuplot is not installed, -EPROTO if it failed, or a negative errno.
 */
int gnuplot_draw(FILE *script, const char *path);

/** gnuplot_trouble() - what such an error means, and the remedy, as part of a sentence. */
const char *gnuplot_trouble(int error);

/** gnuplot_run() - run a script file in its directory, where it writes what it says. As above. */
int gnuplot_run(const char *dir, const char *script);

#endif
