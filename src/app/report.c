/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/log.h"
#include "app/manager_private.h"
#include "app/notify.h"
#include "config.h"
#include "core/quantity.h"

/* Changes of the allowed current are logged at most this often. */
#define CHANGE_INTERVAL_MS 1000

/* "systemctl status" shows what was told last: its figures are at most so old. */
#define STATUS_INTERVAL_MS 60000

/* For people and journal fields: 0 while it is not known. */
static int32_t known_limit_ma(const struct manager *m)
{
	int32_t limit_ma = control_limit_ma(m);

	return limit_ma == LIMIT_UNKNOWN ? 0 : limit_ma;
}

void report_situation(const struct manager *m, int64_t now_ms, struct situation *ret)
{
	const struct cap *cap = caps_lowest(&m->caps);

	*ret = (struct situation){
		.config = &m->config,
		.decision = &m->decision,
		.meter = meter_status(m->meter),
		.meter_trouble = meter_trouble_text(m->meter),
		/* A write that failed once and then went well is told when that is over. */
		.output_error = output_error(m->output)[0] ? output_error(m->output)
							   : m->output_trouble,
		.limit_error = m->dip ? dip_error(m->dip) : "",
		.limit_ma = known_limit_ma(m),
		.cap = cap,
		.stops = regulator_remember(&m->regulator).repeats + 1,
		.now_ms = now_ms,
	};
}

void report_fields(const struct manager *m, enum fault fault, struct log_fields *ret)
{
	const struct reading *reading = meter_reading(m->meter);
	int64_t age_ms = boottime_us() / 1000 - reading->at_ms;

	*ret = (struct log_fields){
		.state = regulator_state_name(m->decision.state),
		.fault = fault_name(fault),
		.allowed_ma = m->decision.allowed_ma,
		.limit_ma = control_limit_ma(m),
	};
	if (reading->quality == READING_INVALID || age_ms >= m->config.meter.lost_after_ms)
		return;
	ret->phases = reading->phases;
	memcpy(ret->current_ma, reading->current_ma, sizeof(ret->current_ma));
}

bool report_repeated(struct manager *m, struct repeat *repeat, int64_t now_ms, enum event event,
	const char *text, const char *word)
{
	struct log_fields fields;
	char again[64] = "";
	unsigned int untold;

	if (!repeat_tell(repeat, now_ms, &untold))
		return false;
	if (untold > 0)
		snprintf(again, sizeof(again), " (%s %u times since this was told)", word, untold);
	report_fields(m, FAULT_INVALID, &fields);
	log_event(event, LOG_WARNING, &fields, "%s%s", text, again);
	return true;
}

/* Returns whether it was told, and not passed over as one time of many. */
static bool report_fault(struct manager *m, const struct situation *situation, enum fault fault)
{
	char text[SENTENCE_MAX], allowed[16], again[48] = "";
	unsigned int untold;
	struct log_fields fields;

	report_fields(m, fault, &fields);
	if (!(m->decision.faults & FAULT_BIT(fault))) {
		if (m->told_faults & FAULT_BIT(fault))
			log_event(EVENT_FAULT_OVER, LOG_NOTICE, &fields, "Fault %s is over",
				fault_name(fault));
		m->told_faults &= ~FAULT_BIT(fault);
		return false;
	}
	if (!repeat_tell(&m->fault_repeat[fault], situation->now_ms, &untold))
		return false;
	if (untold > 0)
		snprintf(again, sizeof(again), " (and %u times since it was told)", untold);
	sentence_fault(situation, fault, text, sizeof(text));
	log_event(event_of_fault(fault), LOG_ERR, &fields, "Fault %s%s: %s. The car may draw %s A",
		fault_name(fault), again, text,
		amps_format(m->decision.allowed_ma, allowed, sizeof(allowed)));
	m->told_faults |= FAULT_BIT(fault);
	return true;
}

