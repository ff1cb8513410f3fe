/* SPDX-License-Identifier: MIT */
/*
 * The table of the DIP switches, and when a setting counts.
 */
#include <string.h>

#include "core/dip.h"
#include "support.h"

#define DEBOUNCE 50
#define OFF16	 1 /* off off ON: 16 A, and so on */
#define OFF25	 3
#define ON32	 4
#define ON80	 7

static const struct dip_filter_config plain = {.debounce_ms = DEBOUNCE};
static const struct dip_filter_config strict = {.debounce_ms = DEBOUNCE, .all_off_is_fault = true};

/* Higher means: lets the house draw more. */
static int64_t rank(int setting)
{
	return dip_limit_ma(setting) == 0 ? INT64_MAX : dip_limit_ma(setting);
}

static void the_table_is_that_of_the_installation_guide(void **state)
{
	static const struct {
		bool on[DIP_SWITCHES];
		int32_t limit_ma;
	} table[] = {
		{{false, false, false}, 0},
		{{false, false, true}, 16000},
		{{false, true, false}, 20000},
		{{false, true, true}, 25000},
		{{true, false, false}, 32000},
		{{true, false, true}, 40000},
		{{true, true, false}, 63000},
		{{true, true, true}, 80000},
	};
	bool on[DIP_SWITCHES];

	(void)state;
	for (int i = 0; i < DIP_SETTINGS; i++) {
		assert_int_equal(dip_setting(table[i].on), i);
		assert_int_equal(dip_limit_ma(i), table[i].limit_ma);
		dip_switches(i, on);
		assert_memory_equal(on, table[i].on, sizeof(on));
	}
	memset(on, 1, sizeof(on));
	dip_switches(DIP_NONE, on);
	assert_false(on[0] || on[1] || on[2]);
}

/*
 * Hold the switches still from one time to another, looking often. Whenever the filter names a
 * deadline it must change at that time, and never at another.
 */
static void hold(struct dip_filter *f, const struct dip_filter_config *c, int setting,
	int64_t from_ms, int64_t to_ms)
{
	for (int64_t t = from_ms; t <= to_ms; t += 10) {
		int64_t deadline_ms = setting == f->seen ? dip_filter_deadline_ms(f, c) : INT64_MAX;
		bool changed = dip_filter_step(f, c, setting, t);

		if (setting == f->seen && deadline_ms != INT64_MAX)
			assert_int_equal(changed, t >= deadline_ms);
	}
}

static void the_first_setting_counts_after_debounce(void **state)
{
	struct dip_filter f;

	(void)state;
	for (int setting = 0; setting < DIP_SETTINGS; setting++) {
		dip_filter_init(&f);
		assert_true(dip_filter_deadline_ms(&f, &plain) == INT64_MAX);
		assert_false(dip_filter_step(&f, &plain, setting, 1000));
		assert_int_equal(f.in_force, DIP_NONE);
		assert_int_equal(dip_filter_deadline_ms(&f, &plain), 1000 + DEBOUNCE);
		assert_false(dip_filter_step(&f, &plain, setting, 1000 + DEBOUNCE - 1));
		assert_true(dip_filter_step(&f, &plain, setting, 1000 + DEBOUNCE));
		assert_int_equal(f.in_force, setting);
		assert_true(dip_filter_deadline_ms(&f, &plain) == INT64_MAX);
		assert_false(dip_filter_step(&f, &plain, setting, 2000));
	}
}

static void without_debounce_the_first_look_counts(void **state)
{
	static const struct dip_filter_config none = {.debounce_ms = 0};
	struct dip_filter f;

	(void)state;
	dip_filter_init(&f);
	assert_true(dip_filter_step(&f, &none, OFF25, 5));
	assert_true(dip_filter_step(&f, &none, OFF16, 6));
	assert_false(dip_filter_step(&f, &none, ON32, 7));
	assert_int_equal(dip_filter_deadline_ms(&f, &none), 7 + DIP_RAISE_MS);
}

