/* SPDX-License-Identifier: MIT */
#include "ctl/overheard.h"

#define REQUEST_BYTES 8

/* Modbus over serial line V1.02, 6.2.2; it goes over the wire low byte first. */
static bool crc_is_good(const uint8_t *bytes, size_t n)
{
	uint16_t crc = 0xffff;

	for (size_t i = 0; i < n - 2; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (uint16_t)(crc >> 1 ^ 0xa001) : (uint16_t)(crc >> 1);
	}
	return bytes[n - 2] == (crc & 0xff) && bytes[n - 1] == crc >> 8;
}

bool overheard_request(const uint8_t *bytes, size_t n, struct overheard *ret)
{
	for (size_t i = 0; i + REQUEST_BYTES <= n; i++) {
		const uint8_t *at = bytes + i;

		if ((at[1] != 3 && at[1] != 4) || !crc_is_good(at, REQUEST_BYTES))
			continue;
		ret->unit = at[0];
		ret->address = (uint16_t)(at[2] << 8 | at[3]);
		ret->count = at[4] << 8 | at[5];
		return true;
	}
	return false;
}