static bool report_faults(struct manager *m, const struct situation *situation)
{
	uint32_t before = m->told_anything ? m->told.faults : 0;
	uint32_t changed = before ^ m->decision.faults;
	bool told = false;

	for (int i = 0; i < FAULT_COUNT; i++)
		if (changed & FAULT_BIT(i))
			told |= report_fault(m, situation, (enum fault)i);
	return told;
}

/* A house that feeds in, or a meter wired backwards: said once, with [mains] export = no. */
static void report_export(struct manager *m)
{
	const struct reading *reading = meter_reading(m->meter);
	struct log_fields fields;

	if (m->told_export || m->config.mains.export_is_room || reading->quality != READING_GOOD)
		return;
	for (int i = 0; i < reading->phases; i++) {
		char amps[16];

		if (reading->current_ma[i] >= -READING_EXPORT_MA)
			continue;
		report_fields(m, FAULT_INVALID, &fields);
		log_event(EVENT_EXPORT_SEEN, LOG_NOTICE, &fields,
			"Phase L%d reports %s A: a house that feeds in (PV), or a meter wired "
			"backwards. It counts as load; with PV, set [mains] export = yes; without, "
			"exchange the meter's incoming and outgoing side",
			i + 1, amps_format(reading->current_ma[i], amps, sizeof(amps)));
		m->told_export = true;
		return;
	}
}

/* Nothing that we could lower is the cause: worth a word, but no fault. A hob comes and goes. */
static void report_house_overload(struct manager *m, int64_t now_ms)
{
	const struct runaway *runaway = m->decision.runaway;
	char text[SENTENCE_MAX], load[16], limit[16];

	if (runaway->verdict != RUNAWAY_HOUSE) {
		m->told_house = false;
		return;
	}
	if (m->told_house)
		return;
	m->told_house = true;
	snprintf(text, sizeof(text),
		"Phase L%d carries %s A of %s A without the car: the house alone overloads its main "
		"switch; switch something off on this phase",
		runaway->phase + 1, amps_format(runaway->load_ma / 100 * 100, load, sizeof(load)),
		amps_format(control_limit_ma(m), limit, sizeof(limit)));
	(void)report_repeated(m, &m->house_repeat, now_ms, EVENT_HOUSE_OVERLOAD, text, "and");
}

/* One sentence for systemctl status, if it is another one. */
static void report_to_service_manager(struct manager *m, const char *sentence, int64_t now_ms)
{
	char message[SENTENCE_MAX + 32], unconfigured[SENTENCE_MAX];

	/* A fresh installation: what to do first, not the state of what nobody waits for. */
	if (m->config.charger.output == OUTPUT_NONE) {
		snprintf(unconfigured, sizeof(unconfigured), REPORT_UNCONFIGURED, m->path);
		sentence = unconfigured;
	}
	m->status_due_ms = now_ms + STATUS_INTERVAL_MS;
	if (strcmp(m->status, sentence) == 0 && m->ready)
		return;
	snprintf(message, sizeof(message), "%sSTATUS=%s", m->ready ? "" : "READY=1\n", sentence);
	if (!notify_send(message)) {
		m->status_due_ms = now_ms;
		return;
	}
	snprintf(m->status, sizeof(m->status), "%s", sentence);
	m->ready = true;
}

static void tell_decision(struct manager *m, bool changed, bool moved, int64_t now_ms)
{
	const struct regulator_decision *d = &m->decision, *told = &m->told;
	bool first = !m->told_anything;
	bool told_fault;
	struct situation situation;
	char sentence[SENTENCE_MAX];
	struct log_fields fields;

	report_situation(m, now_ms, &situation);
	sentence_decision(&situation, sentence, sizeof(sentence));
	report_to_service_manager(m, sentence, now_ms);
	if (!changed && !moved && d->faults == told->faults)
		return;
	told_fault = report_faults(m, &situation);

	/* Flapping between reasons or small steps must not flood the log. */
	if (first || d->state != told->state ||
		((changed || moved) && now_ms - m->told_change_ms >= CHANGE_INTERVAL_MS)) {
		/* Of a fresh installation it was said what it waits for. */
		if (!control_is_unconfigured(m) &&
			(d->reason != REASON_FAULT || (!told_fault && d->state != told->state))) {
			report_fields(m, fault_first(d->faults), &fields);
			log_event(first || d->state != told->state ? event_of_state(d->state)
								   : EVENT_NONE,
				LOG_INFO, &fields, "%s", sentence);
		}
		m->told_change_ms = now_ms;
		m->told = *d;
	}
	m->told.faults = d->faults;
	m->told_anything = true;
}

