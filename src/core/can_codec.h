/* SPDX-License-Identifier: MIT */
/*
 * The two CAN frames between this daemon and a charger: bytes and back. Both have 8 bytes, numbers
 * in little endian, currents in steps of 0.1 A, and a CRC. data/poweroptd.dbc says the same.
 *
 * Command, to the charger                      Status, from the charger
 *   0     state, as enum regulator_state         0     bits 0-2 pilot state, bit 3 zero,
 *   1     fault bits                                   bits 4-7 alive counter 0 to 14
 *   2, 3  allowed current, rounded down          1, 2  current drawn on L1, 0xFFFF not measured
 *   4, 5  mains limit; 0: switched off           3, 4  L2
 *   6     bits 0-3 alive counter 0 to 14,        5, 6  L3
 *         bits 4-7 protocol version 1            7     CRC
 *   7     CRC
 *
 * Fault bits: 0 meter-lost, 1 meter-implausible, 2 meter-selftest, 3 phase-missing,
 * 4 dip-unreadable, 5 output-failed, 6 charger-runaway, 7 any other.
 */
#ifndef POWEROPT_CORE_CAN_CODEC_H
#define POWEROPT_CORE_CAN_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "core/feedback.h"
#include "core/regulator.h"

#define CAN_CODEC_BYTES	  8
#define CAN_CODEC_VERSION 1
#define CAN_ALIVE_COUNT	  15 /* the counter runs from 0 to 14; 15 is never valid */

/* A charger that has not seen a valid command for so long stops by itself. */
#define CAN_COMMAND_TIMEOUT_MS 500

/* Twice what IEC 61851-1 knows for AC. More is not a current, but a defect. */
#define CAN_DRAWN_MAX_MA 160000

struct can_command {
	int32_t allowed_ma;
	int32_t limit_ma; /* 0: the optimizer is switched off */
	enum regulator_state state;
	uint32_t faults; /* a set of FAULT_BIT() */
	int alive;	 /* 0 to 14 */
};

/**
 * can_crc8() - CRC-8 SAE J1850 (poly 0x1D, init 0xFF, xor-out 0xFF) over the identifier's low and
 * high byte and the first seven bytes of the frame. The identifier is in it so that a frame that
 * was sent under another one, or was read from the wrong place, is not taken.
 * @id: 11 bits.
 */
uint8_t can_crc8(uint16_t id, const uint8_t data[static CAN_CODEC_BYTES - 1]);

/**
 * can_command_encode() - the command's bytes. Both currents are rounded down, and held within 0 and
 * 6553.5 A.
 */
void can_command_encode(
	const struct can_command *command, uint16_t id, uint8_t ret[static CAN_CODEC_BYTES]);

/**
 * can_status_decode() - what the charger says.
 * @data:   @length bytes.
 * @alive:  counter of the last frame that was accepted, -1 if none was; advanced with this one.
 * @now_ms: CLOCK_BOOTTIME, for ret->at_ms.
 * @ret:    untouched on failure, as is @alive.
 *
 * Returns 0, or why the frame is not to be believed:
 * -EMSGSIZE  not 8 bytes
 * -EBADMSG   wrong CRC
 * -EPROTO    bit 3 is set: a protocol that we do not know
 * -EDOM      no such pilot state
 * -EILSEQ    alive counter 15
 * -ERANGE    a current above CAN_DRAWN_MAX_MA that is not 0xFFFF
 * -EALREADY  the alive counter did not move: nothing new. So the feedback of a charger that hangs
 *            gets old, and one that CAN delivers twice (ISO 11898-1 allows it) does no harm.
 */
int can_status_decode(uint16_t id, const uint8_t *data, size_t length, int *alive, int64_t now_ms,
	struct charger_feedback *ret);

#endif
