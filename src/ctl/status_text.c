/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "core/fault.h"
#include "core/quantity.h"
#include "ctl/status.h"
#include "term/wrap.h"

#define COLUMNS 80
#define LABEL	9  /* columns of the label in front of a line */
#define AMPS	16 /* bytes for amps_format() */

#define BOLD   "\033[1m"
#define RED    "\033[1;31m"
#define GREEN  "\033[1;32m"
#define YELLOW "\033[1;33m"
#define PLAIN  "\033[0m"

/* A page that is written line by line. */
struct page {
	FILE *stream;
	bool colours;
};

/* Where to look first; the sentence of the daemon is exact, but speaks of one fault only. */
static const char *const fault_hints[FAULT_COUNT] = {
	[FAULT_METER_LOST] = "no reading: check its power, the wires A and B, its address",
	[FAULT_METER_IMPLAUSIBLE] = "its readings cannot be true: check the power on its phases",
	[FAULT_METER_SELFTEST] = "the meter reports an internal error: look at its display",
	[FAULT_METER_UNKNOWN] = "what answers is no Klefr 6924 or 6934: check [meter] unit",
	[FAULT_METER_REVERSED] = "wired backwards: exchange its incoming and outgoing side",
	[FAULT_PHASE_MISSING] = "no voltage on a phase of the charger: check its fuse",
	[FAULT_DIP_UNREADABLE] = "the DIP switches cannot be read: check [dip]",
	[FAULT_OUTPUT_FAILED] = "the charger cannot be told: check [charger] output",
	[FAULT_CHARGER_RUNAWAY] = "the charger does not obey: switch it off, check its line",
	[FAULT_LOOP_STALLED] = "the daemon did not run for a while; it waits for readings",
};

const char *status_fault_hint(const char *name)
{
	for (int i = 0; i < FAULT_COUNT; i++)
		if (strcmp(name, fault_name((enum fault)i)) == 0)
			return fault_hints[i];
	return "see the journal";
}

/* The bytes of a unit of time behind a figure, as in "1h 30min"; 0: there is none. */
static size_t time_unit(const char *text)
{
	static const char *const units[] = {"ms", "min", "s", "h"};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i]);

		if (strncmp(text, units[i], n) == 0 && !isalpha((unsigned char)text[n]))
			return n;
	}
	return 0;
}

/* A time span is one figure: else "1min" that becomes "59s" would be another sentence. */
static const char *skip_figures(const char *text)
{
	size_t n, unit;

	while ((n = strspn(text, "0123456789.")) > 0) {
		text += n;
		unit = time_unit(text);
		text += unit;
		if (unit > 0 && text[0] == ' ' && isdigit((unsigned char)text[1]))
			text++;
	}
	return text;
}

bool status_same_words(const char *a, const char *b)
{
	for (;; a++, b++) {
		a = skip_figures(a);
		b = skip_figures(b);
		if (*a != *b)
			return false;
		if (!*a)
			return true;
	}
}

/* A text of any length behind its label; without a label at the margin. */
static void text_line(
	const struct page *page, const char *label, const char *colour, const char *text)
{
	int indent = label ? LABEL : 0;
	bool first = true;

	do {
		const char *from = text;
		size_t n = text_wrap(text, COLUMNS - indent, &text);

		fprintf(page->stream, "%-*s%s%.*s%s\n", indent, label && first ? label : "",
			page->colours && colour ? colour : "", (int)n, from,
			page->colours && colour ? PLAIN : "");
		first = false;
	} while (*text);
}

