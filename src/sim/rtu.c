/* SPDX-License-Identifier: MIT */
#include "sim/rtu.h"

#include <string.h>

uint16_t rtu_crc16(const uint8_t *bytes, size_t n)
{
	uint16_t crc = 0xFFFF;

	for (size_t i = 0; i < n; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (uint16_t)((crc >> 1) ^ 0xA001) : (uint16_t)(crc >> 1);
	}
	return crc;
}

size_t rtu_crc_append(uint8_t *bytes, size_t n)
{
	uint16_t crc = rtu_crc16(bytes, n);

	bytes[n] = (uint8_t)(crc & 0xFF);
	bytes[n + 1] = (uint8_t)(crc >> 8);
	return n + 2;
}

static bool crc_is_good(const uint8_t *bytes, size_t n)
{
	uint16_t crc = rtu_crc16(bytes, n - 2);

	return bytes[n - 2] == (crc & 0xFF) && bytes[n - 1] == crc >> 8;
}

/* Length of the request that begins here, 0 if its function does not tell or it is not here yet. */
static size_t request_length(const uint8_t *bytes, size_t n)
{
	size_t length = 0;

	if (n < 8)
		return 0;
	if (bytes[1] >= 0x01 && bytes[1] <= 0x06)
		length = 8;
	else if (bytes[1] == 0x0F || bytes[1] == 0x10)
		length = 9 + (size_t)bytes[6];
	return length <= n ? length : 0;
}

size_t rtu_request_find(const uint8_t *bytes, size_t n, bool silence, size_t *ret_begin)
{
	for (size_t begin = 0; begin + 4 <= n; begin++) {
		size_t length = request_length(bytes + begin, n - begin);

		if (length > 0 && crc_is_good(bytes + begin, length)) {
			*ret_begin = begin;
			return length;
		}
	}
	if (silence && n >= 4 && crc_is_good(bytes, n)) {
		*ret_begin = 0;
		return n;
	}
	return 0;
}

size_t rtu_answer_registers(uint8_t *ret, uint8_t unit, const uint16_t *registers, size_t count)
{
	ret[0] = unit;
	ret[1] = RTU_READ_HOLDING_REGISTERS;
	ret[2] = (uint8_t)(count * 2);
	for (size_t i = 0; i < count; i++) {
		ret[3 + 2 * i] = (uint8_t)(registers[i] >> 8);
		ret[4 + 2 * i] = (uint8_t)(registers[i] & 0xFF);
	}
	return rtu_crc_append(ret, 3 + 2 * count);
}

size_t rtu_answer_exception(uint8_t *ret, uint8_t unit, uint8_t function, uint8_t code)
{
	ret[0] = unit;
	ret[1] = function | 0x80;
	ret[2] = code;
	return rtu_crc_append(ret, 3);
}

uint64_t rtu_characters_us(unsigned int baud_rate, size_t n)
{
	return UINT64_C(11000000) * n / baud_rate;
}

uint64_t rtu_silence_us(unsigned int baud_rate)
{
	return baud_rate > 19200 ? 1750 : UINT64_C(38500000) / baud_rate;
}
