/* SPDX-License-Identifier: MIT */
#include "ctl/scan_report.h"

#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "core/klefr.h"
#include "core/quantity.h"
#include "ctl/scan_text.h"
#include "term/wrap.h"

#define COLUMNS 80

#define CHARGER_OPTIMIZER_REGISTER KLEFR_REG_CURRENTS

/* A voltage below this is that of a phase that is not connected. */
#define PRESENT_MV 50000

/* ---- a meter ---- */

static void print_identity(FILE *stream, const struct meter_status *meter)
{
	if (meter->unknown)
		fprintf(stream, "A meter that does not tell its currents");
	else
		fprintf(stream, "Klefr %s",
			meter->phases == 1 ? "6924 (one phase)" : "6934 (three phases)");
	if (meter->serial[0])
		fprintf(stream, ", serial number %s", meter->serial);
	if (meter->meter_code >= 0)
		fprintf(stream, ", code 0x%04X", (unsigned int)meter->meter_code);
	if (meter->software >= 0)
		fprintf(stream, ", software %d.%02d", meter->software / 100, meter->software % 100);
	if (meter->rated_ma > 0)
		fprintf(stream, ", rated %d A", meter->rated_ma / 1000);
	fprintf(stream, "\n");
}

static void print_phase(FILE *stream, const struct scan_meter *meter, int phase)
{
	int32_t mv = meter->status.voltage_mv[phase];
	int32_t ma = meter->reading.current_ma[phase];

	fprintf(stream, "  L%d  ", phase + 1);
	if (!meter->voltages_known || mv < 0)
		fprintf(stream, "      ? V");
	else
		fprintf(stream, "%7.1f V", (double)mv / 1000);
	if (meter->reading.at_ms > 0)
		fprintf(stream, "  %8.2f A", (double)ma / 1000);
	if (meter->voltages_known && mv >= 0 && mv < PRESENT_MV)
		fprintf(stream, "   no voltage: check the fuse and the wiring of this phase");
	else if (ma <= -READING_EXPORT_MA)
		fprintf(stream, "   negative: the house feeds in (PV), or is wired backwards");
	fprintf(stream, "\n");
}

void scan_print_meter(
	FILE *stream, const struct meter_config *found, const struct scan_meter *meter)
{
	char settings[SCAN_SETTINGS_MAX];

	print_identity(stream, &meter->status);
	fprintf(stream, "on %s at %s, address %d\n\n", found->device,
		scan_settings(found->baud_rate, found->parity, settings, sizeof(settings)),
		found->unit);
	for (int i = 0; i < meter->status.phases; i++)
		print_phase(stream, meter, i);
	if (meter->status.error_register > 0)
		fprintf(stream,
			"  Its error register is 0x%04X: look at its display (S and five digits, or "
			"Err 01, Err 02); if it stays, return the meter\n",
			(unsigned int)meter->status.error_register & 0xffffu);
	if (meter->reading.at_ms > 0 && meter->reading.quality != READING_GOOD)
		fprintf(stream, "  These currents cannot be true: check the power on its phases, "
				"return the meter if it goes on\n");
	fprintf(stream, "\n");
}

/* By whatever name: /dev/ttyRS485 is a link as a rule. */
static bool same_device(const char *a, const char *b)
{
	struct stat sa, sb;

	return strcmp(a, b) == 0 || (stat(a, &sa) == 0 && stat(b, &sb) == 0 &&
					    sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino);
}

static bool same_model(const struct meter_config *configured, const struct scan_meter *meter)
{
	enum meter_model model = meter->status.model;

	return configured->model == METER_MODEL_AUTO || model == METER_MODEL_AUTO ||
	       configured->model == model;
}

bool scan_print_correction(FILE *stream, const char *file, const struct meter_config *configured,
	const struct meter_config *found, const struct scan_meter *meter)
{
	bool device = !same_device(configured->device, found->device);
	bool unit = configured->unit != found->unit;
	bool baud_rate = configured->baud_rate != found->baud_rate;
	bool parity = configured->parity != found->parity;
	bool model = !same_model(configured, meter);
	char settings[SCAN_SETTINGS_MAX];

	if (!device && !unit && !baud_rate && !parity && !model) {
		fprintf(stream, "The configuration fits this meter. To regulate again: "
				"systemctl start poweroptd\n");
		return false;
	}
	/* Where a drop-in sets it, a correction of the file before would be of no use. */
	fprintf(stream,
		"The configuration does not fit. In %s,\n"
		"or in the file of %s.d that sets it, correct\n\n"
		"    [meter]\n",
		file, file);
	if (device)
		fprintf(stream, "    device = %s\n", found->device);
	if (unit)
		fprintf(stream, "    unit = %d\n", found->unit);
	if (baud_rate)
		fprintf(stream, "    baud_rate = %d\n", found->baud_rate);
	if (parity)
		fprintf(stream, "    parity = %s\n", scan_parity_name(found->parity));
	if (model)
		fprintf(stream, "    model = auto\n");
	fprintf(stream, "\nand then: systemctl restart poweroptd\n");
	if (unit || baud_rate || parity)
		fprintf(stream,
			"Or set the meter, at its own buttons, to %s, address %d, as the configuration "
			"has it.\n",
			scan_settings(configured->baud_rate, configured->parity, settings,
				sizeof(settings)),
			configured->unit);
	return true;
}

/* ---- no meter ---- */

