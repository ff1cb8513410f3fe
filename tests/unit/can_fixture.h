/* SPDX-License-Identifier: MIT */
/* What the tests of the CAN output share: its commands, its loop in virtual time, and its ear. */
#ifndef POWEROPT_TESTS_CAN_FIXTURE_H
#define POWEROPT_TESTS_CAN_FIXTURE_H

#include "support.h"

#include <string.h>

#include "core/can_codec.h"
#include "core/fault.h"
#include "fake_can.h"
#include "output/output.h"

#define MS INT64_C(1000)

static const struct output_command at_10_a = {
	.allowed_ma = 10000, .state = REGULATOR_LIMITED, .limit_ma = 25000};
static const struct output_command at_16_a = {
	.allowed_ma = 16000, .state = REGULATOR_CHARGING, .limit_ma = 25000};
static const struct output_command stopped = {.allowed_ma = 0,
	.state = REGULATOR_FAILSAFE,
	.faults = FAULT_BIT(FAULT_OUTPUT_FAILED),
	.limit_ma = 25000};

static inline struct output *output_with(const struct config *config)
{
	struct output *output = NULL;

	assert_int_equal(output_new(&output, config), 0);
	return output;
}

static inline struct output *output_default(void)
{
	struct config config;

	fake_can_config(&config);
	return output_with(&config);
}

/* Its first command has been taken, at time 0. */
static inline struct output *output_at_10_a(void)
{
	struct output *output = output_default();

	assert_int_equal(output_write(output, &at_10_a, 0), 0);
	return output;
}

static inline void assert_says(const char *sentence, const char *start, const char *part)
{
	if (strncmp(sentence, start, strlen(start)) != 0 || !strstr(sentence, part))
		fail_msg("\"%s\" does not say \"%s\"", sentence, part);
}

/* Frames that left since the last call; all must be valid commands, with counters that follow. */
static int heard_alive;

static inline int frames_heard(struct can_frame *ret_last)
{
	struct can_frame frame;
	int count = 0;

	*ret_last = (struct can_frame){0};
	while (fake_can_hear(&frame)) {
		assert_int_equal(frame.can_id, 0x210);
		assert_int_equal(frame.len, 8);
		assert_int_equal(frame.data[7], can_crc8(0x210, frame.data));
		assert_int_equal(frame.data[6] >> 4, 1);
		assert_int_equal(frame.data[6] & 0x0f, heard_alive);
		heard_alive = (heard_alive + 1) % 15;
		*ret_last = frame;
		count++;
	}
	return count;
}

static inline int allowed_of(const struct can_frame *frame)
{
	return 100 * (frame->data[2] + 256 * frame->data[3]);
}

/* Let the loop turn, as it does in the daemon, until a time; returns the last result. */
static inline int run_until(struct output *output, int64_t end_us)
{
	int r = 0;

	while (output_deadline_us(output) <= end_us)
		r = output_dispatch(output, output_deadline_us(output));
	return r;
}

static inline void say_status(uint8_t alive, int amps)
{
	struct can_frame frame = {.can_id = 0x211, .len = 8};

	frame.data[0] = (uint8_t)(alive << 4 | 2);
	frame.data[1] = (uint8_t)(amps * 10);
	frame.data[3] = frame.data[4] = 0xff;
	frame.data[5] = frame.data[6] = 0xff;
	frame.data[7] = can_crc8(0x211, frame.data);
	fake_can_say(&frame);
}

static inline int start(void **state)
{
	heard_alive = 0;
	return fake_can_start(state);
}

#define CAN_TEST(name) cmocka_unit_test_setup_teardown(name, start, fake_can_stop)

#endif
