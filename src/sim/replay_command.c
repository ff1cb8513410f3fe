/* SPDX-License-Identifier: MIT */
/*
 * `poweroptsim replay`: options before, files and figures after.
 */
#include "sim/sim.h"

#include <assert.h>
#include <errno.h>
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
#include "term/gnuplot.h"

#define LIMIT_DEFAULT_MA 25000
#define MAX_DEFAULT_MA	 16000
#define POLL_MAX_MS	 10000 /* as of [meter] poll_interval */

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

#define VALUE(member)		 offsetof(struct replay_command, member), 0, 0
#define RANGED(member, min, max) offsetof(struct replay_command, member), min, max

static const struct option_row rows[] = {
	{"limit", "AMPS", "main switch (default 25)", option_take_number, RANGED(limit_a, 6, 125)},
	{"max", "AMPS", "charger and cable (default 16)", option_take_number, RANGED(max_a, 6, 80)},
	{"phases", "1|3", "of the house and its meter (default 3)", option_take_phases,
		VALUE(phases)},
	{"meter-lag", "SPAN", "age of what the meter shows (default 1s)", option_take_span,
		RANGED(lag_ms, 0, REPLAY_LAG_MAX_MS)},
	{"poll", "SPAN", "how often it is asked (default 250ms)", option_take_span,
		RANGED(poll_ms, 0, POLL_MAX_MS)},
	{"car", "PRESET", "what is plugged in (default reference)", option_take_car, VALUE(car)},
	{"feedback", NULL, "the charger tells what it draws, as over CAN", option_take_flag,
		VALUE(feedback)},
	{"config", "FILE", "take the settings of this file; options win over it", option_take_text,
		VALUE(config)},
	{"csv", "FILE", "write a row for each second; - is standard output", option_take_text,
		VALUE(csv)},
	{"svg", "FILE", "draw a picture, with gnuplot; - is standard output", option_take_text,
		VALUE(svg)},
	{"json", NULL, "print the figures as JSON", option_take_flag, VALUE(json)},
	{0},
};

static const struct option_set options = {
	.subcommand = "replay",
	.operand = "TRACE.csv",
	.about = "Lets the regulator of poweroptd charge a car in a house whose load is known, in\n"
		 "virtual time: a day takes a moment. TRACE.csv has the header t,l1,l2,l3\n"
		 "(seconds, and A without the car); - is standard input.\n",
	.rows = rows,
	.help_more = cars_help,
};

static int command_parse(struct replay_command *command, int argc, char **argv)
{
	int status = options_parse(&options, command, argc, argv, &command->trace);

	if (status >= 0)
		return status;
	if (command->json + target_is_stdout(command->csv) + target_is_stdout(command->svg) > 1)
		return option_complain("replay",
			"only one of --json, --csv=- and --svg=- can have the standard output");
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

static const char *trace_name(const char *path)
{
	return target_is_stdout(path) ? "standard input" : path;
}

static int trace_take(const char *path, struct trace *ret)
{
	char problem[TRACE_PROBLEM_MAX];
	int r;

	r = target_is_stdout(path) ? trace_read(stdin, trace_name(path), ret, problem)
				   : trace_load(path, ret, problem);
	if (r < 0) {
		fprintf(stderr, "poweroptsim: %s\n", problem);
		return r;
	}
	if (replay_seconds(ret) < 0) {
		fprintf(stderr, "poweroptsim: %s: longer than %d days\n", trace_name(path),
			REPLAY_DAYS_MAX);
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
	const struct replay_result *result, const struct replay_plot *plot)
{
	const char *name = trace_name(command->trace), *slash = strrchr(name, '/');
	char title[300], caption[256];
	int r;

	snprintf(title, sizeof(title),
		"%.160s: main switch %g A, charger %g A, car \"%s\", meter %g s late%s",
		slash ? slash + 1 : name, setup->limit_ma / 1000.0,
		setup->regulator.max_ma / 1000.0, setup->car->name, (double)setup->lag_ms / 1000,
		setup->feedback ? ", with feedback" : "");
	r = replay_plot_draw(plot, command->svg, title, replay_caption(&result->tally, caption));
	if (r < 0)
		fprintf(stderr, "poweroptsim: no picture in %s: %s\n", command->svg,
			gnuplot_trouble(r));
	return r;
}

static void figures_print(const struct replay_command *command, const struct replay_setup *setup,
	const struct replay_result *result)
{
	if (command->json)
		(void)replay_json(stdout, &result->tally);
	else if (target_is_stdout(command->csv) || target_is_stdout(command->svg))
		replay_summary(stderr, trace_name(command->trace), setup, result);
	else
		replay_summary(stdout, trace_name(command->trace), setup, result);
}

/* Everything that can be told is told, even if a file cannot be written. */
static int run(const struct replay_command *command, struct replay_setup *setup)
{
	struct recorder recorder = {0};
	struct replay_result result = {0};
	struct target csv = {0};
	int r = target_open(&csv, command->csv);
	int problem = 0;

	if (r == 0 && command->svg) {
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
	setup->hooks.userdata = NULL; /* it ends here, the setup does not */
	if (r == -ENOMEM)
		fprintf(stderr, "poweroptsim: out of memory\n");
	if (r == 0 && command->svg)
		problem = picture_make(command, setup, &result, recorder.plot);
	if (target_close(&csv) < 0)
		problem = -EIO;
	if (r == 0)
		figures_print(command, setup, &result);
	replay_plot_free(recorder.plot);
	return r < 0 ? r : problem;
}

int replay_command(int argc, char **argv)
{
	struct replay_command command = {
		.car = car_preset_find("reference"), .lag_ms = 1000, .poll_ms = -1};
	struct replay_setup setup = {0};
	struct trace trace;
	int status = command_parse(&command, argc, argv);

	if (status >= 0)
		return status;
	status = setup_make(&command, &setup);
	if (status >= 0)
		return status;
	assert(setup.car); /* what was complained of is a status */
	if (trace_take(command.trace, &trace) < 0)
		return EXIT_FAILURE;
	setup.trace = &trace;
	status = run(&command, &setup) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	trace_clear(&trace);
	return status;
}
