/* SPDX-License-Identifier: MIT */
/* Every fault of the simulated line: when it is there, and what it does byte by byte. */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "sim/sim_fault.h"

static const uint8_t good[17] = {0x01, 0x03, 0x0C, 0x40, 0x81, 0x99, 0x9A, 0xBF, 0xCF, 0x5C, 0x29,
	0xC0, 0x09, 0x99, 0x9A, 0x18, 0xDE};

static size_t mangle(uint32_t set, uint64_t seed, uint8_t ret[SIM_FAULT_LINE_MAX])
{
	return sim_faults_mangle(set, good, sizeof(good), ret, &seed);
}

static bool crc_is_good(const uint8_t *bytes, size_t n)
{
	uint16_t crc = rtu_crc16(bytes, n - 2);

	return bytes[n - 2] == (crc & 0xFF) && bytes[n - 1] == crc >> 8;
}

static void without_a_fault_an_answer_passes_unchanged(void **state)
{
	uint8_t line[SIM_FAULT_LINE_MAX];

	(void)state;
	assert_int_equal(mangle(0, 1, line), sizeof(good));
	assert_memory_equal(line, good, sizeof(good));
}

static void silent_leaves_nothing_whatever_else_is_there(void **state)
{
	uint8_t line[SIM_FAULT_LINE_MAX];

	(void)state;
	assert_int_equal(mangle(SIM_FAULT_BIT(SIM_FAULT_SILENT), 1, line), 0);
	assert_int_equal(mangle(SIM_FAULT_BIT(SIM_FAULT_SILENT) | SIM_FAULT_BIT(SIM_FAULT_NOISE) |
					 SIM_FAULT_BIT(SIM_FAULT_GARBAGE),
				 1, line),
		0);
}

static void crc_breaks_the_crc_alone(void **state)
{
	uint8_t line[SIM_FAULT_LINE_MAX];

	(void)state;
	for (uint64_t seed = 0; seed < 1000; seed++) {
		assert_int_equal(mangle(SIM_FAULT_BIT(SIM_FAULT_CRC), seed, line), sizeof(good));
		assert_memory_equal(line, good, sizeof(good) - 2);
		assert_false(crc_is_good(line, sizeof(good)));
	}
}

static void truncated_is_the_first_half(void **state)
{
	uint8_t line[SIM_FAULT_LINE_MAX];

	(void)state;
	assert_int_equal(mangle(SIM_FAULT_BIT(SIM_FAULT_TRUNCATED), 1, line), 8);
	assert_memory_equal(line, good, 8);
}

static void wrong_unit_is_a_good_frame_of_somebody_else(void **state)
{
	uint8_t line[SIM_FAULT_LINE_MAX];

	(void)state;
	assert_int_equal(mangle(SIM_FAULT_BIT(SIM_FAULT_WRONG_UNIT), 1, line), sizeof(good));
	assert_int_equal(line[0], 2);
	assert_memory_equal(line + 1, good + 1, sizeof(good) - 3);
	assert_true(crc_is_good(line, sizeof(good)));
}

/* The frame is in there in two parts with bytes before, between and after. */
static void noise_is_before_within_and_after(void **state)
{
	uint8_t line[SIM_FAULT_LINE_MAX];

	(void)state;
	for (uint64_t seed = 0; seed < 1000; seed++) {
		size_t n = mangle(SIM_FAULT_BIT(SIM_FAULT_NOISE), seed, line);
		bool found = false;

		assert_in_range(n, sizeof(good) + 3, sizeof(good) + 9);
		for (size_t begin = 1; begin <= 3; begin++) {
			for (size_t cut = 1; cut < sizeof(good); cut++) {
				for (size_t gap = 1; gap <= 3; gap++) {
					found = found ||
						(begin + gap + sizeof(good) < n &&
							memcmp(line + begin, good, cut) == 0 &&
							memcmp(line + begin + cut + gap, good + cut,
								sizeof(good) - cut) == 0);
				}
			}
		}
		assert_true(found);
	}
}

static void noise_may_be_in_one_place_only(void **state)
{
	uint8_t line[SIM_FAULT_LINE_MAX];

	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++) {
		size_t n = mangle(SIM_FAULT_BIT(SIM_FAULT_NOISE_BEFORE), seed, line);

		assert_in_range(n, sizeof(good) + 1, sizeof(good) + 3);
		assert_memory_equal(line + n - sizeof(good), good, sizeof(good));
		n = mangle(SIM_FAULT_BIT(SIM_FAULT_NOISE_AFTER), seed, line);
		assert_in_range(n, sizeof(good) + 1, sizeof(good) + 3);
		assert_memory_equal(line, good, sizeof(good));
		n = mangle(SIM_FAULT_BIT(SIM_FAULT_NOISE_WITHIN), seed, line);
		assert_in_range(n, sizeof(good) + 1, sizeof(good) + 3);
		assert_int_equal(line[0], good[0]);
		assert_int_equal(line[n - 1], good[sizeof(good) - 1]);
	}
}

