/* SPDX-License-Identifier: MIT */
/*
 * `poweroptsim load`: a made-up house as a trace, row by row, however many days.
 */
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/load.h"
#include "sim/option.h"
#include "sim/target.h"

#define DAYS_MAX 3660

struct load_command {
	struct load_options options;
	int days;
	const char *output;
	bool list;
};

static const char *const seasons[] = {
	[LOAD_WINTER] = "winter",
	[LOAD_SPRING] = "spring",
	[LOAD_SUMMER] = "summer",
	[LOAD_AUTUMN] = "autumn",
};

#define VALUE(member)		 offsetof(struct load_command, member), 0, 0
#define RANGED(member, min, max) offsetof(struct load_command, member), min, max

static bool season_take(const struct option_row *row, const char *text, void *value)
{
	for (int i = LOAD_WINTER; i <= LOAD_AUTUMN; i++) {
		if (strcmp(text, seasons[i]) == 0) {
			*(enum load_season *)value = (enum load_season)i;
			return true;
		}
	}
	return option_bad(row, text, "allowed are winter, spring, summer and autumn");
}

static bool with_take(const struct option_row *row, const char *text, void *value)
{
	(void)row;
	(void)text;
	*(enum load_choice *)value = LOAD_WITH;
	return true;
}

static bool without_take(const struct option_row *row, const char *text, void *value)
{
	(void)row;
	(void)text;
	*(enum load_choice *)value = LOAD_WITHOUT;
	return true;
}

static const struct option_row rows[] = {
	{"seed", "N", "which house (default 1)", option_take_u64, VALUE(options.seed)},
	{"phases", "1|3", "of the house; 1 has everything on l1 (default 3)", option_take_phases,
		VALUE(options.phases)},
	{"days", "N", "length, up to ten years (default 1)", option_take_int,
		RANGED(days, 1, DAYS_MAX)},
	{"season", "SEASON", "in which it begins: winter, spring, summer or autumn", season_take,
		VALUE(options.season)},
	{"pv", NULL, "with a solar roof", with_take, VALUE(options.solar)},
	{"no-pv", NULL, "without one", without_take, VALUE(options.solar)},
	{"heat-pump", NULL, "with a heat pump", with_take, VALUE(options.heat_pump)},
	{"no-heat-pump", NULL, "without one", without_take, VALUE(options.heat_pump)},
	{"output", "FILE", "write there instead of the standard output", option_take_text,
		VALUE(output)},
	{"list", NULL, "tell what is in the house instead", option_take_flag, VALUE(list)},
	{0},
};

static const struct option_set options = {
	.subcommand = "load",
	.about = "A made-up house as a trace t,l1,l2,l3: a row a second, what each phase draws in\n"
		 "A without a car. Negative is export. What is not given depends on the seed.\n",
	.rows = rows,
};

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
	struct load_house house;
	struct target target;

	if (target_open(&target, command->output) < 0)
		return EXIT_FAILURE;
	load_house_init(&house, &command->options);
	if (command->list)
		house_list(target.stream, &house);
	else
		trace_print(target.stream, &house, command->days);
	return target_close(&target) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int load_command(int argc, char **argv)
{
	struct load_command command = {
		.options = {.seed = 1, .phases = 3}, .days = 1, .output = "-"};
	int status = options_parse(&options, &command, argc, argv, NULL);

	return status >= 0 ? status : run(&command);
}
