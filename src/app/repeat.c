/* SPDX-License-Identifier: MIT */
#include "app/repeat.h"

bool repeat_tell(struct repeat *repeat, int64_t now_ms, unsigned int *ret_untold)
{
	int64_t since_ms = now_ms - repeat->told_ms;

	/* Long ago, if ever: it begins anew. */
	if (since_ms > 10 * repeat->interval_ms) {
		repeat->told = 0;
		repeat->interval_ms = REPEAT_FIRST_MS;
	}
	if (repeat->told < REPEAT_BURST) {
		repeat->told++;
	} else if (since_ms < repeat->interval_ms) {
		repeat->untold++;
		return false;
	} else {
		repeat->interval_ms *= 2;
		if (repeat->interval_ms > REPEAT_LONGEST_MS)
			repeat->interval_ms = REPEAT_LONGEST_MS;
	}
	*ret_untold = repeat->untold;
	repeat->told_ms = now_ms;
	repeat->untold = 0;
	return true;
}
