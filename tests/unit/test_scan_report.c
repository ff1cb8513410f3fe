/* SPDX-License-Identifier: MIT */
/*
 * The words of `poweroptctl scan`: what an electrician reads on the way, of a meter that was found,
 * and above all when none was.
 */
#include <string.h>

#include "ctl/scan_report.h"
#include "ctl/scan_text.h"
#include "support.h"

#define DEVICE "/dev/null" /* exists, and is no other device of this machine's */

static char *printed;
static size_t printed_n;
static FILE *stream;

static int setup(void **state)
{
	(void)state;
	stream = open_memstream(&printed, &printed_n);
	return stream ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	fclose(stream);
	free(printed);
	printed = NULL;
	return 0;
}

static bool said(const char *part)
{
	fflush(stream);
	return strstr(printed, part);
}

static void says(const char *part)
{
	if (!said(part))
		fail_msg("'%s' does not say '%s'", printed, part);
}

static void forget(void)
{
	fclose(stream);
	free(printed);
	assert_int_equal(setup(NULL), 0);
}

/* Which of the causes is on the list, or 0. */
static int place_of(const char *part)
{
	const char *at, *line;

	fflush(stream);
	at = strstr(printed, part);
	for (line = at; line && line > printed; line--)
		if (line[-1] == '\n' && line[0] == ' ' && line[1] >= '1' && line[1] <= '9')
			return line[1] - '0';
	return 0;
}

/* ---- a meter ---- */

static struct meter_config found_config(void)
{
	struct meter_config config = {.model = METER_MODEL_AUTO,
		.unit = 1,
		.baud_rate = 9600,
		.parity = SERIAL_PARITY_EVEN,
		.stop_bits = 1};

	strcpy(config.device, DEVICE);
	return config;
}

static struct scan_meter found_meter(void)
{
	struct scan_meter meter = {
		.status = {.model = METER_MODEL_KLEFR_6934,
			.phases = 3,
			.serial = "20030042",
			.meter_code = 0x0102,
			.software = 307,
			.rated_ma = 100000,
			.voltage_mv = {230100, 231000, 229900}},
		.reading = {.at_ms = 1, .phases = 3, .current_ma = {12310, -20, 4000}},
		.voltages_known = true,
	};

	return meter;
}

static void a_meter_is_shown_with_its_settings_and_its_phases(void **state)
{
	struct meter_config config = found_config();
	struct scan_meter meter = found_meter();

	(void)state;
	scan_print_meter(stream, &config, &meter);
	says("Klefr 6934 (three phases), serial number 20030042, code 0x0102, software 3.07, rated 100 A\n"
	     "on /dev/null at 9600 baud, parity even, address 1\n");
	says("  L1    230.1 V     12.31 A\n  L2    231.0 V     -0.02 A\n");
	assert_false(said("negative"));
	assert_false(said("no voltage"));
}

static void what_is_wrong_with_a_phase_stands_beside_it(void **state)
{
	struct meter_config config = found_config();
	struct scan_meter meter = found_meter();

	(void)state;
	meter.status.voltage_mv[1] = 1200;
	meter.status.voltage_mv[2] = -1;
	meter.reading.current_ma[2] = -6000;
	meter.status.error_register = 0x8001;
	meter.reading.quality = READING_INVALID;
	scan_print_meter(stream, &config, &meter);
	says("-0.02 A   no voltage: check the fuse and the wiring of this phase\n");
	says("  L3        ? V     -6.00 A   negative: the house feeds in (PV), or is wired backwards\n");
	says("error register is 0x8001: look at its display");
	says("These currents cannot be true");
}

static void a_meter_that_tells_little_is_shown_with_that(void **state)
{
	struct meter_config config = found_config();
	struct scan_meter meter = {
		.status = {.phases = 1, .meter_code = -1, .software = -1, .error_register = -1}};

	(void)state;
	scan_print_meter(stream, &config, &meter);
	says("Klefr 6924 (one phase)\non ");
	says("  L1        ? V\n");
	assert_false(said("L2"));
	forget();
	meter.status.unknown = true;
	scan_print_meter(stream, &config, &meter);
	says("A meter that does not tell its currents\n");
}

static void a_configuration_that_fits_is_left_alone(void **state)
{
	struct meter_config config = found_config(), found = config;
	struct scan_meter meter = found_meter();

	(void)state;
	assert_false(scan_print_correction(stream, "/etc/p.conf", &config, &found, &meter));
	says("The configuration fits this meter.");
	assert_false(said("[meter]"));
	/* whatever name the device has */
	forget();
	strcpy(config.device, "/dev/../dev/null");
	meter.status.model = METER_MODEL_AUTO;
	config.model = METER_MODEL_KLEFR_6924;
	assert_false(scan_print_correction(stream, "/etc/p.conf", &config, &found, &meter));
}

