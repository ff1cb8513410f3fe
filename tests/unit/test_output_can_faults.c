/* SPDX-License-Identifier: MIT */
/*
 * The CAN output in virtual time: what interface and bus can do to it.
 */
#include "can_fixture.h"

#include <errno.h>
#include <linux/can/error.h>
#include <unistd.h>

static void an_interface_that_is_missing_at_the_start_is_found_when_it_comes(void **state)
{
	struct output *output = output_default();
	struct can_frame frame;

	(void)state;
	fake_can.missing = -ENODEV;
	assert_int_equal(output_write(output, &at_10_a, 0), -ENODEV);
	assert_says(output_error(output), "[can] interface: ", "there is no can0");
	assert_int_equal(output_fd(output), -1);
	assert_int_equal(output_write(output, &stopped, 0), -ENODEV);
	assert_int_equal(run_until(output, 5000 * MS), -ENODEV);
	assert_says(output_error(output), "[can] interface: ", "there is no can0");

	fake_can.missing = 0;
	assert_int_equal(run_until(output, 5100 * MS), 0);
	assert_string_equal(output_error(output), "");
	assert_true(output_fd(output) >= 0);
	assert_int_equal(frames_heard(&frame), 1);
	assert_int_equal(allowed_of(&frame), 0);
	assert_int_equal(frame.data[1], 0x20);
	output_free(output);
}

