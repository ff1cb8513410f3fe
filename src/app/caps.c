/* SPDX-License-Identifier: MIT */
#include "app/caps.h"

#include <errno.h>
#include <stddef.h>

static struct cap *find(struct caps *caps, uint32_t uid)
{
	for (int i = 0; i < caps->count; i++)
		if (caps->list[i].uid == uid)
			return &caps->list[i];
	return NULL;
}

/* Their order means nothing. */
static void take_out(struct caps *caps, struct cap *cap)
{
	*cap = caps->list[--caps->count];
}

int caps_set(struct caps *caps, const struct cap *cap)
{
	struct cap *mine = find(caps, cap->uid);

	if (!mine) {
		if (caps->count == CAPS_MAX)
			return -ENOSPC;
		mine = &caps->list[caps->count++];
	}
	*mine = *cap;
	return 0;
}

bool caps_clear(struct caps *caps, uint32_t uid)
{
	struct cap *mine = find(caps, uid);

	if (mine)
		take_out(caps, mine);
	return mine;
}

void caps_expire(struct caps *caps, int64_t now_us)
{
	for (int i = caps->count - 1; i >= 0; i--)
		if (caps->list[i].until_us <= now_us)
			take_out(caps, &caps->list[i]);
}

const struct cap *caps_lowest(const struct caps *caps)
{
	const struct cap *lowest = NULL;

	for (int i = 0; i < caps->count; i++) {
		const struct cap *cap = &caps->list[i];

		if (!lowest || cap->ma < lowest->ma ||
			(cap->ma == lowest->ma && cap->until_us > lowest->until_us))
			lowest = cap;
	}
	return lowest;
}
