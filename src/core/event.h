/* SPDX-License-Identifier: MIT */
/*
 * What a person acts on: every event has a name and a MESSAGE_ID for the journal.
 *
 * The text that "journalctl -x" adds to an event is in data/poweroptd.catalog, the list for people
 * in section DIAGNOSTICS of poweroptd(8); tests/unit/test_event.c holds the three together. What is
 * only told for completeness has no event. Read by the daemon, which logs them, and by whoever looks
 * for them in the journal.
 */
#ifndef POWEROPT_CORE_EVENT_H
#define POWEROPT_CORE_EVENT_H

#include "core/fault.h"
#include "core/regulator.h"

enum event {
	/* a state begins, in the order of enum regulator_state */
	EVENT_STARTING,
	EVENT_DISABLED,
	EVENT_CHARGING,
	EVENT_LIMITED,
	EVENT_PAUSED,
	EVENT_FAILSAFE, /* only if no fault is told with it */

	/* a fault begins, in the order of enum fault */
	EVENT_METER_LOST,
	EVENT_METER_IMPLAUSIBLE,
	EVENT_METER_SELFTEST,
	EVENT_METER_UNKNOWN,
	EVENT_METER_REVERSED,
	EVENT_PHASE_MISSING,
	EVENT_DIP_UNREADABLE,
	EVENT_OUTPUT_FAILED,
	EVENT_CHARGER_RUNAWAY,
	EVENT_LOOP_STALLED,
	EVENT_FAULT_OVER, /* which one: POWEROPT_FAULT */

	/* the program */
	EVENT_STARTED,
	EVENT_RESTART_RECALLED, /* goes on where the process before it left off */
	EVENT_STOPPING,
	EVENT_SAFE_WRITTEN, /* the charger was left at the fail-safe current */
	EVENT_SAFE_FAILED,  /* ... could not be */
	EVENT_NO_OUTPUT,    /* none is configured: no charger is driven */

	/* the configuration */
	EVENT_CONFIG_ERROR, /* at start */
	EVENT_CONFIG_RELOADED,
	EVENT_CONFIG_REJECTED,
	EVENT_SETTINGS_NOT_KEPT, /* in the runtime directory, for the fail-safe */

	/* the mains limit */
	EVENT_DIP_CHANGED,
	EVENT_DIP_DISABLED, /* the optimizer is switched off */
	EVENT_LIMIT_CAPPED, /* to the rating of the meter */

	/* the meter */
	EVENT_METER_FOUND,
	EVENT_METER_MISMATCH, /* another model than configured */
	EVENT_METER_DEVICE,   /* trouble, from here on, in the order of enum meter_trouble */
	EVENT_METER_SILENT,
	EVENT_METER_DAMAGED,
	EVENT_METER_REFUSES,
	EVENT_METER_FOREIGN,
	EVENT_METER_VALUES,
	EVENT_METER_ANSWERS, /* ... and the end of any of them */
	EVENT_PORT_SHARED,
	EVENT_ERROR_REGISTER,
	EVENT_PHASE_DEAD,
	EVENT_EXPORT_SEEN,
	EVENT_HOUSE_OVERLOAD, /* without the car */

	/* the output */
	EVENT_OUTPUT_OVERWRITTEN, /* by another program; was set back */
	EVENT_OUTPUT_NOTICE,	  /* works, but is worth a word */
	EVENT_OUTPUT_WORKS,	  /* again */
	EVENT_FAULT_LED,	  /* cannot be switched */

	/* the system bus */
	EVENT_BUS_LOST, /* missing, or it does not give us our name */
	EVENT_BUS_BACK,

	EVENT_COUNT,
	EVENT_NONE = -22, /* -EINVAL */
};

/** event_name() - the name in the manual, such as "meter-lost". Returns NULL for what is no event. */
const char *event_name(enum event event);

/** event_id() - the MESSAGE_ID, 32 hexadecimal digits. Returns NULL for what is no event. */
const char *event_id(enum event event);

/** event_of_state() - the event that tells of this state. */
enum event event_of_state(enum regulator_state state);

/** event_of_fault() - the event that tells of this fault; not for FAULT_INVALID. */
enum event event_of_fault(enum fault fault);

#endif
