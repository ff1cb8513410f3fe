/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/klefr.h"
#include "meter/meter_private.h"

const struct hot hot_three_phases = {KLEFR_REG_CURRENTS, 6};
const struct hot hot_one_phase = {KLEFR_REG_CURRENTS, 2};
const struct hot hot_one_phase_old = {KLEFR_REG_CURRENT_1PH, 2};

/*
 * So many failures in a row of registers that never worked, each after something else was answered, and
 * the next ones are tried. Otherwise a disturbance would take two phases from a meter without a known code.
 */
#define HOT_TRIES 3

unsigned int set_trouble(struct meter *m, enum meter_trouble trouble)
{
	if (m->status.trouble == trouble)
		return 0;
	m->status.trouble = trouble;
	if (trouble == METER_TROUBLE_NONE)
		m->trouble_text[0] = '\0';
	return METER_TROUBLE;
}

/* ---- which registers hold the currents ---- */

void use_hot(struct meter *m, const struct hot *hot)
{
	m->hot = hot;
	m->hot_failures = 0;
	m->slow_soonest_us = 0; /* other ones are asked */
	m->status.phases = hot == &hot_three_phases ? 3 : 1;
}

/*
 * The meter code decides; without a known one the meter is taken for a three-phase one unless it
 * refuses to be. A one-phase meter has its current at 0x500C or at 0x500A, depending on the model.
 */
static unsigned int set_model(struct meter *m, enum meter_model model)
{
	if (m->status.model == model)
		return 0;
	m->status.model = model;
	if (model == METER_MODEL_KLEFR_6924 && m->hot == &hot_three_phases)
		use_hot(m, &hot_one_phase);
	if (model == METER_MODEL_KLEFR_6934 && m->hot != &hot_three_phases)
		use_hot(m, &hot_three_phases);
	return METER_IDENTIFIED;
}

static void try_next_hot(struct meter *m)
{
	m->hot_given_up++;
	if (m->status.model == METER_MODEL_KLEFR_6934)
		return;
	if (m->hot == &hot_three_phases)
		use_hot(m, &hot_one_phase);
	else if (m->hot == &hot_one_phase)
		use_hot(m, &hot_one_phase_old);
	else
		use_hot(m,
			m->status.model == METER_MODEL_AUTO ? &hot_three_phases : &hot_one_phase);
}

bool is_refusal(const struct meter *m, int error)
{
	return error == -EREMOTEIO && bus_exception(m->bus) <= 3;
}

static unsigned int hot_failed(struct meter *m, int error)
{
	int candidates = m->status.model == METER_MODEL_AUTO	     ? 3
			 : m->status.model == METER_MODEL_KLEFR_6924 ? 2
								     : 1;

	if (m->hot_works || (!is_refusal(m, error) && !m->answers))
		return 0;
	m->answers = false;
	m->hot_failures++;
	/* A refusal says clearly that they are not there; silence only if all else is answered. */
	if (is_refusal(m, error) || m->hot_failures >= HOT_TRIES)
		try_next_hot(m);
	if (m->hot_given_up >= candidates && !m->status.unknown) {
		m->status.unknown = true;
		return METER_TROUBLE;
	}
	return 0;
}

/* ---- answers ---- */

/* Why the last reading cannot be trusted. */
static void explain_value(struct meter *m)
{
	const struct reading *reading = &m->reading;
	int rated_a = m->status.rated_ma > 0 ? m->status.rated_ma / 1000 : 100;
	int highest = 0;

	if (reading->quality != READING_SUSPECT) {
		snprintf(m->trouble_text, sizeof(m->trouble_text),
			"The meter's answers are not currents (not a number, or all zero without "
			"voltage): check the power on its phases, return the meter if it goes on");
		return;
	}
	for (int i = 1; i < reading->phases; i++)
		if (abs(reading->current_ma[i]) > abs(reading->current_ma[highest]))
			highest = i;
	snprintf(m->trouble_text, sizeof(m->trouble_text),
		"The meter reports %d A on phase L%d, a current above 1.2 times its rating of %d A: look "
		"for what draws that much, return the meter if nothing does",
		reading->current_ma[highest] / 1000, highest + 1, rated_a);
}

/*
 * No current at all is a house at rest, or registers that are dead: the voltages tell which, and are
 * asked at once, before anybody takes it for room.
 */
static void doubt_zero(struct meter *m)
{
	const struct reading *reading = &m->reading;
	bool knew = m->reads_zero;

	m->reads_zero = false;
	for (int i = 0; i < reading->phases; i++)
		if (reading->current_ma[i] != 0)
			return;
	m->reads_zero = true;
	if (knew)
		return;
	m->slow_due_us[SLOW_VOLTAGES] = 0;
	m->slow_soonest_us = 0;
}

unsigned int take_currents(struct meter *m, const uint16_t registers[], int64_t now_us)
{
	struct reading *reading = &m->reading;
	unsigned int events = METER_READING;

	memset(reading, 0, sizeof(*reading));
	reading->at_ms = now_us / 1000;
	reading->phases = m->status.phases;
	for (int i = 0; i < reading->phases; i++) {
		enum reading_quality quality = klefr_current(
			registers + 2 * i, m->status.rated_ma, &reading->current_ma[i]);

		if (quality > reading->quality)
			reading->quality = quality;
	}
	reading->quality = meter_watch_quality(&m->watch, reading);
	doubt_zero(m);

	m->hot_works = true;
	m->hot_failures = 0;
	m->status.unknown = false;
	/* It refused three phases and has one: that settles what it is. */
	if (m->status.model == METER_MODEL_AUTO && m->hot != &hot_three_phases)
		events |= set_model(m, METER_MODEL_KLEFR_6924);

	if (reading->quality == READING_GOOD) {
		m->status.counters.ok++;
		return events | set_trouble(m, METER_TROUBLE_NONE);
	}
	m->status.counters.implausible++;
	explain_value(m);
	return events | set_trouble(m, METER_TROUBLE_VALUE);
}