static void garbage_is_256_bytes_that_are_no_answer(void **state)
{
	uint8_t line[SIM_FAULT_LINE_MAX];

	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++) {
		assert_int_equal(mangle(SIM_FAULT_BIT(SIM_FAULT_GARBAGE), seed, line), 256);
		assert_memory_not_equal(line, good, sizeof(good));
		assert_false(crc_is_good(line, sizeof(good)) && line[0] == 1);
	}
}

static void a_hang_up_halfway_leaves_half_of_the_answer(void **state)
{
	uint8_t line[SIM_FAULT_LINE_MAX];

	(void)state;
	assert_int_equal(mangle(SIM_FAULT_BIT(SIM_FAULT_HANGUP_HALFWAY), 1, line), 8);
	assert_memory_equal(line, good, 8);
	assert_int_equal(mangle(SIM_FAULT_BIT(SIM_FAULT_HANGUP_ASKED), 1, line), 0);
}

static void the_same_seed_makes_the_same_noise(void **state)
{
	uint8_t first[SIM_FAULT_LINE_MAX], second[SIM_FAULT_LINE_MAX], other[SIM_FAULT_LINE_MAX];
	size_t n = mangle(SIM_FAULT_BIT(SIM_FAULT_NOISE), 7, first);
	size_t m;

	(void)state;
	assert_int_equal(mangle(SIM_FAULT_BIT(SIM_FAULT_NOISE), 7, second), n);
	assert_memory_equal(first, second, n);
	m = mangle(SIM_FAULT_BIT(SIM_FAULT_NOISE), 8, other);
	assert_true(m != n || memcmp(first, other, n) != 0);
}

static void faults_of_the_line_compose(void **state)
{
	uint8_t line[SIM_FAULT_LINE_MAX];
	size_t put_before = mangle(SIM_FAULT_BIT(SIM_FAULT_NOISE_BEFORE), 7, line) - sizeof(good);

	(void)state;
	assert_int_equal(
		mangle(SIM_FAULT_BIT(SIM_FAULT_NOISE_BEFORE) | SIM_FAULT_BIT(SIM_FAULT_WRONG_UNIT) |
				SIM_FAULT_BIT(SIM_FAULT_TRUNCATED),
			7, line),
		put_before + 8);
	assert_int_equal(line[put_before], 2);
	assert_int_equal(line[put_before + 1], 0x03);
}

static void an_answer_of_full_length_fits_with_noise(void **state)
{
	uint16_t registers[RTU_REGISTERS_MAX] = {0};
	uint8_t frame[RTU_FRAME_MAX], line[SIM_FAULT_LINE_MAX];
	size_t n = rtu_answer_registers(frame, 1, registers, RTU_REGISTERS_MAX);
	uint64_t seed = 3;

	(void)state;
	assert_int_equal(n, 255);
	for (int i = 0; i < 1000; i++)
		assert_in_range(
			sim_faults_mangle(SIM_FAULT_BIT(SIM_FAULT_NOISE), frame, n, line, &seed),
			n + 3, sizeof(line));
}

static struct sim_registers distorted(enum sim_model model, enum sim_fault fault)
{
	struct sim_registers registers;
	uint64_t seed = 1;

	sim_registers_init(&registers, model);
	for (int p = 0; p < SIM_PHASES_MAX; p++)
		registers.values.amps[p] = 5 + p;
	sim_faults_distort(SIM_FAULT_BIT(fault), &registers, &seed);
	return registers;
}

static void values_that_are_no_numbers_reach_the_registers(void **state)
{
	struct sim_registers nan = distorted(SIM_KLEFR_6934, SIM_FAULT_NAN);
	struct sim_registers inf = distorted(SIM_KLEFR_6934, SIM_FAULT_INF);
	uint16_t values[6];

	(void)state;
	assert_int_equal(sim_registers_read(&nan, 0x500C, 6, values), 0);
	for (int p = 0; p < 3; p++)
		assert_int_equal(values[2 * p] & 0x7FC0, 0x7FC0);
	assert_int_equal(sim_registers_read(&inf, 0x500C, 6, values), 0);
	assert_int_equal(values[0], 0x7F80);
	assert_int_equal(values[2], 0xFF80);
	assert_int_equal(values[1] | values[3], 0);
}

