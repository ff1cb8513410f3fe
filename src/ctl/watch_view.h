/* SPDX-License-Identifier: MIT */
/*
 * What the optimizer does, as it happens: bars on a terminal, else a line of text for each change.
 */
#ifndef POWEROPT_CTL_WATCH_VIEW_H
#define POWEROPT_CTL_WATCH_VIEW_H

#include <stdbool.h>
#include <time.h>

#include "ctl/optimizer_status.h"

struct watch_view;

/**
 * watch_view_new() - open the view; bars if stdin and stdout are a terminal that can show them.
 * Returns 0 or -ENOMEM.
 */
int watch_view_new(struct watch_view **ret);

/** watch_view_free() - close it and give the terminal back. Returns NULL. */
struct watch_view *watch_view_free(struct watch_view *view);

/** watch_view_has_keys() - whether it is bars, which a key ends. */
bool watch_view_has_keys(const struct watch_view *view);

/** watch_view_quits() - take the keys that were typed. Returns whether one of them was a q. */
bool watch_view_quits(struct watch_view *view);

/**
 * watch_view_show() - show a moment.
 * @status: or NULL. @error: the sentence why there is no status. @now: for lines of text.
 * Returns 0, or -EIO if nobody takes the lines.
 */
int watch_view_show(struct watch_view *view, const struct optimizer_status *status,
	const char *error, time_t now);

/** watch_view_resize() - the terminal has another size now; show again. */
void watch_view_resize(struct watch_view *view);

/**
 * watch_line_changed() - whether a line would say something new: not for every ampere in its sentence.
 */
bool watch_line_changed(const struct optimizer_status *before, const struct optimizer_status *now);

#endif
