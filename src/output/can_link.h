/* SPDX-License-Identifier: MIT */
/*
 * What the kernel knows about a CAN interface, by rtnetlink: there is no other way to learn
 * restart-ms, or of a bus-off whose error frame was missed. Only for this folder.
 */
#ifndef POWEROPT_OUTPUT_CAN_LINK_H
#define POWEROPT_OUTPUT_CAN_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct can_link {
	int index;	    /* changes when an interface is deleted and made anew */
	bool up;	    /* administratively */
	bool carrier;	    /* not bus-off; while it is, frames are swallowed without an error */
	int64_t restart_ms; /* 0: stays in bus-off; -1: a virtual one, which has no bus-off */
};

/**
 * can_link_query() - ask the kernel, which answers at once.
 *
 * Returns 0, -ENODEV if there is no such interface, -EMEDIUMTYPE if it is not a CAN interface, or
 * another negative errno if the kernel cannot be asked.
 */
int can_link_query(const char *interface, struct can_link *ret);

/**
 * can_link_parse() - the kernel's answer: one message, NLMSG_ERROR or RTM_NEWLINK.
 * @message: aligned as struct nlmsghdr.
 *
 * Returns what can_link_query() does; -EBADMSG if it is neither.
 */
int can_link_parse(const void *message, size_t length, struct can_link *ret);

#endif
