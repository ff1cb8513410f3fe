/* SPDX-License-Identifier: MIT */
/*
 * A site for the regulator: a house, and a car that follows with the next poll.
 */
#ifndef TESTS_UNIT_LAW_SITE_H
#define TESTS_UNIT_LAW_SITE_H

#include <string.h>

#include "core/fault.h"
#include "core/regulator.h"
#include "support.h"
#include "usual_config.h"

#define POLL_MS	 250
#define LIMIT_MA 25000

struct site {
	struct regulator_config config;
	struct regulator regulator;
	struct regulator_input input; /* all but the reading */
	struct regulator_decision decision;
	int64_t now_ms;
	int phases;
	int32_t house_ma[PHASES_MAX];
	int32_t car_ma; /* follows with the next poll, unless it is deaf */
	bool deaf;
};

static inline void site_begin(struct site *site)
{
	memset(site, 0, sizeof(*site));
	site->config = usual_config;
	site->input.limit_ma = LIMIT_MA;
	site->input.cap_ma = REGULATOR_NO_CAP;
	site->phases = 3;
	site->now_ms = 1000000;
	regulator_init(&site->regulator, &site->config, site->now_ms);
}

static inline void site_decide(struct site *site, const struct reading *reading)
{
	site->input.reading = reading;
	regulator_step(
		&site->regulator, &site->config, &site->input, site->now_ms, &site->decision);
}

/* The next poll, with an answer of this quality. */
static inline void site_poll(struct site *site, enum reading_quality quality)
{
	struct reading reading = {.phases = site->phases, .quality = quality};

	site->now_ms += POLL_MS;
	reading.at_ms = site->now_ms;
	if (!site->deaf)
		site->car_ma = site->decision.allowed_ma;
	for (int i = 0; i < site->phases; i++)
		reading.current_ma[i] = site->house_ma[i] + site->car_ma;
	site_decide(site, &reading);
}

/* The next poll is not answered. */
static inline void site_silence(struct site *site)
{
	site->now_ms += POLL_MS;
	site_decide(site, NULL);
}

static inline void site_run(struct site *site, int64_t for_ms)
{
	for (int64_t end_ms = site->now_ms + for_ms; site->now_ms < end_ms;)
		site_poll(site, READING_GOOD);
}

/* How long it takes until this is allowed. */
static inline int64_t site_until(struct site *site, int32_t allowed_ma)
{
	int64_t begin_ms = site->now_ms;

	while (site->decision.allowed_ma != allowed_ma) {
		site_poll(site, READING_GOOD);
		assert_true(site->now_ms - begin_ms < 2000000);
	}
	return site->now_ms - begin_ms;
}

static inline void all_phases(struct site *site, int32_t ma)
{
	for (int i = 0; i < PHASES_MAX; i++)
		site->house_ma[i] = ma;
}

/* A car that has charged at full current for long in an idle house. */
static inline void site_charge(struct site *site)
{
	site_begin(site);
	site_run(site, 300000);
	assert_int_equal(site->decision.state, REGULATOR_CHARGING);
}

/* The loads of the next poll, whatever the car does: what counts on L1, and on the other two. */
static inline void site_loads(struct site *site, int32_t l1_ma, int32_t other_ma)
{
	site->deaf = true;
	site->car_ma = 0;
	all_phases(site, other_ma);
	site->house_ma[0] = l1_ma;
	site_poll(site, READING_GOOD);
}

#endif