void report_decision(struct manager *m, int64_t now_ms)
{
	const struct regulator_decision *d = &m->decision, *told = &m->told;
	bool changed = !m->told_anything || d->state != told->state || d->reason != told->reason;
	bool moved = d->allowed_ma != told->allowed_ma;

	report_trouble(m, now_ms);
	report_export(m);
	report_house_overload(m, now_ms);
	if (changed || moved || d->faults != told->faults || now_ms >= m->status_due_ms)
		tell_decision(m, changed, moved, now_ms);
}

void report_start(const struct manager *m)
{
	int32_t limit_ma = m->config.mains.limit_ma;
	char limit[16];

	log_event(EVENT_STARTED, LOG_INFO, NULL,
		PACKAGE_STRING " started: mains limit %s%s, meter on %s",
		limit_ma > 0 ? amps_format(limit_ma, limit, sizeof(limit)) : "by the DIP switches",
		limit_ma > 0 ? " A" : "", m->config.meter.device);
	report_new_output(m);
}

void report_new_output(const struct manager *m)
{
	if (m->config.charger.output != OUTPUT_NONE)
		log_info("Output: %s", output_describe(m->output));
	else
		log_event(EVENT_NO_OUTPUT, LOG_NOTICE, NULL,
			"No charger is driven: set [charger] output to pwm, can or sysfs in %s",
			m->path);
}

void report_recall(const struct manager *m, int64_t since_ms)
{
	struct regulator_memory memory = regulator_remember(&m->regulator);
	char least[16], span[32];

	if (memory.restarted_ms >= since_ms)
		log_event(EVENT_RESTART_RECALLED, LOG_NOTICE, NULL,
			"After a restart the charge goes on, with %s A on the first good reading that "
			"leaves room for it",
			amps_format(m->config.charger.min_ma, least, sizeof(least)));
	else if (memory.hold_until_ms > since_ms)
		log_event(EVENT_RESTART_RECALLED, LOG_NOTICE, NULL,
			"After a restart the pause goes on, at least for another %s",
			timespan_format((memory.hold_until_ms - since_ms + 999) / 1000 * 1000, span,
				sizeof(span)));
}

/* "4 off, 5 ON, 6 ON: 25 A" */
static void describe_switches(const bool on[DIP_SWITCHES], char *buf, size_t size)
{
	int32_t limit_ma = dip_limit_ma(dip_setting(on));
	char amps[16];

	snprintf(buf, size, "4 %s, 5 %s, 6 %s: %s%s", on[0] ? "ON" : "off", on[1] ? "ON" : "off",
		on[2] ? "ON" : "off",
		limit_ma ? amps_format(limit_ma, amps, sizeof(amps)) : "power optimizer off",
		limit_ma ? " A" : "");
}

