/* SPDX-License-Identifier: MIT */
/*
 * What happens in the house, as it happens: bars on a terminal, or a line of text a second.
 */
#ifndef POWEROPT_SIM_HOUSE_VIEW_H
#define POWEROPT_SIM_HOUSE_VIEW_H

#include <stdbool.h>

#include "sim/register_map.h"

/* Everything there is to see at one moment. */
struct house_picture {
	double t_s, seconds;
	double limit_a, max_a;
	int phases;
	const char *car;		/* preset */
	double house_a[SIM_PHASES_MAX]; /* without the car */
	double car_a[SIM_PHASES_MAX];	/* 0 on phases that it does not use */
	double offered_a;
	bool meter_gone;
	const char *state;  /* of the daemon: one word */
	const char *status; /* of the daemon: its sentence, or empty */
	char events[160];   /* what is on, or empty */
};

struct house_view;

/**
 * house_view_new() - open the view.
 * @plain: text lines even on a terminal; without a terminal it is always so.
 *
 * Returns 0 or -ENOMEM.
 */
int house_view_new(struct house_view **ret, bool plain);

/** house_view_free() - close it and give the terminal back. Returns NULL. */
struct house_view *house_view_free(struct house_view *view);

/** house_view_note() - a line of the daemon's log, or an event of the house. */
void house_view_note(struct house_view *view, double t_s, const char *text);

/** house_view_show() - show a moment; call it ten times a second or so. */
void house_view_show(struct house_view *view, const struct house_picture *picture);

#endif
