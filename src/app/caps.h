/* SPDX-License-Identifier: MIT */
/*
 * The caps that users put on the allowed current: one for each user, the lowest counts, and each
 * ends by itself at its time. A table only: no clock, no bus, no allocation.
 */
#ifndef POWEROPT_APP_CAPS_H
#define POWEROPT_APP_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#define CAPS_MAX       16 /* users at the same time */
#define CAP_NO_END     INT64_MAX
#define CAP_NAME_MAX   33 /* useradd(8): 32 bytes, and the terminating zero */
#define CAP_MA_MAX     125000
#define CAP_TTL_US_MAX (INT64_C(366) * 24 * 3600 * 1000000)

struct cap {
	uint32_t uid;
	char name[CAP_NAME_MAX]; /* of the user, as people know him */
	int32_t ma;		 /* 0 to CAP_MA_MAX */
	int64_t until_us;	 /* CLOCK_BOOTTIME, or CAP_NO_END */
};

/* All zero at the beginning. */
struct caps {
	struct cap list[CAPS_MAX];
	int count;
};

/** caps_set() - put a cap, in place of the same user's. Returns 0 or -ENOSPC. */
int caps_set(struct caps *caps, const struct cap *cap);

/** caps_clear() - take a user's cap away. Returns whether there was one. */
bool caps_clear(struct caps *caps, uint32_t uid);

/** caps_expire() - forget those whose time has come. */
void caps_expire(struct caps *caps, int64_t now_us);

/**
 * caps_lowest() - the one that counts; of equal ones the one that lasts longest. NULL: there is
 * none. Valid until the table changes.
 */
const struct cap *caps_lowest(const struct caps *caps);

#endif
