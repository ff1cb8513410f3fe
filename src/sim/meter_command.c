/* SPDX-License-Identifier: MIT */
/*
 * `poweroptsim meter`: one simulated meter, driven by the command line, a trace and stdin.
 */
#include "sim/sim.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/meter_stdin.h"
#include "sim/option.h"
#include "sim/sim_meter.h"
#include "sim/trace.h"
#include "term/wrap.h"

struct meter_command {
	struct meter_control control;
	struct trace trace; /* no rows: none */
	double speed;
	bool loop;
	struct sim_meter_config config;
};

#define VALUE(member)		 offsetof(struct meter_command, member), 0, 0
#define RANGED(member, min, max) offsetof(struct meter_command, member), min, max

static void help_more(void)
{
	char faults[512];
	size_t n = 0;

	for (int i = 0; i < SIM_FAULT_COUNT && n < sizeof(faults); i++)
		n += (size_t)snprintf(faults + n, sizeof(faults) - n, "%s%s", i ? " " : "",
			sim_fault_name((enum sim_fault)i));
	printf("\n");
	text_print(stdout, 80, "Faults: ", faults);
	printf("\nOn stdin while it runs: currents A,B,C | car A,B,C | voltages A,B,C |\n"
	       "fault KIND on|off | late SPAN | exception N | error-register N | quit.\n"
	       "Each is answered with 'ok' or 'error: ...'.\n");
}

static bool model_take(const struct option_row *row, const char *text, void *value)
{
	enum sim_model *model = value;

	if (strcmp(text, "klefr-6924") == 0)
		*model = SIM_KLEFR_6924;
	else if (strcmp(text, "klefr-6934") == 0)
		*model = SIM_KLEFR_6934;
	else
		return option_bad(row, text, "allowed are klefr-6924 and klefr-6934");
	return true;
}

static bool currents_take(const struct option_row *row, const char *text, void *value)
{
	struct meter_control *control = value;

	if (!amps_list_parse(text, control->amps))
		return option_bad(row, text, "must be one to three numbers, as in 4.05,-1.6,0");
	control->have_amps = true;
	return true;
}

static bool trace_take(const struct option_row *row, const char *text, void *value)
{
	char problem[TRACE_PROBLEM_MAX];

	(void)row;
	trace_clear(value);
	if (trace_load(text, value, problem) == 0)
		return true;
	option_complain("meter", "%s", problem);
	return false;
}

static bool fault_take(const struct option_row *row, const char *text, void *value)
{
	char problem[SIM_FAULT_PROBLEM_MAX];

	return sim_faults_add(value, text, problem) == 0 || option_bad(row, text, "%s", problem);
}

static const struct option_row rows[] = {
	{"model", "MODEL", "klefr-6924 (one phase) or klefr-6934 (default)", model_take,
		VALUE(config.model)},
	{"link", "PATH", "make this symlink to the line, removed at the end", option_take_text,
		VALUE(config.link)},
	{"currents", "A,B,C", "what flows, in A (default 5.3,3.1,4.2)", currents_take,
		VALUE(control)},
	{"trace", "CSV", "what flows, from a file with the header t,l1,l2,l3", trace_take,
		VALUE(trace)},
	{"speed", "X", "play the trace X times as fast", option_take_number,
		RANGED(speed, 0.001, 100000)},
	{"loop", NULL, "start the trace again at its end", option_take_flag, VALUE(loop)},
	{"unit", "N", "Modbus address, 1 to 247 (default 1)", option_take_int,
		RANGED(config.unit, 1, 247)},
	{"baud", "N", "line rate for --pace (default 9600)", option_take_int,
		RANGED(config.baud_rate, 300, 115200)},
	{"pace", NULL, "answer in wire time, byte by byte", option_take_flag, VALUE(config.pace)},
	{"fault", "KIND[:from[:for]]", "a fault, from and for time spans; repeatable", fault_take,
		VALUE(config.faults)},
	{"late", "SPAN", "how late the fault 'late' is (default 300ms)", option_take_span,
		VALUE(config.late_ms)},
	{"exception", "N", "the code of the fault 'exception', 1 to 255 (default 4)",
		option_take_int, RANGED(config.exception, 1, 255)},
	{"seed", "N", "of the random numbers (default 1)", option_take_u64, VALUE(config.seed)},
	{0},
};

static const struct option_set options = {
	.subcommand = "meter",
	.about = "A simulated Klefr meter on a pseudo-terminal. The first line on stdout is\n"
		 "its path.\n",
	.rows = rows,
	.help_more = help_more,
};

static int command_parse(struct meter_command *command, int argc, char **argv)
{
	int status = options_parse(&options, command, argc, argv, NULL);

	if (status < 0 && command->trace.count > 0 && command->control.have_amps)
		return option_complain("meter", "--trace and --currents exclude each other");
	return status;
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
	for (int p = 0; p < SIM_PHASES_MAX; p++)
		values->amps[p] = amps[p] + control->car_amps[p];
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
			.exception = RTU_DEVICE_FAILURE,
			.seed = 1,
			.measure = on_measure,
			.line_changed = on_line_changed,
			.userdata = &command},
	};
	int status = command_parse(&command, argc, argv);
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
