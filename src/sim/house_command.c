/* SPDX-License-Identifier: MIT */
/*
 * `poweroptsim house`: options before, summary and picture after.
 */
#include "sim/sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/daemon_child.h"
#include "sim/house.h"
#include "sim/house_log.h"
#include "sim/option.h"
#include "term/gnuplot.h"

#define DIR_BYTES     2048
#define FAILSAFE_LATE 1.5 /* s after lost_after at which the stop must have been seen */

struct house_command {
	struct house_options options;
	char dir[DIR_BYTES];
	char found[DIR_BYTES]; /* the daemon */
};

#define VALUE(member)		 offsetof(struct house_command, member), 0, 0
#define RANGED(member, min, max) offsetof(struct house_command, member), min, max

static bool directory_take(const struct option_row *row, const char *text, void *value)
{
	if (snprintf(value, DIR_BYTES, "%s", text) >= DIR_BYTES)
		return option_bad(row, text, "the path is too long");
	return true;
}

static const struct option_row rows[] = {
	{"daemon", "PATH", "the daemon (default: beside this program, or in PATH)",
		option_take_text, VALUE(options.daemon)},
	{"limit", "AMPS", "main switch (default 25)", option_take_number,
		RANGED(options.scenario.limit_a, 6.5, 125)},
	{"max", "AMPS", "charger and cable (default 16)", option_take_number,
		RANGED(options.max_a, 6, 80)},
	{"phases", "1|3", "of the house and its meter (default 3)", option_take_phases,
		VALUE(options.scenario.phases)},
	{"seconds", "N", "length; the events are stretched to it (default 60)", option_take_number,
		RANGED(options.scenario.seconds, 40, 86400)},
	{"meter-lag", "SPAN", "age of what the meter shows (default 500ms)", option_take_span,
		RANGED(options.lag_ms, 0, 10000)},
	{"car", "PRESET", "what is plugged in (default reference)", option_take_car,
		VALUE(options.car)},
	{"out", "DIR", "where the files go (default: a new one in /tmp)", directory_take,
		VALUE(dir)},
	{"plain", NULL, "lines of text, also on a terminal", option_take_flag,
		VALUE(options.plain)},
	{0},
};

static const struct option_set options = {
	.subcommand = "house",
	.about = "Runs the real poweroptd in a simulated house for a minute, and draws it.\n",
	.rows = rows,
	.help_more = cars_help,
};

/* The absolute path of an existing directory, as the daemon's configuration needs it. */
static int directory_make(struct house_command *command)
{
	const char *tmp = getenv("TMPDIR");
	char path[DIR_BYTES], *absolute;

	if (command->dir[0]) {
		if (mkdir(command->dir, 0755) < 0 && errno != EEXIST)
			return -errno;
		snprintf(path, sizeof(path), "%s", command->dir);
	} else {
		if (snprintf(path, sizeof(path), "%s/poweroptsim-XXXXXX",
			    tmp && *tmp ? tmp : "/tmp") >= (int)sizeof(path))
			return -ENAMETOOLONG;
		if (!mkdtemp(path))
			return -errno;
	}
	absolute = realpath(path, NULL);
	if (!absolute)
		return -errno;
	snprintf(command->dir, sizeof(command->dir), "%s", absolute);
	free(absolute);
	return 0;
}

static void last_lines_print(const struct house_result *result)
{
	int first = result->line_count > HOUSE_LAST_LINES ? result->line_count - HOUSE_LAST_LINES
							  : 0;

	for (int i = first; i < result->line_count; i++)
		fprintf(stderr, "  | %s\n", result->last_lines[i % HOUSE_LAST_LINES]);
}

