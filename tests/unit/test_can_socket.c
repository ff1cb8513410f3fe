/* SPDX-License-Identifier: MIT */
/*
 * The raw CAN socket, with the kernel's side of it in the hands of the test: a kernel without CAN is
 * common where tests run. What a real one does with it is seen in tests/system.
 */
#include <errno.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <string.h>
#include <sys/socket.h>

#include "config/config.h"
#include "output/can_socket.h"
#include "support.h"

#define FD	  77
#define INTERFACE 3

/* The names that ld's --wrap gives. */
int __wrap_socket(int family, int type, int protocol);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t length);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t length);
ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t length, int flags);

static struct {
	int fails; /* errno of the next call; 0: none */
	int type;  /* of the socket */
	struct can_filter filters[2];
	int filter_count; /* -1: not set, so that the kernel delivers every frame */
	can_err_mask_t errors;
	int bound; /* interface, 0: none */
	struct can_frame sent;
	int send_flags;
	uint8_t waits[CANFD_MTU]; /* for recv() */
	size_t waits_n;
} kernel;

static int setup(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	kernel.filter_count = -1;
	return 0;
}

static int answer(int good)
{
	if (kernel.fails == 0)
		return good;
	errno = kernel.fails;
	return -1;
}

int __wrap_socket(int family, int type, int protocol)
{
	assert_int_equal(family, PF_CAN);
	assert_int_equal(protocol, CAN_RAW);
	kernel.type = type;
	return answer(FD);
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	assert_int_equal(fd, FD);
	assert_int_equal(level, SOL_CAN_RAW);
	assert_int_equal(kernel.bound, 0); /* else frames come in between that nobody wants */
	if (name == CAN_RAW_FILTER) {
		assert_true(length <= sizeof(kernel.filters));
		if (length > 0)
			memcpy(kernel.filters, value, length);
		kernel.filter_count = (int)(length / sizeof(kernel.filters[0]));
	} else {
		assert_int_equal(name, CAN_RAW_ERR_FILTER);
		assert_int_equal(length, sizeof(kernel.errors));
		memcpy(&kernel.errors, value, sizeof(kernel.errors));
	}
	return answer(0);
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t length)
{
	struct sockaddr_can can;

	assert_int_equal(fd, FD);
	assert_int_equal(length, sizeof(can));
	memcpy(&can, address, sizeof(can));
	assert_int_equal(can.can_family, AF_CAN);
	if (can.can_ifindex != INTERFACE)
		kernel.fails = ENODEV;
	else
		kernel.bound = can.can_ifindex;
	return answer(0);
}

ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags)
{
	assert_int_equal(fd, FD);
	assert_int_equal(length, CAN_MTU); /* the kernel takes nothing else */
	memcpy(&kernel.sent, bytes, length);
	kernel.send_flags = flags;
	return answer((int)length);
}

ssize_t __wrap_recv(int fd, void *bytes, size_t length, int flags)
{
	assert_int_equal(fd, FD);
	memcpy(bytes, kernel.waits, kernel.waits_n < length ? kernel.waits_n : length);
	return answer(
		(int)(flags & MSG_TRUNC || kernel.waits_n < length ? kernel.waits_n : length));
}

/* As the kernel does, Documentation/networking/can.rst, RAW socket option CAN_RAW_FILTER. */
static bool delivered(canid_t id)
{
	for (int i = 0; i < kernel.filter_count; i++)
		if ((id & kernel.filters[i].can_mask) ==
			(kernel.filters[i].can_id & kernel.filters[i].can_mask))
			return true;
	return kernel.filter_count < 0;
}