__attribute__((format(printf, 4, 5))) static void line(
	const struct page *page, const char *label, const char *colour, const char *format, ...)
{
	char text[OPTIMIZER_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_line(page, label, colour, text);
}

static const char *state_colour(const struct optimizer_status *s)
{
	if (optimizer_status_faulty(s))
		return RED;
	if (strcmp(s->state, "charging") == 0 || strcmp(s->state, "limited") == 0)
		return GREEN;
	return YELLOW;
}

static const char *known(const char *text)
{
	return *text ? text : "unknown";
}

static void faults_write(const struct page *page, const struct optimizer_status *s)
{
	for (int i = 0; i < s->fault_count; i++)
		line(page, i == 0 ? "Fault" : "", RED, "%s: %s", s->faults[i],
			status_fault_hint(s->faults[i]));
	if (s->fault_count > 0)
		line(page, "", NULL, "more: journalctl -u poweroptd -x");
}

static const char *source_text(const char *source)
{
	if (strcmp(source, "dip") == 0)
		return ", from the DIP switches";
	if (strcmp(source, "config") == 0)
		return ", from the configuration";
	if (strcmp(source, "meter") == 0)
		return ", the rating of the meter";
	return "";
}

char *status_limit_text(const struct optimizer_status *s, char *buf, size_t size)
{
	const char *source = source_text(s->limit_source);
	char amps[AMPS];

	if (s->limit_ma >= 0)
		snprintf(buf, size, "%s A on each phase%s",
			amps_format((int32_t)s->limit_ma, amps, sizeof(amps)), source);
	else if (strcmp(s->state, "disabled") == 0)
		snprintf(buf, size, "switched off%s", source);
	else
		snprintf(
			buf, size, strcmp(s->state, "starting") == 0 ? "not known yet" : "unknown");
	return buf;
}

static double rough_amps(int32_t ma)
{
	return amps_round(ma) / 1000.0;
}

char *status_dip_text(const struct optimizer_status *s, char *buf, size_t size)
{
	snprintf(buf, size, "4 %s, 5 %s, 6 %s", s->dip[0] ? "ON" : "off", s->dip[1] ? "ON" : "off",
		s->dip[2] ? "ON" : "off");
	return buf;
}

/* "klefr-6934" is for programs and for the configuration. */
char *status_model_text(const struct optimizer_status *s, char *buf, size_t size)
{
	static const char klefr[] = "klefr-";
	bool known_name = strncmp(s->meter_model, klefr, strlen(klefr)) == 0;

	snprintf(buf, size, "%s%s", known_name ? "Klefr " : s->meter_model,
		known_name ? s->meter_model + strlen(klefr) : "");
	if (!*buf)
		snprintf(buf, size, "unknown model");
	return buf;
}

char *status_currents_text(const int32_t *ma, int phases, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (int p = 0; p < phases && p < PHASES_MAX && n < size; p++)
		n += (size_t)snprintf(
			buf + n, size - n, "%sL%d %.1f A", p ? ", " : "", p + 1, rough_amps(ma[p]));
	return buf;
}

static void limit_write(const struct page *page, const struct optimizer_status *s)
{
	char text[STATUS_LIMIT_MAX];

	line(page, "Limit", s->limit_ma < 0 ? YELLOW : NULL, "%s",
		status_limit_text(s, text, sizeof(text)));
	if (s->dip_known)
		line(page, "Switches", NULL, "%s", status_dip_text(s, text, sizeof(text)));
}

/* "0.2 s", and from two minutes on "3min". */
static char *age_format(int64_t ms, char *buf, size_t size)
{
	if (ms < 120000)
		snprintf(buf, size, "%.1f s", (double)ms / 1000);
	else
		timespan_format(ms / 60000 * 60000, buf, size);
	return buf;
}

static void meter_write(const struct page *page, const struct optimizer_status *s)
{
	int64_t age_ms = optimizer_status_age_ms(s);
	const char *online = s->meter_online < 0 ? "" : s->meter_online ? ", online" : ", offline";
	char serial[OPTIMIZER_WORD_MAX + 16] = "", age[32], reading[64] = ", no reading yet";
	char model[STATUS_MODEL_MAX];

	if (s->meter_serial[0])
		snprintf(serial, sizeof(serial), ", serial %s", s->meter_serial);
	if (age_ms >= 0)
		snprintf(reading, sizeof(reading), ", last reading %s ago",
			age_format(age_ms, age, sizeof(age)));
	line(page, "Meter", s->meter_online == 0 ? YELLOW : NULL, "%s%s%s%s",
		status_model_text(s, model, sizeof(model)), serial, online, reading);
}

static void phases_write(const struct page *page, const struct optimizer_status *s)
{
	const char *when = s->meter_online == 0 ? ", at the last reading" : "";

	if (s->phases == 0)
		line(page, "Phases", NULL, "unknown");
	for (int p = 0; p < s->phases; p++) {
		const char *label = p == 0 ? "Phases" : "";
		int32_t ma = s->current_ma[p];

		if (s->limit_ma <= 0)
			line(page, label, NULL, "L%d %6.1f A%s", p + 1, rough_amps(ma), when);
		else
			line(page, label, ma > s->limit_ma ? RED : NULL,
				"L%d %6.1f A of %g A, %3" PRId64 " %%%s", p + 1, rough_amps(ma),
				(double)s->limit_ma / 1000,
				(ma < 0 ? -(int64_t)ma : ma) * 100 / s->limit_ma, when);
	}
}

static void bus_write(const struct page *page, const struct optimizer_status *s)
{
	static const char *const words[BUS_COUNT_MAX] = {
		"good", "timeout", "CRC", "exception", "implausible"};
	char text[256] = "";
	size_t n = 0;

	for (int i = 0; i < BUS_COUNT_MAX && n < sizeof(text); i++)
		if (s->bus[i] >= 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %" PRId64,
				n > 0 ? ", " : "", words[i], s->bus[i]);
	line(page, "Bus", NULL, "%s", known(text));
}

static void charger_write(const struct page *page, const struct optimizer_status *s)
{
	char amps[AMPS];

	line(page, "Output", NULL, "%s", known(s->output));
	if (s->charger_ma >= 0)
		line(page, "Charger", NULL, "draws %.1f A", rough_amps((int32_t)s->charger_ma));
	else
		line(page, "Charger", NULL, "what it draws is unknown");
	if (s->cap_ma >= 0)
		line(page, "Cap", YELLOW, "%s A, set by %s; 'poweroptctl uncap' takes yours away",
			amps_format((int32_t)s->cap_ma, amps, sizeof(amps)), known(s->cap_holder));
}

void status_text_write(FILE *stream, const struct optimizer_status *s, bool colours)
{
	const struct page page = {.stream = stream, .colours = colours};
	char amps[AMPS];

	text_line(&page, NULL, state_colour(s), s->reason[0] ? s->reason : "No reason is known");
	fprintf(stream, "\n");
	if (s->allowed_ma >= 0)
		line(&page, "State", state_colour(s), "%s, %s A allowed", known(s->state),
			amps_format((int32_t)s->allowed_ma, amps, sizeof(amps)));
	else
		line(&page, "State", state_colour(s), "%s", known(s->state));
	faults_write(&page, s);
	limit_write(&page, s);
	meter_write(&page, s);
	phases_write(&page, s);
	bus_write(&page, s);
	charger_write(&page, s);
}
