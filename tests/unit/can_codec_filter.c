/* SPDX-License-Identifier: MIT */
/*
 * The CAN codec as a filter for test_can_dbc.py, one line in, one line out:
 *
 *   command ID STATE FAULTS ALLOWED_MA LIMIT_MA ALIVE  ->  HEX
 *   status ID HEX                                      ->  PILOT ALIVE MA1 MA2 MA3, or the error
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/can_codec.h"

static int command(uint16_t id, const char *text)
{
	uint8_t frame[CAN_CODEC_BYTES];
	struct can_command c;
	int state;

	if (sscanf(text, "%d %" SCNu32 " %" SCNd32 " %" SCNd32 " %d", &state, &c.faults,
		    &c.allowed_ma, &c.limit_ma, &c.alive) != 5)
		return -1;
	c.state = (enum regulator_state)state;
	can_command_encode(&c, id, frame);
	for (int i = 0; i < CAN_CODEC_BYTES; i++)
		printf("%02x", frame[i]);
	putchar('\n');
	return 0;
}

static int status(uint16_t id, const char *text)
{
	uint8_t frame[CAN_CODEC_BYTES];
	struct charger_feedback f;
	int alive = -1;
	int error;

	for (int i = 0; i < CAN_CODEC_BYTES; i++) {
		unsigned int byte;

		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return -1;
		frame[i] = (uint8_t)byte;
	}
	error = can_status_decode(id, frame, sizeof(frame), &alive, 0, &f);
	if (error < 0)
		printf("%d\n", error);
	else
		printf("%d %d %" PRId32 " %" PRId32 " %" PRId32 "\n", f.pilot_state, alive,
			f.drawn_ma[0], f.drawn_ma[1], f.drawn_ma[2]);
	return 0;
}

int main(void)
{
	char line[128], verb[16];
	unsigned int id;
	int rest;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%15s %u %n", verb, &id, &rest) != 2)
			return 1;
		if (verb[0] == 'c' ? command((uint16_t)id, line + rest)
				   : status((uint16_t)id, line + rest))
			return 1;
	}
	return 0;
}
