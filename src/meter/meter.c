/* SPDX-License-Identifier: MIT */
#include "meter/meter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/klefr.h"
#include "meter/meter_private.h"

#define SECOND_US INT64_C(1000000)

#define REOPEN_US SECOND_US

static const struct {
	uint16_t address;
	int count;	   /* on three phases */
	int count_one;	   /* on one phase, 0: not asked */
	int64_t period_us; /* 0: once */
} slow_requests[SLOW_COUNT] = {
	[SLOW_IDENTITY] = {KLEFR_REG_SERIAL, 3, 3, 0},
	[SLOW_RATED] = {KLEFR_REG_RATED_AMPS, 1, 1, 0},
	[SLOW_ERROR] = {KLEFR_REG_ERROR, 1, 1, 2 * SECOND_US},
	[SLOW_VOLTAGES] = {KLEFR_REG_VOLTAGES, 8, 4, 2 * SECOND_US},
	[SLOW_SOFTWARE] = {KLEFR_REG_SOFTWARE, 4, 4, 0},
	[SLOW_PARITY] = {KLEFR_REG_PARITY, 1, 1, 0},
	[SLOW_CURRENT_1PH] = {KLEFR_REG_CURRENT_1PH, 0, 4, 5 * SECOND_US},
	[SLOW_IMPORT] = {KLEFR_REG_IMPORT, 4, 4, 60 * SECOND_US},
};

/* One that failed is optional, but may have been hit by a disturbance: asked again after this. */
#define SLOW_RETRY_US (30 * SECOND_US)
#define SLOW_TRIES    3

/* A meter is not later than this with an answer. */
#define STRAY_US (2 * SECOND_US)

static void forget(struct meter *m)
{
	m->hot_works = false;
	m->hot_failures = 0;
	m->hot_given_up = 0;
	m->answers = false;
	m->under_way = -1;
	m->next_poll_us = 0;
	m->next_slow = -1;
	memset(m->slow_due_us, 0, sizeof(m->slow_due_us));
	memset(m->slow_failures, 0, sizeof(m->slow_failures));
	memset(m->slow_stray_until_us, 0, sizeof(m->slow_stray_until_us));
	m->slow_soonest_us = 0;
	memset(&m->watch, 0, sizeof(m->watch));
	m->status.meter_code = -1;
	m->status.software = -1;
	m->status.parity = -1;
	m->status.error_register = -1;
	m->status.import_wh = -1;
	m->status.serial[0] = '\0';
	m->status.rated_ma = 0;
	m->status.voltages_known = false;
	m->status.absent_phases = 0;
	m->status.selftest_failed = false;
	m->status.unknown = false;
	m->status.identified = false;
	m->status.model = m->config.model;
	m->hot = m->config.model == METER_MODEL_KLEFR_6924 ? &hot_one_phase : &hot_three_phases;
	m->status.phases = m->hot == &hot_three_phases ? 3 : 1;
}

int meter_new(struct meter **ret, const struct meter_config *config)
{
	struct meter *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->config = *config;
	forget(m);
	*ret = m;
	return 0;
}

struct meter *meter_free(struct meter *m)
{
	if (m)
		bus_close(m->bus);
	free(m);
	return NULL;
}

/* ---- the schedule ---- */

static unsigned int close_bus(struct meter *m, int64_t now_us)
{
	m->bus = bus_close(m->bus);
	forget(m);
	m->open_at_us = now_us + REOPEN_US;
	return METER_REOPENED;
}

/* Another reason is news: who plugs the adapter in wants to know that the port is busy now. */
static unsigned int device_trouble(struct meter *m, int error)
{
	unsigned int events = set_trouble(m, METER_TROUBLE_DEVICE);

	if (m->device_error != error)
		events = METER_TROUBLE;
	m->device_error = error;
	return events;
}

static unsigned int open_bus(struct meter *m, int64_t now_us)
{
	int r = bus_open(&m->bus, &m->config, m->trouble_text, sizeof(m->trouble_text));

	if (r < 0) {
		m->open_at_us = now_us + REOPEN_US;
		return device_trouble(m, r);
	}
	return METER_REOPENED;
}

unsigned int meter_hangup(struct meter *m, int64_t now_us)
{
	if (!m->bus)
		return 0;
	snprintf(m->trouble_text, sizeof(m->trouble_text),
		"The meter's serial device %s has gone away: plug the RS485 adapter in again",
		m->config.device);
	return close_bus(m, now_us) | device_trouble(m, -ENOENT);
}

static int slow_registers(const struct meter *m, int slow)
{
	return m->status.phases == 1 ? slow_requests[slow].count_one : slow_requests[slow].count;
}

/* Whether a late answer to another slow request that failed could pass for the answer to this one. */
static bool has_stray(const struct meter *m, int slow, int64_t now_us)
{
	for (int i = 0; i < SLOW_COUNT; i++)
		if (i != slow && now_us < m->slow_stray_until_us[i] &&
			slow_registers(m, i) == slow_registers(m, slow))
			return true;
	return false;
}

