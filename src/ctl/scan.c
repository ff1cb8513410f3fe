/* SPDX-License-Identifier: MIT */
#include "ctl/scan.h"

#include <errno.h>
#include <string.h>

#include "core/klefr.h"
#include "ctl/overheard.h"

/* A disturbance hits one answer, an adapter that hears itself returns all of them. */
#define ECHOES_PROVED 3

/* So often garbage is worth asking again, on a line that makes nothing else it is not. */
#define GARBAGE_RETRIED 12

struct scan {
	const struct scan_line *line;
	const struct scan_callbacks *callbacks;
	struct scan_result *result;
	const struct scan_block *block;
	int echoes; /* in a row */
};

static void note(
	struct scan *scan, struct scan_find *find, int unit, const struct scan_reply *reply)
{
	find->times++;
	if (find->heard)
		return;
	*find = (struct scan_find){
		.heard = true,
		.baud_rate = scan->block->baud_rate,
		.parity = scan->block->parity,
		.unit = unit,
		.reply = *reply,
		.times = 1,
	};
	scan->callbacks->find(scan->callbacks->userdata, find);
}

static int ask(struct scan *scan, int unit, uint16_t address, struct scan_reply *ret)
{
	int r;

	*ret = (struct scan_reply){.sound = SCAN_SILENCE};
	r = scan->line->ask(scan->line->userdata, unit, address, scan->block->timeout_ms, ret);
	scan->result->asked++;
	scan->echoes = ret->sound == SCAN_ECHO ? scan->echoes + 1 : 0;
	return r;
}

static int found(struct scan *scan, int unit)
{
	scan->result->verdict = SCAN_FOUND;
	scan->result->baud_rate = scan->block->baud_rate;
	scan->result->parity = scan->block->parity;
	scan->result->unit = unit;
	return 1;
}

/* A Modbus device that has no currents where we asked: has it anything of a Klefr? */
static int try_other_registers(struct scan *scan, int unit)
{
	static const uint16_t addresses[] = {KLEFR_REG_CURRENT_1PH, KLEFR_REG_SERIAL};
	struct scan_reply reply;
	int r;

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		r = ask(scan, unit, addresses[i], &reply);
		if (r < 0)
			return r;
		if (reply.sound == SCAN_ANSWER)
			return found(scan, unit);
	}
	return 0;
}

/* Ask one device. Returns 1 when the search is over, 0 to go on, or a negative errno. */
static int ask_once(struct scan *scan, int unit, struct scan_reply *ret)
{
	struct scan_result *result = scan->result;
	int r = ask(scan, unit, KLEFR_REG_CURRENTS, ret);

	if (r < 0)
		return r;
	switch (ret->sound) {
	case SCAN_SILENCE:
		return 0;
	case SCAN_GARBAGE:
		note(scan, &result->garbage, unit, ret);
		return 0;
	case SCAN_ECHO:
		if (scan->echoes < ECHOES_PROVED)
			return 0;
		result->verdict = SCAN_ECHOES;
		return 1;
	case SCAN_FOREIGN:
		return 0;
	case SCAN_REFUSED:
		note(scan, &result->refused, unit, ret);
		return try_other_registers(scan, unit);
	case SCAN_ANSWER:
		return found(scan, unit);
	}
	return 0;
}

/* The address on a stray answer was read without its checksum: ask for it. */
static int follow(struct scan *scan, int asked_unit, const struct scan_reply *reply)
{
	struct scan_reply again;
	int r = 0;

	if (reply->unit >= 1 && reply->unit <= SCAN_UNIT_MAX && reply->unit != asked_unit)
		r = ask_once(scan, reply->unit, &again);
	/* To the address of nobody it is right to answer with one's own. */
	if (r == 0 && asked_unit != SCAN_UNIT_ANYBODY)
		note(scan, &scan->result->foreign, asked_unit, reply);
	return r;
}

