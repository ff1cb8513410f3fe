/* SPDX-License-Identifier: MIT */
/*
 * The frames' bytes. The vectors were computed elsewhere, with the CRC by polynomial division.
 */
#include "support.h"

#include <errno.h>
#include <string.h>

#include "core/can_codec.h"
#include "core/fault.h"

#define COMMAND_ID 0x210
#define STATUS_ID  0x211

static void assert_frame(const uint8_t frame[CAN_CODEC_BYTES], const char *hex)
{
	char text[2 * CAN_CODEC_BYTES + 1];

	for (int i = 0; i < CAN_CODEC_BYTES; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", frame[i]);
	assert_string_equal(text, hex);
}

static void frame_from(const char *hex, uint8_t ret[CAN_CODEC_BYTES])
{
	for (int i = 0; i < CAN_CODEC_BYTES; i++) {
		unsigned int byte;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		ret[i] = (uint8_t)byte;
	}
}

static void the_crc_is_that_of_sae_j1850(void **state)
{
	/* the check value of the catalogues: CRC of "123456789" */
	const uint8_t rest[] = {'3', '4', '5', '6', '7', '8', '9'};

	(void)state;
	assert_int_equal(can_crc8('2' << 8 | '1', rest), 0x4b);
}

static void commands_have_the_bytes_of_the_contract(void **state)
{
	static const struct {
		uint16_t id;
		struct can_command command;
		const char *hex;
	} vectors[] = {
		{COMMAND_ID, {.state = REGULATOR_STARTING, .limit_ma = 25000}, "00000000fa001096"},
		{COMMAND_ID,
			{.state = REGULATOR_LIMITED,
				.allowed_ma = 13700,
				.limit_ma = 25000,
				.alive = 5},
			"03008900fa001526"},
		{COMMAND_ID,
			{.state = REGULATOR_CHARGING,
				.allowed_ma = 32000,
				.limit_ma = 63000,
				.alive = 14},
			"0200400176021eda"},
		{COMMAND_ID, {.state = REGULATOR_DISABLED, .allowed_ma = 16000, .alive = 1},
			"0100a000000011b3"},
		{0x7ff,
			{.state = REGULATOR_FAILSAFE,
				.faults = UINT32_MAX,
				.limit_ma = 125000,
				.alive = 9},
			"05ff0000e20419c4"},
		{0x123,
			{.state = REGULATOR_FAILSAFE,
				.faults = FAULT_BIT(FAULT_METER_LOST),
				.allowed_ma = 6000,
				.limit_ma = 25000,
				.alive = 3},
			"05013c00fa001342"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		uint8_t frame[CAN_CODEC_BYTES];

		can_command_encode(&vectors[i].command, vectors[i].id, frame);
		assert_frame(frame, vectors[i].hex);
	}
}

static void every_fault_has_its_bit_or_the_last_one(void **state)
{
	static const uint8_t bits[FAULT_COUNT] = {
		[FAULT_METER_LOST] = 0x01,
		[FAULT_METER_IMPLAUSIBLE] = 0x02,
		[FAULT_METER_SELFTEST] = 0x04,
		[FAULT_PHASE_MISSING] = 0x08,
		[FAULT_DIP_UNREADABLE] = 0x10,
		[FAULT_OUTPUT_FAILED] = 0x20,
		[FAULT_CHARGER_RUNAWAY] = 0x40,
		[FAULT_METER_UNKNOWN] = 0x80,
		[FAULT_METER_REVERSED] = 0x80,
		[FAULT_LOOP_STALLED] = 0x80,
	};
	uint8_t frame[CAN_CODEC_BYTES];

	(void)state;
	for (int i = 0; i < 32; i++) {
		struct can_command command = {.faults = UINT32_C(1) << i};

		can_command_encode(&command, COMMAND_ID, frame);
		assert_int_equal(frame[1], i < FAULT_COUNT ? bits[i] : 0x80);
	}
}

static void currents_are_rounded_down_and_held_within_the_field(void **state)
{
	static const struct {
		int32_t ma;
		unsigned int steps;
	} currents[] = {{0, 0}, {99, 0}, {100, 1}, {6099, 60}, {15999, 159}, {16000, 160}, {-1, 0},
		{-100000, 0}, {INT32_MIN, 0}, {6553500, 65535}, {6553600, 65535},
		{INT32_MAX, 65535}};
	uint8_t frame[CAN_CODEC_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(currents) / sizeof(currents[0]); i++) {
		struct can_command command = {
			.allowed_ma = currents[i].ma, .limit_ma = currents[i].ma};

		can_command_encode(&command, COMMAND_ID, frame);
		assert_int_equal(frame[2] + 256u * frame[3], currents[i].steps);
		assert_int_equal(frame[4] + 256u * frame[5], currents[i].steps);
	}
}

/* Decode with the alive counter @last before, which must be 0 or the given error. */
static int decode(uint16_t id, const char *hex, int last, struct charger_feedback *ret)
{
	struct charger_feedback before = *ret;
	uint8_t frame[CAN_CODEC_BYTES];
	int alive = last;
	int error;

	frame_from(hex, frame);
	error = can_status_decode(id, frame, sizeof(frame), &alive, 4711, ret);
	if (error == 0) {
		assert_int_equal(alive, frame[0] >> 4);
		assert_int_equal(ret->at_ms, 4711);
	} else {
		assert_int_equal(alive, last);
		assert_memory_equal(ret, &before, sizeof(before));
	}
	return error;
}

static void a_status_tells_pilot_and_currents(void **state)
{
	struct charger_feedback f;

	(void)state;
	memset(&f, 0x55, sizeof(f));
	assert_int_equal(decode(STATUS_ID, "728900ffffffffca", -1, &f), 0);
	assert_int_equal(f.pilot_state, 2);
	assert_int_equal(f.drawn_ma[0], 13700);
	assert_int_equal(f.drawn_ma[1], -1);
	assert_int_equal(f.drawn_ma[2], -1);

	assert_int_equal(decode(STATUS_ID, "02a0009f009e0061", 14, &f), 0);
	assert_int_equal(f.drawn_ma[0], 16000);
	assert_int_equal(f.drawn_ma[1], 15900);
	assert_int_equal(f.drawn_ma[2], 15800);

	assert_int_equal(decode(0x001, "e000000000000009", 13, &f), 0);
	assert_int_equal(f.pilot_state, 0);
	assert_int_equal(f.drawn_ma[0], 0);

	assert_int_equal(decode(STATUS_ID, "35ffffffffffff90", 2, &f), 0);
	assert_int_equal(f.pilot_state, 5);
	assert_int_equal(f.drawn_ma[0], -1);

	assert_int_equal(decode(STATUS_ID, "32400600000000e4", 2, &f), 0);
	assert_int_equal(f.drawn_ma[0], CAN_DRAWN_MAX_MA);
}

static void each_defect_of_a_status_has_its_error(void **state)
{
	static const struct {
		const char *hex;
		int error;
	} defects[] = {
		{"728900ffffffffcb", -EBADMSG},
		{"728900fffffffeca", -EBADMSG},
		{"3a00000000000007", -EPROTO},
		{"36000000000000bc", -EDOM},
		{"f2000000000000aa", -EILSEQ},
		{"32410600000000a2", -ERANGE},
		{"3200000000feff1c", -ERANGE},
	};
	struct charger_feedback f;

	(void)state;
	memset(&f, 0x55, sizeof(f));
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++)
		assert_int_equal(decode(STATUS_ID, defects[i].hex, -1, &f), defects[i].error);
	/* under another identifier the CRC is another */
	assert_int_equal(decode(STATUS_ID + 1, "728900ffffffffca", -1, &f), -EBADMSG);
}

static void a_frame_of_another_length_is_no_status(void **state)
{
	struct charger_feedback f;
	uint8_t frame[64] = {0};
	int alive = -1;

	(void)state;
	frame_from("728900ffffffffca", frame);
	for (size_t length = 0; length <= sizeof(frame); length++) {
		int error = can_status_decode(STATUS_ID, frame, length, &alive, 0, &f);

		assert_int_equal(error, length == CAN_CODEC_BYTES ? 0 : -EMSGSIZE);
	}
}

static void a_counter_that_stands_still_is_nothing_new(void **state)
{
	struct charger_feedback f;

	(void)state;
	memset(&f, 0x55, sizeof(f));
	assert_int_equal(decode(STATUS_ID, "728900ffffffffca", 7, &f), -EALREADY);
	for (int last = -1; last < CAN_ALIVE_COUNT; last++)
		if (last != 7)
			assert_int_equal(decode(STATUS_ID, "728900ffffffffca", last, &f), 0);
}

/* What a status would be with these contents, whatever they are. */
static void status_make(uint16_t id, struct random *random, uint8_t ret[CAN_CODEC_BYTES])
{
	for (int i = 0; i < CAN_CODEC_BYTES - 1; i++)
		ret[i] = (uint8_t)random_next(random);
	ret[7] = can_crc8(id, ret);
}

static void every_wrong_bit_or_pair_of_bits_is_found(void **state)
{
	struct random random = {random_seed()};

	(void)state;
	for (int run = test_runs(200); run > 0; run--) {
		uint16_t id = (uint16_t)random_between(&random, 0, 0x7ff);
		uint8_t frame[CAN_CODEC_BYTES];

		status_make(id, &random, frame);
		for (int i = 0; i < 64; i++) {
			for (int j = i; j < 64; j++) {
				struct charger_feedback f;
				int alive = -1;

				frame[i / 8] ^= (uint8_t)(1u << i % 8);
				if (j > i)
					frame[j / 8] ^= (uint8_t)(1u << j % 8);
				assert_int_equal(
					can_status_decode(id, frame, sizeof(frame), &alive, 0, &f),
					-EBADMSG);
				frame[i / 8] ^= (uint8_t)(1u << i % 8);
				if (j > i)
					frame[j / 8] ^= (uint8_t)(1u << j % 8);
			}
		}
	}
}

static void what_is_accepted_is_within_its_ranges(void **state)
{
	struct random random = {random_seed()};
	int accepted = 0;

	(void)state;
	for (int run = test_runs(100000); run > 0; run--) {
		uint8_t frame[CAN_CODEC_BYTES];
		struct charger_feedback f;
		int alive = -1;

		status_make(STATUS_ID, &random, frame);
		/* small currents, else next to nothing would be accepted */
		for (int i = 2; i <= 6; i += 2)
			if (random_chance(&random, 90))
				frame[i] &= 0x03;
		frame[7] = can_crc8(STATUS_ID, frame);
		if (can_status_decode(STATUS_ID, frame, sizeof(frame), &alive, 0, &f) < 0)
			continue;
		accepted++;
		assert_in_range(alive, 0, CAN_ALIVE_COUNT - 1);
		assert_in_range(f.pilot_state, 0, 5);
		for (int i = 0; i < CHARGER_PHASES_MAX; i++) {
			int32_t steps = frame[1 + 2 * i] + 256 * frame[2 + 2 * i];

			if (steps == 0xffff)
				assert_int_equal(f.drawn_ma[i], -1);
			else
				assert_int_equal(f.drawn_ma[i], 100 * steps);
			assert_true(f.drawn_ma[i] <= CAN_DRAWN_MAX_MA);
		}
	}
	assert_true(accepted > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_crc_is_that_of_sae_j1850),
		cmocka_unit_test(commands_have_the_bytes_of_the_contract),
		cmocka_unit_test(every_fault_has_its_bit_or_the_last_one),
		cmocka_unit_test(currents_are_rounded_down_and_held_within_the_field),
		cmocka_unit_test(a_status_tells_pilot_and_currents),
		cmocka_unit_test(each_defect_of_a_status_has_its_error),
		cmocka_unit_test(a_frame_of_another_length_is_no_status),
		cmocka_unit_test(a_counter_that_stands_still_is_nothing_new),
		cmocka_unit_test(every_wrong_bit_or_pair_of_bits_is_found),
		cmocka_unit_test(what_is_accepted_is_within_its_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
