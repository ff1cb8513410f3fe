/* SPDX-License-Identifier: MIT */
#include "app/dbus.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "app/log.h"
#include "app/manager_private.h"

#define RETRY_FIRST_US	 INT64_C(1000000)
#define RETRY_LONGEST_US INT64_C(30000000)
#define ANNOUNCE_US	 INT64_C(1000000)

/* mallopt(3): memory from this size on goes back at once. Its default grows with what is freed, to 32 MB. */
#define GIVEN_BACK_BYTES (128 * 1024)

/* Behind everything that controls. The event loop serves one message, then looks for control again. */
#define PRIORITY SD_EVENT_PRIORITY_IDLE

/* ---- what is announced ---- */

#define FIELD(name, field)                                                                         \
	{                                                                                          \
		name, offsetof(struct dbus_view, field), sizeof(((struct dbus_view *)NULL)->field) \
	}

static const struct {
	const char *name;
	size_t offset, size;
} announced_fields[] = {
	FIELD("Reason", reason_kind),
	FIELD("State", state),
	FIELD("AllowedCurrent", allowed_ma),
	FIELD("MainsLimit", limit_ma),
	FIELD("LimitSource", limit_source),
	FIELD("DipSwitches", dip),
	FIELD("Faults", faults),
	FIELD("MeterModel", meter_model),
	FIELD("MeterSerial", meter_serial),
	FIELD("MeterOnline", meter_online),
	FIELD("Output", output),
	FIELD("Cap", cap_ma),
	FIELD("CapHolder", cap_holder),
};

#define NAMES_MAX (sizeof(announced_fields) / sizeof(announced_fields[0]) + 1)

/* The names of what differs, the last one NULL. Returns how many. */
static size_t changes(
	const struct dbus_view *a, const struct dbus_view *b, const char *names[NAMES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < NAMES_MAX - 1; i++) {
		size_t offset = announced_fields[i].offset;

		if (memcmp((const char *)a + offset, (const char *)b + offset,
			    announced_fields[i].size) != 0)
			names[n++] = announced_fields[i].name;
	}
	/* The sentence goes with whatever else is told. */
	if (n > 0 && strcmp(names[0], "Reason") != 0 && strcmp(a->reason, b->reason) != 0)
		names[n++] = "Reason";
	names[n] = NULL;
	return n;
}

/* At most once a second, and never into a queue: a bus that stands still must not take memory. */
static void announce(struct dbus *d)
{
	const char *names[NAMES_MAX];
	int64_t now_us = boottime_us();
	uint64_t queued;

	if (now_us - d->announced_us < ANNOUNCE_US ||
		changes(&d->view, &d->announced, names) == 0 ||
		sd_bus_get_n_queued_write(d->bus, &queued) < 0 || queued > 0)
		return;
	d->announced_us = now_us;
	d->manager->sources_changed = true;
	/* If this fails, the next try is in a second. */
	if (sd_bus_emit_properties_changed_strv(
		    d->bus, DBUS_PATH, DBUS_INTERFACE, (char **)names) >= 0)
		d->announced = d->view;
}

static bool is_shown(const struct dbus *d, const struct regulator_decision *decision)
{
	const struct regulator_decision *shown = &d->shown;

	return decision->state == shown->state && decision->reason == shown->reason &&
	       decision->allowed_ma == shown->allowed_ma && decision->faults == shown->faults;
}

static void show(struct dbus *d)
{
	dbus_view_fill(d->manager, &d->view);
	d->shown = d->manager->decision;
	d->stale = false;
}

void dbus_cycle(struct manager *m, const struct reading *reading)
{
	struct dbus *d = &m->dbus;

	if (reading && reading->quality == READING_GOOD)
		d->last_good = *reading;
	if (!d->bus)
		return;
	/* A reading that changes nothing else is not announced; whoever asks for it gets it then. Whatever
	 * else has changed, the cycle of each second finds. */
	if (reading && is_shown(d, &m->decision)) {
		d->stale = true;
		return;
	}
	show(d);
	if (d->owned)
		announce(d);
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct dbus *d = userdata;

	(void)message;
	(void)error;
	if (d->stale)
		show(d);
	return 0;
}

/* ---- the connection and the name ---- */

static void disconnect(struct dbus *d)
{
	d->owned = false;
	dbus_drop_requests(d);
	/* Without a flush, which would wait. */
	d->bus = sd_bus_close_unref(d->bus);
}

/*
 * Without the bus the control goes on. The connection, if there is one, is left to the next try: we may
 * be called by it.
 */