static void huge_is_finite(void **state)
{
	struct sim_registers huge = distorted(SIM_KLEFR_6934, SIM_FAULT_HUGE);
	uint16_t values[6];

	(void)state;
	assert_int_equal(sim_registers_read(&huge, 0x500C, 6, values), 0);
	assert_int_equal(values[0], 0x4974); /* 1e6 */
	assert_int_equal(values[1], 0x2400);
	assert_int_equal(values[2], 0x7F61); /* 3e38 */
	assert_int_equal(values[4], 0xC974);
}

static void denormals_reach_the_registers(void **state)
{
	struct sim_registers denormal = distorted(SIM_KLEFR_6934, SIM_FAULT_DENORMAL);
	uint16_t values[6];

	(void)state;
	assert_int_equal(sim_registers_read(&denormal, 0x500C, 6, values), 0);
	for (int p = 0; p < 3; p++) {
		assert_int_equal(values[2 * p] & 0x7F80, 0); /* the exponent */
		assert_int_not_equal(values[2 * p] | values[2 * p + 1], 0);
	}
}

static void signs_change_and_currents_jump_by_chance(void **state)
{
	struct sim_registers registers;
	uint64_t seed = 1;
	int turned = 0, high = 0, low = 0;

	(void)state;
	sim_registers_init(&registers, SIM_KLEFR_6934);
	for (int i = 0; i < 1000; i++) {
		registers.values.amps[0] = 5;
		sim_faults_distort(SIM_FAULT_BIT(SIM_FAULT_SIGNS), &registers, &seed);
		assert_true(fabs(registers.values.amps[0]) == 5);
		turned += registers.values.amps[0] < 0;
		sim_faults_distort(SIM_FAULT_BIT(SIM_FAULT_JUMPS), &registers, &seed);
		assert_true(registers.values.amps[0] >= 0 && registers.values.amps[0] <= 60);
		high += registers.values.amps[0] > 50;
		low += registers.values.amps[0] < 10;
	}
	assert_in_range(turned, 400, 600);
	assert_in_range(high, 100, 250);
	assert_in_range(low, 100, 250);
}

static void bytes_and_words_change_places(void **state)
{
	uint16_t registers[] = {0x4148, 0x1234, 0x00ff};

	(void)state;
	sim_faults_swap(SIM_FAULT_BIT(SIM_FAULT_SWAPPED_WORDS), registers, 3);
	assert_int_equal(registers[0], 0x1234);
	assert_int_equal(registers[1], 0x4148);
	assert_int_equal(registers[2], 0x00ff);
	sim_faults_swap(SIM_FAULT_BIT(SIM_FAULT_SWAPPED_BYTES), registers, 3);
	assert_int_equal(registers[0], 0x3412);
	assert_int_equal(registers[2], 0xff00);
}

static void zeros_are_currents_and_voltages(void **state)
{
	struct sim_registers zeros = distorted(SIM_KLEFR_6934, SIM_FAULT_ZEROS);

	(void)state;
	for (int p = 0; p < SIM_PHASES_MAX; p++) {
		assert_true(zeros.values.amps[p] == 0);
		assert_true(zeros.values.volts[p] == 0);
	}
	assert_true(zeros.values.hertz > 49);
}

static void the_missing_phase_is_l2_or_the_only_one(void **state)
{
	struct sim_registers three = distorted(SIM_KLEFR_6934, SIM_FAULT_PHASE_MISSING);
	struct sim_registers one = distorted(SIM_KLEFR_6924, SIM_FAULT_PHASE_MISSING);

	(void)state;
	assert_true(three.values.volts[0] == 230 && three.values.amps[0] == 5);
	assert_true(three.values.volts[1] == 0 && three.values.amps[1] == 0);
	assert_true(three.values.volts[2] == 230 && three.values.amps[2] == 7);
	assert_true(one.values.volts[0] == 0 && one.values.amps[0] == 0);
}

static void selftest_sets_the_error_register_unless_it_is_set(void **state)
{
	struct sim_registers registers = distorted(SIM_KLEFR_6934, SIM_FAULT_SELFTEST);
	uint64_t seed = 1;

	(void)state;
	assert_int_equal(registers.error_register, 1);
	registers.error_register = 0x0040;
	sim_faults_distort(SIM_FAULT_BIT(SIM_FAULT_SELFTEST), &registers, &seed);
	assert_int_equal(registers.error_register, 0x0040);
}

