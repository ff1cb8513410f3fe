/* SPDX-License-Identifier: MIT */
/*
 * Decoding of the Klefr's registers, and what the slow ones say about the readings.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/klefr.h"
#include "core/meter_watch.h"
#include "support.h"

static void to_registers(float value, uint16_t ret[2])
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	ret[0] = (uint16_t)(bits >> 16);
	ret[1] = (uint16_t)bits;
}

static enum reading_quality decode(float value, int32_t rated_ma, int32_t *ret_ma)
{
	uint16_t registers[2];

	to_registers(value, registers);
	return klefr_current(registers, rated_ma, ret_ma);
}

static void currents_of_a_real_meter_are_decoded(void **state)
{
	/* a register dump of a PRO380-Mod: 4.05, -1.62, -2.15 A */
	static const uint16_t registers[] = {0x4081, 0x999a, 0xbfcf, 0x5c29, 0xc009, 0x999a};
	int32_t ma;

	(void)state;
	assert_int_equal(klefr_current(registers, 100000, &ma), READING_GOOD);
	assert_int_equal(ma, 4050);
	assert_int_equal(klefr_current(registers + 2, 100000, &ma), READING_GOOD);
	assert_int_equal(ma, -1620);
	assert_int_equal(klefr_current(registers + 4, 100000, &ma), READING_GOOD);
	assert_int_equal(ma, -2150);
}

static void S5_nan_and_infinity_are_not_readings(void **state)
{
	int32_t ma = 1;

	(void)state;
	assert_int_equal(decode(NAN, 0, &ma), READING_INVALID);
	assert_int_equal(ma, 0);
	assert_int_equal(decode(-NAN, 0, &ma), READING_INVALID);
	assert_int_equal(decode(INFINITY, 0, &ma), READING_INVALID);
	assert_int_equal(decode(-INFINITY, 0, &ma), READING_INVALID);
}

static void S5_minus_zero_and_subnormals_are_zero(void **state)
{
	int32_t ma = 1;

	(void)state;
	assert_int_equal(decode(-0.0f, 0, &ma), READING_GOOD);
	assert_int_equal(ma, 0);
	ma = 1;
	assert_int_equal(decode(1e-40f, 0, &ma), READING_GOOD);
	assert_int_equal(ma, 0);
}

static void S5_above_1_2_times_the_rating_is_suspect(void **state)
{
	int32_t ma;

	(void)state;
	assert_int_equal(decode(120.0f, 0, &ma), READING_GOOD); /* unknown: 100 A */
	assert_int_equal(decode(120.1f, 0, &ma), READING_SUSPECT);
	assert_int_equal(ma, 120100);
	assert_int_equal(decode(-54.1f, 45000, &ma), READING_SUSPECT);
	assert_int_equal(decode(54.0f, 45000, &ma), READING_GOOD);
	assert_int_equal(decode(3e38f, 0, &ma), READING_SUSPECT);
	assert_int_equal(ma, INT32_MAX / 2);
	assert_int_equal(decode(-3e38f, 0, &ma), READING_SUSPECT);
	assert_int_equal(ma, -(INT32_MAX / 2));
}

static void S5_whatever_stands_in_the_registers_has_a_quality_and_a_bounded_current(void **state)
{
	struct random random = {.state = random_seed()};

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint64_t bits = random_next(&random);
		uint16_t registers[2] = {(uint16_t)(bits >> 16), (uint16_t)bits};
		int32_t rated_ma = (int32_t)random_between(&random, 0, 65535) * 1000;
		float amps = klefr_float(registers);
		int32_t ma = INT32_MAX;
		enum reading_quality quality = klefr_current(registers, rated_ma, &ma);

		assert_true(ma >= -(INT32_MAX / 2) && ma <= INT32_MAX / 2);
		if (!isfinite(amps))
			assert_int_equal(quality, READING_INVALID);
		else if (fabsf(amps) > 1.2f * (rated_ma ? (float)rated_ma / 1000 : 100) * 1.0001f)
			assert_int_equal(quality, READING_SUSPECT);
		else
			assert_true(fabs((double)amps * 1000 - ma) <= 0.5001);
	}
}

static void voltages_are_decoded_and_rubbish_is_none(void **state)
{
	uint16_t registers[2];
	int32_t mv = -7;

	(void)state;
	to_registers(234.3f, registers);
	assert_int_equal(klefr_voltage(registers, &mv), 0);
	assert_int_equal(mv, 234300);
	to_registers(NAN, registers);
	assert_int_equal(klefr_voltage(registers, &mv), -EINVAL);
	to_registers(-1.0f, registers);
	assert_int_equal(klefr_voltage(registers, &mv), -EINVAL);
	to_registers(1e6f, registers);
	assert_int_equal(klefr_voltage(registers, &mv), -EINVAL);
	assert_int_equal(mv, 234300); /* untouched */
}