static void try_later(struct dbus *d, enum dbus_trouble trouble, const char *what, const char *why)
{
	int64_t now_us = boottime_us();
	unsigned int untold;

	if (d->retrying)
		return;
	d->retrying = true;
	d->owned = false;
	(void)sd_event_source_set_time(d->retry_timer, (uint64_t)(now_us + d->retry_us));
	(void)sd_event_source_set_enabled(d->retry_timer, SD_EVENT_ONESHOT);
	d->retry_us = d->retry_us < RETRY_LONGEST_US / 2 ? d->retry_us * 2 : RETRY_LONGEST_US;
	if (d->told == trouble || !repeat_tell(&d->repeat, now_us / 1000, &untold))
		return;
	d->told = trouble;
	log_event(EVENT_BUS_LOST, LOG_WARNING, NULL,
		"%s: %s. The charge is regulated all the same, but poweroptctl and energy managers "
		"do not reach this service; it is tried again at growing intervals up to 30s",
		what, why);
}

static int on_name(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const sd_bus_error *refusal = sd_bus_message_get_error(reply);
	struct dbus *d = userdata;
	uint32_t answer = 0;

	(void)error;
	if (refusal && sd_bus_error_has_name(refusal, SD_BUS_ERROR_ACCESS_DENIED)) {
		try_later(d, DBUS_TROUBLE_POLICY,
			"The system bus does not give us the name " DBUS_NAME,
			"its policy, org.poweroptd.conf in /usr/share/dbus-1/system.d, gives it to "
			"root and the user poweroptd");
	} else if (refusal) {
		try_later(d, DBUS_TROUBLE_BUS, "The system bus is not there",
			refusal->message ? refusal->message : refusal->name);
	} else if (sd_bus_message_read(reply, "u", &answer) >= 0 &&
		   (answer == 1 || answer == 4)) { /* the primary owner, or already that */
		if (d->told != DBUS_TROUBLE_NONE)
			log_event(EVENT_BUS_BACK, LOG_NOTICE, NULL,
				"The system bus is there, and the name " DBUS_NAME " is ours");
		d->told = DBUS_TROUBLE_NONE;
		d->owned = true;
		d->retry_us = RETRY_FIRST_US;
		d->announced = d->view;
	} else {
		try_later(d, DBUS_TROUBLE_NAME,
			"Another process has the name " DBUS_NAME " on the system bus",
			"stop it, \"busctl status " DBUS_NAME "\" says which one it is");
	}
	return 0;
}

static int on_disconnected(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	(void)signal;
	(void)error;
	try_later(userdata, DBUS_TROUBLE_BUS, "The system bus is gone", "it ended the connection");
	return 0;
}

static int connect_bus(struct dbus *d)
{
	int r = sd_bus_open_system_with_description(&d->bus, "poweroptd");

	if (r < 0)
		return r;
	/* That would flush, and so wait, when we are to make the charger safe. */
	(void)sd_bus_set_close_on_exit(d->bus, false);
	r = sd_bus_add_filter(d->bus, NULL, on_message, d);
	if (r >= 0)
		r = dbus_object_add(d);
	if (r >= 0)
		r = sd_bus_match_signal_async(d->bus, NULL, "org.freedesktop.DBus.Local", NULL,
			"org.freedesktop.DBus.Local", "Disconnected", on_disconnected, NULL, d);
	if (r >= 0)
		r = sd_bus_attach_event(d->bus, d->manager->event, PRIORITY);
	if (r >= 0)
		r = sd_bus_request_name_async(d->bus, NULL, DBUS_NAME, 0, on_name, d);
	return r;
}

static void try_now(struct dbus *d)
{
	int r;

	disconnect(d);
	d->retrying = false;
	show(d);
	r = connect_bus(d);
	if (r < 0) {
		disconnect(d);
		try_later(d, DBUS_TROUBLE_BUS, "The system bus is not there", strerror(-r));
	}
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	try_now(userdata);
	return 0;
}

int dbus_start(struct manager *m)
{
	const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");
	struct dbus *d = &m->dbus;
	int r;

	/* Set and empty: no bus is wanted. */
	if (address && !address[0])
		return 0;
	/* The bus lets anybody send us a message of 32 MB, twice which malloc would keep for good. */
	(void)mallopt(M_MMAP_THRESHOLD, GIVEN_BACK_BYTES);
	d->manager = m;
	d->retry_us = RETRY_FIRST_US;
	r = sd_event_add_time(m->event, &d->retry_timer, CLOCK_BOOTTIME, 0, 0, on_retry, d);
	if (r >= 0)
		r = sd_event_source_set_enabled(d->retry_timer, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_source_set_priority(d->retry_timer, PRIORITY);
	if (r < 0)
		return r;
	try_now(d);
	return 0;
}

void dbus_stop(struct manager *m)
{
	disconnect(&m->dbus);
	m->dbus.retry_timer = sd_event_source_disable_unref(m->dbus.retry_timer);
}
