/* SPDX-License-Identifier: MIT */
/*
 * The only clock that anything here is measured on: it goes on through a suspend.
 */
#ifndef POWEROPT_APP_BOOTTIME_H
#define POWEROPT_APP_BOOTTIME_H

#include <stdint.h>
#include <time.h>

/** boottime_us() - CLOCK_BOOTTIME in microseconds. */
static inline int64_t boottime_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

#endif
