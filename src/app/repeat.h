/* SPDX-License-Identifier: MIT */
/*
 * What happens again and again is told a few times, then at growing intervals with a count.
 */
#ifndef POWEROPT_APP_REPEAT_H
#define POWEROPT_APP_REPEAT_H

#include <stdbool.h>
#include <stdint.h>

#define REPEAT_BURST	  5	/* the first times are told at once */
#define REPEAT_FIRST_MS	  10000 /* told again at the earliest after this, then twice as long, ... */
#define REPEAT_LONGEST_MS 3600000

/* All zero at the beginning. */
struct repeat {
	int told; /* times, up to REPEAT_BURST */
	int64_t told_ms;
	int64_t interval_ms;
	unsigned int untold; /* times that were passed over since */
};

/**
 * repeat_tell() - something happened: is it to be told?
 * @ret_untold: if so, how often it happened since it was told last without being told.
 *
 * After a quiet time of ten intervals it begins anew.
 */
bool repeat_tell(struct repeat *repeat, int64_t now_ms, unsigned int *ret_untold);

#endif
