/* SPDX-License-Identifier: MIT */
#include "ctl/optimizer_status.h"

#include <stddef.h>
#include <string.h>

#include "core/text.h"

static const char *const bus_count_names[BUS_COUNT_MAX] = {
	[BUS_COUNT_OK] = "ok",
	[BUS_COUNT_TIMEOUT] = "timeout",
	[BUS_COUNT_CRC] = "crc",
	[BUS_COUNT_EXCEPTION] = "exception",
	[BUS_COUNT_IMPLAUSIBLE] = "implausible",
};

const char *bus_count_name(enum bus_count count)
{
	return bus_count_names[count];
}

void optimizer_status_init(struct optimizer_status *status)
{
	*status = (struct optimizer_status){
		.allowed_ma = OPTIMIZER_UNKNOWN,
		.limit_ma = OPTIMIZER_UNKNOWN,
		.meter_online = OPTIMIZER_UNKNOWN,
		.last_reading_us = OPTIMIZER_UNKNOWN,
		.charger_ma = OPTIMIZER_UNKNOWN,
		.cap_ma = OPTIMIZER_UNKNOWN,
	};
	for (int i = 0; i < BUS_COUNT_MAX; i++)
		status->bus[i] = OPTIMIZER_UNKNOWN;
}

/* Both return 0, and leave the result, where an array is at its end. */
static int take_text(sd_bus_message *m, char *buf, size_t size)
{
	const char *text;
	int r = sd_bus_message_read_basic(m, 's', &text);

	if (r > 0)
		text_echo(text, buf, size);
	return r;
}

static int take_number(sd_bus_message *m, char type, int64_t *ret)
{
	union {
		uint32_t u;
		int32_t i;
		uint64_t t;
		int b;
	} value;
	int r = sd_bus_message_read_basic(m, type, &value);

	if (r <= 0)
		return r;
	if (type == 'u')
		*ret = value.u;
	else if (type == 'i')
		*ret = value.i;
	else if (type == 'b')
		*ret = value.b;
	else
		*ret = value.t > INT64_MAX ? INT64_MAX : (int64_t)value.t;
	return r;
}

static int take_dip(sd_bus_message *m, struct optimizer_status *s)
{
	int on[DIP_SWITCHES];
	int r = sd_bus_message_read(m, "(bbb)", &on[0], &on[1], &on[2]);

	if (r < 0)
		return r;
	for (int i = 0; i < DIP_SWITCHES; i++)
		s->dip[i] = on[i];
	s->dip_known = true;
	return r;
}