static void the_socket_never_waits_and_is_not_inherited(void **state)
{
	(void)state;
	assert_int_equal(can_socket_open(), FD);
	assert_int_equal(kernel.type, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static void a_kernel_without_can_is_an_error(void **state)
{
	(void)state;
	kernel.fails = EAFNOSUPPORT;
	assert_int_equal(can_socket_open(), -EAFNOSUPPORT);
}

static void only_the_status_frame_and_the_troubles_of_the_bus_are_delivered(void **state)
{
	(void)state;
	assert_int_equal(can_socket_bind(FD, INTERFACE, 0x201), 0);
	assert_int_equal(kernel.bound, INTERFACE);
	assert_true(delivered(0x201));
	assert_false(delivered(0x200));
	assert_false(delivered(0x201 | CAN_RTR_FLAG));
	assert_false(delivered(0x201 | CAN_EFF_FLAG));
	assert_false(delivered(0x201u << 18 | CAN_EFF_FLAG));
	assert_true(kernel.errors & CAN_ERR_BUSOFF);
	assert_true(kernel.errors & CAN_ERR_CRTL);
	assert_false(kernel.errors & CAN_ERR_ACK);
}

static void without_a_status_identifier_no_frame_is_delivered(void **state)
{
	(void)state;
	assert_int_equal(can_socket_bind(FD, INTERFACE, CAN_ID_NONE), 0);
	assert_int_equal(kernel.filter_count, 0);
	for (canid_t id = 0; id <= CAN_SFF_MASK; id++)
		assert_false(delivered(id));
	assert_true(kernel.errors & CAN_ERR_BUSOFF);
}

static void what_cannot_be_bound_is_told(void **state)
{
	(void)state;
	assert_int_equal(can_socket_bind(FD, INTERFACE + 1, 0x201), -ENODEV);
	kernel.fails = ENOMEM;
	assert_int_equal(can_socket_bind(FD, INTERFACE, 0x201), -ENOMEM);
	assert_int_equal(kernel.bound, 0); /* without its filter it would take every frame */
}

static void a_frame_is_sent_whole(void **state)
{
	static const uint8_t data[CAN_MAX_DLEN] = {1, 2, 3, 4, 5, 6, 7, 8};

	(void)state;
	assert_int_equal(can_socket_send(FD, 0x200, data), 0);
	assert_int_equal(kernel.sent.can_id, 0x200);
	assert_int_equal(kernel.sent.len, CAN_MAX_DLEN);
	assert_memory_equal(kernel.sent.data, data, sizeof(data));
	assert_true(kernel.send_flags & MSG_NOSIGNAL);
}

static void a_queue_that_is_full_and_an_interface_that_is_down_are_told(void **state)
{
	static const int errors[] = {ENOBUFS, EAGAIN, ENETDOWN, ENXIO, ENODEV};
	static const uint8_t data[CAN_MAX_DLEN];

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		kernel.fails = errors[i];
		assert_int_equal(can_socket_send(FD, 0x200, data), -errors[i]);
	}
}

static void a_frame_that_waits_is_taken(void **state)
{
	struct can_frame frame = {.can_id = 0x201, .len = 8, .data = {8, 7, 6, 5, 4, 3, 2, 1}};
	struct can_frame taken;

	(void)state;
	memcpy(kernel.waits, &frame, sizeof(frame));
	kernel.waits_n = sizeof(frame);
	assert_int_equal(can_socket_receive(FD, &taken), 1);
	assert_memory_equal(&taken, &frame, sizeof(frame));
}

static void no_frame_is_no_error_and_a_lost_interface_is_one(void **state)
{
	struct can_frame taken;

	(void)state;
	kernel.fails = EAGAIN;
	assert_int_equal(can_socket_receive(FD, &taken), 0);
	kernel.fails = EINTR;
	assert_int_equal(can_socket_receive(FD, &taken), 0);
	kernel.fails = ENETDOWN;
	assert_int_equal(can_socket_receive(FD, &taken), -ENETDOWN);
	kernel.fails = ENODEV;
	assert_int_equal(can_socket_receive(FD, &taken), -ENODEV);
}

static void what_is_longer_or_shorter_than_a_frame_is_none(void **state)
{
	struct can_frame taken;

	(void)state;
	kernel.waits_n = CANFD_MTU;
	assert_int_equal(can_socket_receive(FD, &taken), -EMSGSIZE);
	kernel.waits_n = CAN_MTU - 1;
	assert_int_equal(can_socket_receive(FD, &taken), -EMSGSIZE);
	kernel.waits_n = 0;
	assert_int_equal(can_socket_receive(FD, &taken), -EMSGSIZE);
}

#define kernel_test(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		kernel_test(the_socket_never_waits_and_is_not_inherited),
		kernel_test(a_kernel_without_can_is_an_error),
		kernel_test(only_the_status_frame_and_the_troubles_of_the_bus_are_delivered),
		kernel_test(without_a_status_identifier_no_frame_is_delivered),
		kernel_test(what_cannot_be_bound_is_told),
		kernel_test(a_frame_is_sent_whole),
		kernel_test(a_queue_that_is_full_and_an_interface_that_is_down_are_told),
		kernel_test(a_frame_that_waits_is_taken),
		kernel_test(no_frame_is_no_error_and_a_lost_interface_is_one),
		kernel_test(what_is_longer_or_shorter_than_a_frame_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
