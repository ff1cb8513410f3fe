/* SPDX-License-Identifier: MIT */
/*
 * `poweroptsim load`: a made-up house as a trace, row by row, however many days.
 */
#include "sim/sim.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/load.h"
#include "sim/option.h"

#define DAYS_MAX 3660

struct load_command {
	struct load_options options;
	int days;
	const char *output; /* NULL: stdout */
	bool list;
};

static const char *const seasons[] = {
	[LOAD_WINTER] = "winter",
	[LOAD_SPRING] = "spring",
	[LOAD_SUMMER] = "summer",
	[LOAD_AUTUMN] = "autumn",
};

static void help(void)
{
	printf("Usage: poweroptsim load [OPTION]...\n\n"
	       "A made-up house as a trace t,l1,l2,l3: a row a second, what each phase draws in A\n"
	       "without a car. Negative is export. What is not given depends on the seed.\n\n"
	       "      --seed=N           which house (default 1)\n"
	       "      --phases=1|3       of the house; 1 has everything on l1 (default 3)\n"
	       "      --days=N           length, 1 to %d (default 1)\n"
	       "      --season=SEASON    in which it begins: winter, spring, summer or autumn\n"
	       "      --pv, --no-pv      with or without a solar roof\n"
	       "      --heat-pump, --no-heat-pump  with or without a heat pump\n"
	       "      --output=FILE      write there; - is stdout (default)\n"
	       "      --list             tell what is in the house instead\n"
	       "      --help             this text\n",
		DAYS_MAX);
}

enum {
	OPT_SEED = 1,
	OPT_PHASES,
	OPT_DAYS,
	OPT_SEASON,
	OPT_PV,
	OPT_NO_PV,
	OPT_HEAT_PUMP,
	OPT_NO_HEAT_PUMP,
	OPT_OUTPUT,
	OPT_LIST,
	OPT_HELP,
};

