/* SPDX-License-Identifier: MIT */
/*
 * The daemon's edge to the kernel, for the faults that plain files and a pseudo-terminal do not
 * have: poweroptd_edge is the real daemon, in which the functions of edge.c stand before those of
 * the system and do what a struct edge in a shared file says.
 *
 * Whatever is sent on the simulated CAN bus, or written to an attribute called "allowed", appears as
 * a duty cycle of the house's chip, so that a test sees every output by the same means.
 */
#ifndef POWEROPT_TESTS_FAULTS_EDGE_H
#define POWEROPT_TESTS_FAULTS_EDGE_H

/* In the house's directory; its path is in the environment when the daemon starts. */
#define EDGE_NAME	 "edge"
#define EDGE_ENVIRONMENT "POWEROPT_TEST_EDGE"

enum edge_charger {
	CHARGER_SILENT,
	CHARGER_GOOD,
	CHARGER_WRONG_CRC,
	CHARGER_FROZEN, /* its counter */
};

struct edge {
	/* of the meter's line: an errno, 0 for none */
	volatile int tty_read, tty_write, tty_look;
	volatile int tty_short; /* only half of what is written leaves */
	/* of duty_cycle and "allowed": an errno; and what is read instead, 0 for what is there */
	volatile int attribute_write, attribute_read, attribute_other;
	volatile int attribute_write_once; /* an errno, which becomes 0 */
	/* of can0: an errno; and its flags */
	volatile int can_missing, can_send, can_down, can_off_the_bus;
	/* the charger's status frames, and what it says that it draws: -1 for what it may */
	volatile int charger, charger_ma;
	/* of the journal: an errno; -1: there is none, all goes to stderr */
	volatile int journal;
	/* the machine slept so long; its clock of the day is set to another day */
	volatile int suspended_ms, set_by_days;
	/* the allocation that fails, 0 for none, -1 for all; and how many there were */
	volatile int allocation_fails, allocations;
};

#endif
