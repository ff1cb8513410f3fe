/* SPDX-License-Identifier: MIT */
#include "core/draw.h"

#include <string.h>

#include "core/minmax.h"

/* A load that rises by less than this does not show a car that still follows. */
#define RISE_MIN_MA 200

void draw_init(struct draw *draw)
{
	*draw = (struct draw){.raised_ms = NEVER, .said_ma = -1};
}

void draw_change(struct draw *draw, int32_t from_ma, int32_t to_ma,
	const int32_t loads_ma[PHASES_MAX], int64_t settle_ms, int64_t now_ms)
{
	if (to_ma < from_ma) {
		cuts_add(&draw->cuts, from_ma, now_ms + settle_ms);
		return;
	}
	/* What still follows of the raise before counts as a rise after this one. */
	if (draw->raised_ms != NEVER && draw_raise_shows(draw, settle_ms, now_ms))
		from_ma = min32(from_ma, draw->raised_from_ma + draw->rise_ma);
	draw->raised_from_ma = from_ma;
	draw->raised_ms = now_ms;
	memcpy(draw->lowest_ma, loads_ma, sizeof(draw->lowest_ma));
	draw->rise_ma = 0;
	draw->rose_ms = now_ms;
}

/* Whether the loads have not risen for so long that the car takes no more of the last raise. */
static bool has_followed(const struct draw *draw, int64_t settle_ms, int64_t now_ms)
{
	return draw->raised_ms != NEVER && now_ms - draw->rose_ms >= 2 * settle_ms;
}

void draw_on_loads(struct draw *draw, const int32_t loads_ma[PHASES_MAX], uint8_t mask,
	int64_t settle_ms, int64_t now_ms)
{
	cuts_expire(&draw->cuts, now_ms);
	/* Later the house rises without the car; but a car that sleeps may wake up at any time. */
	if (draw->raised_ms == NEVER ||
		(has_followed(draw, settle_ms, now_ms) &&
			draw->raised_from_ma + draw->rise_ma >= DRAW_LEAST_MA))
		return;
	for (int i = 0; i < PHASES_MAX; i++) {
		int32_t rise_ma;

		draw->lowest_ma[i] = min32(draw->lowest_ma[i], loads_ma[i]);
		rise_ma = loads_ma[i] - draw->lowest_ma[i];
		if (!(mask & 1u << i) || rise_ma < draw->rise_ma + RISE_MIN_MA)
			continue;
		draw->rise_ma = rise_ma;
		draw->rose_ms = now_ms;
	}
}

void draw_on_feedback(struct draw *draw, int32_t drawn_ma, int64_t settle_ms, int64_t now_ms)
{
	if (drawn_ma < 0 || draw->said_ma < 0) {
		draw->said_long_enough = false;
		draw->said_since_ms = now_ms;
		draw->most_said_ma[0] = drawn_ma;
	} else if (now_ms - draw->said_since_ms >= settle_ms) {
		draw->said_long_enough = true;
		draw->said_since_ms = now_ms;
		draw->most_said_ma[1] = draw->most_said_ma[0];
		draw->most_said_ma[0] = drawn_ma;
	} else {
		draw->most_said_ma[0] = max32(draw->most_said_ma[0], drawn_ma);
	}
	draw->said_ma = drawn_ma;
}

int32_t draw_most_ma(const struct draw *draw, int32_t allowed_ma)
{
	int32_t most_ma = cuts_highest_ma(&draw->cuts, allowed_ma);

	if (!draw->said_long_enough)
		return most_ma;
	return min32(most_ma, max32(draw->most_said_ma[0], draw->most_said_ma[1]));
}

int32_t draw_now_ma(const struct draw *draw, int32_t allowed_ma, int64_t settle_ms, int64_t now_ms)
{
	if (draw->said_ma >= 0)
		return min32(allowed_ma, draw->said_ma);
	if (has_followed(draw, settle_ms, now_ms))
		return min32(allowed_ma, draw->raised_from_ma + draw->rise_ma);
	return allowed_ma;
}

int32_t draw_least_ma(
	const struct draw *draw, int32_t allowed_ma, int64_t settle_ms, int64_t now_ms)
{
	int32_t now_ma = draw_now_ma(draw, allowed_ma, settle_ms, now_ms);

	return now_ma < DRAW_LEAST_MA ? now_ma : allowed_ma;
}

bool draw_raise_shows(const struct draw *draw, int64_t settle_ms, int64_t now_ms)
{
	if (draw->raised_ms == NEVER)
		return true;
	if (now_ms - draw->raised_ms < settle_ms)
		return false;
	/* As long as no car is seen, one may be late to begin. */
	return draw->said_ma >= 0 || draw->raised_from_ma + draw->rise_ma >= DRAW_LEAST_MA ||
	       has_followed(draw, settle_ms, now_ms);
}
