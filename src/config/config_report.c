/* SPDX-License-Identifier: MIT */
/*
 * Complaints about a configuration, all in the same shape.
 */
#include "config/config_private.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define LINE_MAX_BYTES 1280

/* Appends; what does not fit is cut. */
static void append(char line[LINE_MAX_BYTES], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void append(char line[LINE_MAX_BYTES], const char *format, ...)
{
	size_t len = strlen(line);
	va_list args;

	va_start(args, format);
	vsnprintf(line + len, LINE_MAX_BYTES - len, format, args);
	va_end(args);
}

static void place_append(char line[LINE_MAX_BYTES], const struct config_place *place,
	const char *section, const char *name)
{
	char echo[CONFIG_NAME_MAX];

	append(line, "%s", text_echo(place->file ? place->file : "defaults", echo, sizeof(echo)));
	if (place->line > 0)
		append(line, ":%d", place->line);
	append(line, ": ");
	if (section)
		append(line, "[%s]", text_echo(section, echo, CONFIG_ECHO_MAX));
	if (name)
		append(line, "%s%s", section ? " " : "", text_echo(name, echo, CONFIG_ECHO_MAX));
	if (section || name)
		append(line, ": ");
}

static void say(void (*listener)(void *userdata, const char *line), void *userdata,
	const struct config_place *place, const char *section, const char *name, const char *format,
	va_list args) __attribute__((format(printf, 6, 0)));

static void say(void (*listener)(void *userdata, const char *line), void *userdata,
	const struct config_place *place, const char *section, const char *name, const char *format,
	va_list args)
{
	char line[LINE_MAX_BYTES] = "";
	size_t len;

	if (!listener)
		return;
	place_append(line, place, section, name);
	len = strlen(line);
	vsnprintf(line + len, sizeof(line) - len, format, args);
	listener(userdata, line);
}

void config_error(struct config_report *report, const struct config_place *place,
	const char *section, const char *name, const char *format, ...)
{
	const struct config_sink *sink = report->sink;
	va_list args;

	report->errors++;
	if (!sink)
		return;
	if (report->errors == CONFIG_ERRORS_MAX + 1 && sink->error)
		sink->error(sink->userdata, "more errors than can be shown");
	if (report->errors > CONFIG_ERRORS_MAX)
		return;
	va_start(args, format);
	say(sink->error, sink->userdata, place, section, name, format, args);
	va_end(args);
}

void config_warning(struct config_report *report, const struct config_place *place,
	const char *section, const char *name, const char *format, ...)
{
	va_list args;

	if (!report->sink)
		return;
	va_start(args, format);
	say(report->sink->warning, report->sink->userdata, place, section, name, format, args);
	va_end(args);
}

/* A name that is so near to another must be a slip of the finger. */
static bool is_near(const char *name, const char *known, unsigned int *best)
{
	unsigned int distance = config_text_distance(name, known);

	if (distance >= *best || distance > (strlen(known) + 1) / 3)
		return false;
	*best = distance;
	return true;
}

void config_error_unknown_section(
	struct config_report *report, const struct config_place *place, const char *name)
{
	char known[160] = "";
	const char *near = NULL, *last = "";
	const struct config_key *key;
	unsigned int best = ~0U;

	for (size_t i = 0; (key = config_key_at(i)); i++) {
		if (is_near(name, key->section, &best))
			near = key->section;
		if (strcmp(key->section, last) == 0)
			continue;
		last = key->section;
		strncat(known, known[0] ? ", " : "", sizeof(known) - strlen(known) - 1);
		strncat(known, last, sizeof(known) - strlen(known) - 1);
	}
	if (near)
		config_error(
			report, place, name, NULL, "unknown section, did you mean [%s]?", near);
	else
		config_error(report, place, name, NULL, "unknown section, known are %s", known);
}

void config_error_unknown_key(struct config_report *report, const struct config_place *place,
	const char *section, const char *name)
{
	const char *near = NULL, *elsewhere = NULL;
	const struct config_key *key;
	unsigned int best = ~0U;
	char known[320] = "";

	for (size_t i = 0; (key = config_key_at(i)); i++) {
		if (strcmp(key->section, section) != 0) {
			if (strcmp(key->name, name) == 0)
				elsewhere = key->section;
			continue;
		}
		if (is_near(name, key->name, &best))
			near = key->name;
		strncat(known, known[0] ? ", " : "", sizeof(known) - strlen(known) - 1);
		strncat(known, key->name, sizeof(known) - strlen(known) - 1);
	}
	if (elsewhere)
		config_error(report, place, section, name,
			"unknown key here, it belongs into section [%s]", elsewhere);
	else if (near)
		config_error(report, place, section, name, "unknown key, did you mean %s?", near);
	else
		config_error(report, place, section, name, "unknown key, known are %s", known);
}

/* "this kind of value", for a text that is not one. */
static const char *type_noun(enum config_type type)
{
	switch (type) {
	case CONFIG_AMPS:
		return "a current in ampere such as 6 or 13.5";
	case CONFIG_LIMIT:
		return "dip or a current in ampere such as 25";
	case CONFIG_TIMESPAN:
		return "a time span such as 250ms, 5s or 1min";
	case CONFIG_INTEGER:
	case CONFIG_INTEGER_OF:
		return "a whole number";
	case CONFIG_CAN_ID:
	case CONFIG_CAN_ID_OR_NONE:
		return "an identifier such as 0x210";
	case CONFIG_BOOL:
		return "yes or no";
	case CONFIG_ENUM:
		return "one of the values";
	case CONFIG_TEXT:
		return "a name";
	case CONFIG_PATH:
	case CONFIG_PATH_OR_NOTHING:
		return "an absolute path";
	case CONFIG_DIP_LINES:
		return "three lines such as 4 5 6";
	case CONFIG_PHASES:
		return "auto or phases such as L2";
	}
	return "a value";
}

void config_error_value(struct config_report *report, const struct config_place *place,
	const struct config_key *key, const char *value, int reason)
{
	char echo[CONFIG_ECHO_MAX], allowed[128];

	text_echo(value, echo, sizeof(echo));
	config_key_allowed(key, allowed, sizeof(allowed));
	if (reason == -ENODATA)
		config_error(report, place, key->section, key->name,
			"the value is missing, allowed: %s", allowed);
	else if (reason == -E2BIG)
		config_error(report, place, key->section, key->name,
			"\"%s\" is longer than %d bytes, allowed: %s", echo, CONFIG_VALUE_MAX,
			allowed);
	else if (reason == -ENOTUNIQ)
		config_error(report, place, key->section, key->name,
			"\"%s\" names one of them twice, allowed: %s", echo, allowed);
	else if (reason == -ERANGE)
		config_error(report, place, key->section, key->name,
			"\"%s\" is out of range, allowed: %s", echo, allowed);
	else
		config_error(report, place, key->section, key->name,
			"\"%s\" is not %s, allowed: %s", echo, type_noun(key->type), allowed);
}
