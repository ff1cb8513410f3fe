/* SPDX-License-Identifier: MIT */
/*
 * The CAN output in virtual time: which frames leave when, and what is heard.
 */
#include "can_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- what is sent ---- */

static void nothing_is_touched_before_the_first_command(void **state)
{
	struct output *output = output_default();

	(void)state;
	assert_int_equal(output_fd(output), -1);
	assert_true(output_deadline_us(output) == INT64_MAX);
	assert_int_equal(output_dispatch(output, 5000 * MS), 0);
	assert_int_equal(output_verify(output, 5000), 0);
	assert_null(output_feedback(output));
	assert_string_equal(output_notice(output), "");
	assert_int_equal(fake_can.queries + fake_can.opens, 0);
	output_free(output);
}

static void a_command_leaves_at_once_and_then_every_period(void **state)
{
	struct output *output = output_default();
	struct can_frame frame;

	(void)state;
	assert_int_equal(output_write(output, &at_10_a, 1000), 0);
	assert_int_equal(frames_heard(&frame), 1);
	assert_int_equal(allowed_of(&frame), 10000);
	assert_int_equal(frame.data[0], 3);
	assert_int_equal(frame.data[4], 250);
	assert_true(output_fd(output) >= 0);

	for (int i = 1; i <= 40; i++) {
		assert_true(output_deadline_us(output) == (1000 + 100 * i) * MS);
		/* early calls, as for a frame that came in, send nothing */
		assert_int_equal(output_dispatch(output, output_deadline_us(output) - 1), 0);
		assert_int_equal(frames_heard(&frame), 0);
		assert_int_equal(output_dispatch(output, output_deadline_us(output)), 0);
		assert_int_equal(frames_heard(&frame), 1);
		assert_int_equal(allowed_of(&frame), 10000);
	}
	output_free(output);
}

static void every_field_that_changes_is_sent_at_once(void **state)
{
	struct output *output = output_default();
	struct output_command command = at_10_a;
	struct can_frame frame;

	(void)state;
	assert_int_equal(output_write(output, &command, 0), 0);
	assert_int_equal(frames_heard(&frame), 1);
	assert_int_equal(output_write(output, &command, 1), 0);
	assert_int_equal(frames_heard(&frame), 0);

	command.allowed_ma = 9000;
	assert_int_equal(output_write(output, &command, 2), 0);
	assert_int_equal(frames_heard(&frame), 1);
	assert_int_equal(allowed_of(&frame), 9000);
	command.faults = FAULT_BIT(FAULT_METER_LOST);
	assert_int_equal(output_write(output, &command, 3), 0);
	assert_int_equal(frames_heard(&frame), 1);
	assert_int_equal(frame.data[1], 1);
	command.state = REGULATOR_FAILSAFE;
	assert_int_equal(output_write(output, &command, 4), 0);
	assert_int_equal(frames_heard(&frame), 1);
	assert_int_equal(frame.data[0], 5);
	command.limit_ma = 0;
	assert_int_equal(output_write(output, &command, 5), 0);
	assert_int_equal(frames_heard(&frame), 1);
	assert_int_equal(frame.data[4] | frame.data[5], 0);
	output_free(output);
}

static void a_change_does_not_move_the_period(void **state)
{
	struct output *output = output_at_10_a();
	struct can_frame frame;

	(void)state;
	assert_int_equal(output_write(output, &at_16_a, 60), 0);
	assert_true(output_deadline_us(output) == 100 * MS);
	assert_int_equal(run_until(output, 100 * MS), 0);
	assert_int_equal(frames_heard(&frame), 3);
	assert_int_equal(allowed_of(&frame), 16000);
	output_free(output);
}

static void a_late_loop_stays_on_the_grid_and_sends_no_burst(void **state)
{
	struct output *output = output_at_10_a();
	struct can_frame frame;

	(void)state;
	assert_int_equal(output_dispatch(output, 137 * MS), 0);
	assert_true(output_deadline_us(output) == 200 * MS);
	assert_int_equal(output_dispatch(output, 200 * MS + 1), 0);
	assert_true(output_deadline_us(output) == 300 * MS);
	assert_int_equal(frames_heard(&frame), 3);
	/* a stall, a suspend */
	assert_int_equal(output_dispatch(output, 3600 * 1000 * MS + 42), 0);
	assert_true(output_deadline_us(output) == (3600 * 1000 + 100) * MS);
	assert_int_equal(frames_heard(&frame), 1);
	output_free(output);
}

