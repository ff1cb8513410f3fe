/* SPDX-License-Identifier: MIT */
/*
 * Another master's request among the bytes that come in while we are silent. meter/frame.h knows only
 * answers to requests of ours.
 */
#ifndef POWEROPT_CTL_OVERHEARD_H
#define POWEROPT_CTL_OVERHEARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct overheard {
	int unit;
	uint16_t address;
	int count;
};

/** overheard_request() - the first intact request to read registers (functions 3 and 4). */
bool overheard_request(const uint8_t *bytes, size_t n, struct overheard *ret);

#endif
