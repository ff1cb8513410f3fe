/* SPDX-License-Identifier: MIT */
#include "ctl/scan_plan.h"

#define FACTORY_BAUD 9600

/*
 * A PRO380 ends its answer within 85 ms, as a charger that gives it no more time has found
 * (SmartEVSE); the likely addresses get as much as any meter needs.
 */
#define PATIENT_MS 300
#define QUICK_MS   80

/* Start, eight data bits, parity, stop. */
#define CHAR_BITS      11
#define REQUEST_CHARS  8
#define ANSWER_CHARS   (5 + 2 * SCAN_REGISTERS)
#define SILENCE_CHARS  4
#define LOW_UNITS_LAST 16

static const enum serial_parity parities[] = {
	SERIAL_PARITY_EVEN, SERIAL_PARITY_NONE, SERIAL_PARITY_ODD};

/* Those that the manuals of the family name, and two of newer meters. */
static const int32_t other_rates[] = {4800, 19200, 2400, 1200, 38400, 600, 300};

static const struct {
	int first, last;
} rounds[] = {{1, 1}, {2, LOW_UNITS_LAST}, {LOW_UNITS_LAST + 1, SCAN_UNIT_MAX}};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void add(struct scan_plan *plan, const struct scan_block *block)
{
	if (plan->count < SCAN_BLOCKS_MAX)
		plan->blocks[plan->count++] = *block;
}

static void add_round(struct scan_plan *plan, int round, int32_t baud_rate)
{
	for (int i = 0; i < COUNT(parities); i++)
		add(plan, &(struct scan_block){
				  .baud_rate = baud_rate,
				  .parity = parities[i],
				  .first = rounds[round].first,
				  .last = rounds[round].last,
				  .anybody = round == 0,
				  .tries = round == 0 ? 2 : 1,
				  .timeout_ms = round == 0 ? PATIENT_MS : QUICK_MS,
			  });
}

static void add_configured(struct scan_plan *plan, const struct meter_config *config)
{
	if (config->unit == 1 && config->baud_rate == FACTORY_BAUD)
		return; /* comes at once anyway */
	add(plan, &(struct scan_block){
			  .baud_rate = config->baud_rate,
			  .parity = config->parity,
			  .first = config->unit,
			  .last = config->unit,
			  .tries = 2,
			  .timeout_ms = PATIENT_MS,
		  });
}

void scan_plan_make(struct scan_plan *ret, const struct meter_config *config, bool all_rates)
{
	ret->count = 0;
	add_round(ret, 0, FACTORY_BAUD);
	add_configured(ret, config);
	for (int i = 0; all_rates && i < COUNT(other_rates); i++)
		add_round(ret, 0, other_rates[i]);
	for (int round = 1; round < COUNT(rounds); round++)
		add_round(ret, round, FACTORY_BAUD);
	for (int i = 0; all_rates && i < COUNT(other_rates); i++)
		for (int round = 1; round < COUNT(rounds); round++)
			add_round(ret, round, other_rates[i]);
}

int scan_block_requests(const struct scan_block *block)
{
	return block->tries * (block->last - block->first + 1 + block->anybody);
}

int64_t scan_block_ms(const struct scan_block *block)
{
	int64_t wire_ms = (int64_t)(REQUEST_CHARS + ANSWER_CHARS + SILENCE_CHARS) * CHAR_BITS *
			  1000 / block->baud_rate;

	return scan_block_requests(block) * (block->timeout_ms + wire_ms);
}

int64_t scan_plan_ms(const struct scan_plan *plan)
{
	int64_t ms = SCAN_LISTEN_MS;

	for (int i = 0; i < plan->count; i++)
		ms += scan_block_ms(&plan->blocks[i]);
	return ms;
}
