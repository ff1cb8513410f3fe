/* SPDX-License-Identifier: MIT */
#include "sim/register_map.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "sim/rtu.h"

#define POWER_FACTOR 0.98 /* of everything in this house, inductive */

/* The three blocks, each long enough for the last register of the PRO380-Mod's manual. */
#define IDENTITY_BASE  0x4000
#define IDENTITY_COUNT 0x20
#define INSTANT_BASE   0x5000
#define INSTANT_COUNT  0x32
#define ENERGY_BASE    0x6000
#define ENERGY_COUNT   0x4B

struct block {
	uint16_t value[ENERGY_COUNT];
	bool present[ENERGY_COUNT];
};

int sim_model_phases(enum sim_model model)
{
	return model == SIM_KLEFR_6924 ? 1 : SIM_PHASES_MAX;
}

void sim_registers_init(struct sim_registers *registers, enum sim_model model)
{
	*registers = (struct sim_registers){.model = model, .unit = 1, .baud_rate = 9600};
	for (int p = 0; p < sim_model_phases(model); p++) {
		registers->values.volts[p] = 230;
		registers->import_kwh[p] = 5018.72 + 211.3 * p;
		registers->export_kwh[p] = 12.4 * p;
	}
	registers->values.hertz = 50;
}

static void put_word(struct block *block, unsigned int offset, unsigned int value)
{
	block->value[offset] = (uint16_t)value;
	block->present[offset] = true;
}

static void put_long(struct block *block, unsigned int offset, uint32_t value)
{
	put_word(block, offset, value >> 16);
	put_word(block, offset + 1, value & 0xFFFF);
}

/* Rounded to the meter's resolution; what is not finite stays what it is. */
static void put_float(struct block *block, unsigned int offset, double value, double steps_per_unit)
{
	double scaled = value * steps_per_unit;
	/* What is no number that a meter has goes through as it is. */
	bool has_steps = fabs(scaled) < 1e12 && fabs(value) >= (double)FLT_MIN;
	float single = (float)(has_steps ? round(scaled) / steps_per_unit : value);
	uint32_t bits;

	memcpy(&bits, &single, sizeof(bits));
	put_long(block, offset, bits);
}

static double active_kw(const struct sim_values *values, int phase)
{
	return values->volts[phase] * values->amps[phase] / 1000 * POWER_FACTOR;
}

static void identity_fill(struct block *block, const struct sim_registers *registers)
{
	bool three = sim_model_phases(registers->model) == 3;
	static const char digits[] = "123";

	put_long(block, 0x00, three ? 0x22091039 : 0x18010365); /* serial number, packed digits */
	put_word(block, 0x02, three ? 0x0102 : 0x0101);		/* PRO380; PRO2 with 100 A */
	put_word(block, 0x03, (unsigned int)registers->unit);
	put_word(block, 0x04, registers->baud_rate);
	put_float(block, 0x05, 3.20, 100); /* protocol, software, hardware version */
	put_float(block, 0x07, 2.18, 100);
	put_float(block, 0x09, 1.32, 100);
	put_word(block, 0x0B, 100); /* rated current, A */
	put_word(block, 0x0C, 0);   /* no current transformers */
	put_float(block, 0x0D, 1000, 1);
	put_word(block, 0x0F, 1);      /* total energy = forward */
	put_word(block, 0x10, 0x0010); /* display cycle 10 s, packed digits */
	put_word(block, 0x11, 1);      /* even parity */
	for (int p = 0; p < SIM_PHASES_MAX; p++) {
		bool export = registers->values.amps[p] < 0;
		bool have = p < sim_model_phases(registers->model);
		unsigned int text = (unsigned int)(digits[p] << 8 | (export ? 'R' : 'F'));

		put_word(block, 0x12 + (unsigned int)p, have ? text : 0x2020);
		put_word(block, 0x18 + (unsigned int)p, have ? (export ? 3 : 1) : 0);
	}
	put_word(block, 0x15, registers->error_register);
	put_word(block, 0x16, 12); /* power failures so far */
	put_word(block, 0x17, 1);
	put_long(block, 0x1B, 0x0D012D35); /* program checksum */
	put_long(block, 0x1D, 0x00110111); /* status word */
	put_word(block, 0x1F, 5);	   /* CT mode: 5 A, on a direct meter too */
}

/* A group of the 0x5000 block: the total, and one value for each phase where there are three. */
static void put_group(struct block *block, unsigned int offset, double total, const double *phases,
	int count, double steps_per_unit)
{
	put_float(block, offset, total, steps_per_unit);
	for (int p = 0; count == 3 && p < count; p++)
		put_float(block, offset + 2 + 2 * (unsigned int)p, phases[p], steps_per_unit);
}