static void summary_print(const struct house_command *command, const struct house_result *result)
{
	const struct tally *tally = &result->tally;

	printf("\nThe main switch (%g A)\n", tally->limit_a);
	printf("  above %.1f A               %.1f s, at most %.1f s at a time\n",
		tally->limit_a + TALLY_OVER_A, tally->over_s, tally->longest_s);
	printf("  highest current            %.1f A\n", tally->max_a);
	printf("  breaker heat               %.2f of the %.1f at which it may trip\n", tally->heat,
		TALLY_HEAT_TRIP);
	printf("The car ('%s')\n", command->options.car->name);
	printf("  charged                    %.3f Ah on each phase\n", tally->car_ah);
	printf("  pauses                     %d\n", tally->pauses);
	printf("  changes of the offer       %d\n", tally->changes);
	printf("The meter unplugged\n");
	if (result->interrupted && !result->meter_gone)
		printf("  it did not come to that\n");
	else if (!result->meter_gone)
		printf("  nothing was offered when it happened\n");
	else if (result->failsafe_s < 0)
		printf("  the offer never went to 0 A\n");
	else
		printf("  0 A after                  %.1f s (lost_after is %g s)\n",
			result->failsafe_s, HOUSE_LOST_AFTER_S);
	if (result->back_s >= 0)
		printf("  offered again after        %.1f s of a meter that answers\n",
			result->back_s);
	printf("The daemon's end\n");
	if (result->exit_signal)
		printf("  killed by signal           %d\n", result->exit_signal);
	else
		printf("  exit status                %d\n", result->exit_code);
	printf("  the control pilot offers   %.1f A\n", result->final_ma / 1000.0);
}

/* One sentence on the first thing that must not be; NULL if all is well. */
static const char *verdict(const struct house_result *result)
{
	if (!result->stopped)
		return "the daemon ended by itself";
	if (result->exit_signal || result->exit_code != 0)
		return "the daemon did not end cleanly";
	if (result->final_ma != 0)
		return "the control pilot still offers a current after the daemon's end";
	if (result->tally.heat > TALLY_HEAT_TRIP)
		return "the main switch would have tripped";
	if (result->interrupted)
		return NULL;
	if (!result->offered)
		return "the car was never offered a current";
	if (result->meter_gone &&
		(result->failsafe_s < 0 || result->failsafe_s > HOUSE_LOST_AFTER_S + FAILSAFE_LATE))
		return "the daemon went on offering a current without its meter";
	return NULL;
}

static void picture_make(const struct house_command *command)
{
	const struct house_options *house = &command->options;
	char title[160];
	int r;

	snprintf(title, sizeof(title), "poweroptd: main switch %g A, charger %g A, car \"%s\"",
		house->scenario.limit_a, house->max_a, house->car->name);
	r = house_plot(command->dir, &house->scenario, house->max_a, title);
	if (r == 0)
		printf("  picture   %s/house.svg and house.png\n", command->dir);
	else
		printf("  picture   none: %s\n", gnuplot_trouble(r));
}

static int run(struct house_command *command)
{
	struct house_result result;
	char problem[512];
	const char *wrong;
	int r = directory_make(command);

	if (r < 0) {
		option_complain(
			"house", "cannot make the directory %s: %s", command->dir, strerror(-r));
		return EXIT_FAILURE;
	}
	r = house_run(&command->options, command->dir, &result, problem);
	if (r < 0) {
		option_complain("house", "%s", problem);
		return EXIT_FAILURE;
	}
	summary_print(command, &result);
	printf("Files\n  table     %s/house.csv\n  log       %s/daemon.log\n", command->dir,
		command->dir);
	if (result.seconds > 1)
		picture_make(command);

	wrong = verdict(&result);
	if (!wrong)
		return EXIT_SUCCESS;
	fflush(stdout);
	option_complain("house", "%s; its last lines:", wrong);
	last_lines_print(&result);
	return EXIT_FAILURE;
}

int house_command(int argc, char **argv)
{
	struct house_command command = {
		.options = {.max_a = 16,
			.car = car_preset_find("reference"),
			.lag_ms = 500,
			.scenario = {.seconds = 60, .limit_a = 25, .phases = 3}},
	};
	int status = options_parse(&options, &command, argc, argv, NULL);

	if (status >= 0)
		return status;
	if (!command.options.daemon)
		command.options.daemon = daemon_child_find(command.found, sizeof(command.found));
	return run(&command);
}
