/* SPDX-License-Identifier: MIT */
#include "dip/dip_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

#define FIRST_SWITCH 4

static void chip_sentence(int error, const char *chip, char *buf, size_t size)
{
	switch (-error) {
	/* For what is no GPIO chip libgpiod 1 and 2 have different errors. */
	case ENOENT:
	case ENODEV:
	case ENXIO:
	case ENOTTY:
	case EISDIR:
	case ENOTDIR:
		snprintf(buf, size,
			"There is no GPIO chip %s for the DIP switches: is its driver loaded? Name one "
			"that gpiodetect lists in [dip] chip, best by its label (numbers change)",
			chip);
		break;
	case ENOTUNIQ:
		snprintf(buf, size,
			"More than one GPIO chip has the label %s: give [dip] chip the device path of "
			"the one with the DIP switches",
			chip);
		break;
	case EACCES:
	case EPERM:
		snprintf(buf, size,
			"No permission to open the GPIO chip %s of the DIP switches: the user of "
			"this service must be in the device's group (usually gpio)",
			chip);
		break;
	default:
		snprintf(buf, size,
			"The GPIO chip %s of the DIP switches ([dip] chip) cannot be opened: %s; look "
			"for its driver in the kernel's log (journalctl -k)",
			chip, strerror(-error));
	}
}

static void line_sentence(
	const struct dip_trouble *t, const struct dip_config *config, char *buf, size_t size)
{
	const char *line = t->line == DIP_LINE_NONE ? "?" : config->lines[t->line];
	int number = FIRST_SWITCH + t->line;

	switch (-t->error) {
	case ENOENT:
		snprintf(buf, size,
			"The GPIO chip %s has no line with the name %s, meant for DIP switch %d: "
			"correct [dip] lines (gpioinfo lists them)",
			config->chip, line, number);
		break;
	case ERANGE:
		snprintf(buf, size,
			"The GPIO chip %s has %d lines, counted from 0, and none with the offset %s, "
			"meant for DIP switch %d: correct [dip] lines (gpioinfo lists them)",
			config->chip, t->line_count, line, number);
		break;
	case EEXIST:
		snprintf(buf, size,
			"The line %s of the GPIO chip %s, meant for DIP switch %d, is that of another "
			"switch already: correct [dip] lines",
			line, config->chip, number);
		break;
	default:
		snprintf(buf, size,
			"The lines of the GPIO chip %s cannot be looked up ([dip] lines): %s; "
			"see gpioinfo",
			config->chip, strerror(-t->error));
	}
}

static const char *bias_name(enum dip_bias bias)
{
	switch (bias) {
	case DIP_BIAS_PULL_UP:
		return "pull-up";
	case DIP_BIAS_PULL_DOWN:
		return "pull-down";
	case DIP_BIAS_DISABLED:
		return "disabled";
	case DIP_BIAS_AS_IS:
		break;
	}
	return "as-is";
}

static void request_sentence(
	const struct dip_trouble *t, const struct dip_config *config, char *buf, size_t size)
{
	char consumer[4 * DIP_CONSUMER_SIZE]; /* a program may call itself anything */

	if (t->error == -EBUSY && t->line != DIP_LINE_NONE)
		snprintf(buf, size,
			"The GPIO line %s of %s (DIP switch %d) is in use by %s: stop that, or correct "
			"[dip] lines",
			config->lines[t->line], config->chip, FIRST_SWITCH + t->line,
			t->consumer[0] ? text_echo(t->consumer, consumer, sizeof(consumer))
				       : "a driver or program without a name");
	else if (t->error == -EBUSY)
		snprintf(buf, size,
			"The GPIO lines of the DIP switches on %s are in use by somebody else: "
			"see gpioinfo, and stop that, or correct [dip] lines",
			config->chip);
	else if (config->bias != DIP_BIAS_AS_IS && (t->error == -EINVAL || t->error == -EOPNOTSUPP))
		snprintf(buf, size,
			"The GPIO chip %s refuses its lines with [dip] bias = %s: if the board has "
			"resistors for the DIP switches, set bias = as-is",
			config->chip, bias_name(config->bias));
	else
		snprintf(buf, size,
			"The GPIO lines of the DIP switches on %s cannot be used ([dip] lines): %s; see "
			"gpioinfo, and the kernel's log",
			config->chip, strerror(-t->error));
}

char *trouble_sentence(
	const struct dip_trouble *t, const struct dip_config *config, char *buf, size_t size)
{
	switch (t->kind) {
	case DIP_TROUBLE_CHIP:
		chip_sentence(t->error, config->chip, buf, size);
		break;
	case DIP_TROUBLE_LINE:
		line_sentence(t, config, buf, size);
		break;
	case DIP_TROUBLE_REQUEST:
		request_sentence(t, config, buf, size);
		break;
	case DIP_TROUBLE_READ:
		snprintf(buf, size,
			"The DIP switches can no longer be read, the GPIO chip %s ([dip] chip) %s%s: "
			"look for its driver and its wires",
			config->chip, t->error == -ENODEV ? "has gone away" : "reports ",
			t->error == -ENODEV ? "" : strerror(-t->error));
		break;
	case DIP_TROUBLE_LOOSE:
		snprintf(buf, size,
			"All DIP switches read off, which [dip] all_off = fault takes for a loose "
			"connector: push it in and set the switches, or set all_off = disabled");
		break;
	case DIP_TROUBLE_RESTLESS:
		snprintf(buf, size,
			"The DIP switches have not come to rest: a setting counts once it has not "
			"moved for a while (10 s if it is higher than the last); if this stays, look "
			"at their wires and at [dip] bias");
		break;
	}
	return buf;
}
