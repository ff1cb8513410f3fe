/* SPDX-License-Identifier: MIT */
/*
 * Modbus RTU frames as a slave sees them: finding requests in a stream of bytes, building answers.
 *
 * Written out here rather than taken from libmodbus, so that the daemon's library is tested
 * against a second implementation, and so that broken frames can be built. Modbus over serial
 * line V1.02, chapter 2.5.
 */
#ifndef POWEROPT_SIM_RTU_H
#define POWEROPT_SIM_RTU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTU_FRAME_MAX	  256
#define RTU_REGISTERS_MAX 125 /* in one answer to function 03 */

#define RTU_READ_HOLDING_REGISTERS 0x03

/* Exception codes of the Modbus application protocol V1.1b3, chapter 7. */
#define RTU_ILLEGAL_FUNCTION	 0x01
#define RTU_ILLEGAL_DATA_ADDRESS 0x02
#define RTU_ILLEGAL_DATA_VALUE	 0x03
#define RTU_DEVICE_FAILURE	 0x04

/** rtu_crc16() - CRC-16/MODBUS; goes over the wire low byte first. */
uint16_t rtu_crc16(const uint8_t *bytes, size_t n);

/** rtu_crc_append() - put the CRC behind n bytes; returns the length with it. */
size_t rtu_crc_append(uint8_t *bytes, size_t n);

/**
 * rtu_request_find() - look for a complete request with a good CRC, wherever it begins.
 * @silence:   the line was quiet after these bytes: a request of a function whose length cannot
 *             be told from its first bytes ends here too.
 * @ret_begin: offset of its first byte; what stands before is not a request.
 *
 * Returns its length, or 0 if there is none (yet): wait for more bytes, or drop them on silence.
 */
size_t rtu_request_find(const uint8_t *bytes, size_t n, bool silence, size_t *ret_begin);

/**
 * rtu_answer_registers() - the answer to function 03.
 * @ret: at least RTU_FRAME_MAX bytes. Returns the length of the frame.
 */
size_t rtu_answer_registers(uint8_t *ret, uint8_t unit, const uint16_t *registers, size_t count);

/** rtu_answer_exception() - the answer that says no. Returns the length of the frame, 5. */
size_t rtu_answer_exception(uint8_t *ret, uint8_t unit, uint8_t function, uint8_t code);

/** rtu_characters_us() - wire time of n characters of 11 bits (8E1, 8N2), in microseconds. */
uint64_t rtu_characters_us(unsigned int baud_rate, size_t n);

/** rtu_silence_us() - the 3.5 characters of silence before a frame; 1.75 ms above 19200 baud. */
uint64_t rtu_silence_us(unsigned int baud_rate);

#endif
