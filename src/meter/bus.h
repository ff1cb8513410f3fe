/* SPDX-License-Identifier: MIT */
/*
 * One Modbus RTU master on one serial line, by libmodbus, without ever waiting for the line.
 *
 * libmodbus sets the line up, and makes and sends the requests. Its own receiving is not used:
 * modbus_receive_confirmation() would block for the rest of a frame once the first byte is there, or
 * for the byte timeout if the rest never comes, and it compares the answer with nothing. So the
 * bytes are taken in as they come, and frame.h says what they are. The deadlines are ours.
 *
 * Use: bus_send(), then bus_receive() at bus_deadline_us(), and when bus_fd() can be read while
 * bus_listens(), until it returns something else than -EAGAIN.
 */
#ifndef POWEROPT_METER_BUS_H
#define POWEROPT_METER_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

#define BUS_REGISTERS_MAX 16 /* in one request; what is proved on every meter is less */

struct bus;

/**
 * bus_open() - take the port, set the line up.
 * @config: copied as far as needed.
 * @why:    on failure one sentence with the remedy.
 * Returns 0 or a negative errno, see port_claim().
 */
int bus_open(struct bus **ret, const struct meter_config *config, char *why, size_t why_size);

/** bus_close() - give the port back. Accepts NULL, returns NULL. */
struct bus *bus_close(struct bus *bus);

/** bus_shared_with() - who had the port open when we took it, without holding it; empty: nobody. */
const char *bus_shared_with(const struct bus *bus);

/** bus_fd() - the descriptor to watch for input, while bus_listens(). */
int bus_fd(const struct bus *bus);

/**
 * bus_listens() - whether input is worth being woken up for: not between two requests, and not while
 * the rest of an answer is on the wire, as its length is known. To watch all the same does no harm.
 */
bool bus_listens(const struct bus *bus);

/** bus_ready_us() - before this time bus_send() must not be called: the line has to be silent. */
int64_t bus_ready_us(const struct bus *bus);

/**
 * bus_send() - ask for holding registers (function 3); whatever was left on the line is dropped.
 * @count: 1 to BUS_REGISTERS_MAX.
 * Returns 0, -EAGAIN if the line is still noisy (see bus_ready_us()), or -ENODEV if the
 * device is gone.
 */
int bus_send(struct bus *bus, uint16_t address, int count, int64_t now_us);

/** bus_deadline_us() - when bus_receive() must be called at the latest; INT64_MAX when idle. */
int64_t bus_deadline_us(const struct bus *bus);

/**
 * bus_receive() - take the answer in, if it is there.
 * @registers: as many as were asked for.
 *
 * Returns 0; -EAGAIN (not yet); -ETIMEDOUT (no answer, or not all of it); -EBADMSG (damaged);
 * -EREMOTEIO (the meter refused, see bus_exception()); -EPROTO (intact, but no answer to our
 * request, see bus_echoes()); -ENODEV (the device is gone: close).
 */
int bus_receive(struct bus *bus, uint16_t registers[], int64_t now_us);

/** bus_exception() - the exception code of the last -EREMOTEIO, 1 to 255. */
int bus_exception(const struct bus *bus);

/** bus_echoes() - whether the last failed answer began with our own request. */
bool bus_echoes(const struct bus *bus);

/** bus_heard() - how many bytes came for the last request, if it failed; 0: the line was silent. */
int bus_heard(const struct bus *bus);

/**
 * bus_answered_by() - the address on the last -EPROTO, as it was read: the sum of an answer that bears
 * another address is not looked at. 0 if it had none.
 */
int bus_answered_by(const struct bus *bus);

/**
 * bus_set_unit() - ask another device from now on; not while a request is under way.
 * @unit: 1 to 247, or 0 for whoever is there: meters of the Inepro family answer that with their
 *        own address (-EPROTO and bus_answered_by()).
 *
 * What is still on its way from the former device bears its address and cannot pass for an answer
 * of this one, so the line is not left alone for it.
 */
void bus_set_unit(struct bus *bus, int unit, int64_t response_timeout_ms);

/** bus_char_us() - how long a character is on the wire, start, parity and stop bits included. */
int64_t bus_char_us(const struct meter_config *config);

#endif