static void each_key_that_does_not_fit_is_written_as_it_must_be(void **state)
{
	struct meter_config config = found_config(), found = found_config();
	struct scan_meter meter = found_meter();

	(void)state;
	found.unit = 17;
	assert_true(scan_print_correction(stream, "/etc/p.conf", &config, &found, &meter));
	says("In /etc/p.conf,\nor in the file of /etc/p.conf.d that sets it, correct\n\n"
	     "    [meter]\n    unit = 17\n\nand then:");
	says("Or set the meter, at its own buttons, to 9600 baud, parity even, address 1");

	forget();
	found.baud_rate = 19200;
	found.parity = SERIAL_PARITY_NONE;
	config.model = METER_MODEL_KLEFR_6924;
	strcpy(config.device, "/dev/nowhere");
	assert_true(scan_print_correction(stream, "/etc/p.conf", &config, &found, &meter));
	says("    device = /dev/null\n    unit = 17\n    baud_rate = 19200\n    parity = none\n"
	     "    model = auto\n");

	/* no button of the meter changes the device */
	forget();
	found = found_config();
	config.model = METER_MODEL_AUTO;
	assert_true(scan_print_correction(stream, "/etc/p.conf", &config, &found, &meter));
	says("    device = /dev/null\n");
	assert_false(said("buttons"));
}

/* ---- no meter ---- */

static struct scan_find heard(enum scan_sound sound, int times)
{
	return (struct scan_find){.heard = true,
		.baud_rate = 9600,
		.parity = SERIAL_PARITY_ODD,
		.unit = 5,
		.reply = {.sound = sound, .unit = 9, .exception = 2},
		.times = times};
}

static void a_silent_line_has_the_wires_first_and_the_rates_last(void **state)
{
	struct scan_result result = {.verdict = SCAN_NOTHING, .asked = 700};

	(void)state;
	scan_print_failure(stream, DEVICE, &result, false);
	says("No meter answers on /dev/null.\n\nCheck, the likely causes first:\n");
	assert_false(said("What was heard"));
	assert_int_equal(place_of("The wires A and B"), 1);
	assert_int_equal(place_of("The meter's power"), 2);
	assert_int_equal(place_of("The cable: shielded"), 3);
	assert_int_equal(place_of("Another master"), 4);
	assert_int_equal(place_of("try again with --all"), 5);
	assert_int_equal(place_of("is the meter's line on /dev/null?"), 6);
	forget();
	scan_print_failure(stream, DEVICE, &result, true);
	assert_false(said("--all"));
	assert_int_equal(place_of("is the meter's line on /dev/null?"), 5);
}

static void noise_makes_the_cable_the_second_cause(void **state)
{
	struct scan_result result = {.verdict = SCAN_NOTHING, .asked = 700};

	(void)state;
	result.garbage = heard(SCAN_GARBAGE, 600);
	scan_print_failure(stream, DEVICE, &result, true);
	says("What was heard:\n  At 9600 baud, parity odd, something comes back when address 5 is asked, "
	     "but damaged (600 times).\n\n");
	assert_int_equal(place_of("The wires A and B"), 1);
	assert_int_equal(place_of("The cable: shielded"), 2);
	forget();
	result.garbage.heard = false;
	result.unasked = 12;
	scan_print_failure(stream, DEVICE, &result, true);
	says("  12 bytes before anything was asked: another master, or noise.\n");
	assert_int_equal(place_of("The cable: shielded"), 2);
}

static void damage_from_one_address_makes_the_cable_the_first_cause(void **state)
{
	struct scan_result result = {.verdict = SCAN_NOTHING, .asked = 700};

	(void)state;
	result.garbage = heard(SCAN_GARBAGE, 3);
	scan_print_failure(stream, DEVICE, &result, true);
	assert_int_equal(place_of("The cable, as something does answer there"), 1);
	assert_int_equal(place_of("The wires A and B"), 2);
	assert_false(said("The cable: shielded"));
}

static void other_devices_on_the_line_are_told(void **state)
{
	struct scan_result result = {.verdict = SCAN_NOTHING, .asked = 700};

	(void)state;
	result.refused = heard(SCAN_REFUSED, 1);
	result.foreign = heard(SCAN_FOREIGN, 2);
	result.unasked = 1;
	scan_print_failure(stream, DEVICE, &result, true);
	says("address 5, a Modbus device answers, but does not tell any current (exception 2, no such "
	     "register)");
	says("address 5 was asked, and an answer came that bears address 9, where nothing answers (2 "
	     "times).\n  1 bytes before");
	assert_int_equal(place_of("Two devices with the same address"), 1);
}

static void every_exception_has_a_name(void **state)
{
	static const struct {
		int code;
		const char *name;
	} exceptions[] = {{1, "illegal function"}, {2, "no such register"}, {3, "illegal value"},
		{4, "device failure"}, {6, "busy"}, {5, "no known meaning"}};

	(void)state;
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
		struct scan_find find = heard(SCAN_REFUSED, 1);
		char text[SCAN_FIND_MAX], expected[64];

		find.reply.exception = exceptions[i].code;
		snprintf(expected, sizeof(expected), "(exception %d, %s)", exceptions[i].code,
			exceptions[i].name);
		scan_find_text(&find, text, sizeof(text));
		assert_non_null(strstr(text, expected));
		find.reply.sound = SCAN_SILENCE;
		assert_string_equal(scan_find_text(&find, text, sizeof(text)), "");
	}
}

