/* SPDX-License-Identifier: MIT */
/* The simulated meters' register maps: what is there, what is not, and what stands in it. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "sim/register_map.h"
#include "sim/rtu.h"

static float float_at(const struct sim_registers *registers, uint16_t address)
{
	uint16_t pair[2];
	uint32_t bits;
	float value;

	assert_int_equal(sim_registers_read(registers, address, 2, pair), 0);
	bits = (uint32_t)pair[0] << 16 | pair[1];
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint16_t word_at(const struct sim_registers *registers, uint16_t address)
{
	uint16_t value = 0;

	assert_int_equal(sim_registers_read(registers, address, 1, &value), 0);
	return value;
}

static struct sim_registers meter_with(enum sim_model model, double l1, double l2, double l3)
{
	struct sim_registers registers;

	sim_registers_init(&registers, model);
	registers.values.amps[0] = l1;
	registers.values.amps[1] = l2;
	registers.values.amps[2] = l3;
	return registers;
}

static void the_currents_are_the_dump_of_a_real_meter(void **state)
{
	static const uint16_t dump[] = {0x4081, 0x999A, 0xBFCF, 0x5C29, 0xC009, 0x999A};
	struct sim_registers meter = meter_with(SIM_KLEFR_6934, 4.05, -1.62, -2.15);
	uint16_t values[6];

	(void)state;
	assert_int_equal(sim_registers_read(&meter, 0x500C, 6, values), 0);
	assert_memory_equal(values, dump, sizeof(dump));
}

static void a_three_phase_meter_tells_who_it_is(void **state)
{
	struct sim_registers meter = meter_with(SIM_KLEFR_6934, 1, -1, 1);

	(void)state;
	assert_int_equal(word_at(&meter, 0x4000), 0x2209);
	assert_int_equal(word_at(&meter, 0x4001), 0x1039);
	assert_int_equal(word_at(&meter, 0x4002), 0x0102);
	assert_int_equal(word_at(&meter, 0x4003), 1);
	assert_int_equal(word_at(&meter, 0x4004), 9600);
	assert_float_equal(float_at(&meter, 0x4005), 3.20f, 0);
	assert_float_equal(float_at(&meter, 0x4007), 2.18f, 0);
	assert_float_equal(float_at(&meter, 0x4009), 1.32f, 0);
	assert_int_equal(word_at(&meter, 0x400B), 100);
	assert_int_equal(word_at(&meter, 0x4011), 1);
	assert_int_equal(word_at(&meter, 0x4012), 0x3146); /* "1F" */
	assert_int_equal(word_at(&meter, 0x4013), 0x3252); /* "2R" */
	assert_int_equal(word_at(&meter, 0x4015), 0);
}

static void a_three_phase_meter_reads_zero_in_the_one_phase_registers(void **state)
{
	struct sim_registers meter = meter_with(SIM_KLEFR_6934, 9, 8, 7);

	(void)state;
	assert_float_equal(float_at(&meter, 0x5000), 0, 0);
	assert_float_equal(float_at(&meter, 0x500A), 0, 0);
}

static void a_one_phase_meter_has_both_its_current_registers(void **state)
{
	struct sim_registers meter = meter_with(SIM_KLEFR_6924, 12.34, 0, 0);

	(void)state;
	assert_int_equal(word_at(&meter, 0x4002), 0x0101);
	assert_float_equal(float_at(&meter, 0x5000), 230, 0);
	assert_float_equal(float_at(&meter, 0x5002), 230, 0);
	assert_float_equal(float_at(&meter, 0x500A), 12.34f, 0);
	assert_float_equal(float_at(&meter, 0x500C), 12.34f, 0);
}

static void a_one_phase_meter_has_no_other_phases(void **state)
{
	static const uint16_t missing[] = {0x5004, 0x5006, 0x500E, 0x5010, 0x5014, 0x6012, 0x6016};
	struct sim_registers meter = meter_with(SIM_KLEFR_6924, 1, 0, 0);
	uint16_t values[6];

	(void)state;
	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		assert_int_equal(sim_registers_read(&meter, missing[i], 2, values),
			RTU_ILLEGAL_DATA_ADDRESS);
	assert_int_equal(sim_registers_read(&meter, 0x500C, 6, values), RTU_ILLEGAL_DATA_ADDRESS);
}

