/* SPDX-License-Identifier: MIT */
#include "core/cuts.h"

void cuts_add(struct cuts *cuts, int32_t from_ma, int64_t until_ms)
{
	while (cuts->count > 0 && cuts->list[cuts->count - 1].from_ma <= from_ma)
		cuts->count--;
	/* Full: the new cut stands for the last one too. The car is then taken to draw less than it may,
	 * and an overload is rather cut again than waited out. */
	if (cuts->count == CUTS_MAX)
		cuts->count--;
	cuts->list[cuts->count].from_ma = from_ma;
	cuts->list[cuts->count].until_ms = until_ms;
	cuts->count++;
}

void cuts_expire(struct cuts *cuts, int64_t now_ms)
{
	int kept = 0;

	for (int i = 0; i < cuts->count; i++)
		if (cuts->list[i].until_ms > now_ms)
			cuts->list[kept++] = cuts->list[i];
	cuts->count = kept;
}

int32_t cuts_highest_ma(const struct cuts *cuts, int32_t allowed_ma)
{
	if (cuts->count > 0 && cuts->list[0].from_ma > allowed_ma)
		return cuts->list[0].from_ma;
	return allowed_ma;
}
