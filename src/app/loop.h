/* SPDX-License-Identifier: MIT */
/*
 * What the daemon waits for.
 *
 * The meter's line and the fail-safe's deadline come up several times for each poll, and a turn of
 * sd-event costs more than reading, deciding and writing together. So these two are waited for here,
 * by one ppoll(), and sd-event with everything else is one more descriptor in it, as
 * sd_event_get_fd(3) provides for.
 *
 * In each turn everything that is due has its turn: the fail-safe's deadline, then the meter, then one
 * source of sd-event. So neither a line that is never silent nor a flooded bus holds up the others.
 */
#ifndef POWEROPT_APP_LOOP_H
#define POWEROPT_APP_LOOP_H

struct manager;

/** loop_run() - until sd_event_exit(). Returns its code, or a negative errno. */
int loop_run(struct manager *manager);

#endif
