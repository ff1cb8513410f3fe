/* SPDX-License-Identifier: MIT */
/*
 * A CAN interface and its socket, linked in place of output/can_link.c and output/can_socket.c: the
 * far end of a socket pair is the bus.
 */
#ifndef POWEROPT_TESTS_FAKE_CAN_H
#define POWEROPT_TESTS_FAKE_CAN_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "output/can_link.h"
#include "output/can_socket.h"

struct fake_can {
	struct can_link link; /* what there is */
	int missing;	      /* or why there is none, as can_link_query() says it */

	int open_error; /* what the socket's functions return instead of working */
	int bind_error;
	int send_error;
	int receive_error; /* once */

	int bus;   /* the far end, -1 without a socket */
	int bound; /* index, 0: none */
	int32_t status_id;
	int queries;
	int opens;
};

extern struct fake_can fake_can;

/* cmocka set-up and teardown: can0 is up and has restart-ms 100. */
int fake_can_start(void **state);
int fake_can_stop(void **state);

/* The defaults of [can]. */
void fake_can_config(struct config *ret);

/* Put a frame on the bus. */
void fake_can_say(const struct can_frame *frame);

/* The next frame that was sent: true, or false if there is none. */
bool fake_can_hear(struct can_frame *ret);

#endif
