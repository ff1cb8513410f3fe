/* SPDX-License-Identifier: MIT */
/*
 * The figures as a page for people, and as a list that later figures must not fall behind.
 */
#ifndef POWEROPT_BENCH_TABLE_H
#define POWEROPT_BENCH_TABLE_H

#include <stdio.h>

#include "bench/cases.h"

/** page_write() - Markdown. @traces: the directory of further houses, or NULL. */
void page_write(FILE *stream, const struct cases *cases, const char *traces);

/** list_write() - a line for each case. */
void list_write(FILE *stream, const struct cases *cases);

/**
 * list_compare() - hold the cases against a list, and print what is worse, better or not in both.
 * Returns how many figures are worse or missing.
 */
int list_compare(FILE *list, const struct cases *cases);

#endif
