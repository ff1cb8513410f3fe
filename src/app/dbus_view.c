/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "app/manager_private.h"

/* What the charger says counts this long, as for the regulator. */
#define FEEDBACK_MAX_AGE_MS 1000

#define SET_TEXT(field, text) snprintf(field, sizeof(field), "%s", text)

static const char *model_name(enum meter_model model)
{
	switch (model) {
	case METER_MODEL_AUTO:
		break;
	case METER_MODEL_KLEFR_6924:
		return "klefr-6924";
	case METER_MODEL_KLEFR_6934:
		return "klefr-6934";
	}
	return "";
}

static void fill_limit(const struct manager *m, struct dbus_view *v)
{
	const struct dip_status *dip = m->dip ? dip_status(m->dip) : NULL;
	int32_t limit_ma = control_limit_ma(m);
	int32_t wanted_ma = m->config.mains.limit_ma;

	if (dip && dip->state == DIP_READABLE) {
		wanted_ma = dip->limit_ma;
		for (int i = 0; i < DIP_SWITCHES; i++)
			v->dip[i] = dip->switches[i];
	}
	v->limit_ma = limit_ma == LIMIT_UNKNOWN ? 0 : (uint32_t)limit_ma;
	if (limit_ma == LIMIT_UNKNOWN)
		SET_TEXT(v->limit_source, "unknown");
	else if (limit_ma < wanted_ma)
		SET_TEXT(v->limit_source, "meter");
	else
		SET_TEXT(v->limit_source, m->config.mains.limit_ma > 0 ? "config" : "dip");
}

static void fill_meter(const struct manager *m, int64_t now_ms, struct dbus_view *v)
{
	const struct meter_status *meter = meter_status(m->meter);
	const struct reading *last = &m->dbus.last_good;

	SET_TEXT(v->meter_model, model_name(meter->model));
	SET_TEXT(v->meter_serial, meter->serial);
	v->counters = meter->counters;
	v->phases = last->phases;
	for (int i = 0; i < last->phases; i++)
		v->current_ma[i] = last->current_ma[i];
	v->last_reading_us = (uint64_t)last->at_ms * 1000;
	v->meter_online = last->at_ms > 0 && !m->meter_resting &&
			  now_ms - last->at_ms <= m->config.meter.lost_after_ms;
}

/* The car draws the same from each phase, but for what one that is not used has left. */
static int32_t charger_ma(const struct charger_feedback *charger, int64_t now_ms)
{
	int32_t most_ma = -1;

	if (!charger || now_ms - charger->at_ms > FEEDBACK_MAX_AGE_MS)
		return -1;
	for (int i = 0; i < PHASES_MAX; i++)
		if (charger->drawn_ma[i] > most_ma)
			most_ma = charger->drawn_ma[i];
	return most_ma;
}

void dbus_view_fill(const struct manager *m, struct dbus_view *v)
{
	const struct cap *cap = caps_lowest(&m->caps);
	int64_t now_ms = boottime_us() / 1000;
	struct situation situation;

	memset(v, 0, sizeof(*v));
	report_situation(m, now_ms, &situation);
	SET_TEXT(v->state, regulator_state_name(m->decision.state));
	/* A meter that nobody has configured yet is no fault to look for. */
	if (control_is_unconfigured(m) ||
		(m->config.charger.output == OUTPUT_NONE && m->decision.faults))
		snprintf(v->reason, sizeof(v->reason), REPORT_UNCONFIGURED, m->path);
	else
		sentence_decision(&situation, v->reason, sizeof(v->reason));
	v->reason_kind = m->decision.reason;
	v->allowed_ma = (uint32_t)m->decision.allowed_ma;
	v->faults = m->decision.faults;
	fill_limit(m, v);
	fill_meter(m, now_ms, v);
	SET_TEXT(v->output, output_describe(m->output));
	v->charger_ma = charger_ma(output_feedback(m->output), now_ms);
	v->cap_ma = cap ? (uint32_t)cap->ma : DBUS_NO_CAP;
	SET_TEXT(v->cap_holder, cap ? cap->name : "");
}
