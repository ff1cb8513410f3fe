/* SPDX-License-Identifier: MIT */
/*
 * The search in words: how far it is, what it found, and what to do about it. Text only.
 */
#ifndef POWEROPT_CTL_SCAN_REPORT_H
#define POWEROPT_CTL_SCAN_REPORT_H

#include <stdio.h>

#include "ctl/scan.h"
#include "ctl/scan_line.h"

struct scan_view {
	const char *device;
	FILE *stream;
	bool live;			/* a terminal: one line that is written again and again */
	const struct scan_block *block; /* the last one that was told */
	int64_t told_us;
};

/** scan_view_callbacks() - show the search on view->stream. @view: must outlive the search. */
struct scan_callbacks scan_view_callbacks(struct scan_view *view);

/** scan_view_end() - take the live line away. */
void scan_view_end(struct scan_view *view);

/** scan_print_meter() - identity, settings and live values of the meter that was found. */
void scan_print_meter(
	FILE *stream, const struct meter_config *found, const struct scan_meter *meter);

/**
 * scan_print_correction() - what to change so that the daemon finds this meter, or that all is well.
 * @file: the configuration's name. Returns whether something has to change.
 */
bool scan_print_correction(FILE *stream, const char *file, const struct meter_config *configured,
	const struct meter_config *found, const struct scan_meter *meter);

/**
 * scan_print_failure() - why nothing was found, the likely causes first.
 * @all_rates: whether other rates than 9600 were tried.
 */
void scan_print_failure(
	FILE *stream, const char *device, const struct scan_result *result, bool all_rates);

#endif
