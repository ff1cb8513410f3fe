/* SPDX-License-Identifier: MIT */
/*
 * The manager's inside, shared by manager.c, control.c and report.c only.
 */
#ifndef POWEROPT_APP_MANAGER_PRIVATE_H
#define POWEROPT_APP_MANAGER_PRIVATE_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "app/manager.h"
#include "app/sentence.h"
#include "core/regulator.h"
#include "meter/meter.h"
#include "output/output.h"

struct manager {
	const char *path;
	struct config config;

	/* event loop */
	sd_event *event;
	sd_event_source *meter_io;    /* the serial port, while it is open */
	sd_event_source *meter_timer; /* the meter's own deadlines */
	sd_event_source *
		cycle_timer; /* the regulator's deadline: the fail-safe does not wait for the bus */
	sd_event_source *tick_timer;  /* every second: read the output back, decide anew */
	sd_event_source *retry_timer; /* an output that is being set up */

	/* the parts */
	struct meter *meter;
	struct output *output;
	struct regulator_config regulator_config;
	struct regulator regulator;
	struct regulator_decision decision;
	int64_t remembered_ms; /* when the decision was kept last, and which one that was */
	int32_t remembered_ma;
	enum regulator_state remembered_state;
	bool output_failed;
	bool output_standing; /* the last write went through */

	/* what was told already */
	struct regulator_decision told;
	bool told_anything;
	int64_t told_change_ms; /* the last change of the allowed current that was logged */
	bool told_export;
	bool told_house;
	bool told_rating;
	bool told_error_register;
	uint8_t told_absent;
	bool ready; /* the service manager knows */
	char told_meter[SENTENCE_MAX];
	char told_output[SENTENCE_MAX];
	char status[SENTENCE_MAX];
};

/* manager_now_us() - CLOCK_BOOTTIME, the only clock that anything here is measured on. */
int64_t manager_now_us(void);

/* control_configure() - take over the settings of the regulator from manager->config. */
void control_configure(struct manager *manager);

/* control_start() - begin to regulate, or go on where the process before left off. */
void control_start(struct manager *manager);

/* control_limit_ma() - the mains limit in force. */
int32_t control_limit_ma(const struct manager *manager);

/*
 * control_cycle() - decide and act.
 * @reading: new, or NULL.
 * Returns when the next cycle is due at the latest, in ms.
 */
int64_t control_cycle(struct manager *manager, const struct reading *reading);

/* control_verify() - read the output back, if it stands. */
void control_verify(struct manager *manager);

/* control_stop() - leave the charger at the safe current, before the output changes or we end. */
void control_stop(struct manager *manager);

/* report_decision() - log what changed, tell the service manager. */
void report_decision(struct manager *manager, int64_t now_ms);

/* report_meter() - log what happened to the meter; @events of meter_dispatch(). */
void report_meter(struct manager *manager, unsigned int events);

/* report_output() - log what happened to the output. @error: negative errno or 0. */
void report_output(struct manager *manager, int error);

/* report_status() - log everything that is known, on demand. */
void report_status(struct manager *manager);

/* report_situation() - what sentences speak of. */
void report_situation(const struct manager *manager, int64_t now_ms, struct situation *ret);

#endif
