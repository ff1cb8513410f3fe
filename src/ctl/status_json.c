/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>

#include "ctl/status.h"

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *number_or_null(int64_t number)
{
	return number >= 0 ? json_integer(number) : json_null();
}

static json_t *dip_or_null(const struct optimizer_status *s)
{
	if (!s->dip_known)
		return json_null();
	return json_pack("[b, b, b]", s->dip[0], s->dip[1], s->dip[2]);
}

static json_t *faults_array(const struct optimizer_status *s)
{
	json_t *array = json_array();

	for (int i = 0; i < s->fault_count; i++)
		json_array_append_new(array, json_string(s->faults[i]));
	return array;
}

static json_t *currents_or_null(const struct optimizer_status *s)
{
	json_t *array;

	if (s->phases == 0)
		return json_null();
	array = json_array();
	for (int p = 0; p < s->phases; p++)
		json_array_append_new(array, json_integer(s->current_ma[p]));
	return array;
}

static json_t *meter_object(const struct optimizer_status *s)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "model", text_or_null(s->meter_model), "serial",
		text_or_null(s->meter_serial), "online",
		s->meter_online >= 0 ? json_boolean(s->meter_online) : json_null(),
		"reading_age_ms", number_or_null(optimizer_status_age_ms(s)));
}

static json_t *bus_object(const struct optimizer_status *s)
{
	json_t *object = json_object();

	for (int i = 0; i < BUS_COUNT_MAX; i++)
		json_object_set_new(
			object, bus_count_name((enum bus_count)i), number_or_null(s->bus[i]));
	return object;
}

int status_json_write(FILE *stream, const struct optimizer_status *s)
{
	/* A part that could not be made is NULL, and makes the whole NULL. */
	json_t *object = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "state",
		text_or_null(s->state), "reason", text_or_null(s->reason), "allowed_current_ma",
		number_or_null(s->allowed_ma), "mains_limit_ma", number_or_null(s->limit_ma),
		"limit_source", text_or_null(s->limit_source), "dip", dip_or_null(s), "faults",
		faults_array(s), "phase_currents_ma", currents_or_null(s), "meter", meter_object(s),
		"bus", bus_object(s), "output", text_or_null(s->output), "charger_current_ma",
		number_or_null(s->charger_ma), "cap_ma", number_or_null(s->cap_ma));
	int r;

	if (!object)
		return -ENOMEM;
	r = json_dumpf(object, stream, JSON_INDENT(2));
	json_decref(object);
	if (r < 0 || fputc('\n', stream) == EOF)
		return -EIO;
	return 0;
}
