/* SPDX-License-Identifier: MIT */
/*
 * The manager's inside, shared by manager.c, loop.c, reload.c, control.c, report.c and report_meter.c only.
 */
#ifndef POWEROPT_APP_MANAGER_PRIVATE_H
#define POWEROPT_APP_MANAGER_PRIVATE_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "app/boottime.h"
#include "app/caps.h"
#include "app/dbus.h"
#include "app/log.h"
#include "app/manager.h"
#include "app/repeat.h"
#include "app/sentence.h"
#include "core/regulator.h"
#include "dip/dip.h"
#include "meter/meter.h"
#include "output/output.h"

/* A timer of sd-event, and what it is set to; INT64_MAX: off. */
struct alarm {
	sd_event_source *source;
	int64_t at_us;
};

struct manager {
	const char *path;
	struct config config;

	/* event loop */
	sd_event *event;
	bool sources_changed; /* from outside of its handlers: it must have a turn to know */
	struct alarm dip_alarm, output_alarm;
	struct alarm tick;	 /* every second: read the output back, decide anew */
	sd_event_source *dip_io; /* what the parts want to be woken up by besides */
	sd_event_source *output_io;
	int64_t cycle_due_us; /* the regulator's next deadline; the fail-safe waits for nobody */

	/* the parts */
	struct meter *meter;
	struct dip *dip; /* NULL: the limit is fixed, or nothing is driven anyway */
	struct output *output;
	struct dbus dbus;
	struct caps caps;   /* what users ask for; a reload keeps them */
	bool meter_resting; /* the optimizer is off: the meter is left alone */
	struct regulator_config regulator_config;
	struct regulator regulator;
	struct regulator_decision decision;
	int64_t petted_ms;     /* when a cycle told the service manager's watchdog of itself */
	int64_t remembered_ms; /* when the decision was kept last, and which one that was */
	int32_t remembered_ma;
	enum regulator_state remembered_state;
	int32_t limit_before_ma; /* in force before the switches that are being read now */
	bool started;		 /* the mains limit was known, or known to be unreadable */
	int led_known;		 /* what the fault light shows: 0, 1, or one of these */
#define LED_UNKNOWN (-1)
#define LED_FAILED  (-2)
	bool output_failed;
	int64_t starved_ms;   /* since when the output lacks a descriptor; 0: it does not */
	bool output_standing; /* the last write went through */

	/* what was told already */
	struct regulator_decision told;
	bool told_anything;
	int64_t told_change_ms; /* the last change of the allowed current that was logged */
	bool told_export;
	bool told_house;
	bool told_error_register;
	uint8_t told_absent;
	int32_t told_capped_ma;		 /* limit above the meter's rating that was told; 0: none */
	bool ready;			 /* the service manager knows */
	int32_t told_meter_code;	 /* of the meter that was introduced; -1: none was */
	int64_t trouble_since_ms;	 /* the meter's present trouble; -1: none */
	enum meter_trouble told_trouble; /* that was looked at already */
	bool trouble_told;		 /* ... and was told */
	bool told_open; /* the serial device is, since it was told that it is not */
	struct repeat trouble_repeat;
	struct repeat output_repeat;
	struct repeat dip_repeat;
	struct repeat house_repeat;
	struct repeat fault_repeat[FAULT_COUNT];
	uint32_t told_faults; /* present faults whose beginning was told */
	char told_output[SENTENCE_MAX];
	char output_trouble[SENTENCE_MAX]; /* the last, when it is over as well */
	char told_notice[SENTENCE_MAX];
	char status[SENTENCE_MAX];
	int64_t status_due_ms; /* when the service manager is told again */
};

/* manager_cycle() - a control cycle, and the timers that follow from it. @reading: new, or NULL. */
void manager_cycle(struct manager *manager, const struct reading *reading);

/* manager_dip_new() - the switches that a configuration asks for, NULL if it does not. */
int manager_dip_new(struct dip **ret, const struct config *config);

