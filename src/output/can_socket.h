/* SPDX-License-Identifier: MIT */
/*
 * A raw SocketCAN socket: the kernel's Documentation/networking/can.rst. Nothing here waits. The
 * tests link another one in its place, since a kernel without CAN is common where tests run. Only
 * for this folder.
 */
#ifndef POWEROPT_OUTPUT_CAN_SOCKET_H
#define POWEROPT_OUTPUT_CAN_SOCKET_H

#include <linux/can.h>
#include <stdint.h>

/** can_socket_open() - a socket that is bound to nothing yet, or a negative errno. */
int can_socket_open(void);

/**
 * can_socket_bind() - bind the socket to an interface, also when another one, or the same before it
 * was deleted, was bound before.
 * @status_id: receive data frames with this identifier; CAN_ID_NONE: none. Error frames that tell
 *             of bus-off and error-passive come in any case.
 *
 * Returns 0 or a negative errno.
 */
int can_socket_bind(int fd, int index, int32_t status_id);

/**
 * can_socket_send() - queue a frame of 8 bytes.
 *
 * Returns 0; -ENOBUFS or -EAGAIN if the queue is full; -ENETDOWN if the interface is down, -ENXIO or
 * -ENODEV if it is gone; or another negative errno.
 */
int can_socket_send(int fd, uint16_t id, const uint8_t data[static CAN_MAX_DLEN]);

/**
 * can_socket_receive() - take a frame that waits.
 *
 * Returns 1, 0 if there is none, or a negative errno, which tells once of an interface that went
 * down (-ENETDOWN) or away (-ENODEV). -EMSGSIZE: there was a frame that was none.
 */
int can_socket_receive(int fd, struct can_frame *ret);

#endif
