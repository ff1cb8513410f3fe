/* SPDX-License-Identifier: MIT */
/* Sentences in the columns of a terminal. */
#ifndef POWEROPT_TERM_WRAP_H
#define POWEROPT_TERM_WRAP_H

#include <stddef.h>
#include <stdio.h>

/**
 * text_wrap() - the bytes of a text that fit in a line, broken between words where possible;
 * each character of UTF-8 is taken for one column.
 * @ret_next: where the next line begins.
 */
size_t text_wrap(const char *text, int columns, const char **ret_next);

/**
 * text_print() - a text of any length behind a label, in lines of so many columns at most.
 * @label: where it ends, the following lines begin.
 */
void text_print(FILE *stream, int columns, const char *label, const char *text);

#endif
