/* SPDX-License-Identifier: MIT */
/*
 * Frames from the CAN bus: up to 64 bytes, and a counter that remembers. With a bit of the first byte
 * the checksum is made right, or a fuzzer would hardly ever come past it.
 */
#include <errno.h>
#include <string.h>

#include "core/can_codec.h"
#include "core/fault.h"
#include "fuzz/fuzz.h"

#define ID_MASK 0x7ff

static void check_status(struct fuzz_bytes *bytes, int *alive, int64_t now_ms)
{
	static const int reasons[] = {
		-EMSGSIZE, -EBADMSG, -EPROTO, -EDOM, -EILSEQ, -ERANGE, -EALREADY};
	struct charger_feedback feedback, untouched;
	uint8_t how = fuzz_u8(bytes), frame[CAN_CODEC_BYTES] = {0};
	uint16_t id = fuzz_u16(bytes) & ID_MASK;
	const uint8_t *data;
	size_t size = fuzz_take(bytes, how & 1 ? CAN_CODEC_BYTES : how >> 1 & 0x3f, &data);
	int before = *alive, r;
	bool known = false;

	memset(&feedback, 0x5a, sizeof(feedback));
	untouched = feedback;
	if (how & 1 && size == CAN_CODEC_BYTES) {
		memcpy(frame, data, sizeof(frame));
		frame[CAN_CODEC_BYTES - 1] = can_crc8(id, frame);
		data = frame;
	}
	r = can_status_decode(id, data, size, alive, now_ms, &feedback);
	if (r < 0) {
		for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
			known |= r == reasons[i];
		FUZZ_CHECK(known && *alive == before);
		FUZZ_CHECK(memcmp(&feedback, &untouched, sizeof(feedback)) == 0);
		return;
	}
	FUZZ_CHECK(r == 0 && size == CAN_CODEC_BYTES && feedback.at_ms == now_ms);
	FUZZ_CHECK(*alive != before && *alive >= 0 && *alive < CAN_ALIVE_COUNT);
	FUZZ_CHECK(feedback.pilot_state >= 0 && feedback.pilot_state <= 5);
	for (int i = 0; i < CHARGER_PHASES_MAX; i++)
		FUZZ_CHECK(feedback.drawn_ma[i] >= -1 && feedback.drawn_ma[i] <= CAN_DRAWN_MAX_MA);
}

static void check_command(struct fuzz_bytes *bytes)
{
	struct can_command command = {
		.allowed_ma = (int32_t)fuzz_u32(bytes),
		.limit_ma = (int32_t)fuzz_u32(bytes),
		.state = (enum regulator_state)(fuzz_u8(bytes) % 6),
		.faults = fuzz_u32(bytes) & ((1u << FAULT_COUNT) - 1),
		.alive = fuzz_u8(bytes) % CAN_ALIVE_COUNT,
	};
	uint16_t id = fuzz_u16(bytes) & ID_MASK;
	uint8_t frame[CAN_CODEC_BYTES];
	int32_t told_ma;

	can_command_encode(&command, id, frame);
	told_ma = (frame[2] | frame[3] << 8) * 100;
	FUZZ_CHECK(told_ma <= (command.allowed_ma > 0 ? command.allowed_ma : 0));
	FUZZ_CHECK(frame[0] == command.state && (frame[1] != 0) == (command.faults != 0));
	FUZZ_CHECK((frame[6] & 0x0f) == command.alive && frame[6] >> 4 == CAN_CODEC_VERSION);
	FUZZ_CHECK(frame[7] == can_crc8(id, frame));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {.data = data, .size = size};
	int64_t now_ms = 1000;
	int alive = -1;

	check_command(&bytes);
	while (bytes.size > 0)
		check_status(&bytes, &alive, now_ms += 100);
	return 0;
}
