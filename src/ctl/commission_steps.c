/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "core/quantity.h"
#include "ctl/commission.h"
#include "ctl/scan.h"
#include "ctl/scan_line.h"
#include "ctl/scan_report.h"
#include "ctl/status.h"

/* A reading that is older than this is none of now. */
#define FRESH_MS 3000

int commission_limit(struct commission *c)
{
	struct commission_step *step;
	const struct optimizer_status *s = &c->status;
	char limit[STATUS_LIMIT_MAX], dip[32];
	int r;

	step = commission_begin(
		c, "Main switch", "the limit in force is the rating of the main switch, not more");
	commission_seen(step, "limit %s%s%s", status_limit_text(s, limit, sizeof(limit)),
		s->dip_known ? "; DIP switches " : "",
		s->dip_known ? status_dip_text(s, dip, sizeof(dip)) : "");
	if (strcmp(s->state, "disabled") == 0) {
		commission_end(step, COMMISSION_FAILED,
			"The power optimizer is switched off by the DIP switches: set them to the main "
			"switch's rating (installation guide, table 2)");
		return 0;
	}
	if (s->limit_ma <= 0) {
		commission_end(step, COMMISSION_FAILED,
			"The limit is not known: set the DIP switches, or [mains] limit");
		return 0;
	}
	r = commission_ask(c, "Does the main switch in the distribution box say %s A or more?",
		amps_format((int32_t)s->limit_ma, limit, sizeof(limit)));
	if (r < 0)
		return r;
	if (r > 0)
		commission_end(step, COMMISSION_PASSED, NULL);
	else
		commission_end(step, COMMISSION_FAILED,
			"Set the DIP switches (installation guide, table 2), or [mains] limit, to the "
			"rating of the main switch");
	return 0;
}

static bool has_fault(const struct optimizer_status *s, const char *prefix)
{
	for (int i = 0; i < s->fault_count; i++)
		if (strncmp(s->faults[i], prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

int commission_meter(struct commission *c)
{
	struct commission_step *step;
	const struct optimizer_status *s = &c->status;
	int64_t age_ms = optimizer_status_age_ms(s);
	char model[STATUS_MODEL_MAX];

	step = commission_begin(c, "Meter", "a Klefr meter answers, and its readings can be true");
	commission_seen(step, "%s, serial number %s, %s",
		status_model_text(s, model, sizeof(model)),
		s->meter_serial[0] ? s->meter_serial : "not known",
		age_ms < 0	     ? "no reading yet"
		: age_ms <= FRESH_MS ? "read just now"
				     : "an old reading");
	if (s->meter_online == 1 && age_ms >= 0 && age_ms <= FRESH_MS && !has_fault(s, "meter-"))
		commission_end(step, COMMISSION_PASSED, NULL);
	else
		commission_end(step, COMMISSION_FAILED,
			"%s. To look for it: systemctl stop poweroptd, then poweroptctl scan",
			s->reason);
	return 0;
}

/* Feed-in is right at noon in a house with PV, and wrong in any other. */
static int ask_about_export(struct commission *c, struct commission_step *step)
{
	const struct optimizer_status *s = &c->status;
	int r;

	for (int i = 0; i < s->phases; i++) {
		if (s->current_ma[i] > -READING_EXPORT_MA)
			continue;
		r = commission_ask(
			c, "L%d runs backwards. Does this house feed in now, by PV?", i + 1);
		if (r < 0)
			return r;
		if (r == 0) {
			commission_end(step, COMMISSION_FAILED,
				"Exchange the incoming and the outgoing side of L%d at the meter",
				i + 1);
			return 0;
		}
	}
	commission_end(step, COMMISSION_PASSED, NULL);
	return 0;
}

int commission_phases(struct commission *c)
{
	struct commission_step *step;
	const struct optimizer_status *s = &c->status;
	const struct phase_map *map = &c->config.charger.phases;
	char currents[64];

	step = commission_begin(c, "Phases",
		"every phase of the charger has voltage at the meter, and no phase runs backwards");
	status_currents_text(s->current_ma, s->phases, currents, sizeof(currents));
	commission_seen(step, "%d phase%s measured%s%s%s", s->phases, s->phases == 1 ? "" : "s",
		s->phases ? ": " : "", currents,
		has_fault(s, "phase-missing") ? "; a phase has no voltage" : "");
	if (s->phases == 0) {
		commission_end(step, COMMISSION_FAILED, "There is no reading: see the meter above");
		return 0;
	}
	if (has_fault(s, "phase-missing")) {
		commission_end(step, COMMISSION_FAILED, "%s", s->reason);
		return 0;
	}
	for (int i = 0; i < map->count; i++) {
		if (map->mains[i] < s->phases)
			continue;
		commission_end(step, COMMISSION_FAILED,
			"The meter has no L%d: correct [charger] phases, or [meter] model",
			map->mains[i] + 1);
		return 0;
	}
	return ask_about_export(c, step);
}

/* ---- without the service ---- */

static void describe(
	const struct scan_meter *meter, const struct meter_config *found, char *buf, size_t size)
{
	size_t n = (size_t)snprintf(buf, size, "Klefr %s, serial number %s, at %d baud, address %d",
		meter->status.phases == 1 ? "6924" : "6934",
		meter->status.serial[0] ? meter->status.serial : "not known", found->baud_rate,
		found->unit);

	for (int i = 0; i < meter->status.phases && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, ", L%d %.0f V %.1f A", i + 1,
			(double)meter->status.voltage_mv[i] / 1000,
			(double)meter->reading.current_ma[i] / 1000);
}

int commission_search(struct commission *c)
{
	struct scan_view view = {.device = c->config.meter.device, .stream = stderr};
	struct scan_callbacks callbacks = scan_view_callbacks(&view);
	struct meter_config found = c->config.meter;
	struct commission_step *step;
	struct scan_result result;
	struct scan_meter meter;
	struct scan_port port;
	struct scan_plan plan;
	struct scan_line line;
	char text[512];
	int r;

	step = commission_begin(c, "Meter, without the service",
		"a Klefr meter answers on %s as configured", found.device);
	scan_plan_make(&plan, &c->config.meter, false);
	line = scan_port_line(&port, &c->wait, &c->config.meter);
	scan_run(&plan, &line, &callbacks, &result);
	scan_port_close(&port);
	scan_view_end(&view);
	if (result.verdict != SCAN_FOUND) {
		scan_print_failure(stdout, found.device, &result, false);
		commission_seen(step, "no meter");
		commission_end(step, COMMISSION_FAILED,
			result.why[0] ? "%s" : "See the causes above, or poweroptctl scan%s",
			result.why);
		return result.verdict == SCAN_CANCELED ? -ECANCELED : 0;
	}
	found.unit = result.unit;
	found.baud_rate = result.baud_rate;
	found.parity = result.parity;
	r = scan_identify(&c->wait, &found, &meter);
	if (r < 0)
		return r;
	describe(&meter, &found, text, sizeof(text));
	commission_seen(step, "%s", text);
	if (scan_print_correction(stdout, c->file, &c->config.meter, &found, &meter))
		commission_end(step, COMMISSION_FAILED,
			"Correct the configuration as poweroptctl scan says");
	else
		commission_end(step, COMMISSION_PASSED, NULL);
	return 0;
}
