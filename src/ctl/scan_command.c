/* SPDX-License-Identifier: MIT */
/*
 * `poweroptctl scan`: looks for a meter whose address or line settings are not what they should be.
 */
#include "ctl/ctl.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/klefr.h"
#include "ctl/config_file.h"
#include "ctl/scan.h"
#include "ctl/scan_line.h"
#include "ctl/scan_report.h"

#define RETRY_MS 300

struct scan_command {
	const char *device; /* NULL: the configuration's */
	const char *file;
	bool all_rates;
	struct config config;
};

static void help(void)
{
	printf("Usage: poweroptctl scan [OPTION]... [DEVICE]\n\n"
	       "Looks for a Klefr meter with a wrong address or wrong line settings, and says\n"
	       "what to correct. DEVICE is a serial port; without it the configuration's is\n"
	       "searched. The service must be stopped meanwhile: systemctl stop poweroptd\n\n"
	       "      --all          try other rates than 9600 baud too, which takes long\n"
	       "  -c, --config=FILE  compare with this configuration\n"
	       "  -h, --help         print this help\n\n"
	       "Exit status: 0 a meter was found, 1 none was, 2 wrong usage.\n");
}

/* Returns -1 to go on, else the exit status. */
static int parse(struct scan_command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"all", no_argument, NULL, 'a'},
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (option) {
		case 'a':
			command->all_rates = true;
			break;
		case 'c':
			command->file = optarg;
			break;
		case 'h':
			help();
			return CTL_EXIT_OK;
		default:
			return ctl_misused("scan", NULL);
		}
	}
	if (optind + 1 < argc)
		return ctl_misused(
			"scan", "unexpected argument '%s': one DEVICE at a time", argv[optind + 1]);
	if (optind < argc)
		command->device = argv[optind];
	if (command->device && strlen(command->device) >= CONFIG_TEXT_MAX)
		return ctl_misused(
			"scan", "a DEVICE has fewer than %d characters", CONFIG_TEXT_MAX);
	return -1;
}

/* What is configured now, to search on its device and to compare with. */
static int load(struct scan_command *command)
{
	if (config_file_load(command->file, &command->config) == 0)
		return -1;
	if (!command->device)
		return ctl_complain("scan",
			"the configuration does not tell where the meter is: correct it, or name the "
			"DEVICE");
	config_defaults(&command->config);
	return -1;
}

/* The sentences of the port are the daemon's; here a person can do more about it. */
static void advise(const struct scan_result *result, int error)
{
	/* Who may not look into the processes of others gets to know of "another program". */
	if (error == -EBUSY && (strstr(result->why, "poweroptd") || geteuid() != 0))
		fprintf(stderr,
			"If that is the service: \"poweroptctl status\" tells what it hears; to search, "
			"stop it with\n\"systemctl stop poweroptd\" and start it again afterwards.\n");
	if (error == -EACCES)
		fprintf(stderr, "Run this with sudo, or join the group of the device.\n");
}

/*
 * Some lines do not care for parity, a pseudo-terminal for one. What works as it is configured
 * needs no correction.
 */
static bool configured_works(const struct scan_command *command, const struct scan_line *line,
	const struct scan_result *result)
{
	const struct meter_config *configured = &command->config.meter;
	struct scan_reply reply;
	char why[256];

	return result->unit == configured->unit && result->baud_rate == configured->baud_rate &&
	       line->set(line->userdata, configured->baud_rate, configured->parity, why,
		       sizeof(why)) == 0 &&
	       line->ask(line->userdata, result->unit, KLEFR_REG_CURRENTS, RETRY_MS, &reply) == 0 &&
	       reply.sound == SCAN_ANSWER;
}

/* The meter in person. */
static int show(struct scan_command *command, struct wait *wait, const struct scan_line *line,
	struct scan_port *port, const struct scan_result *result)
{
	struct meter_config found = port->config;
	struct scan_meter meter;
	int r;

	found.unit = result->unit;
	found.baud_rate = result->baud_rate;
	found.parity = result->parity;
	if (found.parity != command->config.meter.parity && configured_works(command, line, result))
		found.parity = command->config.meter.parity;
	scan_port_close(port);
	r = scan_identify(wait, &found, &meter);
	if (r < 0 && r != -ECANCELED)
		return ctl_complain(
			"scan", "the meter was found, but cannot be asked: %s", strerror(-r));
	scan_print_meter(stdout, &found, &meter);
	(void)scan_print_correction(stdout, command->file, &command->config.meter, &found, &meter);
	return CTL_EXIT_OK;
}

static int search(struct scan_command *command, struct wait *wait)
{
	struct scan_view view = {
		.device = command->device, .stream = stderr, .live = isatty(STDERR_FILENO)};
	struct scan_callbacks callbacks = scan_view_callbacks(&view);
	struct meter_config config = command->config.meter;
	struct scan_result result;
	struct scan_port port;
	struct scan_plan plan;
	struct scan_line line;

	snprintf(config.device, sizeof(config.device), "%s", command->device);
	config.stop_bits = 1;
	scan_plan_make(&plan, &command->config.meter, command->all_rates);
	line = scan_port_line(&port, wait, &config);
	scan_run(&plan, &line, &callbacks, &result);
	scan_view_end(&view);
	if (result.verdict == SCAN_FOUND)
		return show(command, wait, &line, &port, &result);
	scan_port_close(&port);
	fflush(stdout);
	scan_print_failure(result.verdict == SCAN_FAILED ? stderr : stdout, command->device,
		&result, command->all_rates);
	advise(&result, result.error);
	return CTL_EXIT_ERROR;
}

int scan_command(int argc, char **argv)
{
	struct scan_command command = {.file = CONFIG_FILE_DEFAULT};
	struct wait wait;
	int r;

	r = parse(&command, argc, argv);
	if (r < 0)
		r = load(&command);
	if (r >= 0)
		return r;
	if (!command.device)
		command.device = command.config.meter.device;
	r = wait_open(&wait);
	if (r < 0)
		return ctl_complain("scan", "cannot wait for anything: %s", strerror(-r));
	r = search(&command, &wait);
	wait_close(&wait);
	return r;
}