void report_dip(struct manager *m, unsigned int events)
{
	const struct dip_status *dip = dip_status(m->dip);
	bool counts = events & DIP_CHANGED && dip->state == DIP_READABLE;
	int32_t raw_ma = dip_limit_ma(dip_setting(dip->raw));
	struct log_fields fields = {0};
	unsigned int untold;
	char text[96];

	if (counts) {
		describe_switches(dip->switches, text, sizeof(text));
		fields.limit_ma = dip->limit_ma;
		if (dip->limit_ma == 0)
			log_event(EVENT_DIP_DISABLED, LOG_WARNING, &fields,
				"DIP switches %s. The house is not looked at, the car may draw what "
				"the charger is rated for; to protect the main switch, set its "
				"rating",
				text);
		else
			log_event(EVENT_DIP_CHANGED, LOG_NOTICE, &fields,
				"DIP switches %s is the mains limit", text);
		report_cap_by_rating(m);
	} else if (events & DIP_MOVED && dip->raw_known && dip->state == DIP_READABLE &&
		   dip->limit_ma > 0 && (raw_ma == 0 || raw_ma > dip->limit_ma)) {
		if (!repeat_tell(&m->dip_repeat, boottime_us() / 1000, &untold))
			return;
		describe_switches(dip->raw, text, sizeof(text));
		log_info("DIP switches moved to %s; a higher limit counts after 10 s", text);
	}
}

static void tell_output(struct manager *m, int error)
{
	const char *text = error < 0 ? output_error(m->output) : "";
	struct log_fields fields;

	if (error != -ESTALE && strcmp(m->told_notice, output_notice(m->output)) == 0 &&
		strcmp(text, m->told_output) == 0)
		return;
	report_fields(m, FAULT_INVALID, &fields);
	if (strcmp(m->told_notice, output_notice(m->output)) != 0) {
		snprintf(m->told_notice, sizeof(m->told_notice), "%s", output_notice(m->output));
		if (m->told_notice[0])
			log_event(EVENT_OUTPUT_NOTICE, LOG_WARNING, &fields, "%s", m->told_notice);
	}
	if (error == -ESTALE) {
		(void)report_repeated(m, &m->output_repeat, boottime_us() / 1000,
			EVENT_OUTPUT_OVERWRITTEN, text, "and");
		return;
	}
	if (error < 0)
		snprintf(m->output_trouble, sizeof(m->output_trouble), "%s", text);
	if (strcmp(text, m->told_output) == 0)
		return;
	if (error == 0 && m->told_output[0])
		log_event(EVENT_OUTPUT_WORKS, LOG_NOTICE, &fields, "The output works again: %s",
			output_describe(m->output));
	snprintf(m->told_output, sizeof(m->told_output), "%s", text);
}

void report_output(struct manager *m, int error)
{
	/* With each cycle, and nearly always there is nothing to tell. */
	if (error < 0 || m->told_output[0] || m->told_notice[0] || output_notice(m->output)[0])
		tell_output(m, error);
}

void report_status(struct manager *m)
{
	const struct meter_counters *n = &meter_status(m->meter)->counters;
	const struct charger_feedback *feedback = output_feedback(m->output);
	const struct reading *reading = meter_reading(m->meter);
	int64_t now_ms = boottime_us() / 1000;
	struct situation situation;
	char text[SENTENCE_MAX];
	struct log_fields fields;

	report_situation(m, now_ms, &situation);
	report_fields(m, fault_first(m->decision.faults), &fields);
	log_line(LOG_INFO, &fields, "Status: %s; %s", regulator_state_name(m->decision.state),
		sentence_decision(&situation, text, sizeof(text)));
	log_info("Status: %s", sentence_meter(meter_status(m->meter), text, sizeof(text)));
	log_info("Status: currents %d %d %d mA, read %" PRId64 " ms ago", reading->current_ma[0],
		reading->current_ma[1], reading->current_ma[2],
		reading->at_ms ? now_ms - reading->at_ms : -1);
	log_info("Status: requests ok %" PRIu64 " timeout %" PRIu64 " crc %" PRIu64
		 " exception %" PRIu64 " implausible %" PRIu64,
		n->ok, n->timeout, n->crc, n->exception, n->implausible);
	log_info("Status: output %s", output_describe(m->output));
	if (feedback)
		log_info("Status: the charger draws %d %d %d mA in pilot state %c, said %" PRId64
			 " ms ago",
			feedback->drawn_ma[0], feedback->drawn_ma[1], feedback->drawn_ma[2],
			'A' + feedback->pilot_state, now_ms - feedback->at_ms);
}