static void every_other_end_of_a_search_says_what_to_do(void **state)
{
	struct scan_result result = {.verdict = SCAN_OTHER_MASTER,
		.baud_rate = 9600,
		.other_unit = 1,
		.other_address = 0x500C};

	(void)state;
	scan_print_failure(stream, DEVICE, &result, false);
	says("Another master asks on /dev/null, at 9600 baud, parity none: it reads register 0x500C of "
	     "address 1. That is what a charging station's own power optimizer does.");
	says("switch that off and try again");
	forget();
	result.other_address = 0x0000;
	scan_print_failure(stream, DEVICE, &result, false);
	assert_false(said("charging station"));
	forget();
	result.verdict = SCAN_ECHOES;
	scan_print_failure(stream, DEVICE, &result, false);
	says("Switch its echo off");
	forget();
	result.verdict = SCAN_FAILED;
	scan_print_failure(stream, DEVICE, &result, false);
	says("plug the RS485 adapter in again");
	forget();
	strcpy(result.why, "/dev/null is no serial device");
	scan_print_failure(stream, DEVICE, &result, false);
	says("/dev/null is no serial device\n");
	forget();
	result.verdict = SCAN_CANCELED;
	result.garbage = heard(SCAN_GARBAGE, 1);
	scan_print_failure(stream, DEVICE, &result, false);
	says("Ended before the search was through");
	says("What was heard:");
	assert_false(said("Check, the likely causes"));
	forget();
	result.verdict = SCAN_FOUND;
	scan_print_failure(stream, DEVICE, &result, false);
	fflush(stream);
	assert_int_equal(printed_n, 0);
}

/* ---- on the way ---- */

static const struct scan_block one = {.baud_rate = 9600, .first = 1, .last = 1},
			       many = {.baud_rate = 19200, .first = 2, .last = 247};

static void into_a_file_each_setting_is_a_line(void **state)
{
	struct scan_view view = {.device = DEVICE, .stream = stream};
	struct scan_callbacks callbacks = scan_view_callbacks(&view);

	(void)state;
	callbacks.progress(callbacks.userdata, &one, 1, 0, 100000);
	callbacks.progress(callbacks.userdata, &many, 2, 10001, 100000);
	callbacks.progress(callbacks.userdata, &many, 3, 11000, 100000);
	scan_view_end(&view);
	fflush(stream);
	assert_string_equal(printed,
		"Trying 9600 baud, parity none, address 1 (at most 1min 40s more)\n"
		"Trying 19200 baud, parity none, address 2 to 247 (at most 1min 30s more)\n");
}

static void on_a_terminal_one_line_is_written_again_and_again(void **state)
{
	struct scan_view view = {.device = DEVICE, .stream = stream, .live = true};
	struct scan_callbacks callbacks = scan_view_callbacks(&view);
	struct scan_find find = heard(SCAN_GARBAGE, 1);

	(void)state;
	scan_view_end(&view); /* nothing stands there yet */
	fflush(stream);
	assert_int_equal(printed_n, 0);
	callbacks.progress(callbacks.userdata, &many, SCAN_UNIT_ANYBODY, 0, 620000);
	says("\r\033[K19200 baud, parity none, whatever address (at most 10min more; Ctrl-C ends it)");
	callbacks.progress(callbacks.userdata, &one, 1, 618001, 620000);
	says("\r\033[K9600 baud, parity none, address 1 (at most 2s more; Ctrl-C ends it)");
	assert_false(said("\n"));
	callbacks.find(callbacks.userdata, &find);
	says("ends it)\r\033[KAt 9600 baud, parity odd, something comes back");
	assert_int_equal(printed[printed_n - 1], '\n');
	scan_view_end(&view);
	says("damaged\n\r\033[K");
}

#define report_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		report_test(a_meter_is_shown_with_its_settings_and_its_phases),
		report_test(what_is_wrong_with_a_phase_stands_beside_it),
		report_test(a_meter_that_tells_little_is_shown_with_that),
		report_test(a_configuration_that_fits_is_left_alone),
		report_test(each_key_that_does_not_fit_is_written_as_it_must_be),
		report_test(a_silent_line_has_the_wires_first_and_the_rates_last),
		report_test(noise_makes_the_cable_the_second_cause),
		report_test(damage_from_one_address_makes_the_cable_the_first_cause),
		report_test(other_devices_on_the_line_are_told),
		report_test(every_exception_has_a_name),
		report_test(every_other_end_of_a_search_says_what_to_do),
		report_test(into_a_file_each_setting_is_a_line),
		report_test(on_a_terminal_one_line_is_written_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
