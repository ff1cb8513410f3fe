/* SPDX-License-Identifier: MIT */
/*
 * The search for a meter on a line that the test makes: which settings and addresses are tried in
 * which order, and what is made of what comes back.
 */
#include <errno.h>
#include <string.h>

#include "core/klefr.h"
#include "ctl/overheard.h"
#include "ctl/scan.h"
#include "support.h"

#define ASKED_MAX 8000

struct asked {
	int32_t baud_rate;
	enum serial_parity parity;
	int unit;
	uint16_t address;
	int64_t timeout_ms;
};

/* A line with one device on it. */
struct fake {
	/* the device: unit 0 for none */
	int32_t baud_rate;
	enum serial_parity parity;
	int unit;
	uint16_t has; /* the only register that it has; 0: all */
	bool answers_anybody;
	int bears; /* the address that its answers bear, 0: its own */
	/* the line */
	bool echoes, noisy, even_is_refused, nothing_works, garbles;
	int cancel_after; /* requests, 0: never */
	const uint8_t *unasked;
	size_t unasked_n;

	struct asked asked[ASKED_MAX];
	int count, sets, finds, begun;
	int64_t listened_ms;
	int32_t now_baud_rate;
	enum serial_parity now_parity;
	int64_t last_done_ms, total_ms;
};

static int fake_set(
	void *userdata, int32_t baud_rate, enum serial_parity parity, char *why, size_t why_size)
{
	struct fake *fake = userdata;

	if (fake->nothing_works || (fake->even_is_refused && parity == SERIAL_PARITY_EVEN)) {
		snprintf(why, why_size, "does not take it");
		return -EINVAL;
	}
	fake->sets++;
	fake->now_baud_rate = baud_rate;
	fake->now_parity = parity;
	return 0;
}

static void fake_answer(const struct fake *fake, int unit, uint16_t address, struct scan_reply *ret)
{
	if (fake->noisy) {
		ret->sound = SCAN_GARBAGE;
	} else if (fake->echoes) {
		ret->sound = SCAN_ECHO;
	} else if (fake->unit == 0 || fake->now_baud_rate != fake->baud_rate ||
		   fake->now_parity != fake->parity ||
		   (unit != fake->unit && (unit != 0 || !fake->answers_anybody))) {
		ret->sound = SCAN_SILENCE;
	} else if (fake->garbles) {
		ret->sound = SCAN_GARBAGE;
	} else if (unit == 0 || fake->bears) {
		ret->sound = SCAN_FOREIGN;
		ret->unit = fake->bears ? fake->bears : fake->unit;
	} else if (fake->has && fake->has != address) {
		ret->sound = SCAN_REFUSED;
		ret->exception = 2;
	} else {
		ret->sound = SCAN_ANSWER;
	}
}

static int fake_ask(
	void *userdata, int unit, uint16_t address, int64_t timeout_ms, struct scan_reply *ret)
{
	struct fake *fake = userdata;

	assert_true(fake->count < ASKED_MAX);
	fake->asked[fake->count++] = (struct asked){
		fake->now_baud_rate, fake->now_parity, unit, address, timeout_ms};
	if (fake->cancel_after && fake->count >= fake->cancel_after)
		return -ECANCELED;
	fake_answer(fake, unit, address, ret);
	return 0;
}

static int fake_listen(void *userdata, int64_t for_ms, uint8_t *ret, size_t size, size_t *ret_n)
{
	struct fake *fake = userdata;

	assert_int_equal(fake->count, 0);
	fake->listened_ms += for_ms;
	*ret_n = fake->unasked_n < size ? fake->unasked_n : size;
	if (*ret_n > 0)
		memcpy(ret, fake->unasked, *ret_n);
	return 0;
}

static void fake_begin(void *userdata, const struct scan_plan *plan)
{
	struct fake *fake = userdata;

	fake->begun++;
	assert_true(plan->count > 0);
}

static void fake_progress(
	void *userdata, const struct scan_block *block, int unit, int64_t done_ms, int64_t total_ms)
{
	struct fake *fake = userdata;

	assert_true(unit == SCAN_UNIT_ANYBODY || (unit >= block->first && unit <= block->last));
	assert_true(done_ms >= fake->last_done_ms && done_ms <= total_ms);
	fake->last_done_ms = done_ms;
	fake->total_ms = total_ms;
}

static void fake_find(void *userdata, const struct scan_find *find)
{
	struct fake *fake = userdata;

	assert_true(find->heard);
	fake->finds++;
}

static struct meter_config standard(void)
{
	return (struct meter_config){
		.unit = 1, .baud_rate = 9600, .parity = SERIAL_PARITY_EVEN, .stop_bits = 1};
}