static const struct option options[] = {
	{"seed", required_argument, NULL, OPT_SEED},
	{"phases", required_argument, NULL, OPT_PHASES},
	{"days", required_argument, NULL, OPT_DAYS},
	{"season", required_argument, NULL, OPT_SEASON},
	{"pv", no_argument, NULL, OPT_PV},
	{"no-pv", no_argument, NULL, OPT_NO_PV},
	{"heat-pump", no_argument, NULL, OPT_HEAT_PUMP},
	{"no-heat-pump", no_argument, NULL, OPT_NO_HEAT_PUMP},
	{"output", required_argument, NULL, OPT_OUTPUT},
	{"list", no_argument, NULL, OPT_LIST},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

static bool season_parse(const char *text, enum load_season *ret)
{
	for (int i = LOAD_WINTER; i <= LOAD_AUTUMN; i++) {
		if (strcmp(text, seasons[i]) == 0) {
			*ret = (enum load_season)i;
			return true;
		}
	}
	return false;
}

/* Returns -1 to go on, else the exit status. */
static int option_take(struct load_command *command, int option)
{
	struct load_options *house = &command->options;
	long long number = 0;
	bool good = true;

	switch (option) {
	case OPT_SEED:
		good = option_integer("seed", optarg, 0, INT64_MAX, &number);
		house->seed = (uint64_t)number;
		break;
	case OPT_PHASES:
		good = option_integer("phases", optarg, 1, 3, &number);
		house->phases = (int)number;
		if (good && number == 2)
			return option_complain("load", "--phases=2: allowed are 1 and 3");
		break;
	case OPT_DAYS:
		good = option_integer("days", optarg, 1, DAYS_MAX, &number);
		command->days = (int)number;
		break;
	case OPT_SEASON:
		if (!season_parse(optarg, &house->season))
			return option_complain("load",
				"--season=%s: allowed are winter, spring, summer and autumn",
				optarg);
		break;
	case OPT_PV:
	case OPT_NO_PV:
		house->solar = option == OPT_PV ? LOAD_WITH : LOAD_WITHOUT;
		break;
	case OPT_HEAT_PUMP:
	case OPT_NO_HEAT_PUMP:
		house->heat_pump = option == OPT_HEAT_PUMP ? LOAD_WITH : LOAD_WITHOUT;
		break;
	case OPT_OUTPUT:
		if (!*optarg)
			return option_complain("load", "--output=: must name a file");
		command->output = strcmp(optarg, "-") == 0 ? NULL : optarg;
		break;
	case OPT_LIST:
		command->list = true;
		break;
	case OPT_HELP:
		help();
		return EXIT_SUCCESS;
	default:
		return SIM_EXIT_USAGE;
	}
	return good ? -1 : SIM_EXIT_USAGE;
}

static int options_parse(struct load_command *command, int argc, char **argv)
{
	int option, status;

	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		status = option_take(command, option);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return option_complain("load", "'%s' is too much", argv[optind]);
	return -1;
}

static void item_list(FILE *stream, const char *name, int phase, int phases, int32_t watts)
{
	static const char *const places[] = {"l1", "l2", "l3"};
	bool all = phase < 0 && phases > 1;

	fprintf(stream, "%-9s %6d W%s  %s\n", all ? "l1 l2 l3" : places[phase < 0 ? 0 : phase],
		watts, all ? " each" : "     ", name);
}

static void house_list(FILE *stream, const struct load_house *house)
{
	static const char *const weekdays[] = {
		"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

	fprintf(stream, "%d phase%s, %d person%s; begins on a %s, day %d of the year\n",
		house->phases, house->phases > 1 ? "s" : "", house->persons,
		house->persons > 1 ? "s" : "", weekdays[house->weekday], house->day_of_year + 1);
	for (size_t i = 0; i < house->count; i++) {
		const struct appliance *appliance = &house->appliances[i];

		item_list(stream, appliance->kind->name, appliance->phase, house->phases,
			appliance->watts);
	}
	if (house->solar_w > 0)
		item_list(stream, "solar roof", house->solar_phase, house->phases, house->solar_w);
}

/* Hundredths of an ampere, which the same integers make on every machine. */
static void row_print(FILE *stream, int32_t t_s, const int32_t ma[SIM_PHASES_MAX])
{
	fprintf(stream, "%d", t_s);
	for (int p = 0; p < SIM_PHASES_MAX; p++) {
		int32_t centi = ((ma[p] < 0 ? -ma[p] : ma[p]) + 5) / 10;

		fprintf(stream, ",%s%d.%02d", ma[p] < 0 && centi > 0 ? "-" : "", centi / 100,
			centi % 100);
	}
	fputc('\n', stream);
}

static void trace_print(FILE *stream, struct load_house *house, int days)
{
	int32_t ma[SIM_PHASES_MAX];

	fprintf(stream, "t,l1,l2,l3\n");
	for (int32_t t_s = 0; t_s < days * LOAD_DAY_S && !ferror(stream); t_s++) {
		load_house_second(house, ma);
		row_print(stream, t_s, ma);
	}
}

static int run(const struct load_command *command)
{
	const char *name = command->output ? command->output : "standard output";
	FILE *stream = command->output ? fopen(command->output, "we") : stdout;
	struct load_house house;
	bool failed;

	if (!stream) {
		fprintf(stderr, "poweroptsim load: cannot write %s: %s\n", name, strerror(errno));
		return EXIT_FAILURE;
	}
	load_house_init(&house, &command->options);
	errno = 0;
	if (command->list)
		house_list(stream, &house);
	else
		trace_print(stream, &house, command->days);
	failed = ferror(stream) || fflush(stream) != 0;
	if (failed)
		fprintf(stderr, "poweroptsim load: cannot write %s: %s\n", name, strerror(errno));
	if (command->output && fclose(stream) != 0 && !failed) {
		fprintf(stderr, "poweroptsim load: cannot write %s: %s\n", name, strerror(errno));
		failed = true;
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int load_command(int argc, char **argv)
{
	struct load_command command = {.options = {.seed = 1, .phases = 3}, .days = 1};
	int status = options_parse(&command, argc, argv);

	return status >= 0 ? status : run(&command);
}
