/* SPDX-License-Identifier: MIT */
/*
 * An answer to a request for holding registers (function 3) as it comes in over Modbus RTU, which is
 * byte by byte: how much of it is missing, and what it says. Functions of their arguments.
 *
 * libmodbus would read an answer by itself, but waits for its bytes while it does, and compares the
 * answer with nothing but the address that was asked.
 */
#ifndef POWEROPT_METER_FRAME_H
#define POWEROPT_METER_FRAME_H

#include <stdint.h>

#define FRAME_MAX	      256	    /* Modbus over Serial Line 2.5.1.1 */
#define FRAME_REQUEST_BYTES   8		    /* unit, function, address, count, CRC */
#define FRAME_EXCEPTION_BYTES 5		    /* unit, function with its highest bit, code, CRC */
#define FRAME_ANSWER_BYTES(n) (5 + 2 * (n)) /* unit, function, length, n registers, CRC */

/**
 * frame_missing() - how many bytes the answer still needs, as far as its beginning tells.
 * @bytes, @n: what came so far.
 * @count:     the registers that were asked for.
 * Returns 0 when there is nothing more to wait for.
 */
int frame_missing(const uint8_t bytes[], int n, int count);

/**
 * frame_take() - what the answer says. More bytes than its own are nobody's.
 * @registers: as many as were asked for.
 *
 * Returns 0, -EREMOTEIO (refused: an exception answer, its code is the third byte), -ETIMEDOUT (not all
 * of it came), -EBADMSG (damaged), or -EPROTO (of another address, whose checksum nobody looked at, or
 * no answer to this request).
 */
int frame_take(const uint8_t bytes[], int n, int unit, int count, uint16_t registers[]);

#endif