static int take_faults(sd_bus_message *m, struct optimizer_status *s)
{
	int r = sd_bus_message_enter_container(m, 'a', "s");
	char text[OPTIMIZER_WORD_MAX];

	while (r >= 0 && (r = take_text(m, text, sizeof(text))) > 0)
		if (s->fault_count < OPTIMIZER_FAULTS_MAX)
			memcpy(s->faults[s->fault_count++], text, strlen(text) + 1);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int take_currents(sd_bus_message *m, struct optimizer_status *s)
{
	int r = sd_bus_message_enter_container(m, 'a', "i");
	int64_t ma;

	while (r >= 0 && (r = take_number(m, 'i', &ma)) > 0)
		if (s->phases < PHASES_MAX)
			s->current_ma[s->phases++] = (int32_t)ma;
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int take_counters(sd_bus_message *m, struct optimizer_status *s)
{
	int r = sd_bus_message_enter_container(m, 'a', "{st}");
	const char *name;
	uint64_t value;

	while (r >= 0 && (r = sd_bus_message_read(m, "{st}", &name, &value)) > 0)
		for (int i = 0; i < BUS_COUNT_MAX; i++)
			if (strcmp(name, bus_count_names[i]) == 0)
				s->bus[i] = value > INT64_MAX ? INT64_MAX : (int64_t)value;
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

#define TEXT(name, field)                                                                          \
	{                                                                                          \
		name, "s", offsetof(struct optimizer_status, field),                               \
			sizeof(((struct optimizer_status *)0)->field), NULL                        \
	}
#define NUMBER(name, type, field)                                                                  \
	{                                                                                          \
		name, type, offsetof(struct optimizer_status, field), 0, NULL                      \
	}

/* The properties. Those without a size or a function of their own are numbers. */
static const struct property {
	const char *name;
	const char *type;
	size_t offset;
	size_t size;
	int (*take)(sd_bus_message *m, struct optimizer_status *s);
} properties[] = {
	TEXT("State", state),
	TEXT("Reason", reason),
	NUMBER("AllowedCurrent", "u", allowed_ma),
	NUMBER("MainsLimit", "u", limit_ma),
	TEXT("LimitSource", limit_source),
	{"DipSwitches", "(bbb)", 0, 0, take_dip},
	{"Faults", "as", 0, 0, take_faults},
	{"PhaseCurrents", "ai", 0, 0, take_currents},
	TEXT("MeterModel", meter_model),
	TEXT("MeterSerial", meter_serial),
	NUMBER("MeterOnline", "b", meter_online),
	NUMBER("LastReading", "t", last_reading_us),
	{"BusCounters", "a{st}", 0, 0, take_counters},
	TEXT("Output", output),
	NUMBER("ChargerCurrent", "i", charger_ma),
	NUMBER("Cap", "u", cap_ma),
	TEXT("CapHolder", cap_holder),
};

static const struct property *property_find(const char *name, const char *type)
{
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
		if (strcmp(properties[i].name, name) == 0 && strcmp(properties[i].type, type) == 0)
			return &properties[i];
	return NULL;
}

/* One entry of the answer; the message stands within it. */
static int take_entry(sd_bus_message *m, struct optimizer_status *s)
{
	const struct property *property;
	const char *name, *type;
	int r;

	r = sd_bus_message_read_basic(m, 's', &name);
	if (r < 0)
		return r;
	r = sd_bus_message_peek_type(m, NULL, &type);
	if (r < 0)
		return r;
	property = property_find(name, type);
	if (!property)
		return sd_bus_message_skip(m, "v");
	r = sd_bus_message_enter_container(m, 'v', type);
	if (r < 0)
		return r;
	if (property->take)
		r = property->take(m, s);
	else if (property->size > 0)
		r = take_text(m, (char *)s + property->offset, property->size);
	else
		r = take_number(
			m, *property->type, (int64_t *)(void *)((char *)s + property->offset));
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* What the daemon says where it has nothing to say. */
static void unknown_find(struct optimizer_status *s)
{
	if (s->limit_ma == 0)
		s->limit_ma = OPTIMIZER_UNKNOWN;
	if (strcmp(s->limit_source, "unknown") == 0)
		s->limit_source[0] = '\0';
	/* All off is also what is said of switches that are not read, but not if they are the source. */
	if (strcmp(s->limit_source, "dip") != 0 && !s->dip[0] && !s->dip[1] && !s->dip[2])
		s->dip_known = false;
	if (s->last_reading_us == 0)
		s->last_reading_us = OPTIMIZER_UNKNOWN;
	if (s->charger_ma < 0)
		s->charger_ma = OPTIMIZER_UNKNOWN;
	/* A cap of 0 A is one; without a holder there is none. */
	if (!s->cap_holder[0] || s->cap_ma == UINT32_MAX)
		s->cap_ma = OPTIMIZER_UNKNOWN;
}

int optimizer_status_take(sd_bus_message *answer, int64_t at_us, struct optimizer_status *ret)
{
	struct optimizer_status status;
	int r;

	optimizer_status_init(&status);
	status.at_us = at_us;
	r = sd_bus_message_enter_container(answer, 'a', "{sv}");
	while (r >= 0 && (r = sd_bus_message_enter_container(answer, 'e', "sv")) > 0) {
		r = take_entry(answer, &status);
		if (r >= 0)
			r = sd_bus_message_exit_container(answer);
	}
	if (r < 0)
		return r;
	unknown_find(&status);
	*ret = status;
	return 0;
}

int64_t optimizer_status_age_ms(const struct optimizer_status *status)
{
	if (status->last_reading_us < 0)
		return OPTIMIZER_UNKNOWN;
	if (status->last_reading_us > status->at_us)
		return 0;
	return (status->at_us - status->last_reading_us) / 1000;
}

bool optimizer_status_faulty(const struct optimizer_status *status)
{
	return status->fault_count > 0 || strcmp(status->state, "failsafe") == 0;
}
