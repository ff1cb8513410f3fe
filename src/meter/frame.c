/* SPDX-License-Identifier: MIT */
#include "meter/frame.h"

#include <errno.h>

#define READ_HOLDING_REGISTERS 3
#define EXCEPTION	       0x80

/*
 * The checksum of Modbus over Serial Line 6.2.2: what each byte leaves of the polynomial 0xa001. That has
 * so few terms that the eight steps of a byte come down to two shifts and the parity of its bits.
 */
#define PARITY(x) (0x6996 >> (((x) ^ (x) >> 4) & 15) & 1)
#define LEFT(x)	  ((uint16_t)((x) << 6 ^ (x) << 7 ^ PARITY(x) * 0xc001))
#define LEFT4(x)  LEFT(x), LEFT((x) + 1), LEFT((x) + 2), LEFT((x) + 3)
#define LEFT16(x) LEFT4(x), LEFT4((x) + 4), LEFT4((x) + 8), LEFT4((x) + 12)
#define LEFT64(x) LEFT16(x), LEFT16((x) + 16), LEFT16((x) + 32), LEFT16((x) + 48)

static uint16_t crc16(const uint8_t bytes[], int n)
{
	static const uint16_t left[256] = {LEFT64(0), LEFT64(64), LEFT64(128), LEFT64(192)};
	unsigned int crc = 0xffff;

	for (const uint8_t *end = bytes + n; bytes < end; bytes++)
		crc = crc >> 8 ^ left[(crc ^ *bytes) & 0xff];
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

	if (length > FRAME_MAX)
		length = FRAME_MAX;
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