static struct scan_result search_with(
	struct fake *fake, const struct meter_config *config, bool all)
{
	struct scan_line line = {fake_set, fake_ask, fake_listen, fake};
	struct scan_callbacks callbacks = {fake_begin, fake_progress, fake_find, fake};
	struct scan_result result;
	struct scan_plan plan;

	scan_plan_make(&plan, config, all);
	scan_run(&plan, &line, &callbacks, &result);
	assert_int_equal(result.asked, fake->count);
	return result;
}

static struct scan_result search(struct fake *fake)
{
	struct meter_config config = standard();

	return search_with(fake, &config, false);
}

/* The line of a test, its device with these settings. */
static struct fake *fake_at(int32_t baud_rate, enum serial_parity parity, int unit)
{
	static struct fake fake;

	fake = (struct fake){.baud_rate = baud_rate, .parity = parity, .unit = unit};
	return &fake;
}

static void assert_found(const struct scan_result *result, const struct fake *fake)
{
	assert_int_equal(result->verdict, SCAN_FOUND);
	assert_int_equal(result->baud_rate, fake->baud_rate);
	assert_int_equal(result->parity, fake->parity);
	assert_int_equal(result->unit, fake->unit);
}

/* ---- order ---- */

static void the_factory_setting_comes_first_and_is_one_request(void **state)
{
	struct fake *fake = fake_at(9600, SERIAL_PARITY_EVEN, 1);
	struct scan_result result = search(fake);

	(void)state;
	assert_found(&result, fake);
	assert_int_equal(fake->count, 1);
	assert_int_equal(fake->asked[0].address, KLEFR_REG_CURRENTS);
	assert_int_equal(fake->begun, 1);
	assert_int_equal(fake->listened_ms, SCAN_LISTEN_MS);
}

static void the_other_parities_of_address_1_come_before_other_addresses(void **state)
{
	static const enum serial_parity order[] = {
		SERIAL_PARITY_EVEN, SERIAL_PARITY_NONE, SERIAL_PARITY_ODD};
	struct fake *fake = fake_at(9600, SERIAL_PARITY_EVEN, 0);
	int place = 0;

	(void)state;
	(void)search(fake);
	for (int i = 0; i < fake->count && fake->asked[i].unit <= 1; i++) {
		while (place < 3 && fake->asked[i].parity != order[place])
			place++;
		assert_true(place < 3);
		assert_int_equal(fake->asked[i].baud_rate, 9600);
	}
	assert_int_equal(place, 2);
}

static void every_address_is_asked_with_every_parity(void **state)
{
	struct fake *fake = fake_at(9600, SERIAL_PARITY_EVEN, 0);
	struct scan_result result = search(fake);
	int seen[3][SCAN_UNIT_MAX + 1] = {0};

	(void)state;
	assert_int_equal(result.verdict, SCAN_NOTHING);
	for (int i = 0; i < fake->count; i++)
		seen[fake->asked[i].parity][fake->asked[i].unit]++;
	for (int parity = 0; parity < 3; parity++)
		for (int unit = 1; unit <= SCAN_UNIT_MAX; unit++)
			assert_int_equal(seen[parity][unit], unit == 1 ? 2 : 1);
}

static void the_default_search_is_over_within_two_minutes(void **state)
{
	struct meter_config config = standard();
	struct scan_plan plan;

	(void)state;
	scan_plan_make(&plan, &config, false);
	assert_in_range(scan_plan_ms(&plan), 30000, 120000);
	scan_plan_make(&plan, &config, true);
	assert_in_range(scan_plan_ms(&plan), 120000, 3600000);
	assert_true(plan.count < SCAN_BLOCKS_MAX);
}

static void the_estimate_is_what_the_requests_may_take(void **state)
{
	struct fake *fake = fake_at(9600, SERIAL_PARITY_EVEN, 0);
	int64_t ms = 0;

	(void)state;
	(void)search(fake);
	for (int i = 0; i < fake->count; i++)
		ms += fake->asked[i].timeout_ms;
	assert_in_range(ms, fake->total_ms * 7 / 10, fake->total_ms);
}

static void what_is_configured_comes_right_after_the_factory_setting(void **state)
{
	struct fake *fake = fake_at(19200, SERIAL_PARITY_ODD, 99);
	struct meter_config config = standard();
	struct scan_result result;

	(void)state;
	config.unit = 99;
	config.baud_rate = 19200;
	config.parity = SERIAL_PARITY_ODD;
	result = search_with(fake, &config, false);
	assert_found(&result, fake);
	assert_true(fake->count < 20);
}

