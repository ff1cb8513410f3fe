/* SPDX-License-Identifier: MIT */
/*
 * `poweroptsim replay`: options before, files and figures after.
 */
#include "sim/sim.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "sim/house_log.h"
#include "sim/option.h"
#include "sim/replay.h"
#include "sim/replay_output.h"
#include "sim/replay_plot.h"
#include "sim/target.h"

#define LIMIT_DEFAULT_MA 25000
#define MAX_DEFAULT_MA	 16000

/* What the command line says; 0, NULL or -1 where it says nothing. */
struct replay_command {
	const char *trace;
	const char *config;
	const char *csv;
	const char *svg;
	bool json;
	bool feedback;
	double limit_a;
	double max_a;
	int phases;
	int64_t lag_ms;
	int64_t poll_ms;
	const struct car_preset *car;
};

struct recorder {
	FILE *csv;
	struct replay_plot *plot;
};

enum {
	OPT_LIMIT = 1,
	OPT_MAX,
	OPT_PHASES,
	OPT_LAG,
	OPT_POLL,
	OPT_CAR,
	OPT_FEEDBACK,
	OPT_CONFIG,
	OPT_CSV,
	OPT_SVG,
	OPT_JSON,
	OPT_HELP,
};

static const struct option options[] = {
	{"limit", required_argument, NULL, OPT_LIMIT},
	{"max", required_argument, NULL, OPT_MAX},
	{"phases", required_argument, NULL, OPT_PHASES},
	{"meter-lag", required_argument, NULL, OPT_LAG},
	{"poll", required_argument, NULL, OPT_POLL},
	{"car", required_argument, NULL, OPT_CAR},
	{"feedback", no_argument, NULL, OPT_FEEDBACK},
	{"config", required_argument, NULL, OPT_CONFIG},
	{"csv", required_argument, NULL, OPT_CSV},
	{"svg", required_argument, NULL, OPT_SVG},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

static void help(void)
{
	printf("Usage: poweroptsim replay TRACE.csv [OPTION]...\n\n"
	       "Lets the regulator of poweroptd charge a car in a house whose load is known, in\n"
	       "virtual time: a day takes a moment. TRACE.csv has the header t,l1,l2,l3 (seconds,\n"
	       "and A without the car); - is standard input.\n\n"
	       "      --limit=AMPS       main switch (default 25)\n"
	       "      --max=AMPS         charger and cable (default 16)\n"
	       "      --phases=1|3       of the house and its meter (default 3)\n"
	       "      --meter-lag=SPAN   age of what the meter shows (default 1s)\n"
	       "      --poll=SPAN        how often it is asked (default 250ms)\n"
	       "      --car=PRESET       what is plugged in (default reference)\n"
	       "      --feedback         the charger tells what it draws, as over CAN\n"
	       "      --config=FILE      take the settings of this poweroptd.conf; options win\n"
	       "      --csv=FILE         write a row for each second; - is standard output\n"
	       "      --svg=FILE         draw a picture, with gnuplot\n"
	       "      --json             print the figures as JSON\n"
	       "      --help             this text\n\nCars:\n");
	for (size_t i = 0; car_preset_at(i); i++)
		printf("  %-10s %s\n", car_preset_at(i)->name, car_preset_at(i)->help);
}

/* ---- the command line ---- */

static bool car_take(struct replay_command *command)
{
	command->car = car_preset_find(optarg);
	if (!command->car)
		option_complain(
			"replay", "--car=%s: no such car, see poweroptsim replay --help", optarg);
	return command->car;
}

static bool phases_take(struct replay_command *command)
{
	long long number = 0;

	if (!option_integer("phases", optarg, 1, 3, &number))
		return false;
	command->phases = (int)number;
	if (number == 2)
		option_complain("replay", "--phases=2: allowed are 1 and 3");
	return number != 2;
}

static bool lag_take(struct replay_command *command)
{
	if (!option_timespan("meter-lag", optarg, &command->lag_ms))
		return false;
	if (command->lag_ms > REPLAY_LAG_MAX_MS)
		option_complain("replay", "--meter-lag=%s: at most 60s", optarg);
	return command->lag_ms <= REPLAY_LAG_MAX_MS;
}

/* Returns -1 to go on, else the exit status. */
static int option_take(struct replay_command *command, int option)
{
	bool good = true;

	switch (option) {
	case OPT_LIMIT:
		good = option_number("limit", optarg, 6, 125, &command->limit_a);
		break;
	case OPT_MAX:
		good = option_number("max", optarg, 6, 80, &command->max_a);
		break;
	case OPT_PHASES:
		good = phases_take(command);
		break;
	case OPT_LAG:
		good = lag_take(command);
		break;
	case OPT_POLL:
		good = option_timespan("poll", optarg, &command->poll_ms);
		break;
	case OPT_CAR:
		good = car_take(command);
		break;
	case OPT_FEEDBACK:
		command->feedback = true;
		break;
	case OPT_CONFIG:
		command->config = optarg;
		break;
	case OPT_CSV:
		command->csv = optarg;
		break;
	case OPT_SVG:
		command->svg = optarg;
		break;
	case OPT_JSON:
		command->json = true;
		break;
	case OPT_HELP:
		help();
		return EXIT_SUCCESS;
	default:
		return SIM_EXIT_USAGE;
	}
	return good ? -1 : SIM_EXIT_USAGE;
}

static int options_parse(struct replay_command *command, int argc, char **argv)
{
	int option, status;

	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		status = option_take(command, option);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return option_complain("replay", "which trace? See poweroptsim replay --help");
	if (optind + 1 < argc)
		return option_complain("replay", "'%s' is too much", argv[optind + 1]);
	if (command->json + target_is_stdout(command->csv) + target_is_stdout(command->svg) > 1)
		return option_complain("replay",
			"only one of --json, --csv=- and --svg=- can have the standard output");
	command->trace = argv[optind];
	return -1;
}

/* ---- the setup ---- */

static void on_config_line(void *userdata, const char *line)
{
	(void)userdata;
	fprintf(stderr, "%s\n", line);
}

static int config_take(const struct replay_command *command, struct config *ret)
{
	const struct config_sink sink = {.error = on_config_line, .warning = on_config_line};

	if (command->config)
		return config_load(command->config, ret, &sink);
	config_defaults(ret);
	ret->mains.limit_ma = LIMIT_DEFAULT_MA;
	ret->charger.max_ma = MAX_DEFAULT_MA;
	return 0;
}

/* What the daemon would be told by this file and these options. Returns -1 or the exit status. */
static int setup_make(const struct replay_command *command, struct replay_setup *ret)
{
	struct config config;

	if (config_take(command, &config) < 0)
		return EXIT_FAILURE;
	if (command->limit_a > 0)
		config.mains.limit_ma = (int32_t)(command->limit_a * 1000 + 0.5);
	if (command->max_a > 0)
		config.charger.max_ma = (int32_t)(command->max_a * 1000 + 0.5);
	if (config.mains.limit_ma == 0)
		return option_complain("replay",
			"%s leaves the limit to the DIP switches: add --limit=AMPS",
			command->config);
	if (config.charger.max_ma < config.charger.min_ma)
		return option_complain("replay",
			"--max=%g is below min_current, which is %g A in %s", command->max_a,
			config.charger.min_ma / 1000.0, command->config);

	*ret = (struct replay_setup){
		.car = command->car,
		.charger = config.charger.phases,
		.limit_ma = config.mains.limit_ma,
		.phases = config.meter.model == METER_MODEL_KLEFR_6924 ? 1 : 3,
		.poll_ms = command->poll_ms >= 0 ? command->poll_ms : config.meter.poll_interval_ms,
		.lag_ms = command->lag_ms,
		.feedback = command->feedback,
	};
	config_regulator(&config, &ret->regulator);
	if (command->phases > 0)
		ret->phases = command->phases;
	for (int i = 0; i < ret->charger.count; i++) {
		if (ret->charger.mains[i] >= ret->phases)
			return option_complain("replay",
				"%s has the charger on L%d, which a house with --phases=1 lacks",
				command->config, ret->charger.mains[i] + 1);
	}
	return -1;
}

static int trace_take(const char *path, struct trace *ret)
{
	char problem[TRACE_PROBLEM_MAX];
	int r;

	r = target_is_stdout(path) ? trace_read(stdin, "standard input", ret, problem)
				   : trace_load(path, ret, problem);
	if (r < 0) {
		fprintf(stderr, "poweroptsim: %s\n", problem);
		return r;
	}
	if (replay_seconds(ret) < 0) {
		fprintf(stderr, "poweroptsim: %s: longer than %d days\n", path, REPLAY_DAYS_MAX);
		trace_clear(ret);
		return -ERANGE;
	}
	return 0;
}

/* ---- the files ---- */

static void on_second(void *userdata, const struct replay_second *second)
{
	struct recorder *recorder = userdata;

	if (recorder->csv)
		replay_csv_row(recorder->csv, second);
	if (recorder->plot)
		replay_plot_add(recorder->plot, second);
}

static int picture_make(const struct replay_command *command, const struct replay_setup *setup,
	const struct replay_result *result, const struct replay_plot *plot, struct target *target)
{
	const char *slash = strrchr(command->trace, '/');
	char title[300], caption[256];
	int r;

	snprintf(title, sizeof(title),
		"%.160s: main switch %g A, charger %g A, car \"%s\", meter %g s late%s",
		slash ? slash + 1 : command->trace, setup->limit_ma / 1000.0,
		setup->regulator.max_ma / 1000.0, setup->car->name, (double)setup->lag_ms / 1000,
		setup->feedback ? ", with feedback" : "");
	r = replay_plot_draw(plot, target->stream, title, replay_caption(&result->tally, caption));
	if (r == -ENOENT)
		fprintf(stderr, "poweroptsim: no picture: gnuplot is not installed\n");
	else if (r == -EPROTO)
		fprintf(stderr, "poweroptsim: no picture: gnuplot failed\n");
	else if (r < 0)
		target_complain(target, r);
	return r;
}

static int figures_print(const struct replay_command *command, const struct replay_setup *setup,
	const struct replay_result *result)
{
	struct target out = {.name = "standard output", .stream = stdout};

	if (command->json)
		(void)replay_json(stdout, &result->tally);
	else if (target_is_stdout(command->csv) || target_is_stdout(command->svg))
		replay_summary(stderr, command->trace, setup, result);
	else
		replay_summary(stdout, command->trace, setup, result);
	return target_close(&out);
}

/* Everything that can be told is told, even if a file cannot be written. */
static int run(const struct replay_command *command, struct replay_setup *setup)
{
	struct recorder recorder = {0};
	struct replay_result result;
	struct target csv = {0}, svg = {0};
	int r = target_open(&csv, command->csv);
	int problem = 0;

	if (r == 0)
		r = target_open(&svg, command->svg);
	if (r == 0 && svg.stream) {
		recorder.plot = replay_plot_new(setup, replay_seconds(setup->trace));
		r = recorder.plot ? 0 : -ENOMEM;
	}
	recorder.csv = csv.stream;
	if (csv.stream)
		house_log_header(csv.stream);
	setup->hooks.second = on_second;
	setup->hooks.userdata = &recorder;
	if (r == 0)
		r = replay_run(setup, &result);
	if (r == -ENOMEM)
		fprintf(stderr, "poweroptsim: out of memory\n");
	if (r == 0 && svg.stream)
		problem = picture_make(command, setup, &result, recorder.plot, &svg);
	if (target_close(&csv) < 0)
		problem = -EIO;
	if (target_close(&svg) < 0)
		problem = -EIO;
	if (r == 0)
		r = figures_print(command, setup, &result);
	replay_plot_free(recorder.plot);
	return r < 0 ? r : problem;
}

int replay_command(int argc, char **argv)
{
	struct replay_command command = {
		.car = car_preset_find("reference"), .lag_ms = 1000, .poll_ms = -1};
	struct replay_setup setup;
	struct trace trace;
	int status = options_parse(&command, argc, argv);

	if (status >= 0)
		return status;
	status = setup_make(&command, &setup);
	if (status >= 0)
		return status;
	if (trace_take(command.trace, &trace) < 0)
		return EXIT_FAILURE;
	setup.trace = &trace;
	status = run(&command, &setup) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	trace_clear(&trace);
	return status;
}
