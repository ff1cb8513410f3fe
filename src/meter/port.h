/* SPDX-License-Identifier: MIT */
/*
 * The serial port as ours alone: a Modbus line has one master.
 */
#ifndef POWEROPT_METER_PORT_H
#define POWEROPT_METER_PORT_H

#include <stddef.h>

/**
 * port_claim() - make sure that a path is a serial device, and take its lock.
 * @ret_fd: owned by the caller; the lock (flock) lasts until it is closed.
 * @why:    on failure one sentence that names the device, the reason and the remedy.
 *
 * Nothing is changed on the line. Returns 0 or the negative errno: -EBUSY if somebody holds the
 * port (by flock or by TIOCEXCL), -ENOTTY for what is no serial device, -EISDIR, -ENOENT, ...
 */
int port_claim(const char *device, int *ret_fd, char *why, size_t why_size);

/**
 * port_holder() - who has a device open besides us, such as "mbpoll (process 1234)".
 * Returns buf, with an empty text if nobody does or we may not see it.
 */
char *port_holder(const char *device, char *buf, size_t size);

#endif
