/* SPDX-License-Identifier: MIT */
/*
 * The text format of Prometheus, version 0.0.4, which is what the textfile
 * collector of node_exporter reads. Base units, one HELP and TYPE for each family, no timestamps
 * (the collector refuses those).
 */
#include <inttypes.h>
#include <string.h>

#include "core/fault.h"
#include "ctl/status.h"

static const char *const states[] = {
	"starting", "disabled", "charging", "limited", "paused", "failsafe"};

static void family(FILE *stream, const char *name, const char *type, const char *help)
{
	fprintf(stream, "# HELP poweropt_%s %s\n# TYPE poweropt_%s %s\n", name, help, name, type);
}

/* A current, or nothing at all if it is unknown. */
static void current_write(FILE *stream, const char *name, const char *help, int64_t ma)
{
	if (ma < 0)
		return;
	family(stream, name, "gauge", help);
	fprintf(stream, "poweropt_%s %.3f\n", name, (double)ma / 1000);
}

/* The value of a label, as the format wants it quoted. */
static void label_write(FILE *stream, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			fputc('\\', stream);
		fputc(*text, stream);
	}
}

static void states_write(FILE *stream, const char *state)
{
	family(stream, "state", "gauge", "1 for the state that the optimizer is in, 0 for others.");
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		fprintf(stream, "poweropt_state{state=\"%s\"} %d\n", states[i],
			strcmp(states[i], state) == 0);
}

static bool has_fault(const struct optimizer_status *s, const char *name)
{
	for (int i = 0; i < s->fault_count; i++)
		if (strcmp(s->faults[i], name) == 0)
			return true;
	return false;
}

static void faults_write(FILE *stream, const struct optimizer_status *s)
{
	family(stream, "fault", "gauge", "1 for a fault that is present, 0 for others.");
	for (int i = 0; i < FAULT_COUNT; i++)
		fprintf(stream, "poweropt_fault{fault=\"%s\"} %d\n", fault_name((enum fault)i),
			has_fault(s, fault_name((enum fault)i)));
}

static void phases_write(FILE *stream, const struct optimizer_status *s)
{
	/* What was measured before the meter fell silent is no measurement of now. */
	if (s->phases == 0 || s->meter_online == 0)
		return;
	family(stream, "phase_current_amperes", "gauge",
		"What the house draws on a phase, the charger included; negative is export.");
	for (int p = 0; p < s->phases; p++)
		fprintf(stream, "poweropt_phase_current_amperes{phase=\"L%d\"} %.3f\n", p + 1,
			(double)s->current_ma[p] / 1000);
}

static void meter_write(FILE *stream, const struct optimizer_status *s)
{
	int64_t age_ms = optimizer_status_age_ms(s);

	if (s->meter_model[0] || s->meter_serial[0]) {
		family(stream, "meter_info", "gauge", "The meter, always 1.");
		fprintf(stream, "poweropt_meter_info{model=\"");
		label_write(stream, s->meter_model);
		fprintf(stream, "\",serial=\"");
		label_write(stream, s->meter_serial);
		fprintf(stream, "\"} 1\n");
	}
	if (s->meter_online >= 0) {
		family(stream, "meter_online", "gauge", "1 while the meter answers.");
		fprintf(stream, "poweropt_meter_online %" PRId64 "\n", s->meter_online);
	}
	if (age_ms >= 0) {
		family(stream, "reading_age_seconds", "gauge", "Age of the last valid reading.");
		fprintf(stream, "poweropt_reading_age_seconds %.3f\n", (double)age_ms / 1000);
	}
}

static void bus_write(FILE *stream, const struct optimizer_status *s)
{
	bool begun = false;

	for (int i = 0; i < BUS_COUNT_MAX; i++) {
		if (s->bus[i] < 0)
			continue;
		if (!begun)
			family(stream, "bus_requests_total", "counter",
				"Requests to the meter, by how they ended.");
		begun = true;
		fprintf(stream, "poweropt_bus_requests_total{result=\"%s\"} %" PRId64 "\n",
			bus_count_name((enum bus_count)i), s->bus[i]);
	}
}

void metrics_write(FILE *stream, const struct optimizer_status *s)
{
	family(stream, "up", "gauge",
		"1 if poweroptd runs and answers; if not, all else is left out.");
	fprintf(stream, "poweropt_up %d\n", s != NULL);
	if (!s)
		return;
	current_write(stream, "allowed_current_amperes", "What the car may draw on each phase.",
		s->allowed_ma);
	current_write(stream, "mains_limit_amperes",
		"Limit of the main switch on each phase; left out if there is none.", s->limit_ma);
	if (s->state[0])
		states_write(stream, s->state);
	faults_write(stream, s);
	phases_write(stream, s);
	meter_write(stream, s);
	bus_write(stream, s);
	current_write(stream, "charger_current_amperes", "What the charger says that it draws.",
		s->charger_ma);
	current_write(stream, "cap_amperes", "The lowest cap that somebody has set.", s->cap_ma);
}
