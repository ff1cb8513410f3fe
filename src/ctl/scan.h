/* SPDX-License-Identifier: MIT */
/*
 * The search for a meter whose address or line settings nobody knows.
 *
 * Works on a line behind three functions, the real one of scan_line.h or a test's, since a
 * pseudo-terminal has no parity to get wrong.
 */
#ifndef POWEROPT_CTL_SCAN_H
#define POWEROPT_CTL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/scan_plan.h"

/* What comes back on a request. */
enum scan_sound {
	SCAN_SILENCE,
	SCAN_GARBAGE, /* bytes that are no answer */
	SCAN_ECHO,    /* our own request, before or instead of an answer */
	SCAN_FOREIGN, /* an answer that bears another address */
	SCAN_REFUSED, /* a Modbus device that does not have what we ask for */
	SCAN_ANSWER,
};

struct scan_reply {
	enum scan_sound sound;
	int unit;      /* SCAN_FOREIGN: the address it bears */
	int exception; /* SCAN_REFUSED: the code */
};

struct scan_line {
	/* Set the line up, again if it is already. -EINVAL: this device cannot do that; any other
	 * error ends the search, with a sentence in why. */
	int (*set)(void *userdata, int32_t baud_rate, enum serial_parity parity, char *why,
		size_t why_size);
	/* Ask for SCAN_REGISTERS registers. -ECANCELED, or -ENODEV when the device is gone. */
	int (*ask)(void *userdata, int unit, uint16_t address, int64_t timeout_ms,
		struct scan_reply *ret);
	/* Say nothing for a while, and take what is heard, as much as fits. -ECANCELED, -ENODEV. */
	int (*listen)(void *userdata, int64_t for_ms, uint8_t *ret, size_t size, size_t *ret_n);
	void *userdata;
};

/* Somewhere on the way something was heard. */
struct scan_find {
	bool heard;
	int32_t baud_rate;
	enum serial_parity parity;
	int unit; /* that was asked */
	struct scan_reply reply;
	int times;
};

enum scan_verdict {
	SCAN_FOUND,
	SCAN_NOTHING,
	SCAN_ECHOES,	   /* the adapter hears itself: nothing else can be heard */
	SCAN_OTHER_MASTER, /* somebody else asks on this line */
	SCAN_CANCELED,
	SCAN_FAILED, /* the device cannot be used: see why */
};

struct scan_result {
	enum scan_verdict verdict;
	/* SCAN_FOUND */
	int32_t baud_rate;
	enum serial_parity parity;
	int unit;
	/* SCAN_OTHER_MASTER: the request that was heard */
	int other_unit;
	uint16_t other_address;
	/* SCAN_FAILED */
	int error;
	char why[512]; /* empty: the device went away */

	/* What was heard first of each kind, whatever the verdict. */
	struct scan_find garbage, foreign, refused;
	size_t unasked;	      /* bytes that came while we were silent */
	int asked;	      /* requests */
	int settings_refused; /* line settings that the device cannot do */
};

struct scan_callbacks {
	/* The line is open; nothing was sent yet. */
	void (*begin)(void *userdata, const struct scan_plan *plan);
	/* Before each address. @done_ms, @total_ms: of the time that the plan takes. */
	void (*progress)(void *userdata, const struct scan_block *block, int unit, int64_t done_ms,
		int64_t total_ms);
	/* The first of each kind of find. */
	void (*find)(void *userdata, const struct scan_find *find);
	void *userdata;
};

/** scan_run() - look for a meter until it is found or the plan is through. */
void scan_run(const struct scan_plan *plan, const struct scan_line *line,
	const struct scan_callbacks *callbacks, struct scan_result *ret);

#endif
