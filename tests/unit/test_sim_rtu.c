/* SPDX-License-Identifier: MIT */
/* Modbus RTU frames, against vectors that were computed and sniffed elsewhere. */
#include "support.h"

#include <string.h>

#include "sim/rtu.h"

/* The charging station's own poll, as two independent sniffs have it, comes first. */
static const uint8_t requests[][8] = {
	{0x01, 0x03, 0x50, 0x0C, 0x00, 0x06, 0x14, 0xCB},
	{0x01, 0x03, 0x50, 0x0C, 0x00, 0x02, 0x15, 0x08},
	{0x01, 0x03, 0x50, 0x0A, 0x00, 0x02, 0xF5, 0x09},
	{0x01, 0x03, 0x40, 0x00, 0x00, 0x02, 0xD1, 0xCB},
	{0x01, 0x03, 0x40, 0x02, 0x00, 0x01, 0x30, 0x0A},
	{0x01, 0x03, 0x40, 0x0B, 0x00, 0x01, 0xE0, 0x08},
	{0x01, 0x03, 0x40, 0x11, 0x00, 0x01, 0xC1, 0xCF},
	{0x01, 0x03, 0x40, 0x15, 0x00, 0x02, 0xC0, 0x0F},
	{0x01, 0x03, 0x60, 0x0C, 0x00, 0x02, 0x1A, 0x08},
	{0x01, 0x03, 0x40, 0x00, 0x00, 0x20, 0x51, 0xD2},
	{0x01, 0x03, 0x50, 0x00, 0x00, 0x32, 0xD5, 0x1F},
};

#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

static void every_known_request_is_found_whole(void **state)
{
	size_t begin = 99;

	(void)state;
	for (size_t i = 0; i < REQUESTS; i++) {
		assert_int_equal(rtu_request_find(requests[i], 8, false, &begin), 8);
		assert_int_equal(begin, 0);
	}
}

static void a_request_with_any_bit_wrong_is_not_found(void **state)
{
	uint8_t bytes[8];
	size_t begin;

	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		memcpy(bytes, requests[0], sizeof(bytes));
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(rtu_request_find(bytes, 8, true, &begin), 0);
	}
}

static void a_request_in_parts_is_found_only_when_complete(void **state)
{
	size_t begin;

	(void)state;
	for (size_t n = 0; n < 8; n++)
		assert_int_equal(rtu_request_find(requests[0], n, false, &begin), 0);
}

static void a_request_behind_rubbish_is_found(void **state)
{
	uint8_t bytes[12] = {0x00, 0x01, 0x03, 0xFF};
	size_t begin;

	(void)state;
	memcpy(bytes + 4, requests[0], 8);
	assert_int_equal(rtu_request_find(bytes, sizeof(bytes), false, &begin), 8);
	assert_int_equal(begin, 4);
}

static void a_write_of_registers_is_as_long_as_it_says(void **state)
{
	uint8_t bytes[16] = {0x01, 0x10, 0x40, 0x0D, 0x00, 0x02, 0x04, 0x44, 0x7A, 0x00, 0x00};
	size_t n = rtu_crc_append(bytes, 11), begin;

	(void)state;
	assert_int_equal(rtu_request_find(bytes, n - 1, false, &begin), 0);
	assert_int_equal(rtu_request_find(bytes, n, false, &begin), 13);
}

static void an_unknown_function_ends_with_silence(void **state)
{
	uint8_t bytes[16] = {0x01, 0x2B, 0x0E, 0x01, 0x00};
	size_t n = rtu_crc_append(bytes, 5), begin;

	(void)state;
	assert_int_equal(rtu_request_find(bytes, n, false, &begin), 0);
	assert_int_equal(rtu_request_find(bytes, n, true, &begin), 7);
}

static void answers_with_registers_are_exact(void **state)
{
	static const struct {
		uint16_t registers[6];
		uint8_t frame[17];
	} vectors[] = {
		{{0}, {0x01, 0x03, 0x0C, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x93, 0x70}},
		{{0x4180, 0, 0x4180, 0, 0x4180, 0}, {0x01, 0x03, 0x0C, 0x41, 0x80, 0, 0, 0x41, 0x80,
							    0, 0, 0x41, 0x80, 0, 0, 0x97, 0xAE}},
		{{0x427C, 0, 0x427C, 0, 0x427C, 0}, {0x01, 0x03, 0x0C, 0x42, 0x7C, 0, 0, 0x42, 0x7C,
							    0, 0, 0x42, 0x7C, 0, 0, 0x13, 0x97}},
		{{0x4081, 0x999A, 0xBFCF, 0x5C29, 0xC009, 0x999A},
			{0x01, 0x03, 0x0C, 0x40, 0x81, 0x99, 0x9A, 0xBF, 0xCF, 0x5C, 0x29, 0xC0,
				0x09, 0x99, 0x9A, 0x18, 0xDE}},
	};
	uint8_t frame[RTU_FRAME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		assert_int_equal(rtu_answer_registers(frame, 1, vectors[i].registers, 6), 17);
		assert_memory_equal(frame, vectors[i].frame, 17);
	}
}

static void an_exception_has_the_functions_high_bit(void **state)
{
	static const uint8_t expected[] = {0x01, 0x83, 0x02, 0xC0, 0xF1};
	uint8_t frame[RTU_FRAME_MAX];

	(void)state;
	assert_int_equal(rtu_answer_exception(frame, 1, 0x03, RTU_ILLEGAL_DATA_ADDRESS), 5);
	assert_memory_equal(frame, expected, sizeof(expected));
}

static void a_poll_takes_its_known_wire_time(void **state)
{
	(void)state;
	/* 8 + 17 characters of 11 bits at 9600 baud: 28.6 ms; 3.5 characters: 4.0 ms. */
	assert_int_equal(rtu_characters_us(9600, 25), 28645);
	assert_int_equal(rtu_silence_us(9600), 4010);
	assert_int_equal(rtu_silence_us(115200), 1750);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_known_request_is_found_whole),
		cmocka_unit_test(a_request_with_any_bit_wrong_is_not_found),
		cmocka_unit_test(a_request_in_parts_is_found_only_when_complete),
		cmocka_unit_test(a_request_behind_rubbish_is_found),
		cmocka_unit_test(a_write_of_registers_is_as_long_as_it_says),
		cmocka_unit_test(an_unknown_function_ends_with_silence),
		cmocka_unit_test(answers_with_registers_are_exact),
		cmocka_unit_test(an_exception_has_the_functions_high_bit),
		cmocka_unit_test(a_poll_takes_its_known_wire_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
