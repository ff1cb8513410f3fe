/* SPDX-License-Identifier: MIT */
/*
 * The DIP switches 4, 5 and 6: which limit they set (installation guide, table 2), and when a
 * setting counts.
 *
 * Switches are moved one by one, so on the way from one setting to another there are others. A
 * lower limit can count at once, a higher one must not: so it counts only after nothing has moved
 * for DIP_RAISE_MS, and moves that follow each other faster than that never raise the limit on
 * their way.
 *
 * Pure: no clock, no I/O. Times are CLOCK_BOOTTIME.
 */
#ifndef POWEROPT_CORE_DIP_H
#define POWEROPT_CORE_DIP_H

#include <stdbool.h>
#include <stdint.h>

#define DIP_SWITCHES 3

/* A setting is its row in table 2: switch 4 is bit 2, switch 5 bit 1, switch 6 bit 0; ON is 1. */
#define DIP_SETTINGS 8
#define DIP_ALL_OFF  0
#define DIP_NONE     (-1) /* no setting */

/* The lowest limit that the switches can set; what counts while the limit is not known. */
#define DIP_LOWEST_LIMIT_MA 16000

/* How long a higher limit, or "disabled", must stand unchanged. */
#define DIP_RAISE_MS INT64_C(10000)

/* What was not looked at for longer than this is no evidence of standing still. */
#define DIP_GAP_MS INT64_C(2000)

struct dip_filter_config {
	int64_t debounce_ms;
	bool all_off_is_fault; /* off off off is a loose connector, not "disabled" */
};

struct dip_filter {
	int in_force; /* the setting that counts, or DIP_NONE */
	bool loose;   /* instead of that: off off off, and it is a fault */
	int reference; /* the last one that counted, what is above it is a raise; DIP_NONE at first */
	int seen;      /* the setting at the last look, or DIP_NONE */
	int64_t since_ms; /* seen unchanged since */
	int64_t looked_ms;
};

/** dip_setting() - the number of a setting. @on: switches 4, 5, 6. */
int dip_setting(const bool on[DIP_SWITCHES]);

/** dip_switches() - the switches 4, 5, 6 of a setting; all false for DIP_NONE. */
void dip_switches(int setting, bool ret_on[DIP_SWITCHES]);

/** dip_limit_ma() - the limit of a setting, 0 to 7, in mA per phase; 0 is "disabled". */
int32_t dip_limit_ma(int setting);

/** dip_filter_init() - as after start: the first setting counts once it is stable for debounce. */
void dip_filter_init(struct dip_filter *filter);

/**
 * dip_filter_step() - look at the switches; to be done at least every DIP_GAP_MS / 2 and at
 * dip_filter_deadline_ms().
 * @setting: 0 to 7, as the switches stand.
 *
 * A lower limit than the last in force, or the same, counts once it is stable for debounce; so do
 * the first setting and off off off if that is a fault. A higher limit counts after DIP_RAISE_MS, and
 * "disabled" is higher than all.
 *
 * Returns whether in_force or loose changed.
 */
bool dip_filter_step(struct dip_filter *filter, const struct dip_filter_config *config, int setting,
	int64_t now_ms);

/**
 * dip_filter_lost() - the switches could not be read: nothing is in force until they have been
 * read again, and a limit that is higher than the last one still takes its time.
 */
void dip_filter_lost(struct dip_filter *filter);

/** dip_filter_deadline_ms() - when the setting seen last will count; INT64_MAX: it does, or none. */
int64_t dip_filter_deadline_ms(
	const struct dip_filter *filter, const struct dip_filter_config *config);

#endif