static void what_keeps_the_first_frame_back_is_told_with_its_remedy(void **state)
{
	static const struct {
		int missing, open_error, bind_error, send_error;
		bool down, no_carrier;
		int result;
		const char *part;
	} cases[] = {
		{.missing = -EMEDIUMTYPE, .result = -EMEDIUMTYPE, .part = "not a CAN interface"},
		{.missing = -EPERM, .result = -EPERM, .part = "Operation not permitted"},
		{.missing = -EAFNOSUPPORT, .result = -EAFNOSUPPORT, .part = "AF_NETLINK"},
		{.open_error = -EAFNOSUPPORT, .result = -EAFNOSUPPORT, .part = "can_raw"},
		{.bind_error = -ENODEV, .result = -ENODEV, .part = "there is no can0"},
		{.down = true, .result = -ENETDOWN, .part = "ip link set can0 up type can bitrate"},
		{.no_carrier = true, .result = -ENOLINK, .part = "it comes back by itself"},
		{.send_error = -ENOBUFS, .result = -ENOBUFS, .part = "nobody acknowledges"},
		{.send_error = -EAGAIN, .result = -ENOBUFS, .part = "nobody acknowledges"},
		{.send_error = -EIO, .result = -EIO, .part = "Input/output error"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct output *output = output_default();

		(void)start(NULL);
		fake_can.missing = cases[i].missing;
		fake_can.open_error = cases[i].open_error;
		fake_can.bind_error = cases[i].bind_error;
		fake_can.send_error = cases[i].send_error;
		fake_can.link.up = !cases[i].down;
		fake_can.link.carrier = !cases[i].no_carrier && !cases[i].down;
		assert_int_equal(output_write(output, &at_10_a, 0), cases[i].result);
		assert_says(output_error(output), "[can] interface: ", cases[i].part);

		/* the same as long as it lasts, and gone with it */
		assert_int_equal(run_until(output, 1000 * MS), cases[i].result);
		assert_says(output_error(output), "[can] interface: ", cases[i].part);
		fake_can.missing = fake_can.open_error = fake_can.bind_error = 0;
		fake_can.send_error = 0;
		fake_can.link.up = fake_can.link.carrier = true;
		assert_int_equal(run_until(output, 1100 * MS), 0);
		assert_string_equal(output_error(output), "");
		assert_int_equal(output_write(output, &at_16_a, 1100), 0);
		output_free(output);
		assert_int_equal(close(fake_can.bus), 0);
		fake_can.bus = -1;
	}
}

static void half_a_second_without_a_frame_is_a_failure_and_less_is_not(void **state)
{
	struct output *output = output_at_10_a();
	struct can_frame frame;
	int fd;

	(void)state;
	fd = output_fd(output);
	fake_can.send_error = -ENOBUFS;
	assert_int_equal(run_until(output, 500 * MS), 0);
	/* a change, too, has until then */
	assert_int_equal(output_write(output, &at_16_a, 500), 0);
	assert_int_equal(output_dispatch(output, 500 * MS + 1), -ENOBUFS);
	assert_int_equal(output_write(output, &stopped, 501), -ENOBUFS);
	assert_int_equal(run_until(output, 60000 * MS), -ENOBUFS);

	fake_can.send_error = 0;
	assert_int_equal(run_until(output, 60100 * MS), 0);
	assert_int_equal(frames_heard(&frame), 2); /* the first of all, and this one */
	assert_int_equal(allowed_of(&frame), 0);
	assert_int_equal(output_fd(output), fd);
	output_free(output);
}

static void after_a_failure_the_same_command_is_sent_again(void **state)
{
	struct output *output = output_at_10_a();
	struct can_frame frame;

	(void)state;
	fake_can.send_error = -ENOBUFS;
	assert_int_equal(run_until(output, 600 * MS), -ENOBUFS);
	fake_can.send_error = 0;
	assert_int_equal(frames_heard(&frame), 1);
	assert_int_equal(output_write(output, &at_10_a, 610), 0);
	assert_int_equal(frames_heard(&frame), 1);
	output_free(output);
}

static void a_link_that_goes_down_and_up_is_bound_again(void **state)
{
	struct output *output = output_at_10_a();
	struct can_frame frame;
	int fd;

	(void)state;
	fd = output_fd(output);
	fake_can.link.up = fake_can.link.carrier = false;
	fake_can.receive_error = -ENETDOWN;
	assert_int_equal(output_dispatch(output, 50 * MS), 0);
	assert_int_equal(run_until(output, 500 * MS), 0);
	assert_int_equal(run_until(output, 600 * MS), -ENETDOWN);
	assert_says(output_error(output), "[can] interface: ", "can0 is down");
	assert_int_equal(run_until(output, 3000 * MS), -ENETDOWN);

	fake_can.link.up = fake_can.link.carrier = true;
	assert_int_equal(run_until(output, 3100 * MS), 0);
	assert_int_equal(frames_heard(&frame), 2);
	assert_int_equal(output_fd(output), fd);
	assert_int_equal(fake_can.opens, 1);
	output_free(output);
}

static void a_short_reset_of_the_link_is_no_failure(void **state)
{
	struct output *output = output_at_10_a();
	struct can_frame frame;

	(void)state;
	fake_can.link.up = fake_can.link.carrier = false;
	fake_can.receive_error = -ENETDOWN;
	assert_int_equal(run_until(output, 100 * MS), 0);
	fake_can.link.up = fake_can.link.carrier = true;
	assert_int_equal(run_until(output, 200 * MS), 0);
	assert_int_equal(frames_heard(&frame), 2);
	assert_string_equal(output_error(output), "");
	output_free(output);
}

static void an_interface_that_is_made_anew_is_bound_by_its_new_index(void **state)
{
	struct output *output = output_at_10_a();
	struct can_frame frame;
	int fd;

	(void)state;
	fd = output_fd(output);
	fake_can.missing = -ENODEV;
	fake_can.receive_error = -ENODEV;
	assert_int_equal(run_until(output, 1000 * MS), -ENODEV);
	assert_says(output_error(output), "[can] interface: ", "there is no can0");
	fake_can.missing = 0;
	fake_can.link.index = 8;
	assert_int_equal(run_until(output, 1100 * MS), 0);
	assert_int_equal(fake_can.bound, 8);
	assert_int_equal(fake_can.status_id, 0x211);
	assert_int_equal(output_fd(output), fd);

	/* so fast that only the index tells */
	fake_can.link.index = 9;
	assert_int_equal(run_until(output, 1300 * MS), 0);
	assert_int_equal(fake_can.bound, 9);
	assert_int_equal(frames_heard(&frame), 3);
	output_free(output);
}

static void a_bus_off_is_told_and_over_when_the_kernel_has_restarted(void **state)
{
	struct can_frame error = {.can_id = CAN_ERR_FLAG | CAN_ERR_BUSOFF, .len = 8};
	struct output *output = output_at_10_a();
	struct can_frame frame;

	(void)state;
	fake_can.link.carrier = false;
	fake_can_say(&error);
	assert_int_equal(output_dispatch(output, 50 * MS), 0);
	assert_says(output_notice(output), "[can] interface: ", "bus-off");
	assert_int_equal(run_until(output, 600 * MS), -ENOLINK);
	assert_says(output_error(output), "[can] interface: ", "it comes back by itself");
	fake_can.link.restart_ms = 0;
	assert_int_equal(run_until(output, 700 * MS), -ENOLINK);
	assert_says(output_error(output), "[can] interface: ", "type can restart");

	fake_can.link.carrier = true;
	assert_int_equal(run_until(output, 800 * MS), 0);
	assert_int_equal(frames_heard(&frame), 2);
	output_free(output);
}

static void a_bus_off_that_the_kernel_did_not_tell_is_found_by_looking(void **state)
{
	struct output *output = output_at_10_a();

	(void)state;
	fake_can.link.carrier = false; /* frames vanish without an error */
	assert_int_equal(run_until(output, 900 * MS), 0);
	assert_int_equal(output_verify(output, 1000), 0);
	assert_int_equal(run_until(output, 1500 * MS), -ENOLINK);
	output_free(output);
}

static void looking_at_a_good_interface_changes_nothing(void **state)
{
	struct output *output = output_at_10_a();
	struct can_frame frame;

	(void)state;
	assert_int_equal(output_verify(output, 10), 0);
	assert_int_equal(output_write(output, &at_10_a, 20), 0);
	assert_int_equal(frames_heard(&frame), 1);
	assert_true(output_deadline_us(output) == 100 * MS);
	output_free(output);
}

static void many_errors_on_the_bus_are_told_once(void **state)
{
	struct can_frame error = {.can_id = CAN_ERR_FLAG | CAN_ERR_CRTL, .len = 8};
	struct output *output = output_at_10_a();

	(void)state;
	error.data[1] = CAN_ERR_CRTL_TX_WARNING;
	fake_can_say(&error);
	assert_int_equal(output_dispatch(output, 1), 0);
	assert_string_equal(output_notice(output), "");
	error.data[1] = CAN_ERR_CRTL_TX_PASSIVE;
	fake_can_say(&error);
	assert_int_equal(output_dispatch(output, 2), 0);
	assert_says(output_notice(output), "[can] interface: ", "error-passive");
	output_free(output);
}

static void an_interface_that_would_stay_in_bus_off_is_told(void **state)
{
	static const struct {
		int64_t restart_ms;
		const char *part;
	} cases[] = {{0, "RestartSec=100ms"}, {100, ""}, {-1, ""}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct output *output = output_default();

		(void)start(NULL);
		fake_can.link.restart_ms = cases[i].restart_ms;
		assert_int_equal(output_write(output, &at_10_a, 0), 0);
		if (cases[i].part[0])
			assert_says(output_notice(output), "[can] interface: ", cases[i].part);
		else
			assert_string_equal(output_notice(output), "");
		output_free(output);
		assert_int_equal(close(fake_can.bus), 0);
		fake_can.bus = -1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAN_TEST(an_interface_that_is_missing_at_the_start_is_found_when_it_comes),
		CAN_TEST(what_keeps_the_first_frame_back_is_told_with_its_remedy),
		CAN_TEST(half_a_second_without_a_frame_is_a_failure_and_less_is_not),
		CAN_TEST(after_a_failure_the_same_command_is_sent_again),
		CAN_TEST(a_link_that_goes_down_and_up_is_bound_again),
		CAN_TEST(a_short_reset_of_the_link_is_no_failure),
		CAN_TEST(an_interface_that_is_made_anew_is_bound_by_its_new_index),
		CAN_TEST(a_bus_off_is_told_and_over_when_the_kernel_has_restarted),
		CAN_TEST(a_bus_off_that_the_kernel_did_not_tell_is_found_by_looking),
		CAN_TEST(looking_at_a_good_interface_changes_nothing),
		CAN_TEST(many_errors_on_the_bus_are_told_once),
		CAN_TEST(an_interface_that_would_stay_in_bus_off_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