static void a_lower_limit_counts_after_debounce_and_a_higher_one_after_ten_seconds(void **state)
{
	(void)state;
	for (int from = 0; from < DIP_SETTINGS; from++) {
		for (int to = 0; to < DIP_SETTINGS; to++) {
			int64_t wait_ms = rank(to) > rank(from) ? 10000 : DEBOUNCE;
			struct dip_filter f;

			if (to == from)
				continue;
			dip_filter_init(&f);
			hold(&f, &plain, from, 0, 1000);
			hold(&f, &plain, to, 1010, 1010 + wait_ms - 10);
			assert_false(dip_filter_step(&f, &plain, to, 1010 + wait_ms - 1));
			assert_int_equal(f.in_force, from);
			assert_true(dip_filter_step(&f, &plain, to, 1010 + wait_ms));
			assert_int_equal(f.in_force, to);
		}
	}
}

static void every_movement_starts_the_time_anew(void **state)
{
	struct dip_filter f;

	(void)state;
	dip_filter_init(&f);
	hold(&f, &plain, OFF25, 0, 1000);
	hold(&f, &plain, ON32, 1010, 10990);
	assert_false(dip_filter_step(&f, &plain, OFF25, 11000));
	hold(&f, &plain, ON32, 11001, 21000);
	assert_int_equal(f.in_force, OFF25);
	assert_true(dip_filter_step(&f, &plain, ON32, 21001));

	hold(&f, &plain, OFF16, 21010, 21050);
	assert_false(dip_filter_step(&f, &plain, ON32, 21055)); /* bounced */
	assert_false(dip_filter_step(&f, &plain, OFF16, 21060));
	assert_int_equal(dip_filter_deadline_ms(&f, &plain), 21060 + DEBOUNCE);
	assert_int_equal(f.in_force, ON32);
}

static void time_without_a_look_is_no_evidence(void **state)
{
	struct dip_filter f;

	(void)state;
	dip_filter_init(&f);
	hold(&f, &plain, OFF25, 0, 1000);
	assert_false(dip_filter_step(&f, &plain, ON80, 1500));
	assert_false(dip_filter_step(&f, &plain, ON80, 60000));
	assert_int_equal(dip_filter_deadline_ms(&f, &plain), 60000 + DIP_RAISE_MS);
	assert_int_equal(f.in_force, OFF25);
}

static void all_off_can_be_a_fault(void **state)
{
	struct dip_filter f;

	(void)state;
	dip_filter_init(&f);
	hold(&f, &strict, OFF25, 0, 1000);
	assert_false(dip_filter_step(&f, &strict, DIP_ALL_OFF, 1010));
	assert_false(dip_filter_step(&f, &strict, DIP_ALL_OFF, 1010 + DEBOUNCE - 1));
	assert_int_equal(f.in_force, OFF25);
	assert_true(dip_filter_step(&f, &strict, DIP_ALL_OFF, 1010 + DEBOUNCE));
	assert_int_equal(f.in_force, DIP_NONE);
	assert_true(f.loose);
	assert_true(dip_filter_deadline_ms(&f, &strict) == INT64_MAX);
	hold(&f, &strict, DIP_ALL_OFF, 1070, 30000);
	assert_true(f.loose);

	/* Higher than before the fault is a raise, the same is not. */
	hold(&f, &strict, ON32, 30010, 40000);
	assert_int_equal(f.in_force, DIP_NONE);
	hold(&f, &strict, OFF25, 40010, 40010 + DEBOUNCE);
	assert_int_equal(f.in_force, OFF25);
	assert_false(f.loose);

	dip_filter_init(&f);
	hold(&f, &strict, DIP_ALL_OFF, 0, DEBOUNCE);
	assert_true(f.loose);
	hold(&f, &strict, ON80, 100, 100 + DEBOUNCE);
	assert_int_equal(f.in_force, ON80);
}