/* The slow request that is due for the longest time, -1 if none is. */
static int choose_slow(struct meter *m, int64_t now_us)
{
	int64_t soonest_us = INT64_MAX;
	int chosen = -1;

	if (now_us < m->slow_soonest_us)
		return -1;
	for (int i = 0; i < SLOW_COUNT; i++) {
		if (slow_registers(m, i) == 0)
			continue;
		if (m->slow_due_us[i] < soonest_us)
			soonest_us = m->slow_due_us[i];
		if (m->slow_due_us[i] <= now_us && !has_stray(m, i, now_us) &&
			(chosen < 0 || m->slow_due_us[i] < m->slow_due_us[chosen]))
			chosen = i;
	}
	m->slow_soonest_us = soonest_us;
	return chosen;
}

/* Whether every request about what the meter is was answered, or failed too often. */
static unsigned int check_identified(struct meter *m)
{
	if (m->status.identified)
		return 0;
	for (int i = 0; i < SLOW_COUNT; i++)
		if (slow_requests[i].period_us == 0 && m->slow_due_us[i] != INT64_MAX &&
			m->slow_failures[i] < SLOW_TRIES)
			return 0;
	m->status.identified = true;
	return METER_IDENTIFIED;
}

static unsigned int schedule_slow(struct meter *m, int slow, int result, int64_t now_us)
{
	int64_t period_us = slow_requests[slow].period_us;

	if (result == 0) {
		m->slow_failures[slow] = 0;
		m->slow_due_us[slow] = period_us ? now_us + period_us : INT64_MAX;
		/* What may be a fault is confirmed, or not, without a delay. */
		if (slow == SLOW_ERROR && m->status.error_register != 0 &&
			!m->status.selftest_failed)
			m->slow_due_us[slow] = now_us + 1;
	} else if (++m->slow_failures[slow] < SLOW_TRIES) {
		m->slow_due_us[slow] = now_us + 1; /* the others first */
	} else {
		m->slow_due_us[slow] = now_us + SLOW_RETRY_US;
	}
	m->slow_soonest_us = 0;
	if (result == 0 || is_refusal(m, result))
		m->answers = true;
	else
		m->hot_failures = 0; /* the line is disturbed: what failed on it may be there */
	if (result < 0 && result != -EREMOTEIO)
		m->slow_stray_until_us[slow] = now_us + STRAY_US;
	return check_identified(m);
}

/* What is to be asked at this time, -1: nothing yet. */
static int choose_request(const struct meter *m, int64_t now_us)
{
	if (m->next_slow >= 0)
		return m->next_slow;
	return now_us >= m->next_poll_us ? HOT : -1;
}

static unsigned int send_request(struct meter *m, int request, int64_t now_us)
{
	uint16_t address = m->hot->address;
	int count = m->hot->count;
	int r;

	if (request != HOT) {
		address = slow_requests[request].address;
		count = slow_registers(m, request);
	}
	r = bus_send(m->bus, address, count, now_us);
	if (r == -EAGAIN)
		return 0;
	if (r < 0)
		return meter_hangup(m, now_us);
	m->under_way = request;
	m->next_slow = -1;
	if (request == HOT)
		m->next_poll_us = now_us + m->config.poll_interval_ms * 1000;
	return 0;
}

static unsigned int receive_answer(struct meter *m, int64_t now_us)
{
	uint16_t registers[BUS_REGISTERS_MAX] = {0};
	int request = m->under_way;
	unsigned int events = 0;
	int r = bus_receive(m->bus, registers, now_us);

	if (r == -EAGAIN)
		return 0;
	m->under_way = -1;
	if (r == -ENODEV)
		return meter_hangup(m, now_us);
	if (r < 0)
		events |= take_failure(m, request == HOT, r);
	else if (request == HOT)
		events |= take_currents(m, registers, now_us);
	else
		events |= take_slow(m, (enum slow)request, registers);

	/* A slow request goes right behind a poll, where most of the interval is left for it. As long
	 * as the currents were never read it may find out where they are; once they were, a failing
	 * poll has the line for itself. */
	if (request != HOT)
		events |= schedule_slow(m, request, r, now_us);
	else if (r == 0 || !m->hot_works)
		m->next_slow = choose_slow(m, now_us);
	return events;
}

unsigned int meter_dispatch(struct meter *m, int64_t now_us)
{
	unsigned int events = 0;

	if (!m->bus && now_us >= m->open_at_us)
		events |= open_bus(m, now_us);
	if (m->bus && m->under_way >= 0)
		events |= receive_answer(m, now_us);
	if (m->bus && m->under_way < 0 && now_us >= bus_ready_us(m->bus)) {
		int request = choose_request(m, now_us);

		if (request >= 0)
			events |= send_request(m, request, now_us);
	}
	return events;
}

int64_t meter_deadline_us(const struct meter *m)
{
	if (!m->bus)
		return m->open_at_us;
	if (m->under_way >= 0)
		return bus_deadline_us(m->bus);
	if (m->next_slow >= 0 || m->next_poll_us < bus_ready_us(m->bus))
		return bus_ready_us(m->bus);
	return m->next_poll_us;
}

int meter_fd(const struct meter *m)
{
	return m->bus ? bus_fd(m->bus) : -1;
}

bool meter_listens(const struct meter *m)
{
	return m->bus && bus_listens(m->bus);
}

const struct reading *meter_reading(const struct meter *m)
{
	return &m->reading;
}

const struct meter_status *meter_status(const struct meter *m)
{
	return &m->status;
}

const char *meter_trouble_text(const struct meter *m)
{
	return m->trouble_text;
}

const char *meter_shared_with(const struct meter *m)
{
	return m->bus ? bus_shared_with(m->bus) : "";
}
