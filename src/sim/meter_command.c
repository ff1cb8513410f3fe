/* SPDX-License-Identifier: MIT */
/*
 * `poweroptsim meter`: one simulated meter, driven by the command line, a trace and stdin.
 */
#include "sim/sim.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/meter_stdin.h"
#include "sim/option.h"
#include "sim/sim_meter.h"
#include "sim/trace.h"

struct meter_command {
	struct meter_control control;
	struct trace trace; /* no rows: none */
	double speed;
	bool loop;
	struct sim_meter_config config;
};

static void help(void)
{
	printf("Usage: poweroptsim meter [OPTION]...\n\n"
	       "A simulated Klefr meter on a pseudo-terminal. The first line on stdout is its path.\n\n"
	       "      --model=MODEL       klefr-6924 (one phase) or klefr-6934 (default)\n"
	       "      --link=PATH         make this symlink to the line, removed at the end\n"
	       "      --currents=A,B,C    what flows, in A (default 5.3,3.1,4.2)\n"
	       "      --trace=CSV         what flows, from a file with the header t,l1,l2,l3\n"
	       "      --speed=X           play the trace X times as fast\n"
	       "      --loop              start the trace again at its end\n"
	       "      --unit=N            Modbus address, 1 to 247 (default 1)\n"
	       "      --baud=N            line rate for --pace (default 9600)\n"
	       "      --pace              answer in wire time, byte by byte\n"
	       "      --fault=KIND[:from[:for]]  a fault, from and for time spans; repeatable\n"
	       "      --late=SPAN         how late the fault 'late' is (default 300ms)\n"
	       "      --seed=N            of the random numbers (default 1)\n"
	       "      --help              this text\n\n"
	       "Faults:");
	for (int i = 0; i < SIM_FAULT_COUNT; i++)
		printf(" %s", sim_fault_name((enum sim_fault)i));
	printf("\n\nOn stdin while it runs: currents A,B,C | voltages A,B,C | fault KIND on|off |\n"
	       "error-register N | quit. Each is answered with 'ok' or 'error: ...'.\n");
}

static bool model_parse(const char *text, enum sim_model *ret)
{
	if (strcmp(text, "klefr-6924") == 0)
		*ret = SIM_KLEFR_6924;
	else if (strcmp(text, "klefr-6934") == 0)
		*ret = SIM_KLEFR_6934;
	else
		return false;
	return true;
}

enum {
	OPT_MODEL = 1,
	OPT_LINK,
	OPT_CURRENTS,
	OPT_TRACE,
	OPT_SPEED,
	OPT_LOOP,
	OPT_UNIT,
	OPT_BAUD,
	OPT_PACE,
	OPT_FAULT,
	OPT_LATE,
	OPT_SEED,
	OPT_HELP,
};