static void identifiers_and_period_are_configurable(void **state)
{
	struct config config;
	struct output *output;
	struct can_frame frame;

	(void)state;
	fake_can_config(&config);
	config.can.command_id = 0x7ff;
	config.can.status_id = CAN_ID_NONE;
	config.can.period_ms = 10;
	output = output_with(&config);
	assert_string_equal(output_describe(output), "can can0, command 0x7ff, no status");
	assert_int_equal(output_write(output, &at_10_a, 0), 0);
	assert_true(output_deadline_us(output) == 10 * MS);
	assert_true(fake_can_hear(&frame));
	assert_int_equal(frame.can_id, 0x7ff);
	assert_int_equal(frame.data[7], can_crc8(0x7ff, frame.data));
	assert_int_equal(fake_can.status_id, CAN_ID_NONE);

	/* what would come in nevertheless */
	say_status(1, 10);
	assert_int_equal(output_dispatch(output, 1), 0);
	assert_null(output_feedback(output));
	output_free(output);

	output = output_default();
	assert_string_equal(output_describe(output), "can can0, command 0x210, status 0x211");
	output_free(output);
}

static void letting_go_sends_nothing_and_closes_the_socket(void **state)
{
	struct output *output = output_at_10_a();
	struct can_frame frame;
	int fd;

	(void)state;
	assert_int_equal(frames_heard(&frame), 1);
	fd = output_fd(output);
	assert_null(output_free(output));
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(recv(fake_can.bus, &frame, sizeof(frame), MSG_DONTWAIT), 0);
}

/* ---- what is heard ---- */

static void a_status_becomes_feedback(void **state)
{
	struct output *output = output_at_10_a();
	const struct charger_feedback *feedback;
	struct pollfd pollfd = {.events = POLLIN};

	(void)state;
	assert_int_equal(fake_can.status_id, 0x211);
	assert_null(output_feedback(output));
	say_status(7, 9);
	pollfd.fd = output_fd(output);
	assert_int_equal(poll(&pollfd, 1, 0), 1);
	assert_int_equal(output_dispatch(output, 20 * MS), 0);
	assert_int_equal(poll(&pollfd, 1, 0), 0);

	feedback = output_feedback(output);
	assert_non_null(feedback);
	assert_int_equal(feedback->at_ms, 20);
	assert_int_equal(feedback->pilot_state, 2);
	assert_int_equal(feedback->drawn_ma[0], 9000);
	assert_int_equal(feedback->drawn_ma[1], -1);

	say_status(8, 8);
	say_status(9, 7);
	assert_int_equal(output_dispatch(output, 40 * MS), 0);
	feedback = output_feedback(output);
	assert_int_equal(feedback->at_ms, 40);
	assert_int_equal(feedback->drawn_ma[0], 7000);
	assert_string_equal(output_notice(output), "");
	output_free(output);
}

static void a_charger_that_hangs_is_told_once_and_its_feedback_gets_old(void **state)
{
	struct output *output = output_at_10_a();
	char notice[512];

	(void)state;
	for (int t = 0; t <= 1000; t += 100) {
		say_status(7, 9);
		assert_int_equal(output_dispatch(output, t * MS), 0);
		assert_int_equal(output_feedback(output)->at_ms, 0);
	}
	/* a frame that came twice is none of that */
	assert_string_equal(output_notice(output), "");
	say_status(7, 9);
	assert_int_equal(output_dispatch(output, 1100 * MS), 0);
	assert_says(output_notice(output), "[can] status_id: ", "repeats the alive counter 7");
	assert_int_equal(output_feedback(output)->at_ms, 0);

	(void)snprintf(notice, sizeof(notice), "%s", output_notice(output));
	say_status(8, 9);
	assert_int_equal(output_dispatch(output, 1200 * MS), 0);
	assert_int_equal(output_feedback(output)->at_ms, 1200);
	assert_string_equal(output_notice(output), notice);
	output_free(output);
}

