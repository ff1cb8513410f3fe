/* SPDX-License-Identifier: MIT */
/*
 * The charger's current as a witness against a meter that is frozen or wired backwards.
 */
#include <string.h>

#include "core/fault.h"
#include "core/witness.h"
#include "support.h"

#define SETTLE_MS 6000
#define POLL_MS	  250

struct site {
	struct witness witness;
	int32_t house_ma[PHASES_MAX];
	int32_t car_ma;
	bool car_known;
	int64_t told_late_ms; /* the charger tells what it draws */
	int sign;	      /* of the meter's readings */
	bool frozen;	      /* the meter shows shown_ma for ever */
	int32_t shown_ma[PHASES_MAX];
	int64_t now_ms;
};

static void site_init(struct site *site)
{
	*site = (struct site){.house_ma = {2000, 3000, 400}, .car_known = true, .sign = 1};
	witness_init(&site->witness);
}

/* Time goes by; the meter shows the car one second late. */
static void site_run(struct site *site, int32_t car_ma, int64_t ms)
{
	int32_t before_ma = site->car_ma;
	int64_t begin_ms = site->now_ms;

	site->car_ma = car_ma;
	for (; site->now_ms < begin_ms + ms; site->now_ms += POLL_MS) {
		int32_t told_ma = site->now_ms < begin_ms + site->told_late_ms ? before_ma : car_ma;
		int32_t drawn_ma[PHASES_MAX] = {told_ma, told_ma, -1};
		int32_t late_ma = site->now_ms < begin_ms + 1000 ? before_ma : car_ma;

		for (int i = 0; !site->frozen && i < PHASES_MAX; i++)
			site->shown_ma[i] = site->sign *
					    (site->house_ma[i] + (i < 2 ? late_ma : 0));
		witness_step(&site->witness, site->shown_ma, site->car_known ? drawn_ma : NULL,
			SETTLE_MS, site->now_ms);
	}
}

static uint32_t faults(const struct site *site)
{
	return witness_faults(&site->witness, true);
}

static void a_meter_that_follows_is_trusted(void **state)
{
	struct site site;

	(void)state;
	site_init(&site);
	for (int i = 0; i < 5; i++) {
		site_run(&site, 16000, 20000);
		assert_int_equal(faults(&site), 0);
		site_run(&site, 6000, 20000);
		assert_int_equal(faults(&site), 0);
	}
}

/* In a quiet house nothing else moves any more. */
static void a_charger_that_tells_later_than_the_meter_accuses_nobody(void **state)
{
	struct site site;

	(void)state;
	site_init(&site);
	site.told_late_ms = 2500; /* 1.5 s after the meter */
	for (int i = 0; i < 5; i++) {
		site_run(&site, 16000, 30000);
		assert_int_equal(faults(&site), 0);
		site_run(&site, 6000, 30000);
		assert_int_equal(faults(&site), 0);
	}
}

static void a_meter_that_stands_still_is_frozen_until_it_moves(void **state)
{
	struct site site;

	(void)state;
	site_init(&site);
	site_run(&site, 6000, 20000);
	site.frozen = true;
	site_run(&site, 16000, 2 * SETTLE_MS);
	assert_int_equal(faults(&site), 0); /* it may still be late */
	site_run(&site, 16000, 2 * POLL_MS);
	assert_int_equal(faults(&site), FAULT_BIT(FAULT_METER_IMPLAUSIBLE));
	site_run(&site, 0, 60000);
	assert_int_equal(faults(&site), FAULT_BIT(FAULT_METER_IMPLAUSIBLE));
	/* also if the charger falls silent meanwhile */
	site.car_known = false;
	site_run(&site, 0, 10000);
	assert_int_equal(faults(&site), FAULT_BIT(FAULT_METER_IMPLAUSIBLE));
	site.frozen = false;
	site_run(&site, 0, POLL_MS);
	assert_int_equal(faults(&site), 0);
}

static void a_step_below_3_a_proves_nothing(void **state)
{
	struct site site;

	(void)state;
	site_init(&site);
	site_run(&site, 6000, 20000);
	site.frozen = true;
	site_run(&site, 8900, 20000);
	assert_int_equal(faults(&site), 0);
	site_run(&site, 11900, 20000);
	assert_int_equal(faults(&site), FAULT_BIT(FAULT_METER_IMPLAUSIBLE));
}

static void a_house_that_makes_up_for_the_step_is_no_proof(void **state)
{
	struct site site;

	(void)state;
	site_init(&site);
	site_run(&site, 6000, 20000);
	/* as the regulator has it: the sum before and after is the same */
	site.house_ma[0] += 10000;
	site.house_ma[1] += 10000;
	site_run(&site, 6000, 2000);
	site.house_ma[0] -= 20000;
	site.house_ma[1] -= 20000;
	site_run(&site, 16000, 20000);
	assert_int_equal(faults(&site), 0);
}

static void a_current_that_has_not_settled_proves_nothing_yet(void **state)
{
	struct site site;

	(void)state;
	site_init(&site);
	site_run(&site, 6000, 20000);
	site.frozen = true;
	for (int i = 0; i < 20; i++)
		site_run(&site, i % 2 ? 6000 : 16000, SETTLE_MS);
	assert_int_equal(faults(&site), 0);
}

static void two_raises_that_make_it_fall_are_a_meter_wired_backwards(void **state)
{
	struct site site;

	(void)state;
	site_init(&site);
	site.sign = -1;
	site_run(&site, 6000, 20000);
	site_run(&site, 16000, 20000);
	assert_int_equal(faults(&site), 0); /* an appliance that went off, perhaps */
	site_run(&site, 6000, 20000);
	assert_int_equal(faults(&site), 0);
	site_run(&site, 16000, 20000);
	assert_int_equal(faults(&site), FAULT_BIT(FAULT_METER_REVERSED));
	assert_int_equal(witness_faults(&site.witness, false), 0);
	/* nothing is raised in a fault; after a while it is tried again */
	site_run(&site, 0, 590000);
	assert_int_equal(faults(&site), FAULT_BIT(FAULT_METER_REVERSED));
	site_run(&site, 0, 20000);
	assert_int_equal(faults(&site), 0);
	site_run(&site, 6000, 20000);
	assert_int_equal(faults(&site), FAULT_BIT(FAULT_METER_REVERSED));
	/* wired as it should be, the next raise shows it */
	site.sign = 1;
	site_run(&site, 0, 20000);
	site_run(&site, 6000, 20000);
	assert_int_equal(faults(&site), 0);
}

static void an_appliance_that_goes_off_meanwhile_is_no_proof(void **state)
{
	struct site site;

	(void)state;
	site_init(&site);
	site.house_ma[0] = site.house_ma[1] = 25000;
	site_run(&site, 6000, 20000);
	site.house_ma[0] = site.house_ma[1] = 1000;
	site_run(&site, 16000, 20000);
	site_run(&site, 6000, 20000);
	assert_int_equal(faults(&site), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_meter_that_follows_is_trusted),
		cmocka_unit_test(a_charger_that_tells_later_than_the_meter_accuses_nobody),
		cmocka_unit_test(a_meter_that_stands_still_is_frozen_until_it_moves),
		cmocka_unit_test(a_step_below_3_a_proves_nothing),
		cmocka_unit_test(a_house_that_makes_up_for_the_step_is_no_proof),
		cmocka_unit_test(a_current_that_has_not_settled_proves_nothing_yet),
		cmocka_unit_test(two_raises_that_make_it_fall_are_a_meter_wired_backwards),
		cmocka_unit_test(an_appliance_that_goes_off_meanwhile_is_no_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