static void instant_fill(struct block *block, const struct sim_registers *registers)
{
	const struct sim_values *values = &registers->values;
	int phases = sim_model_phases(registers->model);
	double active[SIM_PHASES_MAX], reactive[SIM_PHASES_MAX], apparent[SIM_PHASES_MAX];
	double factor[SIM_PHASES_MAX];
	double active_sum = 0, reactive_sum = 0, apparent_sum = 0;

	/* "PRO1 only" in the manual; a real three-phase meter answers 0.0, no exception. */
	put_float(block, 0x00, phases == 1 ? values->volts[0] : 0, 10);
	put_float(block, 0x0A, phases == 1 ? values->amps[0] : 0, 100);
	put_float(block, 0x08, values->hertz, 100);

	for (int p = 0; p < phases; p++) {
		put_float(block, 0x02 + 2 * (unsigned int)p, values->volts[p], 10);
		put_float(block, 0x0C + 2 * (unsigned int)p, values->amps[p], 100);
		active[p] = active_kw(values, p);
		reactive[p] = active[p] * tan(acos(POWER_FACTOR));
		apparent[p] = fabs(values->volts[p] * values->amps[p]) / 1000;
		factor[p] = apparent[p] > 0 ? POWER_FACTOR : 1;
		active_sum += active[p];
		reactive_sum += reactive[p];
		apparent_sum += apparent[p];
	}
	put_group(block, 0x12, active_sum, active, phases, 1000);
	put_group(block, 0x1A, reactive_sum, reactive, phases, 1000);
	put_group(block, 0x22, apparent_sum, apparent, phases, 1000);
	put_group(block, 0x2A, active_sum != 0 ? POWER_FACTOR : 1, factor, phases, 100);
}

/* Total, tariff 1, tariff 2, and the phases where there are three. */
static void put_energy(
	struct block *block, unsigned int offset, const double *kwh, int phases, double factor)
{
	double sum = 0;

	for (int p = 0; p < phases; p++)
		sum += kwh[p] * factor;
	put_float(block, offset, sum, 100);
	put_float(block, offset + 2, sum, 100);
	put_float(block, offset + 4, 0, 100);
	for (int p = 0; phases == 3 && p < phases; p++)
		put_float(block, offset + 6 + 2 * (unsigned int)p, kwh[p] * factor, 100);
}

static void energy_fill(struct block *block, const struct sim_registers *registers)
{
	double reactive_per_active = tan(acos(POWER_FACTOR));
	int phases = sim_model_phases(registers->model);

	put_energy(block, 0x00, registers->import_kwh, phases, 1);
	put_energy(block, 0x0C, registers->import_kwh, phases, 1);
	put_energy(block, 0x18, registers->export_kwh, phases, 1);
	put_energy(block, 0x24, registers->import_kwh, phases, reactive_per_active);
	put_energy(block, 0x30, registers->import_kwh, phases, reactive_per_active);
	put_energy(block, 0x3C, registers->export_kwh, phases, reactive_per_active);
	put_word(block, 0x48, 1); /* tariff 1 */
	put_float(block, 0x49, registers->import_kwh[0], 100);
}

void sim_registers_elapse(struct sim_registers *registers, int64_t elapsed_ms)
{
	for (int p = 0; p < sim_model_phases(registers->model); p++) {
		double kwh = active_kw(&registers->values, p) * (double)elapsed_ms / 3600000;

		if (kwh > 0)
			registers->import_kwh[p] += kwh;
		else
			registers->export_kwh[p] -= kwh;
	}
}

int sim_registers_read(
	const struct sim_registers *registers, uint16_t address, unsigned int count, uint16_t *ret)
{
	struct block block = {0};
	unsigned int offset = address & 0x0FFF;
	unsigned int size;

	if (count < 1 || count > RTU_REGISTERS_MAX)
		return RTU_ILLEGAL_DATA_VALUE;

	switch (address & 0xF000) {
	case IDENTITY_BASE:
		identity_fill(&block, registers);
		size = IDENTITY_COUNT;
		break;
	case INSTANT_BASE:
		instant_fill(&block, registers);
		size = INSTANT_COUNT;
		break;
	case ENERGY_BASE:
		energy_fill(&block, registers);
		size = ENERGY_COUNT;
		break;
	default:
		return RTU_ILLEGAL_DATA_ADDRESS;
	}
	if (offset + count > size)
		return RTU_ILLEGAL_DATA_ADDRESS;
	for (unsigned int i = offset; i < offset + count; i++) {
		if (!block.present[i])
			return RTU_ILLEGAL_DATA_ADDRESS;
	}
	memcpy(ret, block.value + offset, count * sizeof(*ret));
	return 0;
}