static void a_defect_of_the_status_is_told_once_and_changes_nothing(void **state)
{
	static const struct {
		uint8_t data[8];
		uint8_t length;
		const char *part;
	} frames[] = {
		{{0x72, 0x89, 0, 255, 255, 255, 255, 0xcb}, 8, "wrong CRC"},
		{{0x72, 0x89, 0, 255, 255, 255, 255, 0xca}, 7, "not 8 bytes"},
		{{0x3a, 0, 0, 0, 0, 0, 0, 0x07}, 8, "bit 3"},
		{{0x36, 0, 0, 0, 0, 0, 0, 0xbc}, 8, "pilot state"},
		{{0xf2, 0, 0, 0, 0, 0, 0, 0xaa}, 8, "alive counter 15"},
		{{0x32, 0x41, 0x06, 0, 0, 0, 0, 0xa2}, 8, "a current that"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct can_frame frame = {.can_id = 0x211, .len = frames[i].length};
		struct output *output;

		(void)start(NULL);
		output = output_at_10_a();
		say_status(6, 5);
		memcpy(frame.data, frames[i].data, sizeof(frame.data));
		fake_can_say(&frame);
		assert_int_equal(output_dispatch(output, 1), 0);
		assert_int_equal(output_feedback(output)->drawn_ma[0], 5000);
		assert_string_equal(output_error(output), "");
		assert_says(output_notice(output), "[can] status_id: frame 0x211 ", frames[i].part);
		output_free(output);
		assert_int_equal(close(fake_can.bus), 0);
		fake_can.bus = -1;
	}
}

static void foreign_frames_are_passed_over(void **state)
{
	static const canid_t foreign[] = {0x210, 0x212, 0x000, 0x7ff, 0x211 | CAN_RTR_FLAG,
		0x211 | CAN_EFF_FLAG, 0x12345678 | CAN_EFF_FLAG};
	struct output *output = output_at_10_a();
	struct can_frame frame = {.len = 8};

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		frame.can_id = foreign[i];
		frame.data[7] = can_crc8((uint16_t)(foreign[i] & CAN_SFF_MASK), frame.data);
		fake_can_say(&frame);
	}
	assert_int_equal(output_dispatch(output, 1), 0);
	assert_null(output_feedback(output));
	assert_string_equal(output_notice(output), "");
	/* nor does one that is no frame, such as of CAN FD, hide what comes behind it */
	assert_int_equal(send(fake_can.bus, "?", 1, 0), 1);
	say_status(1, 10);
	assert_int_equal(output_dispatch(output, 2), 0);
	assert_non_null(output_feedback(output));
	assert_int_equal(run_until(output, 100 * MS), 0);
	output_free(output);
}

static void a_flood_does_not_keep_the_loop(void **state)
{
	struct output *output = output_at_10_a();
	struct pollfd pollfd = {.events = POLLIN};

	(void)state;
	for (int i = 0; i < 80; i++)
		say_status((uint8_t)(i % 15), 1 + i % 20);
	pollfd.fd = output_fd(output);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(output_dispatch(output, 1), 0);
		assert_int_equal(poll(&pollfd, 1, 0), 1); /* what is left wakes it up again */
	}
	assert_int_equal(output_dispatch(output, 1), 0);
	assert_int_equal(poll(&pollfd, 1, 0), 0);
	assert_int_equal(output_feedback(output)->drawn_ma[0], 1000 * (1 + 79 % 20));
	output_free(output);
}

static void frames_of_any_content_are_survived(void **state)
{
	struct random random = {random_seed()};
	struct output *output = output_at_10_a();
	int64_t now_us = 0;

	(void)state;
	for (int run = test_runs(20000); run > 0; run--) {
		struct can_frame frame = {.can_id = (canid_t)random_next(&random)};
		uint64_t bytes = random_next(&random);
		struct can_frame heard;

		if (random_chance(&random, 50))
			frame.can_id = 0x211;
		frame.len = (uint8_t)random_between(&random, 0, 8);
		memcpy(frame.data, &bytes, sizeof(frame.data));
		fake_can_say(&frame);
		now_us += random_between(&random, 0, 100 * MS);
		assert_int_equal(output_dispatch(output, now_us), 0);
		assert_true(output_deadline_us(output) > now_us);
		(void)frames_heard(&heard);
	}
	output_free(output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAN_TEST(nothing_is_touched_before_the_first_command),
		CAN_TEST(a_command_leaves_at_once_and_then_every_period),
		CAN_TEST(every_field_that_changes_is_sent_at_once),
		CAN_TEST(a_change_does_not_move_the_period),
		CAN_TEST(a_late_loop_stays_on_the_grid_and_sends_no_burst),
		CAN_TEST(identifiers_and_period_are_configurable),
		CAN_TEST(letting_go_sends_nothing_and_closes_the_socket),
		CAN_TEST(a_status_becomes_feedback),
		CAN_TEST(a_charger_that_hangs_is_told_once_and_its_feedback_gets_old),
		CAN_TEST(a_defect_of_the_status_is_told_once_and_changes_nothing),
		CAN_TEST(foreign_frames_are_passed_over),
		CAN_TEST(a_flood_does_not_keep_the_loop),
		CAN_TEST(frames_of_any_content_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