static unsigned int take_identity(struct meter *m, const uint16_t registers[])
{
	snprintf(
		m->status.serial, sizeof(m->status.serial), "%04X%04X", registers[0], registers[1]);
	m->status.meter_code = registers[2];
	if (m->config.model == METER_MODEL_AUTO) {
		int phases = klefr_phases(registers[2]);

		if (phases)
			(void)set_model(
				m, phases == 1 ? METER_MODEL_KLEFR_6924 : METER_MODEL_KLEFR_6934);
	}
	return METER_IDENTIFIED;
}

static void take_voltages(struct meter *m, const uint16_t registers[])
{
	int phases = m->status.phases;

	for (int i = 0; i < PHASES_MAX; i++)
		m->status.voltage_mv[i] = -1;
	for (int i = 0; i < phases; i++)
		(void)klefr_voltage(registers + 2 + 2 * i, &m->status.voltage_mv[i]);
	/* A one-phase meter may have its voltage in the first register pair instead. */
	if (phases == 1 && m->status.voltage_mv[0] <= 0)
		(void)klefr_voltage(registers, &m->status.voltage_mv[0]);

	meter_watch_voltages(&m->watch, phases, m->status.voltage_mv);
	m->status.voltages_known = true;
	m->status.absent_phases = meter_watch_absent(&m->watch);
}

/* A one-phase meter that says 0 A at 0x500C for ever, and something else at 0x500A. */
static void take_current_1ph(struct meter *m, const uint16_t registers[])
{
	int32_t old_ma = 0, new_ma = 0;

	if (klefr_current(registers, m->status.rated_ma, &old_ma) == READING_GOOD &&
		klefr_current(registers + 2, m->status.rated_ma, &new_ma) == READING_GOOD &&
		old_ma != 0 && new_ma == 0)
		use_hot(m, &hot_one_phase_old);
}

unsigned int take_slow(struct meter *m, enum slow slow, const uint16_t registers[])
{
	float value;

	m->status.counters.ok++;
	switch (slow) {
	case SLOW_IDENTITY:
		return take_identity(m, registers);
	case SLOW_RATED:
		if (registers[0] > 0)
			m->status.rated_ma = registers[0] * 1000;
		return METER_IDENTIFIED;
	case SLOW_ERROR:
		m->status.error_register = registers[0];
		meter_watch_error_register(&m->watch, registers[0]);
		m->status.selftest_failed = meter_watch_selftest_failed(&m->watch);
		return METER_HEALTH;
	case SLOW_VOLTAGES:
		take_voltages(m, registers);
		return METER_HEALTH;
	case SLOW_SOFTWARE:
		value = klefr_float(registers);
		if (value > 0 && value < 1000)
			m->status.software = (int32_t)(value * 100 + 0.5f);
		return METER_IDENTIFIED;
	case SLOW_PARITY:
		m->status.parity = registers[0];
		return METER_IDENTIFIED;
	case SLOW_CURRENT_1PH:
		take_current_1ph(m, registers);
		return 0;
	case SLOW_IMPORT:
		value = klefr_float(registers);
		if (value >= 0 && value < 1e9f)
			m->status.import_wh = (int64_t)((double)value * 1000);
		return 0;
	case SLOW_COUNT:
		break;
	}
	return 0;
}

/* Count a failed request, and say what is wrong with the meter if it was the currents. */
unsigned int take_failure(struct meter *m, bool hot, int error)
{
	enum meter_trouble trouble = METER_TROUBLE_SILENT;
	const char *text =
		"The meter does not answer on %s: check its power, the wires A and B of the "
		"RS485 line, and that it is set to address %d";

	switch (error) {
	case -ETIMEDOUT:
		m->status.counters.timeout++;
		if (bus_echoes(m->bus))
			text = "Instead of the meter's answer our own requests come back on %s: switch "
			       "the echo of the RS485 adapter off (address %d)";
		break;
	case -EBADMSG:
		m->status.counters.crc++;
		trouble = METER_TROUBLE_DAMAGED;
		text = "The meter's answers arrive damaged on %s: check baud rate and parity, the cable's "
		       "shield, the terminating resistors, and for a second meter with address %d";
		break;
	case -EREMOTEIO:
		m->status.counters.exception++;
		trouble = METER_TROUBLE_REFUSED;
		text = "The meter on %s refuses to tell its currents (address %d): is it a Klefr 6924 or "
		       "6934?";
		break;
	case -EPROTO:
		m->status.counters.implausible++;
		trouble = METER_TROUBLE_FOREIGN;
		text = "On %s something answers that is not the meter with address %d: check the "
		       "address of the meter and for other masters or echoes on the line";
		break;
	}
	if (!hot)
		return 0;
	if (m->status.trouble != trouble)
	/* The texts above take the device and the address, in this order. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(m->trouble_text, sizeof(m->trouble_text), text, m->config.device,
			m->config.unit);
#pragma GCC diagnostic pop
	return set_trouble(m, trouble) | hot_failed(m, error);
}
