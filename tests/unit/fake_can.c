/* SPDX-License-Identifier: MIT */
#include "fake_can.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct fake_can fake_can;

int fake_can_start(void **state)
{
	(void)state;
	fake_can = (struct fake_can){
		.link = {.index = 3, .up = true, .carrier = true, .restart_ms = 100},
		.bus = -1,
		.status_id = CAN_ID_NONE,
	};
	return 0;
}

int fake_can_stop(void **state)
{
	(void)state;
	return fake_can.bus < 0 ? 0 : close(fake_can.bus);
}

void fake_can_config(struct config *ret)
{
	*ret = (struct config){
		.charger.output = OUTPUT_CAN,
		.can.interface = "can0",
		.can.command_id = 0x210,
		.can.status_id = 0x211,
		.can.period_ms = 100,
	};
}

void fake_can_say(const struct can_frame *frame)
{
	assert_int_equal(send(fake_can.bus, frame, sizeof(*frame), 0), sizeof(*frame));
}

bool fake_can_hear(struct can_frame *ret)
{
	ssize_t length = recv(fake_can.bus, ret, sizeof(*ret), MSG_DONTWAIT);

	if (length < 0 && errno == EAGAIN)
		return false;
	assert_int_equal(length, sizeof(*ret));
	return true;
}

/* ---- output/can_link.h ---- */

int can_link_query(const char *interface, struct can_link *ret)
{
	assert_string_equal(interface, "can0");
	fake_can.queries++;
	if (fake_can.missing < 0)
		return fake_can.missing;
	*ret = fake_can.link;
	return 0;
}

/* ---- output/can_socket.h ---- */

int can_socket_open(void)
{
	int ends[2];

	if (fake_can.open_error < 0)
		return fake_can.open_error;
	assert_int_equal(fake_can.bus, -1); /* a second socket */
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	fake_can.bus = ends[1];
	fake_can.opens++;
	return ends[0];
}

int can_socket_bind(int fd, int index, int32_t status_id)
{
	(void)fd;
	if (fake_can.bind_error < 0)
		return fake_can.bind_error;
	assert_int_equal(index, fake_can.link.index);
	fake_can.bound = index;
	fake_can.status_id = status_id;
	return 0;
}

int can_socket_send(int fd, uint16_t id, const uint8_t data[static CAN_MAX_DLEN])
{
	struct can_frame frame = {.can_id = id, .len = CAN_MAX_DLEN};

	if (fake_can.send_error < 0)
		return fake_can.send_error;
	if (fake_can.missing < 0 || fake_can.bound != fake_can.link.index)
		return -ENXIO;
	if (!fake_can.link.up)
		return -ENETDOWN;
	if (!fake_can.link.carrier)
		return 0; /* as the kernel: taken, and gone */
	memcpy(frame.data, data, CAN_MAX_DLEN);
	assert_int_equal(send(fd, &frame, sizeof(frame), MSG_NOSIGNAL), sizeof(frame));
	return 0;
}

int can_socket_receive(int fd, struct can_frame *ret)
{
	int error = fake_can.receive_error;
	ssize_t length;

	fake_can.receive_error = 0;
	if (error < 0)
		return error;
	length = recv(fd, ret, sizeof(*ret), 0);
	if (length < 0 && errno == EAGAIN)
		return 0;
	return length == sizeof(*ret) ? 1 : -EMSGSIZE;
}
