/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "app/log.h"
#include "app/manager_private.h"
#include "app/notify.h"
#include "app/runtime.h"
#include "core/quantity.h"
#include "output/fault_led.h"

/* A restart within 30 s of the last decision that was kept goes on with the charge. */
#define REMEMBER_INTERVAL_MS 5000

/* How often readings pet the watchdog; the cycle of each second always does. */
#define PET_INTERVAL_MS 500

/* So long after its time the meter is asked at the latest; not even an emulated processor is later. */
#define METER_GRACE_US INT64_C(1000000)

/* So long the output may lack a descriptor. */
#define STARVED_MAX_MS 1000

/* ---- settings and limit ---- */

void control_configure(struct manager *m)
{
	config_regulator(&m->config, &m->regulator_config);
}

static bool is_reading_switches(const struct manager *m)
{
	return m->dip && dip_status(m->dip)->state == DIP_STARTING;
}

int32_t control_limit_ma(const struct manager *m)
{
	int32_t limit_ma = m->config.mains.limit_ma;
	int32_t rated_ma = meter_status(m->meter)->rated_ma;

	if (limit_ma == 0)
		limit_ma = m->dip ? dip_status(m->dip)->limit_ma : LIMIT_UNKNOWN;
	/* Other switches after a reload: the limit before goes on until they have been read. */
	if (is_reading_switches(m))
		limit_ma = m->limit_before_ma;
	/* The meter itself must not carry more than it is rated for. */
	if (rated_ma > 0 && limit_ma > rated_ma)
		return rated_ma;
	return limit_ma;
}

bool control_is_unconfigured(const struct manager *m)
{
	return m->config.charger.output == OUTPUT_NONE && m->config.mains.limit_ma == 0;
}

bool control_needs_meter(const struct manager *m)
{
	return (m->started || control_is_unconfigured(m)) && control_limit_ma(m) != 0;
}

/* ---- what the regulator is told ---- */

/* The faults that the regulator cannot see in the currents. */
static uint32_t external_faults(const struct manager *m, int32_t limit_ma)
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
	if (limit_ma == LIMIT_UNKNOWN)
		faults |= FAULT_BIT(FAULT_DIP_UNREADABLE);
	if (m->output_failed)
		faults |= FAULT_BIT(FAULT_OUTPUT_FAILED);
	return faults;
}

/* The charger speaks of its own phases; the regulator thinks in those of the mains. */
static const struct regulator_feedback *feedback(
	const struct manager *m, struct regulator_feedback *ret)
{
	const struct charger_feedback *charger = output_feedback(m->output);
	const struct phase_map *map = &m->config.charger.phases;

	if (!charger)
		return NULL;
	ret->at_ms = charger->at_ms;
	for (int i = 0; i < PHASES_MAX; i++)
		ret->drawn_ma[i] = -1;
	for (int i = 0; i < (map->count > 0 ? map->count : PHASES_MAX); i++)
		ret->drawn_ma[map->count > 0 ? map->mains[i] : i] = charger->drawn_ma[i];
	return ret;
}

/* @limit_ma: of control_limit_ma(), as below. */
static void decide(
	struct manager *m, const struct reading *reading, int32_t limit_ma, int64_t now_ms)
{
	const struct cap *cap = caps_lowest(&m->caps);
	struct regulator_feedback drawn;
	struct regulator_input input = {
		.limit_ma = limit_ma == LIMIT_UNKNOWN ? DIP_LOWEST_LIMIT_MA : limit_ma,
		.reading = reading,
		.feedback = feedback(m, &drawn),
		.cap_ma = cap ? cap->ma : REGULATOR_NO_CAP,
		.faults = external_faults(m, limit_ma),
	};

	regulator_step(&m->regulator, &m->regulator_config, &input, now_ms, &m->decision);
}

/* ---- what follows from a decision ---- */

static struct output_command command_of(
	const struct manager *m, int32_t allowed_ma, int32_t limit_ma)
{
	return (struct output_command){
		.allowed_ma = allowed_ma,
		.state = m->decision.state,
		.faults = m->decision.faults,
		.limit_ma = limit_ma == LIMIT_UNKNOWN ? DIP_LOWEST_LIMIT_MA : limit_ma,
	};
}

/*
 * Without a descriptor the charger cannot be told even to stop, and it may be us who have them all. So we
 * end: what runs then (ExecStopPost=) has its own.
 */
static void end_without_descriptors(struct manager *m, int r)
{
	int64_t now_ms;

	if (r != -EMFILE && r != -ENFILE) {
		m->starved_ms = 0;
		return;
	}
	now_ms = boottime_us() / 1000;
	if (m->starved_ms == 0) {
		m->starved_ms = now_ms;
	} else if (now_ms - m->starved_ms >= STARVED_MAX_MS) {
		log_error("There is no descriptor left to tell the charger anything. This process "
			  "ends, so that the service manager makes it safe and starts another");
		(void)sd_event_exit(m->event, 0);
		m->sources_changed = true; /* we may be in a cycle that sd-event knows nothing of */
	}
}

/* How a write or the output's own life ended. Returns false if that is news to the regulator. */
static bool note_output(struct manager *m, int r)
{
	bool failed = m->output_failed;

	m->output_standing = r == 0;
	if (r == -EAGAIN)
		return true;
	m->output_failed = r < 0;
	report_output(m, r);
	end_without_descriptors(m, r);
	return m->output_failed == failed;
}