static void power_follows_the_currents(void **state)
{
	struct sim_registers meter = meter_with(SIM_KLEFR_6934, 10, -5, 0);

	(void)state;
	assert_float_equal(float_at(&meter, 0x5014), 2.254f, 0.0001f); /* 230 V * 10 A * 0.98 */
	assert_float_equal(float_at(&meter, 0x5016), -1.127f, 0.0001f);
	assert_float_equal(float_at(&meter, 0x5018), 0, 0);
	assert_float_equal(float_at(&meter, 0x5012), 1.127f, 0.0001f);
	assert_float_equal(float_at(&meter, 0x5022), 3.45f, 0.0001f); /* kVA add up unsigned */
	assert_float_equal(float_at(&meter, 0x502E), 0.98f, 0.0001f); /* unsigned, too */
	assert_float_equal(float_at(&meter, 0x5008), 50, 0);
}

static void energy_is_power_over_time(void **state)
{
	struct sim_registers meter = meter_with(SIM_KLEFR_6934, 10, -5, 0);
	float import = float_at(&meter, 0x6012), export = float_at(&meter, 0x6020);

	(void)state;
	for (int i = 0; i < 36000; i++)
		sim_registers_elapse(&meter, 100);
	assert_float_equal(float_at(&meter, 0x6012) - import, 2.254f, 0.02f);
	assert_float_equal(float_at(&meter, 0x6020) - export, 1.127f, 0.02f);
	assert_float_equal(float_at(&meter, 0x6000), float_at(&meter, 0x600C), 0);
}

static void each_block_can_be_read_in_one_request(void **state)
{
	struct sim_registers meter = meter_with(SIM_KLEFR_6934, 1, 2, 3);
	uint16_t values[RTU_REGISTERS_MAX];

	(void)state;
	/* As a PRO380-Mod was read. 0x401A is the last word before its checksum. */
	assert_int_equal(sim_registers_read(&meter, 0x4000, 0x20, values), 0);
	assert_int_equal(sim_registers_read(&meter, 0x5000, 0x32, values), 0);
	assert_int_equal(sim_registers_read(&meter, 0x6000, 0x4B, values), 0);
}

static void what_does_not_exist_is_refused(void **state)
{
	struct sim_registers meter = meter_with(SIM_KLEFR_6934, 1, 2, 3);
	uint16_t values[RTU_REGISTERS_MAX + 1];

	(void)state;
	assert_int_equal(sim_registers_read(&meter, 0x5031, 2, values), RTU_ILLEGAL_DATA_ADDRESS);
	assert_int_equal(sim_registers_read(&meter, 0x0000, 2, values), RTU_ILLEGAL_DATA_ADDRESS);
	assert_int_equal(sim_registers_read(&meter, 0xFFFF, 2, values), RTU_ILLEGAL_DATA_ADDRESS);
	assert_int_equal(sim_registers_read(&meter, 0x500C, 0, values), RTU_ILLEGAL_DATA_VALUE);
	assert_int_equal(sim_registers_read(&meter, 0x500C, 126, values), RTU_ILLEGAL_DATA_VALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_currents_are_the_dump_of_a_real_meter),
		cmocka_unit_test(a_three_phase_meter_tells_who_it_is),
		cmocka_unit_test(a_three_phase_meter_reads_zero_in_the_one_phase_registers),
		cmocka_unit_test(a_one_phase_meter_has_both_its_current_registers),
		cmocka_unit_test(a_one_phase_meter_has_no_other_phases),
		cmocka_unit_test(power_follows_the_currents),
		cmocka_unit_test(energy_is_power_over_time),
		cmocka_unit_test(each_block_can_be_read_in_one_request),
		cmocka_unit_test(what_does_not_exist_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