static void meter_codes_tell_the_phases_and_an_unknown_one_tells_none(void **state)
{
	(void)state;
	assert_int_equal(klefr_phases(0x0101), 1);
	assert_int_equal(klefr_phases(0x2009), 1);
	assert_int_equal(klefr_phases(0x0102), 3);
	assert_int_equal(klefr_phases(0x2007), 3);
	assert_int_equal(klefr_phases(0x0000), 0);
	assert_int_equal(klefr_phases(0xffff), 0);
}

static void three_reads_running_of_the_error_register_are_needed(void **state)
{
	struct meter_watch watch = {0};

	(void)state;
	meter_watch_error_register(&watch, 1);
	meter_watch_error_register(&watch, 1);
	assert_false(meter_watch_selftest_failed(&watch));
	meter_watch_error_register(&watch, 0);
	meter_watch_error_register(&watch, 2);
	meter_watch_error_register(&watch, 2);
	assert_false(meter_watch_selftest_failed(&watch));
	meter_watch_error_register(&watch, 2);
	assert_true(meter_watch_selftest_failed(&watch));
	meter_watch_error_register(&watch, 0);
	assert_false(meter_watch_selftest_failed(&watch));
}

static void a_phase_without_voltage_is_absent(void **state)
{
	struct meter_watch watch = {0};

	(void)state;
	assert_int_equal(meter_watch_absent(&watch), 0); /* not known yet */
	meter_watch_voltages(&watch, 3, (int32_t[]){230000, 40000, 231000});
	assert_int_equal(meter_watch_absent(&watch), 0x2);
	meter_watch_voltages(&watch, 3, (int32_t[]){230000, -1, -1});
	assert_int_equal(meter_watch_absent(&watch), 0x6);
	meter_watch_voltages(&watch, 3, (int32_t[]){0, 0, 0});
	assert_int_equal(meter_watch_absent(&watch), 0); /* it tells no voltages at all */
	meter_watch_voltages(&watch, 1, (int32_t[]){230000});
	assert_int_equal(meter_watch_absent(&watch), 0);
}

/* A voltage that no mains has is none: 1e-23 V, or what is no number at all (-1). */
static void no_current_and_no_voltage_of_mains_is_no_reading(void **state)
{
	static const int32_t rubbish_mv[][3] = {{0, -1, 0}, {-1, -1, -1}, {3000, 0, 49999}};
	const struct reading nothing = {.phases = 3, .quality = READING_GOOD};
	const struct reading some = {.phases = 3, .current_ma = {0, 10}, .quality = READING_GOOD};
	static const int32_t one_mv[3] = {0, 230000, -1};
	struct meter_watch watch = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rubbish_mv) / sizeof(rubbish_mv[0]); i++) {
		meter_watch_voltages(&watch, 3, rubbish_mv[i]);
		assert_int_equal(meter_watch_quality(&watch, &nothing), READING_INVALID);
		assert_int_equal(meter_watch_quality(&watch, &some), READING_GOOD);
	}
	meter_watch_voltages(&watch, 3, one_mv);
	assert_int_equal(meter_watch_quality(&watch, &nothing), READING_GOOD);
}

static void neither_current_nor_voltage_anywhere_is_no_reading(void **state)
{
	struct meter_watch watch = {0};
	struct reading reading = {.phases = 3, .quality = READING_GOOD};

	(void)state;
	assert_int_equal(meter_watch_quality(&watch, &reading), READING_GOOD); /* not known yet */
	meter_watch_voltages(&watch, 3, (int32_t[]){0, 0, 0});
	assert_int_equal(meter_watch_quality(&watch, &reading), READING_INVALID);
	reading.current_ma[2] = -1;
	assert_int_equal(meter_watch_quality(&watch, &reading), READING_GOOD);
	reading.current_ma[2] = 0;
	meter_watch_voltages(&watch, 3, (int32_t[]){230000, 230000, 230000});
	assert_int_equal(meter_watch_quality(&watch, &reading), READING_GOOD);
	reading.quality = READING_SUSPECT;
	assert_int_equal(meter_watch_quality(&watch, &reading), READING_SUSPECT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(currents_of_a_real_meter_are_decoded),
		cmocka_unit_test(S5_nan_and_infinity_are_not_readings),
		cmocka_unit_test(S5_minus_zero_and_subnormals_are_zero),
		cmocka_unit_test(S5_above_1_2_times_the_rating_is_suspect),
		cmocka_unit_test(
			S5_whatever_stands_in_the_registers_has_a_quality_and_a_bounded_current),
		cmocka_unit_test(voltages_are_decoded_and_rubbish_is_none),
		cmocka_unit_test(meter_codes_tell_the_phases_and_an_unknown_one_tells_none),
		cmocka_unit_test(three_reads_running_of_the_error_register_are_needed),
		cmocka_unit_test(a_phase_without_voltage_is_absent),
		cmocka_unit_test(no_current_and_no_voltage_of_mains_is_no_reading),
		cmocka_unit_test(neither_current_nor_voltage_anywhere_is_no_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
