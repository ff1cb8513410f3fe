/* SPDX-License-Identifier: MIT */
/*
 * The configuration as the programs use it: one typed struct, filled from one table of keys.
 *
 * config_table.c   every key with its type, default, range and help
 * config_value.c   the types: values from text and back
 * config_load.c    a file and its drop-ins
 * config_reader.c  one file, line by line
 * config_check.c   values that contradict each other
 * config_report.c  errors and warnings; config_text.c  text from outside
 * config_print.c   the effective configuration in the file's own syntax
 * config_regulator.c  what of it the regulator goes by
 */
#ifndef POWEROPT_CONFIG_CONFIG_H
#define POWEROPT_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/reading.h"

#define CONFIG_FILE_DEFAULT POWEROPT_SYSCONFDIR "/poweroptd/poweroptd.conf"

#define CONFIG_TEXT_MAX 256 /* bytes of a text value with its terminating zero */

enum dip_bias {
	DIP_BIAS_PULL_UP,
	DIP_BIAS_PULL_DOWN,
	DIP_BIAS_DISABLED,
	DIP_BIAS_AS_IS
};
enum dip_all_off {
	DIP_ALL_OFF_DISABLED,
	DIP_ALL_OFF_FAULT
};
enum meter_model {
	METER_MODEL_AUTO,
	METER_MODEL_KLEFR_6924,
	METER_MODEL_KLEFR_6934
};
enum serial_parity {
	SERIAL_PARITY_NONE,
	SERIAL_PARITY_EVEN,
	SERIAL_PARITY_ODD
};
enum serial_rs485 {
	SERIAL_RS485_NONE,
	SERIAL_RS485_KERNEL
};
enum error_register {
	ERROR_REGISTER_FAULT,
	ERROR_REGISTER_REPORT
};
enum output_kind {
	OUTPUT_NONE,
	OUTPUT_PWM,
	OUTPUT_CAN,
	OUTPUT_SYSFS
};
enum pwm_mapping {
	PWM_MAPPING_IEC61851,
	PWM_MAPPING_LINEAR
};
enum pwm_polarity {
	PWM_POLARITY_NORMAL,
	PWM_POLARITY_INVERSED
};
enum pwm_pause {
	PWM_PAUSE_HIGH,
	PWM_PAUSE_LOW
};
enum sysfs_unit {
	SYSFS_UNIT_A,
	SYSFS_UNIT_MA,
	SYSFS_UNIT_UA
};

/* The mains phases behind the charger's L1, L2, L3, in that order; count 0: as many as the meter has. */
struct phase_map {
	int32_t count;
	uint8_t mains[PHASES_MAX]; /* 0 to 2: L1 to L3 */
};

struct mains_config {
	int32_t limit_ma; /* 0: from the DIP switches */
	int32_t margin_ma;
	bool export_is_room;
};

struct dip_config {
	char chip[CONFIG_TEXT_MAX];
	char lines[3][CONFIG_TEXT_MAX]; /* offset or name of switches 4, 5, 6 */
	bool active_low;
	enum dip_bias bias;
	int64_t debounce_ms;
	enum dip_all_off all_off;
};

struct meter_config {
	char device[CONFIG_TEXT_MAX];
	enum meter_model model;
	int32_t unit; /* 1 to 247 */
	int32_t baud_rate;
	enum serial_parity parity;
	int32_t stop_bits;
	enum serial_rs485 rs485;
	int64_t poll_interval_ms; /* 0: back to back */
	int64_t response_timeout_ms;
	int64_t lost_after_ms;
	enum error_register error_register;
};

struct charger_config {
	enum output_kind output;
	int32_t min_ma;
	int32_t max_ma;
	struct phase_map phases;
	int32_t failsafe_ma;
};

struct pwm_config {
	char chip[CONFIG_TEXT_MAX]; /* directory, or a glob that matches exactly one */
	int32_t channel;
	int32_t frequency_hz;
	enum pwm_mapping mapping;
	enum pwm_polarity polarity;
	enum pwm_pause pause;
};

#define CAN_ID_NONE (-1)

struct can_config {
	char interface[CONFIG_TEXT_MAX];
	int32_t command_id; /* 11 bits */
	int32_t status_id;  /* 11 bits, or CAN_ID_NONE */
	int64_t period_ms;
};

struct sysfs_config {
	char path[CONFIG_TEXT_MAX]; /* empty: none */
	enum sysfs_unit unit;
};

struct indicator_config {
	char fault_led[CONFIG_TEXT_MAX]; /* empty: none */
};

struct regulation_config {
	int64_t settle_ms;
	int64_t raise_delay_ms;
	int64_t pause_delay_ms;
	int64_t resume_delay_ms;
	int32_t resume_margin_ma;
	int64_t recover_delay_ms;
};

struct config {
	struct mains_config mains;
	struct dip_config dip;
	struct meter_config meter;
	struct charger_config charger;
	struct pwm_config pwm;
	struct can_config can;
	struct sysfs_config sysfs;
	struct indicator_config indicator;
	struct regulation_config regulator;
};

/*
 * Where complaints about a configuration go: one call a line, without a newline. A sink that is
 * NULL, or a NULL in it, is silence.
 */
struct config_sink {
	void (*error)(void *userdata, const char *line);   /* the configuration is rejected */
	void (*warning)(void *userdata, const char *line); /* it works, but look at it */
	void *userdata;
};

/** config_defaults() - fill every field with its default. */
void config_defaults(struct config *ret);

/**
 * config_load() - read a configuration file and its drop-ins (PATH.d/ *.conf, in name order).
 * @path: the main file; one that does not exist counts as empty if it is the default path,
 *        and is an error otherwise (somebody named it).
 * @ret:  untouched unless everything is good (invariant S8).
 * @sink: gets every error as "FILE:LINE: [section] key: what is wrong and what is allowed"; the
 *        line, section or key is missing where there is none. After 500 it says no more.
 *
 * Equal configurations are equal bytes, so that memcmp() tells what a reload changes.
 *
 * Returns 0, -EBADMSG (errors in the contents, all reported), or the errno of the first file that
 * could not be read (reported as well; -EISDIR, -EFBIG above 1 MiB, -EINVAL for a pipe or socket).
 */
int config_load(const char *path, struct config *ret, const struct config_sink *sink);

/**
 * config_salvage() - whatever can be read of a configuration that may be broken, to make its
 * output safe: every good value, defaults for the rest, and failsafe_current 0 if anything is
 * wrong. Always fills ret; returns what config_load() would.
 */
int config_salvage(const char *path, struct config *ret, const struct config_sink *sink);

struct regulator_config;

/** config_regulator() - what the regulator goes by, in the daemon and in a replay. */
void config_regulator(const struct config *config, struct regulator_config *ret);

/** config_print() - write every key with its value in the file's syntax, sections in table order. */
void config_print(const struct config *config, FILE *stream);

#endif