static void what_was_lost_is_not_used_on(void **state)
{
	struct dip_filter f;

	(void)state;
	dip_filter_init(&f);
	hold(&f, &plain, OFF25, 0, 1000);
	dip_filter_lost(&f);
	assert_int_equal(f.in_force, DIP_NONE);
	assert_true(dip_filter_deadline_ms(&f, &plain) == INT64_MAX);
	assert_false(dip_filter_step(&f, &plain, OFF25, 1010));
	assert_int_equal(f.in_force, DIP_NONE);
	assert_true(dip_filter_step(&f, &plain, OFF25, 1010 + DEBOUNCE));
	assert_int_equal(f.in_force, OFF25);

	dip_filter_lost(&f);
	hold(&f, &plain, DIP_ALL_OFF, 2000, 11990);
	assert_int_equal(f.in_force, DIP_NONE);
	assert_true(dip_filter_step(&f, &plain, DIP_ALL_OFF, 12000));

	dip_filter_lost(&f);
	hold(&f, &strict, DIP_ALL_OFF, 13000, 13000 + DEBOUNCE);
	assert_true(f.loose);
	dip_filter_lost(&f);
	assert_false(f.loose);
}

/* ---- properties ---- */

struct walk {
	struct random random;
	struct dip_filter filter;
	const struct dip_filter_config *config;
	int64_t now_ms;
	int64_t moved_ms;
	int64_t ceiling; /* the highest rank that may be in force */
	int setting;
};

/* Let time pass to the next move, looked at now and then, and check what is in force all along. */
static void walk_on(struct walk *w, int64_t span_ms)
{
	int64_t until_ms = w->now_ms + span_ms;

	while (w->now_ms < until_ms) {
		int64_t deadline_ms = dip_filter_deadline_ms(&w->filter, w->config);
		int64_t next_ms = w->now_ms + random_between(&w->random, 1, 1000);

		if (deadline_ms < next_ms)
			next_ms = deadline_ms;
		w->now_ms = next_ms < until_ms ? next_ms : until_ms;
		(void)dip_filter_step(&w->filter, w->config, w->setting, w->now_ms);
		if (w->filter.in_force == DIP_NONE)
			continue;
		/* On the way it only falls; at its end it may rise to where the switches stand. */
		if (rank(w->filter.in_force) > w->ceiling) {
			assert_int_equal(w->filter.in_force, w->setting);
			assert_true(w->now_ms - w->moved_ms >= DIP_RAISE_MS);
		}
		w->ceiling = rank(w->filter.in_force);
	}
}

static void walk_move(struct walk *w, int mask)
{
	/* A contact may bounce. */
	for (int64_t bounces = random_between(&w->random, 0, 3); bounces > 0; bounces--) {
		(void)dip_filter_step(&w->filter, w->config, w->setting ^ mask, ++w->now_ms);
		(void)dip_filter_step(&w->filter, w->config, w->setting, ++w->now_ms);
	}
	w->setting ^= mask;
	w->moved_ms = ++w->now_ms;
	(void)dip_filter_step(&w->filter, w->config, w->setting, w->now_ms);
}

static void walk_pair(struct walk *w, int from, int to, const int order[DIP_SWITCHES])
{
	int64_t highest = rank(from) > rank(to) ? rank(from) : rank(to);

	dip_filter_init(&w->filter);
	w->now_ms = w->moved_ms = random_between(&w->random, 0, 100000);
	w->setting = from;
	w->ceiling = INT64_MAX;
	(void)dip_filter_step(&w->filter, w->config, from, w->now_ms);
	walk_on(w, DEBOUNCE + 1);
	if (from != DIP_ALL_OFF || !w->config->all_off_is_fault)
		assert_int_equal(w->filter.in_force, from);

	for (int i = 0; i < DIP_SWITCHES; i++) {
		if (!((from ^ to) & 1 << order[i]))
			continue;
		walk_move(w, 1 << order[i]);
		walk_on(w, random_between(&w->random, 1, DIP_RAISE_MS - 1));
		if (w->filter.in_force != DIP_NONE)
			assert_true(rank(w->filter.in_force) <= highest);
	}
	walk_on(w, DIP_RAISE_MS + 1);
	if (to == DIP_ALL_OFF && w->config->all_off_is_fault)
		assert_true(w->filter.loose);
	else
		assert_int_equal(w->filter.in_force, to);
}