static void print_other_devices(FILE *stream, const char *device)
{
	static const char *const patterns[] = {
		"/dev/ttyRS485*", "/dev/ttyUSB*", "/dev/ttyACM*", "/dev/ttyAMA*", "/dev/ttymxc*"};
	bool any = false;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		glob_t paths;

		if (glob(patterns[i], 0, NULL, &paths) != 0)
			continue;
		for (size_t n = 0; n < paths.gl_pathc; n++) {
			if (strcmp(paths.gl_pathv[n], device) == 0)
				continue;
			fprintf(stream, "%s %s",
				any ? "," : " Other ports of this machine:", paths.gl_pathv[n]);
			any = true;
		}
		globfree(&paths);
	}
	fprintf(stream, "%s\n", any ? "." : "");
}

static void print_heard(FILE *stream, const struct scan_result *result)
{
	const struct scan_find *const finds[] = {
		&result->refused, &result->foreign, &result->garbage};
	char text[SCAN_FIND_MAX];
	bool any = false;

	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		if (!finds[i]->heard)
			continue;
		fprintf(stream, "%s  %s", any ? "" : "What was heard:\n",
			scan_find_text(finds[i], text, sizeof(text)));
		any = true;
		if (finds[i]->times > 1)
			fprintf(stream, " (%d times)", finds[i]->times);
		fprintf(stream, ".\n");
	}
	if (result->unasked > 0) {
		fprintf(stream,
			"%s  %zu bytes before anything was asked: another master, or noise.\n",
			any ? "" : "What was heard:\n", result->unasked);
		any = true;
	}
	if (any)
		fprintf(stream, "\n");
}

static void print_cause(FILE *stream, int *number, const char *text)
{
	char label[16];

	snprintf(label, sizeof(label), " %d. ", ++*number);
	text_print(stream, COLUMNS, label, text);
}

static void print_causes(
	FILE *stream, const char *device, const struct scan_result *result, bool all_rates)
{
	/* Damaged answers of one address alone are a meter's, those of every address are noise. */
	bool one = result->garbage.heard && result->garbage.times * 10 < result->asked;
	bool noise = (result->garbage.heard && !one) || result->unasked > 0;
	int n = 0;

	fprintf(stream, "Check, the likely causes first:\n");
	if (one)
		print_cause(stream, &n,
			"The cable, as something does answer there: shielded and twisted, 300 m at most, "
			"120 ohm between A and B at both ends; and that no second meter has the same "
			"address.");
	if (result->foreign.heard)
		print_cause(stream, &n,
			"Two devices with the same address, or a gateway between: leave the meter alone "
			"on the line and try again.");
	print_cause(stream, &n,
		"The wires A and B: exchange them and try again, nothing can break. On the meter they "
		"are terminals 22 (A) and 23 (B) with three phases, 11 (A) and 12 (B) with one.");
	if (noise)
		print_cause(stream, &n,
			"The cable: shielded and twisted, 300 m at most, 120 ohm between A and B at both "
			"ends.");
	print_cause(stream, &n,
		"The meter's power: its display must show something. On three phases S and five "
		"digits; a 0 in the third, fourth or fifth is a phase that is missing. Within 10 s "
		"of power-up it does not answer.");
	if (!noise && !one)
		print_cause(stream, &n,
			"The cable: shielded and twisted, 300 m at most, 120 ohm between A and B at both "
			"ends.");
	print_cause(stream, &n,
		"Another master: the charging station's own power optimizer must be off, and no other "
		"program or device may ask on this line.");
	if (!all_rates)
		print_cause(stream, &n, "Another rate than 9600 baud: try again with --all.");
	fprintf(stream, " %d. The device: is the meter's line on %s?", ++n, device);
	print_other_devices(stream, device);
}

/* The sentences of the port speak of the configuration; here somebody may have typed the name. */
static void print_no_port(FILE *stream, const char *device, const struct scan_result *result)
{
	switch (result->why[0] ? -result->error : 0) {
	case ENOENT:
	case ENXIO:
		fprintf(stream,
			"%s does not exist: plug the RS485 adapter in, or name the port that the meter "
			"is wired to.",
			device);
		break;
	case ENOTTY:
	case EISDIR:
		fprintf(stream,
			"%s is not a serial port: name the one that the meter is wired to, such as "
			"/dev/ttyUSB0.",
			device);
		break;
	default:
		fprintf(stream, "%s\n",
			result->why[0] ? result->why
				       : "The serial device has gone away: plug the RS485 "
					 "adapter in again");
		return;
	}
	print_other_devices(stream, device);
}

void scan_print_failure(
	FILE *stream, const char *device, const struct scan_result *result, bool all_rates)
{
	char settings[SCAN_SETTINGS_MAX];

	switch (result->verdict) {
	case SCAN_FOUND:
		return;
	case SCAN_OTHER_MASTER:
		fprintf(stream,
			"Another master asks on %s, at %s: it reads register 0x%04X of address %d.%s "
			"A Modbus line has one master: switch that off and try again.\n",
			device,
			scan_settings(
				result->baud_rate, result->parity, settings, sizeof(settings)),
			(unsigned int)result->other_address, result->other_unit,
			result->other_address == CHARGER_OPTIMIZER_REGISTER
				? " That is what a charging station's own power optimizer does."
				: "");
		return;
	case SCAN_ECHOES:
		fprintf(stream,
			"Whatever is sent on %s comes back: the RS485 adapter hears itself, and "
			"poweroptd cannot work with that. Switch its echo off (a jumper, or RE to be "
			"joined with DE); if nothing but the echo is ever heard, check A and B as "
			"well.\n",
			device);
		return;
	case SCAN_FAILED:
		print_no_port(stream, device, result);
		return;
	case SCAN_CANCELED:
		fprintf(stream,
			"Ended before the search was through: no meter was found so far.\n");
		print_heard(stream, result);
		return;
	case SCAN_NOTHING:
		fprintf(stream, "No meter answers on %s.\n\n", device);
		print_heard(stream, result);
		print_causes(stream, device, result, all_rates);
		return;
	}
}
