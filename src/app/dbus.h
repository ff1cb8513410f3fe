/* SPDX-License-Identifier: MIT */
/*
 * org.poweroptd on the system bus: what is known as properties, and caps from energy managers.
 *
 * dbus.c         the connection, the name, and what is announced
 * dbus_object.c  the object: its properties and methods
 * dbus_view.c    what the properties show
 * dbus_request.c SetCap and ClearCap: who may, and what follows
 *
 * The bus is a guest here. Nothing waits for it: no call is synchronous, nothing is flushed, and its
 * event sources come last, so that a thousand calls a second take what time the control leaves. If
 * it is missing, ends, or does not give us our name, that is told once and tried again.
 */
#ifndef POWEROPT_APP_DBUS_H
#define POWEROPT_APP_DBUS_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "app/caps.h"
#include "app/repeat.h"
#include "app/sentence.h"
#include "core/regulator.h"

#define DBUS_NAME      "org.poweroptd"
#define DBUS_PATH      "/org/poweroptd"
#define DBUS_INTERFACE "org.poweroptd.Optimizer1"

#define DBUS_NO_CAP UINT32_MAX /* Cap, while there is none */

#define DBUS_REQUESTS_MAX 64 /* calls whose sender is being asked for */

struct manager;

/*
 * The properties as they are read, made anew when anything else than a reading changes, and before
 * they are read. All zero behind the end of each
 * text, so that equal contents are equal bytes.
 */
struct dbus_view {
	char state[16];
	char reason[SENTENCE_MAX];
	uint32_t reason_kind; /* Reason is news if this is: not for every ampere in it */
	uint32_t allowed_ma;
	uint32_t limit_ma;
	char limit_source[16];
	int dip[3]; /* int is what sd-bus takes for a boolean */
	uint32_t faults;
	int32_t phases;
	int32_t current_ma[3];
	char meter_model[16];
	char meter_serial[16];
	int meter_online;
	uint64_t last_reading_us;
	struct meter_counters counters;
	char output[SENTENCE_MAX];
	int32_t charger_ma;
	uint32_t cap_ma;
	char cap_holder[CAP_NAME_MAX];
};

/* What keeps us from being on the bus; told once, unless it becomes another. */
enum dbus_trouble {
	DBUS_TROUBLE_NONE,
	DBUS_TROUBLE_BUS,  /* missing, or gone */
	DBUS_TROUBLE_NAME, /* another has it */
	DBUS_TROUBLE_POLICY,
};

/* A call whose sender is being asked for. */
struct dbus_request {
	struct dbus *dbus;
	sd_bus_message *call; /* NULL: free */
	sd_bus_slot *answer;
	bool clear;
	int32_t ma;
	int64_t ttl_us; /* 0: no end */
};

struct dbus {
	struct manager *manager;
	sd_bus *bus;
	sd_event_source *retry_timer; /* NULL: no bus is wanted */
	int64_t retry_us;	      /* how long to wait before the next try */
	bool retrying;
	bool owned; /* the name is ours */
	enum dbus_trouble told;
	struct repeat repeat;
	struct repeat keep_repeat; /* caps that could not be kept */
	struct dbus_view view;
	struct regulator_decision shown; /* that the view was made of */
	bool stale;			 /* a reading came since: made anew when somebody asks */
	struct dbus_view announced;
	int64_t announced_us;
	struct reading last_good;
	struct dbus_request requests[DBUS_REQUESTS_MAX];
};

/** dbus_start() - look for the bus from now on. Returns 0 or a negative errno: no memory. */
int dbus_start(struct manager *manager);

/** dbus_stop() - leave the bus. Also for what was never started. */
void dbus_stop(struct manager *manager);

/** dbus_cycle() - a control cycle is over: show it, announce what changed. @reading: new, or NULL. */
void dbus_cycle(struct manager *manager, const struct reading *reading);

/* ---- between the files of this module ---- */

/* dbus_object_add() - put the object onto the bus. Returns 0 or a negative errno. */
int dbus_object_add(struct dbus *dbus);

/* dbus_view_fill() - show what is known now. */
void dbus_view_fill(const struct manager *manager, struct dbus_view *ret);

/* dbus_set_cap(), dbus_clear_cap() - the methods. */
int dbus_set_cap(sd_bus_message *call, void *userdata, sd_bus_error *error);
int dbus_clear_cap(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* dbus_drop_requests() - the connection is over: forget who was being asked for. */
void dbus_drop_requests(struct dbus *dbus);

#endif