static bool is_disturbed(const struct scan *scan, const struct scan_reply *reply)
{
	return reply->sound == SCAN_ECHO ||
	       (reply->sound == SCAN_GARBAGE && scan->result->garbage.times < GARBAGE_RETRIED);
}

static int try_unit(struct scan *scan, int unit)
{
	struct scan_reply reply;
	int r = 0;

	/* What is damaged or comes back gets another chance; silence as many as the plan gives. */
	for (int i = 0; r == 0 && i < scan->block->tries; i++) {
		r = ask_once(scan, unit, &reply);
		for (int n = 0; r == 0 && n < ECHOES_PROVED && is_disturbed(scan, &reply); n++)
			r = ask_once(scan, unit, &reply);
		if (r == 0 && reply.sound == SCAN_FOREIGN)
			r = follow(scan, unit, &reply);
	}
	return r;
}

static int try_block(
	struct scan *scan, const struct scan_block *block, int64_t done_ms, int64_t total_ms)
{
	const struct scan_callbacks *callbacks = scan->callbacks;
	int64_t each_ms = scan_block_ms(block) / (block->last - block->first + 1 + block->anybody);
	int r = 0;

	for (int unit = block->first; r == 0 && unit <= block->last; unit++) {
		callbacks->progress(callbacks->userdata, block, unit, done_ms, total_ms);
		r = try_unit(scan, unit);
		done_ms += each_ms;
	}
	if (r == 0 && block->anybody) {
		callbacks->progress(
			callbacks->userdata, block, SCAN_UNIT_ANYBODY, done_ms, total_ms);
		r = try_unit(scan, SCAN_UNIT_ANYBODY);
	}
	return r;
}

/* Before the first word: is the line ours? */
static int listen_first(struct scan *scan)
{
	struct scan_result *result = scan->result;
	struct overheard overheard;
	uint8_t bytes[512];
	size_t n = 0;
	int r;

	r = scan->line->listen(scan->line->userdata, SCAN_LISTEN_MS, bytes, sizeof(bytes), &n);
	if (r < 0)
		return r;
	result->unasked = n;
	if (!overheard_request(bytes, n, &overheard))
		return 0;
	result->verdict = SCAN_OTHER_MASTER;
	result->baud_rate = scan->block->baud_rate;
	result->parity = scan->block->parity;
	result->other_unit = overheard.unit;
	result->other_address = overheard.address;
	return 1;
}

static int run(struct scan *scan, const struct scan_plan *plan)
{
	int64_t done_ms = SCAN_LISTEN_MS, total_ms = scan_plan_ms(plan);
	bool listened = false;
	int r;

	for (int i = 0; i < plan->count; i++) {
		scan->block = &plan->blocks[i];
		r = scan->line->set(scan->line->userdata, scan->block->baud_rate,
			scan->block->parity, scan->result->why, sizeof(scan->result->why));
		if (r < 0 && r != -EINVAL)
			return r;
		if (r == -EINVAL) {
			scan->result->settings_refused++;
		} else {
			scan->result->why[0] = '\0';
			if (!listened)
				scan->callbacks->begin(scan->callbacks->userdata, plan);
			r = listened ? 0 : listen_first(scan);
			listened = true;
			if (r == 0)
				r = try_block(scan, scan->block, done_ms, total_ms);
			if (r != 0)
				return r;
		}
		done_ms += scan_block_ms(scan->block);
	}
	/* Not one setting worked: that is no search. The reason stands in why. */
	return scan->result->settings_refused == plan->count ? -EINVAL : 0;
}

void scan_run(const struct scan_plan *plan, const struct scan_line *line,
	const struct scan_callbacks *callbacks, struct scan_result *ret)
{
	struct scan scan = {.line = line, .callbacks = callbacks, .result = ret};
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->verdict = SCAN_NOTHING;
	r = run(&scan, plan);
	if (r == -ECANCELED)
		ret->verdict = SCAN_CANCELED;
	else if (r < 0)
		ret->verdict = SCAN_FAILED;
	ret->error = r < 0 ? r : 0;
}
