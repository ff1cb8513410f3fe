/* SPDX-License-Identifier: MIT */
/*
 * The real line for the search, and a look at the meter that it found.
 */
#ifndef POWEROPT_CTL_SCAN_LINE_H
#define POWEROPT_CTL_SCAN_LINE_H

#include "core/reading.h"
#include "ctl/scan.h"
#include "ctl/wait.h"
#include "meter/bus.h"
#include "meter/meter.h"

struct scan_port {
	struct wait *wait;
	struct meter_config config;
	struct bus *bus; /* NULL: not open */
};

/**
 * scan_port_line() - a serial device as a line to search on.
 * @port: is filled; must outlive the line. Opened by the first set().
 * @config: device, direction switching and stop bits are taken from it.
 */
struct scan_line scan_port_line(
	struct scan_port *port, struct wait *wait, const struct meter_config *config);

/** scan_port_close() - give the device back, with the settings that it had. */
void scan_port_close(struct scan_port *port);

/* What a meter says of itself. */
struct scan_meter {
	struct meter_status status;
	struct reading reading; /* at_ms 0: none */
	bool voltages_known;
};

/**
 * scan_identify() - ask a meter everything.
 * @config: how it is reached.
 * Returns 0, -ECANCELED (what was known by then is in ret), or another negative errno.
 */
int scan_identify(struct wait *wait, const struct meter_config *config, struct scan_meter *ret);

#endif
