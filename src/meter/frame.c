/* SPDX-License-Identifier: MIT */
#include "meter/frame.h"

#include <errno.h>

#define READ_HOLDING_REGISTERS 3
#define EXCEPTION	       0x80

/* Modbus over Serial Line 6.2.2, half a byte at a time. */
static uint16_t crc16(const uint8_t bytes[], int n)
{
	static const uint16_t halves[16] = {0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800,
		0xe401, 0xa001, 0x6c00, 0x7800, 0xb401, 0x5000, 0x9c01, 0x8801, 0x4400};
	unsigned int crc = 0xffff;

	for (int i = 0; i < n; i++) {
		crc ^= bytes[i];
		crc = crc >> 4 ^ halves[crc & 15];
		crc = crc >> 4 ^ halves[crc & 15];
	}
	return (uint16_t)crc;
}

/* The length that its first three bytes promise. A function that nobody asked for has the shortest. */
static int length_of(const uint8_t bytes[])
{
	return bytes[1] == READ_HOLDING_REGISTERS ? 5 + bytes[2] : FRAME_EXCEPTION_BYTES;
}

int frame_missing(const uint8_t bytes[], int n, int count)
{
	int length = n < 3 ? FRAME_ANSWER_BYTES(count) : length_of(bytes);

	return n < length ? length - n : 0;
}

int frame_take(const uint8_t bytes[], int n, int unit, int count, uint16_t registers[])
{
	int length;

	if (n < FRAME_EXCEPTION_BYTES || n < length_of(bytes))
		return -ETIMEDOUT;
	if (bytes[0] != unit)
		return -EPROTO;
	length = length_of(bytes);
	if (crc16(bytes, length - 2) != (bytes[length - 2] | bytes[length - 1] << 8))
		return -EBADMSG;
	if (bytes[1] == (READ_HOLDING_REGISTERS | EXCEPTION))
		return -EREMOTEIO;
	if (bytes[1] != READ_HOLDING_REGISTERS || length != FRAME_ANSWER_BYTES(count))
		return -EPROTO;
	for (int i = 0; i < count; i++)
		registers[i] = (uint16_t)(bytes[3 + 2 * i] << 8 | bytes[4 + 2 * i]);
	return 0;
}
