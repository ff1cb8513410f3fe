/* SPDX-License-Identifier: MIT */
#include "core/can_codec.h"

#include <assert.h>
#include <errno.h>

#include "core/fault.h"

#define STEP_MA		 100
#define NOT_MEASURED	 0xffff
#define PILOT_STATE_LAST 5
#define CRC_BYTE	 7

static_assert(REGULATOR_STARTING == 0 && REGULATOR_DISABLED == 1 && REGULATOR_CHARGING == 2 &&
		      REGULATOR_LIMITED == 3 && REGULATOR_PAUSED == 4 && REGULATOR_FAILSAFE == 5,
	"the states have these numbers in the command frame");

static uint8_t crc8_byte(uint8_t crc, uint8_t byte)
{
	crc ^= byte;
	for (int bit = 0; bit < 8; bit++)
		crc = (uint8_t)(crc & 0x80 ? crc << 1 ^ 0x1d : crc << 1);
	return crc;
}

uint8_t can_crc8(uint16_t id, const uint8_t data[static CAN_CODEC_BYTES - 1])
{
	uint8_t crc = 0xff;

	crc = crc8_byte(crc, (uint8_t)(id & 0xff));
	crc = crc8_byte(crc, (uint8_t)(id >> 8));
	for (int i = 0; i < CRC_BYTE; i++)
		crc = crc8_byte(crc, data[i]);
	return crc ^ 0xff;
}

static uint8_t fault_byte(uint32_t faults)
{
	static const enum fault with_a_bit[] = {
		FAULT_METER_LOST,
		FAULT_METER_IMPLAUSIBLE,
		FAULT_METER_SELFTEST,
		FAULT_PHASE_MISSING,
		FAULT_DIP_UNREADABLE,
		FAULT_OUTPUT_FAILED,
		FAULT_CHARGER_RUNAWAY,
	};
	uint8_t byte = 0;

	for (size_t i = 0; i < sizeof(with_a_bit) / sizeof(with_a_bit[0]); i++) {
		if (faults & FAULT_BIT(with_a_bit[i]))
			byte |= (uint8_t)(1u << i);
		faults &= ~FAULT_BIT(with_a_bit[i]);
	}
	return faults ? byte | 0x80 : byte;
}

static void put_current(uint8_t ret[static 2], int32_t current_ma)
{
	int32_t steps = current_ma > 0 ? current_ma / STEP_MA : 0;

	if (steps > UINT16_MAX)
		steps = UINT16_MAX;
	ret[0] = (uint8_t)(steps & 0xff);
	ret[1] = (uint8_t)(steps >> 8);
}

void can_command_encode(
	const struct can_command *command, uint16_t id, uint8_t ret[static CAN_CODEC_BYTES])
{
	ret[0] = (uint8_t)command->state;
	ret[1] = fault_byte(command->faults);
	put_current(ret + 2, command->allowed_ma);
	put_current(ret + 4, command->limit_ma);
	ret[6] = (uint8_t)(CAN_CODEC_VERSION << 4 | command->alive);
	ret[CRC_BYTE] = can_crc8(id, ret);
}

/* Returns the current in mA, -1 if it is not measured, or -ERANGE. */
static int32_t get_current(const uint8_t data[static 2])
{
	int32_t steps = data[0] | data[1] << 8;

	if (steps == NOT_MEASURED)
		return -1;
	return steps > CAN_DRAWN_MAX_MA / STEP_MA ? -ERANGE : steps * STEP_MA;
}

int can_status_decode(uint16_t id, const uint8_t *data, size_t length, int *alive, int64_t now_ms,
	struct charger_feedback *ret)
{
	struct charger_feedback feedback = {.at_ms = now_ms};
	int counter;

	if (length != CAN_CODEC_BYTES)
		return -EMSGSIZE;
	if (data[CRC_BYTE] != can_crc8(id, data))
		return -EBADMSG;
	if (data[0] & 0x08)
		return -EPROTO;
	feedback.pilot_state = data[0] & 0x07;
	if (feedback.pilot_state > PILOT_STATE_LAST)
		return -EDOM;
	counter = data[0] >> 4;
	if (counter >= CAN_ALIVE_COUNT)
		return -EILSEQ;
	for (int i = 0; i < CHARGER_PHASES_MAX; i++) {
		feedback.drawn_ma[i] = get_current(data + 1 + 2 * i);
		if (feedback.drawn_ma[i] == -ERANGE)
			return -ERANGE;
	}
	if (counter == *alive)
		return -EALREADY;

	*alive = counter;
	*ret = feedback;
	return 0;
}
