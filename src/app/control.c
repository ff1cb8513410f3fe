/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "app/log.h"
#include "app/manager_private.h"
#include "app/runtime.h"

/* A restart within 30 s of the last decision that was kept goes on with the charge. */
#define REMEMBER_INTERVAL_MS 5000

void control_start(struct manager *m)
{
	int64_t now_ms = manager_now_us() / 1000;
	struct regulator_memory memory;
	int32_t allowed_ma;

	regulator_init(&m->regulator, &m->regulator_config, now_ms);
	if (runtime_directory() &&
		runtime_load_memory(runtime_directory(), &memory, &allowed_ma) == 0)
		regulator_recall(&m->regulator, &memory, now_ms);
	m->remembered_ma = -1;
}

void control_configure(struct manager *m)
{
	const struct config *c = &m->config;
	uint8_t mask = 0;

	for (int i = 0; i < c->charger.phases.count; i++)
		mask |= (uint8_t)(1u << c->charger.phases.mains[i]);

	m->regulator_config = (struct regulator_config){
		.min_ma = c->charger.min_ma,
		.max_ma = c->charger.max_ma,
		.failsafe_ma = c->charger.failsafe_ma,
		.margin_ma = c->mains.margin_ma,
		.resume_margin_ma = c->regulator.resume_margin_ma,
		.phase_mask = mask,
		.export_is_room = c->mains.export_is_room,
		.lost_after_ms = c->meter.lost_after_ms,
		.settle_ms = c->regulator.settle_ms,
		.raise_delay_ms = c->regulator.raise_delay_ms,
		.pause_delay_ms = c->regulator.pause_delay_ms,
		.resume_delay_ms = c->regulator.resume_delay_ms,
		.recover_delay_ms = c->regulator.recover_delay_ms,
	};
}

int32_t control_limit_ma(const struct manager *m)
{
	int32_t limit_ma = m->config.mains.limit_ma;
	int32_t rated_ma = meter_status(m->meter)->rated_ma;

	/* The meter itself must not carry more than it is rated for. */
	if (rated_ma > 0 && limit_ma > rated_ma)
		return rated_ma;
	return limit_ma;
}

/* The faults that the regulator cannot see in the currents. */
static uint32_t external_faults(const struct manager *m)
{
	const struct meter_status *meter = meter_status(m->meter);
	uint8_t measured = meter->phases == 1 ? 0x1 : 0x7;
	uint8_t used = m->regulator_config.phase_mask ? m->regulator_config.phase_mask : measured;
	uint32_t faults = 0;

	if (meter->selftest_failed && m->config.meter.error_register == ERROR_REGISTER_FAULT)
		faults |= FAULT_BIT(FAULT_METER_SELFTEST);
	if (meter->unknown)
		faults |= FAULT_BIT(FAULT_METER_UNKNOWN);
	if (used & (meter->absent_phases | ~measured))
		faults |= FAULT_BIT(FAULT_PHASE_MISSING);
	if (m->config.mains.limit_ma == 0)
		faults |= FAULT_BIT(FAULT_DIP_UNREADABLE);
	if (m->output_failed)
		faults |= FAULT_BIT(FAULT_OUTPUT_FAILED);
	return faults;
}

/* Bring the decision to the charger. Returns false if that changed what is to be decided. */
static bool write_output(struct manager *m, int64_t now_ms)
{
	bool failed = m->output_failed;
	int r = output_write(m->output, m->decision.allowed_ma, now_ms);

	m->output_standing = r == 0;
	if (r == -EAGAIN) {
		(void)sd_event_source_set_time(
			m->retry_timer, (uint64_t)manager_now_us() + 100 * 1000);
		(void)sd_event_source_set_enabled(m->retry_timer, SD_EVENT_ONESHOT);
		return true;
	}
	m->output_failed = r < 0;
	report_output(m, r);
	return m->output_failed == failed;
}

/* Keep the decision for a restart: when it changed, and often enough to be found recent. */
static void remember(struct manager *m, int64_t now_ms)
{
	bool changed = m->decision.allowed_ma != m->remembered_ma ||
		       m->decision.state != m->remembered_state;
	struct regulator_memory memory;

	if (!runtime_directory() || (!changed && now_ms - m->remembered_ms < REMEMBER_INTERVAL_MS))
		return;
	memory = regulator_remember(&m->regulator);
	(void)runtime_store_memory(&memory, m->decision.allowed_ma);
	m->remembered_ma = m->decision.allowed_ma;
	m->remembered_state = m->decision.state;
	m->remembered_ms = now_ms;
}

int64_t control_cycle(struct manager *m, const struct reading *reading)
{
	/* Twice at most: an output that fails or works again is a new input to the decision. */
	for (int i = 0; i < 2; i++) {
		int64_t now_ms = manager_now_us() / 1000;
		struct regulator_input input = {
			.limit_ma = control_limit_ma(m),
			.reading = i == 0 ? reading : NULL,
			.faults = external_faults(m),
		};

		/* The limit is not known: the least that a main switch can have. */
		if (input.limit_ma == 0)
			input.limit_ma = m->config.charger.min_ma + m->config.mains.margin_ma;
		regulator_step(&m->regulator, &m->regulator_config, &input, now_ms, &m->decision);
		if (write_output(m, now_ms))
			break;
	}
	remember(m, manager_now_us() / 1000);
	/* What the service manager watches is not a loop that turns, but one that decides and acts. */
	(void)sd_notify(0, "WATCHDOG=1");
	report_decision(m, manager_now_us() / 1000);
	return m->decision.deadline_ms;
}

void control_verify(struct manager *m)
{
	int r;

	if (!m->output_standing)
		return;
	r = output_verify(m->output, manager_now_us() / 1000);
	report_output(m, r);
	if (r < 0 && r != -ESTALE) {
		m->output_failed = true;
		m->output_standing = false;
	}
}

void control_stop(struct manager *m)
{
	int32_t safe_ma = m->decision.allowed_ma;
	int r;

	if (safe_ma > m->config.charger.failsafe_ma)
		safe_ma = m->config.charger.failsafe_ma;
	if (safe_ma < m->config.charger.min_ma)
		safe_ma = 0;
	r = output_write(m->output, safe_ma, manager_now_us() / 1000);
	if (r < 0)
		log_error("The charger could not be told to stop. %s", output_error(m->output));
}
