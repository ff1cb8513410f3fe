/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/quantity.h"
#include "ctl/history.h"
#include "ctl/history_time.h"

static const char *const names[HISTORY_STATES] = {
	[HISTORY_STARTING] = "starting",
	[HISTORY_DISABLED] = "disabled",
	[HISTORY_CHARGING] = "charging",
	[HISTORY_LIMITED] = "limited",
	[HISTORY_PAUSED] = "paused",
	[HISTORY_FAILSAFE] = "failsafe",
	[HISTORY_STOPPED] = "stopped",
	[HISTORY_UNKNOWN] = "unknown",
};

const char *history_state_name(enum history_state state)
{
	return names[state];
}

enum history_state history_state_find(const char *name)
{
	for (int i = 0; i < HISTORY_STATES; i++)
		if (strcmp(names[i], name) == 0)
			return (enum history_state)i;
	return HISTORY_STATES;
}

void history_tally_begin(struct history_tally *tally, int64_t since_us)
{
	*tally = (struct history_tally){
		.since_us = since_us, .at_us = since_us, .state = HISTORY_UNKNOWN};
}

/* The state of now lasts until then. Clocks are set back now and then: no time is taken away. */
static void count(struct history_tally *tally, int64_t until_us)
{
	if (until_us <= tally->at_us)
		return;
	tally->lasted_us[tally->state] += until_us - tally->at_us;
	tally->at_us = until_us;
}

void history_tally_add(struct history_tally *tally, const struct history_entry *entry)
{
	bool inside = entry->at_us >= tally->since_us;

	/* The machine went down without a word: when is not known. */
	if (tally->any && !sd_id128_equal(tally->boot, entry->boot) &&
		tally->state != HISTORY_STOPPED)
		tally->state = HISTORY_UNKNOWN;
	count(tally, entry->at_us);
	if (inside) {
		tally->entries++;
		tally->pauses += entry->state == HISTORY_PAUSED && tally->state != HISTORY_PAUSED;
		tally->faults += entry->state == HISTORY_FAILSAFE &&
				 tally->state != HISTORY_FAILSAFE;
	}
	tally->state = entry->state;
	tally->boot = entry->boot;
	tally->any = true;
}

void history_tally_end(struct history_tally *tally, int64_t until_us, bool known)
{
	if (!known && tally->state != HISTORY_STOPPED)
		tally->state = HISTORY_UNKNOWN;
	count(tally, until_us);
}

void history_tally_print(FILE *stream, const struct history_tally *tally)
{
	static const struct {
		enum history_state state;
		const char *words;
	} order[] = {
		{HISTORY_CHARGING, "not held back"},
		{HISTORY_LIMITED, "limited"},
		{HISTORY_PAUSED, "paused"},
		{HISTORY_FAILSAFE, "in a fault"},
		{HISTORY_DISABLED, "switched off by the DIP switches"},
		{HISTORY_STARTING, "starting"},
		{HISTORY_STOPPED, "not running"},
		{HISTORY_UNKNOWN, "not known"},
	};
	int64_t all_us = tally->at_us - tally->since_us;
	char from[32], to[32], span[32];
	const char *separator = ": ";

	fprintf(stream, "%s to %s", history_time_format(tally->since_us, from, sizeof(from)),
		history_time_format(tally->at_us, to, sizeof(to)));
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		int64_t us = tally->lasted_us[order[i].state];

		if (us == 0)
			continue;
		timespan_format((us + 500000) / 1000000 * 1000, span, sizeof(span));
		fprintf(stream, "%s%s %s (%d %%)", separator, order[i].words, span,
			(int)((us * 200 / all_us + 1) / 2));
		separator = ", ";
	}
	fprintf(stream, ".\n%d pause%s, %d fault%s.\n", tally->pauses,
		tally->pauses == 1 ? "" : "s", tally->faults, tally->faults == 1 ? "" : "s");
}