static void a_meter_is_found_wherever_it_is(void **state)
{
	struct random random = {random_seed()};

	(void)state;
	for (int i = 0; i < test_runs(200); i++) {
		struct fake *fake = fake_at(9600, (enum serial_parity)random_between(&random, 0, 2),
			(int)random_between(&random, 1, SCAN_UNIT_MAX));
		struct scan_result result = search(fake);

		assert_found(&result, fake);
	}
}

static void other_rates_take_all(void **state)
{
	static const int32_t rates[] = {300, 600, 1200, 2400, 4800, 19200, 38400};

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct fake *fake = fake_at(rates[i], SERIAL_PARITY_NONE, 33);
		struct meter_config config = standard();
		struct scan_result result = search_with(fake, &config, true);

		assert_found(&result, fake);
		fake->count = 0;
		fake->last_done_ms = 0;
		result = search_with(fake, &config, false);
		assert_int_equal(result.verdict, SCAN_NOTHING);
	}
}

/* ---- what comes back ---- */

static void a_meter_that_answers_anybody_is_found_in_a_few_requests(void **state)
{
	struct fake *fake = fake_at(9600, SERIAL_PARITY_NONE, 231);
	struct scan_result result;

	(void)state;
	fake->answers_anybody = true;
	result = search(fake);
	assert_found(&result, fake);
	assert_true(fake->count < 12);
	assert_false(result.foreign.heard);
}

static void a_setting_that_the_device_lacks_is_passed_over(void **state)
{
	struct fake *fake = fake_at(9600, SERIAL_PARITY_NONE, 5);
	struct scan_result result;

	(void)state;
	fake->even_is_refused = true;
	result = search(fake);
	assert_found(&result, fake);
	assert_true(result.settings_refused > 0);
}

static void a_device_that_takes_no_setting_is_an_error_with_a_reason(void **state)
{
	struct fake *fake = fake_at(9600, SERIAL_PARITY_NONE, 5);
	struct scan_result result;

	(void)state;
	fake->nothing_works = true;
	result = search(fake);
	assert_int_equal(result.verdict, SCAN_FAILED);
	assert_string_equal(result.why, "does not take it");
	assert_int_equal(fake->begun, 0);
}

static void an_echo_ends_the_search(void **state)
{
	struct fake *fake = fake_at(9600, SERIAL_PARITY_EVEN, 1);
	struct scan_result result;

	(void)state;
	fake->echoes = true;
	result = search(fake);
	assert_int_equal(result.verdict, SCAN_ECHOES);
	assert_true(fake->count <= 4);
}

static void noise_does_not_keep_the_search_from_ending(void **state)
{
	struct fake *fake = fake_at(9600, SERIAL_PARITY_EVEN, 1);
	struct scan_result result;

	(void)state;
	fake->noisy = true;
	result = search(fake);
	assert_int_equal(result.verdict, SCAN_NOTHING);
	assert_int_equal(result.garbage.times, result.asked);
	assert_in_range(result.asked, 3 * SCAN_UNIT_MAX, 3 * SCAN_UNIT_MAX + 40);
	assert_int_equal(fake->finds, 1);
}

static void damaged_answers_are_asked_for_again_and_told(void **state)
{
	struct fake *fake = fake_at(9600, SERIAL_PARITY_ODD, 1);
	struct scan_result result;

	(void)state;
	fake->garbles = true;
	result = search(fake);
	assert_int_equal(result.verdict, SCAN_NOTHING);
	assert_true(result.garbage.heard);
	assert_int_equal(result.garbage.parity, SERIAL_PARITY_ODD);
	assert_int_equal(result.garbage.unit, 1);
	assert_true(result.garbage.times > 3);
}

static void an_answer_with_another_address_is_followed_and_told(void **state)
{
	struct fake *fake = fake_at(9600, SERIAL_PARITY_EVEN, 1);
	struct scan_result result;
	bool asked = false;

	(void)state;
	fake->bears = 77;
	result = search(fake);
	assert_int_equal(result.verdict, SCAN_NOTHING);
	assert_true(result.foreign.heard);
	assert_int_equal(result.foreign.reply.unit, 77);
	for (int i = 0; i < 3; i++)
		asked |= fake->asked[i].unit == 77;
	assert_true(asked);
}

static void a_one_phase_meter_with_its_own_register_is_a_meter(void **state)
{
	struct fake *fake = fake_at(9600, SERIAL_PARITY_EVEN, 3);
	struct scan_result result;

	(void)state;
	fake->has = KLEFR_REG_CURRENT_1PH;
	result = search(fake);
	assert_found(&result, fake);
}