/* Keep the decision for a restart: when it changed, and often enough to be found recent. */
static void remember(struct manager *m, int64_t now_ms)
{
	bool changed = m->decision.allowed_ma != m->remembered_ma ||
		       m->decision.state != m->remembered_state;
	struct regulator_memory memory;

	if ((!changed && now_ms - m->remembered_ms < REMEMBER_INTERVAL_MS) || !runtime_directory())
		return;
	memory = regulator_remember(&m->regulator);
	(void)runtime_store_memory(&memory, m->decision.allowed_ma);
	m->remembered_ma = m->decision.allowed_ma;
	m->remembered_state = m->decision.state;
	m->remembered_ms = now_ms;
}

static void show_fault(struct manager *m)
{
	const char *led = m->config.indicator.fault_led;
	bool lit = m->decision.faults != 0;
	int r;

	if (!led[0] || m->led_known == (lit ? 1 : 0))
		return;
	r = fault_led_set(led, lit);
	if (r < 0 && m->led_known != LED_FAILED)
		log_event(EVENT_FAULT_LED, LOG_WARNING, NULL,
			"[indicator] fault_led: %s cannot be switched: %s; name a directory of "
			"/sys/class/leds that this service may write",
			led, strerror(-r));
	m->led_known = r < 0 ? LED_FAILED : lit ? 1 : 0;
}

/*
 * What the service manager watches is not a loop that turns, but one that decides and acts, and that
 * asks the meter when its time has come.
 */
static void pet_watchdog(struct manager *m, bool read, int64_t now_ms)
{
	/* For each reading it would cost as much as the reading. */
	if (read && now_ms - m->petted_ms < PET_INTERVAL_MS)
		return;
	if (!control_needs_meter(m) || boottime_us() < meter_deadline_us(m->meter) + METER_GRACE_US)
		(void)notify_send("WATCHDOG=1");
	m->petted_ms = now_ms;
}

/* ---- the cycle ---- */

void control_start(struct manager *m)
{
	int64_t now_ms = boottime_us() / 1000;
	struct regulator_memory memory;
	int32_t allowed_ma;

	regulator_init(&m->regulator, &m->regulator_config, now_ms);
	if (runtime_directory() &&
		runtime_load_memory(runtime_directory(), &memory, &allowed_ma) == 0)
		regulator_recall(&m->regulator, &memory, now_ms);
	m->decision = (struct regulator_decision){
		.state = REGULATOR_STARTING,
		.reason = REASON_NO_READING,
		.phase = -1,
		.runaway = &m->regulator.runaway,
		.deadline_ms = INT64_MAX,
	};
	m->remembered_ma = -1;
	m->led_known = LED_UNKNOWN;
	m->started = false;
	m->limit_before_ma = LIMIT_UNKNOWN;
}

int64_t control_cycle(struct manager *m, const struct reading *reading)
{
	int64_t now_ms = 0;

	/* Nothing is decided before the switches were read once; then the clocks start anew. */
	if (!m->started && !is_reading_switches(m) && !control_is_unconfigured(m)) {
		int64_t since_ms = boottime_us() / 1000;

		control_start(m);
		m->started = true;
		report_recall(m, since_ms);
	}
	/* Twice at most: an output that fails or works again is a new input to the decision. */
	for (int i = 0; i < 2; i++) {
		int32_t limit_ma = control_limit_ma(m);
		struct output_command command;

		now_ms = boottime_us() / 1000;
		caps_expire(&m->caps, now_ms * 1000);
		if (m->started)
			decide(m, i == 0 ? reading : NULL, limit_ma, now_ms);
		command = command_of(m, m->decision.allowed_ma, limit_ma);
		if (note_output(m, output_write(m->output, &command, now_ms)))
			break;
	}
	show_fault(m);
	if (m->started)
		remember(m, now_ms);
	pet_watchdog(m, reading != NULL, now_ms);
	report_decision(m, now_ms);
	return m->decision.deadline_ms;
}

bool control_output_event(struct manager *m)
{
	return !note_output(m, output_dispatch(m->output, boottime_us()));
}

void control_verify(struct manager *m)
{
	int r;

	if (!m->output_standing)
		return;
	r = output_verify(m->output, boottime_us() / 1000);
	if (r == -ESTALE)
		report_output(m, r);
	else
		(void)note_output(m, r);
}

int control_stop(struct manager *m, int32_t bound_ma)
{
	int32_t safe_ma = m->decision.allowed_ma;
	struct output_command command;
	char amps[16];
	int r;

	if (safe_ma > bound_ma)
		safe_ma = bound_ma;
	if (safe_ma < m->config.charger.min_ma)
		safe_ma = 0;
	command = command_of(m, safe_ma, control_limit_ma(m));
	command.state = REGULATOR_FAILSAFE;
	r = output_write(m->output, &command, boottime_us() / 1000);
	if (r < 0)
		log_event(EVENT_SAFE_FAILED, LOG_ERR, NULL,
			"The charger could not be told to stop. %s. Switch it off if a car is charging",
			output_error(m->output));
	else if (m->config.charger.output != OUTPUT_NONE)
		log_event(EVENT_SAFE_WRITTEN, LOG_INFO, NULL, "The charger is left at %s A (%s)",
			amps_format(safe_ma, amps, sizeof(amps)), output_describe(m->output));
	return r;
}
