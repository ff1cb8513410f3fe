/* SPDX-License-Identifier: MIT */
/*
 * What is told of the meter: who it is, what is wrong with its line, and with itself.
 */
#include "app/log.h"
#include "app/manager_private.h"
#include "core/klefr.h"
#include "core/quantity.h"

/* A request now and then may get lost; what lasts longer is told. */
#define TROUBLE_GRACE_MS 1000

void report_cap_by_rating(struct manager *m)
{
	int32_t rated_ma = meter_status(m->meter)->rated_ma;
	int32_t limit_ma = m->config.mains.limit_ma;
	const char *where = "[mains] limit";
	char limit[16], rated[16];

	if (limit_ma == 0 && m->dip) {
		limit_ma = dip_status(m->dip)->limit_ma;
		where = "the DIP switches";
	}
	if (rated_ma <= 0 || limit_ma <= rated_ma) {
		m->told_capped_ma = 0;
		return;
	}
	if (limit_ma == m->told_capped_ma)
		return;
	m->told_capped_ma = limit_ma;
	amps_format(limit_ma, limit, sizeof(limit));
	amps_format(rated_ma, rated, sizeof(rated));
	log_event(EVENT_LIMIT_CAPPED, LOG_WARNING, &(struct log_fields){.limit_ma = rated_ma},
		"The mains limit of %s A (%s) is above the meter's rating of %s A, which counts: "
		"the meter must not carry more either",
		limit, where, rated);
}

static void report_identity(struct manager *m)
{
	const struct meter_status *meter = meter_status(m->meter);
	int phases = klefr_phases((uint16_t)meter->meter_code);
	char text[SENTENCE_MAX];

	if (!meter->identified || m->told_meter_code == meter->meter_code)
		return;
	m->told_meter_code = meter->meter_code;
	log_event(
		EVENT_METER_FOUND, LOG_INFO, NULL, "%s", sentence_meter(meter, text, sizeof(text)));
	if (phases != 0 && phases != meter->phases)
		log_event(EVENT_METER_MISMATCH, LOG_WARNING, NULL,
			"The meter's code 0x%04X is that of a meter with %d phase%s, but it is read as "
			"one with %d: correct [meter] model",
			(unsigned int)meter->meter_code, phases, phases == 1 ? "" : "s",
			meter->phases);
	report_cap_by_rating(m);
}

void report_forget_meter(struct manager *m)
{
	m->told_meter_code = -1;
	m->told_trouble = METER_TROUBLE_NONE;
	m->trouble_told = false;
	m->trouble_since_ms = -1;
	m->told_open = false;
}

static enum event event_of_trouble(enum meter_trouble trouble)
{
	_Static_assert(EVENT_METER_VALUES - EVENT_METER_DEVICE ==
			       (int)METER_TROUBLE_VALUE - (int)METER_TROUBLE_DEVICE,
		"one for each kind of trouble, in the same order");
	return (enum event)(EVENT_METER_DEVICE + (int)trouble - (int)METER_TROUBLE_DEVICE);
}

void report_trouble(struct manager *m, int64_t now_ms)
{
	enum meter_trouble trouble = meter_status(m->meter)->trouble;
	int64_t grace_ms = trouble == METER_TROUBLE_DEVICE ? 0 : TROUBLE_GRACE_MS;

	if (trouble == METER_TROUBLE_NONE) {
		if (m->trouble_told)
			log_event(EVENT_METER_ANSWERS, LOG_NOTICE, NULL, "The meter answers again");
		m->trouble_told = false;
		m->told_trouble = METER_TROUBLE_NONE;
		m->trouble_since_ms = -1;
		return;
	}
	if (m->trouble_since_ms < 0)
		m->trouble_since_ms = now_ms;
	if (trouble == m->told_trouble || now_ms - m->trouble_since_ms < grace_ms)
		return;
	m->told_trouble = trouble;
	if (!report_repeated(m, &m->trouble_repeat, now_ms, event_of_trouble(trouble),
		    meter_trouble_text(m->meter), "disturbed"))
		return;
	m->trouble_told = true;
	if (trouble == METER_TROUBLE_DEVICE)
		m->told_open = false;
}

/* What is worth a word, but no fault. */
static void report_health(struct manager *m)
{
	const struct meter_status *meter = meter_status(m->meter);
	uint8_t news = meter->absent_phases & (uint8_t)~m->told_absent;
	struct log_fields fields;

	if (!news && meter->selftest_failed == m->told_error_register &&
		m->told_absent == meter->absent_phases)
		return;
	report_fields(m, FAULT_INVALID, &fields);
	m->told_absent = meter->absent_phases;
	for (int i = 0; i < PHASES_MAX; i++)
		if (news & 1u << i)
			log_event(EVENT_PHASE_DEAD, LOG_WARNING, &fields,
				"Phase L%d has no voltage at the meter: check its fuse and its wiring",
				i + 1);

	if (!meter->selftest_failed) {
		m->told_error_register = false;
	} else if (!m->told_error_register) {
		log_event(EVENT_ERROR_REGISTER, LOG_WARNING, &fields,
			"The meter's error register is 0x%04X instead of 0: look at the meter's "
			"display (S and five digits, or Err 01, Err 02)",
			(unsigned int)meter->error_register & 0xffffu);
		m->told_error_register = true;
	}
}

void report_meter(struct manager *m, unsigned int events)
{
	/* Another reason for the same kind of trouble is news as well. */
	if (events & METER_TROUBLE)
		m->told_trouble = METER_TROUBLE_NONE;
	report_trouble(m, boottime_us() / 1000);
	/* Once after each time that it was said to be gone: one that breaks as it is used is opened each second. */
	if ((events & METER_REOPENED) && meter_fd(m->meter) >= 0 && !m->told_open) {
		m->told_open = true;
		log_info("The meter's serial device %s is open", m->config.meter.device);
		if (meter_shared_with(m->meter)[0])
			log_event(EVENT_PORT_SHARED, LOG_WARNING, NULL,
				"%s has the meter's serial device %s open too; if it is another "
				"Modbus master, stop it",
				meter_shared_with(m->meter), m->config.meter.device);
	}
	if (events & METER_IDENTIFIED)
		report_identity(m);
	/* A meter that was closed has forgotten what was wrong with it. */
	if (events & (METER_HEALTH | METER_REOPENED))
		report_health(m);
}
