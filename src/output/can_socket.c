/* SPDX-License-Identifier: MIT */
#include "output/can_socket.h"

#include <errno.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <string.h>
#include <sys/socket.h>

#include "config/config.h"

int can_socket_open(void)
{
	int fd = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, CAN_RAW);

	return fd < 0 ? -errno : fd;
}

/* The kernel drops the filters of a socket whose interface is deleted, so each bind sets them. */
static int set_filters(int fd, int32_t status_id)
{
	/* one identifier of 11 bits, neither extended nor a remote request */
	struct can_filter filter = {
		.can_id = (canid_t)status_id,
		.can_mask = CAN_SFF_MASK | CAN_EFF_FLAG | CAN_RTR_FLAG,
	};
	/* not CAN_ERR_ACK: without a peer, some controllers repeat it thousands of times a second */
	can_err_mask_t errors = CAN_ERR_BUSOFF | CAN_ERR_CRTL;
	socklen_t length = status_id == CAN_ID_NONE ? 0 : sizeof(filter);

	if (setsockopt(fd, SOL_CAN_RAW, CAN_RAW_FILTER, length ? &filter : NULL, length) < 0 ||
		setsockopt(fd, SOL_CAN_RAW, CAN_RAW_ERR_FILTER, &errors, sizeof(errors)) < 0)
		return -errno;
	return 0;
}

int can_socket_bind(int fd, int index, int32_t status_id)
{
	struct sockaddr_can address = {.can_family = AF_CAN, .can_ifindex = index};
	int error;

	error = set_filters(fd, status_id);
	if (error < 0)
		return error;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return 0;
}

int can_socket_send(int fd, uint16_t id, const uint8_t data[static CAN_MAX_DLEN])
{
	struct can_frame frame = {.can_id = id, .len = CAN_MAX_DLEN};

	memcpy(frame.data, data, CAN_MAX_DLEN);
	return send(fd, &frame, sizeof(frame), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int can_socket_receive(int fd, struct can_frame *ret)
{
	ssize_t length = recv(fd, ret, sizeof(*ret), MSG_TRUNC);

	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return length == sizeof(*ret) ? 1 : -EMSGSIZE;
}
