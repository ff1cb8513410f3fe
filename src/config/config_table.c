/* SPDX-License-Identifier: MIT */
#include "config/config_table.h"

#include <assert.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define AMPERE 1000

/* Enums are written through an int (config_value.c). */
_Static_assert(sizeof(enum output_kind) == sizeof(int), "compile without -fshort-enums");

static const char *const bias_values[] = {
	[DIP_BIAS_PULL_UP] = "pull-up",
	[DIP_BIAS_PULL_DOWN] = "pull-down",
	[DIP_BIAS_DISABLED] = "disabled",
	[DIP_BIAS_AS_IS] = "as-is",
	NULL,
};
static const char *const all_off_values[] = {
	[DIP_ALL_OFF_DISABLED] = "disabled",
	[DIP_ALL_OFF_FAULT] = "fault",
	NULL,
};
static const char *const model_values[] = {
	[METER_MODEL_AUTO] = "auto",
	[METER_MODEL_KLEFR_6924] = "klefr-6924",
	[METER_MODEL_KLEFR_6934] = "klefr-6934",
	NULL,
};
static const char *const baud_rate_values[] = {
	"300",
	"600",
	"1200",
	"2400",
	"4800",
	"9600",
	"19200",
	"38400",
	"57600",
	"115200",
	NULL,
};
static const char *const parity_values[] = {
	[SERIAL_PARITY_NONE] = "none",
	[SERIAL_PARITY_EVEN] = "even",
	[SERIAL_PARITY_ODD] = "odd",
	NULL,
};
static const char *const rs485_values[] = {
	[SERIAL_RS485_NONE] = "none",
	[SERIAL_RS485_KERNEL] = "kernel",
	NULL,
};
static const char *const error_register_values[] = {
	[ERROR_REGISTER_FAULT] = "fault",
	[ERROR_REGISTER_REPORT] = "report",
	NULL,
};
static const char *const output_values[] = {
	[OUTPUT_NONE] = "none",
	[OUTPUT_PWM] = "pwm",
	[OUTPUT_CAN] = "can",
	[OUTPUT_SYSFS] = "sysfs",
	NULL,
};
static const char *const mapping_values[] = {
	[PWM_MAPPING_IEC61851] = "iec61851",
	[PWM_MAPPING_LINEAR] = "linear",
	NULL,
};
static const char *const polarity_values[] = {
	[PWM_POLARITY_NORMAL] = "normal",
	[PWM_POLARITY_INVERSED] = "inversed",
	NULL,
};
static const char *const pause_values[] = {
	[PWM_PAUSE_HIGH] = "high",
	[PWM_PAUSE_LOW] = "low",
	NULL,
};
static const char *const sysfs_unit_values[] = {
	[SYSFS_UNIT_A] = "A",
	[SYSFS_UNIT_MA] = "mA",
	[SYSFS_UNIT_UA] = "uA",
	NULL,
};

/* Section, key, type, default; field; what it may be; help. */
#define KEY(section, name, type, standard, member)                                                 \
	section, name, type, standard, offsetof(struct config, member)
#define RANGE(min, max) min, max, NULL
#define VALUES(list)	0, 0, list
#define ANY		0, 0, NULL