/* manager_wake_all() - the parts were exchanged: watch their descriptors, let them begin. */
void manager_wake_all(struct manager *manager);

/* reload_config() - read the configuration again; a broken one changes nothing (invariant S8). */
void reload_config(struct manager *manager);

/* reload_store() - keep the settings in force for the fail-safe. */
void reload_store(const struct manager *manager);

/* control_configure() - take over the settings of the regulator from manager->config. */
void control_configure(struct manager *manager);

/* control_start() - begin to regulate, or go on where the process before left off. */
void control_start(struct manager *manager);

/* What a fresh installation has to say, with the path of the configuration. */
#define REPORT_UNCONFIGURED "No charger is driven: set [charger] output in %s"

/* control_limit_ma() - the mains limit in force; 0: switched off. */
#define LIMIT_UNKNOWN DIP_LIMIT_UNKNOWN
int32_t control_limit_ma(const struct manager *manager);

/*
 * control_is_unconfigured() - nobody has said yet what is driven, nor the limit: switches may be there
 * but are left alone. Nothing can be decided, and nothing is a fault.
 */
bool control_is_unconfigured(const struct manager *manager);

/* control_needs_meter() - whether the meter is to be polled: not while the optimizer is off. */
bool control_needs_meter(const struct manager *manager);

/*
 * control_cycle() - decide and act.
 * @reading: new, or NULL.
 * Returns when the next cycle is due at the latest, in ms.
 */
int64_t control_cycle(struct manager *manager, const struct reading *reading);

/* control_output_event() - the output has something to do. Returns whether to decide anew. */
bool control_output_event(struct manager *manager);

/* control_verify() - read the output back, if it stands. */
void control_verify(struct manager *manager);

/*
 * control_stop() - leave the charger at what is allowed, at most bound_ma, before the output changes
 * or we end. Returns 0 or a negative errno, logged.
 */
int control_stop(struct manager *manager, int32_t bound_ma);

/* report_decision() - log what changed, tell the service manager. */
void report_decision(struct manager *manager, int64_t now_ms);

/* report_fields() - what the journal gets with an event. @fault: FAULT_INVALID if it is of none. */
void report_fields(const struct manager *manager, enum fault fault, struct log_fields *ret);

/*
 * report_repeated() - warn of something that may come again and again; @word for the count: "@word 7
 * times since this was told". Returns whether it was told.
 */
bool report_repeated(struct manager *manager, struct repeat *repeat, int64_t now_ms,
	enum event event, const char *text, const char *word);

/* report_start() - tell that the daemon starts, and on what. */
void report_start(const struct manager *manager);

/* report_new_output() - tell where the allowed current goes from now on. */
void report_new_output(const struct manager *manager);

/* report_recall() - tell what goes on of the process before. @since_ms: before control_start(). */
void report_recall(const struct manager *manager, int64_t since_ms);

/* report_cap_by_rating() - tell of a mains limit that the meter's rating lowers. */
void report_cap_by_rating(struct manager *manager);

/* report_forget_meter() - a new meter: nothing was told of it yet. */
void report_forget_meter(struct manager *manager);

/* report_trouble() - log what is wrong with the meter's line, if it lasts. */
void report_trouble(struct manager *manager, int64_t now_ms);

/* report_meter() - log what happened to the meter; @events of meter_dispatch(). */
void report_meter(struct manager *manager, unsigned int events);

/* report_dip() - log what happened to the switches; @events of dip_dispatch(). */
void report_dip(struct manager *manager, unsigned int events);

/* report_output() - log what happened to the output. @error: negative errno or 0. */
void report_output(struct manager *manager, int error);

/* report_status() - log everything that is known, on demand. */
void report_status(struct manager *manager);

/* report_situation() - what sentences speak of. */
void report_situation(const struct manager *manager, int64_t now_ms, struct situation *ret);

#endif