static const struct option options[] = {
	{"model", required_argument, NULL, OPT_MODEL},
	{"link", required_argument, NULL, OPT_LINK},
	{"currents", required_argument, NULL, OPT_CURRENTS},
	{"trace", required_argument, NULL, OPT_TRACE},
	{"speed", required_argument, NULL, OPT_SPEED},
	{"loop", no_argument, NULL, OPT_LOOP},
	{"unit", required_argument, NULL, OPT_UNIT},
	{"baud", required_argument, NULL, OPT_BAUD},
	{"pace", no_argument, NULL, OPT_PACE},
	{"fault", required_argument, NULL, OPT_FAULT},
	{"late", required_argument, NULL, OPT_LATE},
	{"seed", required_argument, NULL, OPT_SEED},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

/* Returns -1 to go on, else the exit status. */
static int option_take(struct meter_command *command, int option)
{
	struct sim_meter_config *config = &command->config;
	char problem[TRACE_PROBLEM_MAX];
	long long number = 0;
	bool good = true;

	switch (option) {
	case OPT_MODEL:
		if (!model_parse(optarg, &config->model))
			return option_complain("meter",
				"--model=%s: allowed are klefr-6924 and klefr-6934", optarg);
		break;
	case OPT_LINK:
		config->link = optarg;
		break;
	case OPT_CURRENTS:
		if (!amps_list_parse(optarg, command->control.amps))
			return option_complain("meter",
				"--currents=%s: must be one to three numbers, as in 4.05,-1.6,0",
				optarg);
		command->control.have_amps = true;
		break;
	case OPT_TRACE:
		trace_clear(&command->trace);
		if (trace_load(optarg, &command->trace, problem) < 0)
			return option_complain("meter", "%s", problem);
		break;
	case OPT_SPEED:
		good = option_number("speed", optarg, 0.001, 100000, &command->speed);
		break;
	case OPT_LOOP:
		command->loop = true;
		break;
	case OPT_UNIT:
		good = option_integer("unit", optarg, 1, 247, &number);
		config->unit = (int)number;
		break;
	case OPT_BAUD:
		good = option_integer("baud", optarg, 300, 115200, &number);
		config->baud_rate = (unsigned int)number;
		break;
	case OPT_PACE:
		config->pace = true;
		break;
	case OPT_FAULT:
		if (sim_faults_add(&config->faults, optarg, problem) < 0)
			return option_complain("meter", "--fault=%s: %s", optarg, problem);
		break;
	case OPT_LATE:
		good = option_timespan("late", optarg, &config->late_ms);
		break;
	case OPT_SEED:
		good = option_integer("seed", optarg, 0, INT64_MAX, &number);
		config->seed = (uint64_t)number;
		break;
	case OPT_HELP:
		help();
		return EXIT_SUCCESS;
	default:
		return SIM_EXIT_USAGE;
	}
	return good ? -1 : SIM_EXIT_USAGE;
}

static int options_parse(struct meter_command *command, int argc, char **argv)
{
	int option, status;

	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		status = option_take(command, option);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return option_complain("meter", "'%s' is too much", argv[optind]);
	if (command->trace.count > 0 && command->control.have_amps)
		return option_complain("meter", "--trace and --currents exclude each other");
	return -1;
}

static void on_measure(void *userdata, int64_t now_ms, struct sim_values *values)
{
	struct meter_command *command = userdata;
	const struct meter_control *control = &command->control;
	const double *amps = control->amps;

	if (command->trace.count > 0 && !control->have_amps)
		amps = trace_at(
			&command->trace, (double)now_ms / 1000 * command->speed, command->loop)
			       ->amps;
	memcpy(values->amps, amps, sizeof(values->amps));
	if (control->have_volts)
		memcpy(values->volts, control->volts, sizeof(values->volts));
}

/* Not on stdout, where a test waits for the answers to its commands. */
static void on_line_changed(void *userdata, const char *path, int error)
{
	(void)userdata;
	if (path)
		fprintf(stderr, "line is back: %s\n", path);
	else if (error < 0)
		fprintf(stderr, "line cannot come back: %s\n", strerror(-error));
	else
		fprintf(stderr, "line is gone\n");
}

static int run(struct meter_command *command, sd_event *event)
{
	struct sim_meter_config *config = &command->config;
	struct meter_control *control = &command->control;
	int r;

	r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sim_meter_new(&control->meter, event, config);
	if (r < 0) {
		fprintf(stderr, "poweroptsim meter: cannot open the line%s%s: %s\n",
			config->link ? " " : "", config->link ? config->link : "",
			r == -EEXIST ? "exists and is no symlink" : strerror(-r));
		return EXIT_FAILURE;
	}
	printf("%s\n", sim_meter_path(control->meter));
	fflush(stdout);

	r = meter_control_start(control, event);
	if (r >= 0)
		r = sd_event_loop(event);
	meter_control_stop(control);
	control->meter = sim_meter_free(control->meter);
	if (r < 0)
		fprintf(stderr, "poweroptsim meter: %s\n", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int meter_command(int argc, char **argv)
{
	struct meter_command command = {
		.control.amps = {5.3, 3.1, 4.2},
		.speed = 1,
		.config = {.model = SIM_KLEFR_6934,
			.unit = 1,
			.baud_rate = 9600,
			.late_ms = 300,
			.seed = 1,
			.measure = on_measure,
			.line_changed = on_line_changed,
			.userdata = &command},
	};
	int status = options_parse(&command, argc, argv);
	sd_event *event = NULL;
	sigset_t stop;

	if (status < 0) {
		sigemptyset(&stop);
		sigaddset(&stop, SIGTERM);
		sigaddset(&stop, SIGINT);
		sigprocmask(SIG_BLOCK, &stop, NULL);
		signal(SIGTTIN, SIG_IGN); /* in the background stdin just ends */
		signal(SIGPIPE, SIG_IGN);
		status = sd_event_new(&event) < 0 ? EXIT_FAILURE : run(&command, event);
		sd_event_unref(event);
	}
	trace_clear(&command.trace);
	return status;
}
