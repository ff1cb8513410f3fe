/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "app/dbus.h"
#include "core/fault.h"

static int get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	return sd_bus_message_append(reply, "s", (const char *)userdata);
}

static int get_dip(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct dbus *d = userdata;

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	return sd_bus_message_append(
		reply, "(bbb)", d->view.dip[0], d->view.dip[1], d->view.dip[2]);
}

static int get_faults(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct dbus *d = userdata;
	int r = sd_bus_message_open_container(reply, 'a', "s");

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	for (int i = 0; r >= 0 && i < FAULT_COUNT; i++)
		if (d->view.faults & FAULT_BIT(i))
			r = sd_bus_message_append(reply, "s", fault_name((enum fault)i));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_currents(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct dbus *d = userdata;

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	return sd_bus_message_append_array(reply, 'i', d->view.current_ma,
		(size_t)d->view.phases * sizeof(d->view.current_ma[0]));
}

static int get_counters(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct meter_counters *n = &((const struct dbus *)userdata)->view.counters;

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	return sd_bus_message_append(reply, "a{st}", 5, "ok", n->ok, "timeout", n->timeout, "crc",
		n->crc, "exception", n->exception, "implausible", n->implausible);
}

#define VIEW(field) offsetof(struct dbus, view.field)

/*
 * What moves with every poll is not announced, and not even said to have changed: that would be the
 * same flood. Whoever wants those reads them.
 */
#define ANNOUNCED SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define SILENT	  0

/* "Unprivileged": otherwise sd-bus asks the bus who calls, and waits for it; see dbus_request.c. */
static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("State", "s", get_text, VIEW(state), ANNOUNCED),
	SD_BUS_PROPERTY("Reason", "s", get_text, VIEW(reason), ANNOUNCED),
	SD_BUS_PROPERTY("AllowedCurrent", "u", NULL, VIEW(allowed_ma), ANNOUNCED),
	SD_BUS_PROPERTY("MainsLimit", "u", NULL, VIEW(limit_ma), ANNOUNCED),
	SD_BUS_PROPERTY("LimitSource", "s", get_text, VIEW(limit_source), ANNOUNCED),
	SD_BUS_PROPERTY("DipSwitches", "(bbb)", get_dip, 0, ANNOUNCED),
	SD_BUS_PROPERTY("Faults", "as", get_faults, 0, ANNOUNCED),
	SD_BUS_PROPERTY("PhaseCurrents", "ai", get_currents, 0, SILENT),
	SD_BUS_PROPERTY("MeterModel", "s", get_text, VIEW(meter_model), ANNOUNCED),
	SD_BUS_PROPERTY("MeterSerial", "s", get_text, VIEW(meter_serial), ANNOUNCED),
	SD_BUS_PROPERTY("MeterOnline", "b", NULL, VIEW(meter_online), ANNOUNCED),
	SD_BUS_PROPERTY("LastReading", "t", NULL, VIEW(last_reading_us), SILENT),
	SD_BUS_PROPERTY("BusCounters", "a{st}", get_counters, 0, SILENT),
	SD_BUS_PROPERTY("Output", "s", get_text, VIEW(output), ANNOUNCED),
	SD_BUS_PROPERTY("ChargerCurrent", "i", NULL, VIEW(charger_ma), SILENT),
	SD_BUS_PROPERTY("Cap", "u", NULL, VIEW(cap_ma), ANNOUNCED),
	SD_BUS_PROPERTY("CapHolder", "s", get_text, VIEW(cap_holder), ANNOUNCED),
	SD_BUS_METHOD_WITH_ARGS("SetCap", SD_BUS_ARGS("u", current_ma, "t", ttl_usec),
		SD_BUS_NO_RESULT, dbus_set_cap, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("ClearCap", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, dbus_clear_cap,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int dbus_object_add(struct dbus *d)
{
	return sd_bus_add_object_vtable(d->bus, NULL, DBUS_PATH, DBUS_INTERFACE, vtable, d);
}