static void switches_moved_one_by_one_never_raise_the_limit_on_the_way(void **state)
{
	static const int orders[][DIP_SWITCHES] = {
		{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	struct walk w = {.random.state = random_seed()};
	int runs = test_runs(40);

	(void)state;
	for (int run = 0; run < runs; run++)
		for (int from = 0; from < DIP_SETTINGS; from++)
			for (int to = 0; to < DIP_SETTINGS; to++)
				for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
					w.config = run % 2 ? &strict : &plain;
					walk_pair(&w, from, to, orders[i]);
				}
}

#define LOOKS 400

/* Random switches, looks and losses: what counts is what the looks of the required time show. */
static void a_setting_counts_exactly_when_it_has_stood_still_long_enough(void **state)
{
	struct random random = {.state = random_seed()};
	int runs = test_runs(200);

	(void)state;
	for (int run = 0; run < runs; run++) {
		struct dip_filter_config config = {
			.debounce_ms = random_between(&random, 0, 5000),
			.all_off_is_fault = random_chance(&random, 50),
		};
		int64_t now_ms = random_between(&random, 0, 1000), still_since_ms = now_ms;
		int setting = (int)random_between(&random, 0, 7), last = DIP_NONE;
		int expected = DIP_NONE;
		bool loose = false, new_look = true;
		struct dip_filter f;

		dip_filter_init(&f);
		for (int i = 0; i < LOOKS; i++) {
			int64_t gap_ms = random_between(
				&random, 1, random_chance(&random, 2) ? 4000 : 1000);
			bool fault, higher;

			now_ms += gap_ms;
			if (random_chance(&random, 8)) {
				setting ^= 1 << random_between(&random, 0, 2);
				new_look = true;
			}
			if (random_chance(&random, 1)) {
				dip_filter_lost(&f);
				expected = DIP_NONE;
				loose = false;
				new_look = true;
			}
			if (new_look || gap_ms > 2000)
				still_since_ms = now_ms;
			new_look = false;
			(void)dip_filter_step(&f, &config, setting, now_ms);

			fault = setting == DIP_ALL_OFF && config.all_off_is_fault;
			higher = !fault && last != DIP_NONE && rank(setting) > rank(last);
			if (now_ms - still_since_ms >= (higher ? 10000 : config.debounce_ms)) {
				loose = fault;
				expected = fault ? DIP_NONE : setting;
				last = fault ? last : setting;
			}
			assert_int_equal(f.in_force, expected);
			assert_int_equal(f.loose, loose);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_that_of_the_installation_guide),
		cmocka_unit_test(the_first_setting_counts_after_debounce),
		cmocka_unit_test(without_debounce_the_first_look_counts),
		cmocka_unit_test(
			a_lower_limit_counts_after_debounce_and_a_higher_one_after_ten_seconds),
		cmocka_unit_test(every_movement_starts_the_time_anew),
		cmocka_unit_test(time_without_a_look_is_no_evidence),
		cmocka_unit_test(all_off_can_be_a_fault),
		cmocka_unit_test(what_was_lost_is_not_used_on),
		cmocka_unit_test(switches_moved_one_by_one_never_raise_the_limit_on_the_way),
		cmocka_unit_test(a_setting_counts_exactly_when_it_has_stood_still_long_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