/* clang-format off */
static const struct config_key keys[] = {
	{KEY("mains", "limit", CONFIG_LIMIT, "dip", mains.limit_ma), RANGE(6 * AMPERE, 125 * AMPERE),
	 "Main switch of the house, per phase: as set on the DIP switches, or in ampere"},
	{KEY("mains", "margin", CONFIG_AMPS, "0.2", mains.margin_ma), RANGE(0, 25 * AMPERE),
	 "Ampere that are kept free below the limit"},
	{KEY("mains", "export", CONFIG_BOOL, "no", mains.export_is_room), ANY,
	 "Whether current fed into the grid (PV) is room for the car"},

	{KEY("dip", "chip", CONFIG_TEXT, "gpiochip0", dip.chip), ANY,
	 "GPIO chip of the DIP switches: name, label or device path"},
	{KEY("dip", "lines", CONFIG_DIP_LINES, "4 5 6", dip.lines), ANY,
	 "Offsets or names of the lines of switches 4, 5 and 6, in this order"},
	{KEY("dip", "active_low", CONFIG_BOOL, "yes", dip.active_low), ANY,
	 "Whether a switch that is ON pulls its line low"},
	{KEY("dip", "bias", CONFIG_ENUM, "pull-up", dip.bias), VALUES(bias_values),
	 "Resistor that the GPIO chip puts on the lines"},
	{KEY("dip", "debounce", CONFIG_TIMESPAN, "50ms", dip.debounce_ms), RANGE(0, 5 * SECOND),
	 "How long a lower limit must stand on the switches before it counts"},
	{KEY("dip", "all_off", CONFIG_ENUM, "disabled", dip.all_off), VALUES(all_off_values),
	 "Meaning of off off off: optimizer disabled, or a fault such as a loose connector"},

	{KEY("meter", "device", CONFIG_PATH, "/dev/ttyRS485", meter.device), ANY,
	 "Serial device that the meter is wired to"},
	{KEY("meter", "model", CONFIG_ENUM, "auto", meter.model), VALUES(model_values),
	 "Klefr 6924 (one phase) or 6934 (three phases); auto asks the meter"},
	{KEY("meter", "unit", CONFIG_INTEGER, "1", meter.unit), RANGE(1, 247),
	 "Modbus address of the meter"},
	{KEY("meter", "baud_rate", CONFIG_INTEGER_OF, "9600", meter.baud_rate),
	 VALUES(baud_rate_values),
	 "Bits per second on the line, as set in the meter"},
	{KEY("meter", "parity", CONFIG_ENUM, "even", meter.parity), VALUES(parity_values),
	 "Parity on the line, as set in the meter"},
	{KEY("meter", "stop_bits", CONFIG_INTEGER, "1", meter.stop_bits), RANGE(1, 2),
	 "Stop bits on the line, as set in the meter"},
	{KEY("meter", "rs485", CONFIG_ENUM, "none", meter.rs485), VALUES(rs485_values),
	 "Who switches the direction of the line: the adapter by itself, or the kernel's driver"},
	{KEY("meter", "poll_interval", CONFIG_TIMESPAN, "250ms", meter.poll_interval_ms),
	 RANGE(0, 10 * SECOND),
	 "How often the meter is read; 0 means back to back"},
	{KEY("meter", "response_timeout", CONFIG_TIMESPAN, "200ms", meter.response_timeout_ms),
	 RANGE(10, 5 * SECOND),
	 "How long to wait for an answer of the meter"},
	{KEY("meter", "lost_after", CONFIG_TIMESPAN, "5s", meter.lost_after_ms),
	 RANGE(500, 5 * MINUTE),
	 "No valid reading for this long is a fault"},
	{KEY("meter", "error_register", CONFIG_ENUM, "fault", meter.error_register),
	 VALUES(error_register_values),
	 "What a meter that reports an error of its own is: a fault, or only reported"},

	{KEY("charger", "output", CONFIG_ENUM, "none", charger.output), VALUES(output_values),
	 "How the charger is told what the car may draw; nothing is touched while this is none"},
	{KEY("charger", "min_current", CONFIG_AMPS, "6", charger.min_ma),
	 RANGE(6 * AMPERE, 80 * AMPERE),
	 "Ampere below which the charge is paused"},
	{KEY("charger", "max_current", CONFIG_AMPS, "32", charger.max_ma),
	 RANGE(6 * AMPERE, 80 * AMPERE),
	 "Rating of charger and cable in ampere, whichever is lower"},
	{KEY("charger", "phases", CONFIG_PHASES, "auto", charger.phases), ANY,
	 "Mains phases behind the charger's L1, L2, L3, in that order; auto is every phase of the meter"},
	{KEY("charger", "failsafe_current", CONFIG_AMPS, "0", charger.failsafe_ma),
	 RANGE(0, 80 * AMPERE),
	 "Most that the car may draw in a fault: 0, or min_current to max_current"},

	{KEY("pwm", "chip", CONFIG_PATH, "/sys/class/pwm/pwmchip0", pwm.chip), ANY,
	 "Directory of the PWM chip, or a pattern with * that fits exactly one"},
	{KEY("pwm", "channel", CONFIG_INTEGER, "0", pwm.channel), RANGE(0, 255),
	 "Channel of the PWM chip"},
	{KEY("pwm", "frequency", CONFIG_INTEGER, "1000", pwm.frequency_hz), RANGE(1, 100000),
	 "Frequency in Hz; a control pilot needs 1000"},
	{KEY("pwm", "mapping", CONFIG_ENUM, "iec61851", pwm.mapping), VALUES(mapping_values),
	 "Control-pilot duty cycle, or linear with 100 % for max_current"},
	{KEY("pwm", "polarity", CONFIG_ENUM, "normal", pwm.polarity), VALUES(polarity_values),
	 "Whether the circuit behind the PWM inverts the signal"},
	{KEY("pwm", "pause", CONFIG_ENUM, "high", pwm.pause), VALUES(pause_values),
	 "Pilot level that pauses the charge; not to be set together with mapping = linear"},

	{KEY("can", "interface", CONFIG_TEXT, "can0", can.interface), RANGE(1, 15), /* IFNAMSIZ */
	 "SocketCAN interface"},
	{KEY("can", "command_id", CONFIG_CAN_ID, "0x210", can.command_id), RANGE(0, 0x7ff),
	 "Identifier of the frames to the charger"},
	{KEY("can", "status_id", CONFIG_CAN_ID_OR_NONE, "0x211", can.status_id), RANGE(0, 0x7ff),
	 "Identifier of the frames from the charger; none if it sends none"},
	{KEY("can", "period", CONFIG_TIMESPAN, "100ms", can.period_ms), RANGE(10, 450),
	 "How often the command is sent; the charger stops after 500ms without one"},

	{KEY("sysfs", "path", CONFIG_PATH_OR_NOTHING, "", sysfs.path), ANY,
	 "File that takes the allowed current as a number; needed for output = sysfs"},
	{KEY("sysfs", "unit", CONFIG_ENUM, "mA", sysfs.unit), VALUES(sysfs_unit_values),
	 "Unit of that number"},

	{KEY("indicator", "fault_led", CONFIG_PATH_OR_NOTHING, "", indicator.fault_led), ANY,
	 "LED that is lit in a fault, such as /sys/class/leds/fault"},

	{KEY("regulator", "settle", CONFIG_TIMESPAN, "7s", regulator.settle_ms),
	 RANGE(0, 60 * SECOND),
	 "Longest time from a change of the allowed current to its effect in the readings"},
	{KEY("regulator", "raise_delay", CONFIG_TIMESPAN, "6s", regulator.raise_delay_ms),
	 RANGE(0, 10 * MINUTE),
	 "How long there must be room before the current is raised"},
	{KEY("regulator", "pause_delay", CONFIG_TIMESPAN, "5s", regulator.pause_delay_ms),
	 RANGE(0, 1 * MINUTE),
	 "How long a small overload is ridden through at min_current before a pause"},
	{KEY("regulator", "resume_delay", CONFIG_TIMESPAN, "60s", regulator.resume_delay_ms),
	 RANGE(0, 10 * MINUTE),
	 "How long there must be room before a pause ends"},
	{KEY("regulator", "resume_margin", CONFIG_AMPS, "1.5", regulator.resume_margin_ma),
	 RANGE(0, 25 * AMPERE),
	 "Ampere that must be free above min_current before a pause ends"},
	{KEY("regulator", "recover_delay", CONFIG_TIMESPAN, "10s", regulator.recover_delay_ms),
	 RANGE(0, 10 * MINUTE),
	 "How long readings must be good after a meter fault"},
};
/* clang-format on */

size_t config_key_count(void)
{
	return COUNT(keys);
}

const struct config_key *config_key_at(size_t index)
{
	return index < COUNT(keys) ? &keys[index] : NULL;
}

size_t config_key_index(const struct config_key *key)
{
	assert(key >= keys && key < keys + COUNT(keys));
	return (size_t)(key - keys);
}

const struct config_key *config_key_find(const char *section, const char *name)
{
	for (size_t i = 0; i < COUNT(keys); i++)
		if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

const struct config_key *config_key_of(size_t offset)
{
	for (size_t i = 0; i < COUNT(keys); i++)
		if (keys[i].offset == offset)
			return &keys[i];
	assert(!"the offset of a field that has a key");
	return NULL;
}

void config_defaults(struct config *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < COUNT(keys); i++) {
		int r = config_key_parse(&keys[i], keys[i].standard, ret);

		assert(r == 0);
		(void)r;
	}
}