static void a_device_that_is_no_klefr_is_told_and_the_search_goes_on(void **state)
{
	struct fake *fake = fake_at(9600, SERIAL_PARITY_EVEN, 3);
	struct scan_result result;

	(void)state;
	fake->has = 0x0001;
	result = search(fake);
	assert_int_equal(result.verdict, SCAN_NOTHING);
	assert_true(result.refused.heard);
	assert_int_equal(result.refused.unit, 3);
	assert_int_equal(result.refused.reply.exception, 2);
	assert_int_equal(fake->asked[fake->count - 1].unit, SCAN_UNIT_MAX);
}

/* ---- the others on the line ---- */

static void a_charging_station_that_asks_is_recognised_before_anything_is_sent(void **state)
{
	/* what was heard on the line of a real station, behind a byte of noise */
	static const uint8_t bytes[] = {0x00, 0x01, 0x03, 0x50, 0x0C, 0x00, 0x06, 0x14, 0xCB};
	struct fake *fake = fake_at(9600, SERIAL_PARITY_EVEN, 1);
	struct scan_result result;

	(void)state;
	fake->unasked = bytes;
	fake->unasked_n = sizeof(bytes);
	result = search(fake);
	assert_int_equal(result.verdict, SCAN_OTHER_MASTER);
	assert_int_equal(result.other_unit, 1);
	assert_int_equal(result.other_address, 0x500C);
	assert_int_equal(fake->count, 0);
}

static void bytes_that_are_no_request_are_counted_and_the_search_goes_on(void **state)
{
	static const uint8_t bytes[] = {0x01, 0x03, 0x50, 0x0C, 0x00, 0x06, 0x14, 0xCC, 0xff};
	struct fake *fake = fake_at(9600, SERIAL_PARITY_EVEN, 1);
	struct scan_result result;

	(void)state;
	fake->unasked = bytes;
	fake->unasked_n = sizeof(bytes);
	result = search(fake);
	assert_found(&result, fake);
	assert_int_equal(result.unasked, sizeof(bytes));
}

static void rubbish_is_no_request(void **state)
{
	struct random random = {random_seed()};
	struct overheard overheard;
	uint8_t bytes[64];
	int found = 0;

	(void)state;
	assert_false(overheard_request(bytes, 0, &overheard));
	for (int i = 0; i < 1000; i++) {
		size_t n = (size_t)random_between(&random, 0, sizeof(bytes));

		for (size_t k = 0; k < n; k++)
			bytes[k] = (uint8_t)random_next(&random);
		found += overheard_request(bytes, n, &overheard);
	}
	assert_true(
		found <= 1); /* about 57 places in each, 2/256 with the function, 1/65536 the sum */
}

static void a_canceled_search_tells_what_it_heard(void **state)
{
	struct fake *fake = fake_at(9600, SERIAL_PARITY_EVEN, 3);
	struct scan_result result;

	(void)state;
	fake->has = 0x0001;
	fake->cancel_after = 100;
	result = search(fake);
	assert_int_equal(result.verdict, SCAN_CANCELED);
	assert_int_equal(fake->count, 100);
	assert_true(result.refused.heard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_factory_setting_comes_first_and_is_one_request),
		cmocka_unit_test(the_other_parities_of_address_1_come_before_other_addresses),
		cmocka_unit_test(every_address_is_asked_with_every_parity),
		cmocka_unit_test(the_default_search_is_over_within_two_minutes),
		cmocka_unit_test(the_estimate_is_what_the_requests_may_take),
		cmocka_unit_test(what_is_configured_comes_right_after_the_factory_setting),
		cmocka_unit_test(a_meter_is_found_wherever_it_is),
		cmocka_unit_test(other_rates_take_all),
		cmocka_unit_test(a_meter_that_answers_anybody_is_found_in_a_few_requests),
		cmocka_unit_test(a_setting_that_the_device_lacks_is_passed_over),
		cmocka_unit_test(a_device_that_takes_no_setting_is_an_error_with_a_reason),
		cmocka_unit_test(an_echo_ends_the_search),
		cmocka_unit_test(noise_does_not_keep_the_search_from_ending),
		cmocka_unit_test(damaged_answers_are_asked_for_again_and_told),
		cmocka_unit_test(an_answer_with_another_address_is_followed_and_told),
		cmocka_unit_test(a_one_phase_meter_with_its_own_register_is_a_meter),
		cmocka_unit_test(a_device_that_is_no_klefr_is_told_and_the_search_goes_on),
		cmocka_unit_test(
			a_charging_station_that_asks_is_recognised_before_anything_is_sent),
		cmocka_unit_test(bytes_that_are_no_request_are_counted_and_the_search_goes_on),
		cmocka_unit_test(rubbish_is_no_request),
		cmocka_unit_test(a_canceled_search_tells_what_it_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