static void a_planned_fault_comes_and_goes(void **state)
{
	struct sim_faults faults = {0};
	char problem[SIM_FAULT_PROBLEM_MAX];

	(void)state;
	assert_int_equal(sim_faults_add(&faults, "silent:10s:2s", problem), 0);
	assert_int_equal(sim_faults_add(&faults, "crc:11", problem), 0);
	assert_int_equal(sim_faults_add(&faults, "echo", problem), 0);
	assert_int_equal(sim_faults_at(&faults, 0), SIM_FAULT_BIT(SIM_FAULT_ECHO));
	assert_int_equal(sim_faults_at(&faults, 9999), SIM_FAULT_BIT(SIM_FAULT_ECHO));
	assert_int_equal(sim_faults_at(&faults, 10000),
		SIM_FAULT_BIT(SIM_FAULT_ECHO) | SIM_FAULT_BIT(SIM_FAULT_SILENT));
	assert_int_equal(sim_faults_at(&faults, 12000),
		SIM_FAULT_BIT(SIM_FAULT_ECHO) | SIM_FAULT_BIT(SIM_FAULT_CRC));
}

static void a_fault_is_switched_by_hand(void **state)
{
	struct sim_faults faults = {0};
	char problem[SIM_FAULT_PROBLEM_MAX];

	(void)state;
	assert_int_equal(sim_faults_add(&faults, "nan:0:1h", problem), 0);
	sim_faults_force(&faults, SIM_FAULT_LATE, true);
	assert_int_equal(sim_faults_at(&faults, 5),
		SIM_FAULT_BIT(SIM_FAULT_NAN) | SIM_FAULT_BIT(SIM_FAULT_LATE));
	sim_faults_force(&faults, SIM_FAULT_NAN, false);
	sim_faults_force(&faults, SIM_FAULT_LATE, false);
	assert_int_equal(sim_faults_at(&faults, 5), 0);
}

static void an_unknown_fault_is_refused_with_the_known_ones(void **state)
{
	struct sim_faults faults = {0};
	char problem[SIM_FAULT_PROBLEM_MAX];

	(void)state;
	assert_int_equal(sim_faults_add(&faults, "silence", problem), -EINVAL);
	for (int i = 0; i < SIM_FAULT_COUNT; i++)
		assert_non_null(strstr(problem, sim_fault_name((enum sim_fault)i)));
	assert_int_equal(sim_faults_add(&faults, "crc:soon", problem), -EINVAL);
	assert_int_equal(sim_faults_add(&faults, "crc:1s:", problem), -EINVAL);
	assert_int_equal(faults.count, 0);
}

static void every_name_leads_back_to_its_fault(void **state)
{
	(void)state;
	for (int i = 0; i < SIM_FAULT_COUNT; i++) {
		enum sim_fault fault = SIM_FAULT_COUNT;

		assert_int_equal(sim_fault_from_name(sim_fault_name((enum sim_fault)i), &fault), 0);
		assert_int_equal(fault, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_fault_an_answer_passes_unchanged),
		cmocka_unit_test(silent_leaves_nothing_whatever_else_is_there),
		cmocka_unit_test(crc_breaks_the_crc_alone),
		cmocka_unit_test(truncated_is_the_first_half),
		cmocka_unit_test(wrong_unit_is_a_good_frame_of_somebody_else),
		cmocka_unit_test(noise_is_before_within_and_after),
		cmocka_unit_test(noise_may_be_in_one_place_only),
		cmocka_unit_test(garbage_is_256_bytes_that_are_no_answer),
		cmocka_unit_test(a_hang_up_halfway_leaves_half_of_the_answer),
		cmocka_unit_test(the_same_seed_makes_the_same_noise),
		cmocka_unit_test(faults_of_the_line_compose),
		cmocka_unit_test(an_answer_of_full_length_fits_with_noise),
		cmocka_unit_test(values_that_are_no_numbers_reach_the_registers),
		cmocka_unit_test(huge_is_finite),
		cmocka_unit_test(denormals_reach_the_registers),
		cmocka_unit_test(signs_change_and_currents_jump_by_chance),
		cmocka_unit_test(bytes_and_words_change_places),
		cmocka_unit_test(zeros_are_currents_and_voltages),
		cmocka_unit_test(the_missing_phase_is_l2_or_the_only_one),
		cmocka_unit_test(selftest_sets_the_error_register_unless_it_is_set),
		cmocka_unit_test(a_planned_fault_comes_and_goes),
		cmocka_unit_test(a_fault_is_switched_by_hand),
		cmocka_unit_test(an_unknown_fault_is_refused_with_the_known_ones),
		cmocka_unit_test(every_name_leads_back_to_its_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
