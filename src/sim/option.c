/* SPDX-License-Identifier: MIT */
#include "sim/option.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/quantity.h"
#include "sim/car.h"
#include "sim/sim.h"

#define COLUMN 22 /* of the help's own words */

/* Rows of a table are told from -h by their number. */
static_assert(OPTIONS_MAX < '?', "an option cannot be told from an error");

int option_complain(const char *subcommand, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "poweroptsim %s: ", subcommand);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	return SIM_EXIT_USAGE;
}

bool option_bad(const struct option_row *row, const char *text, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "poweroptsim: --%s=%s: ", row->name, text);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	return false;
}

/* ---- values ---- */

bool option_take_flag(const struct option_row *row, const char *text, void *value)
{
	(void)row;
	(void)text;
	*(bool *)value = true;
	return true;
}

bool option_take_text(const struct option_row *row, const char *text, void *value)
{
	if (!*text)
		return option_bad(row, text, "must not be empty");
	*(const char **)value = text;
	return true;
}

static bool whole_number(
	const struct option_row *row, const char *text, long long max, long long *ret)
{
	long long min = (long long)row->min, number;
	char *end;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno || end == text || *end || number < min || number > max)
		return option_bad(row, text, "must be a whole number from %lld to %lld", min, max);
	*ret = number;
	return true;
}

bool option_take_int(const struct option_row *row, const char *text, void *value)
{
	long long number = 0;

	if (!whole_number(row, text, (long long)row->max, &number))
		return false;
	*(int *)value = (int)number;
	return true;
}

bool option_take_u64(const struct option_row *row, const char *text, void *value)
{
	long long number = 0;

	if (!whole_number(row, text, INT64_MAX, &number))
		return false;
	*(uint64_t *)value = (uint64_t)number;
	return true;
}

bool option_take_number(const struct option_row *row, const char *text, void *value)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end || !(number >= row->min && number <= row->max))
		return option_bad(row, text, "must be a number from %g to %g", row->min, row->max);
	*(double *)value = number;
	return true;
}

bool option_take_span(const struct option_row *row, const char *text, void *value)
{
	int64_t ms;
	char most[32];

	if (timespan_parse(text, &ms) < 0)
		return option_bad(row, text, "must be a time span such as 300ms or 5s");
	if (row->max > 0 && (double)ms > row->max)
		return option_bad(row, text, "at most %s",
			timespan_format((int64_t)row->max, most, sizeof(most)));
	*(int64_t *)value = ms;
	return true;
}

bool option_take_phases(const struct option_row *row, const char *text, void *value)
{
	if ((text[0] != '1' && text[0] != '3') || text[1])
		return option_bad(row, text, "allowed are 1 and 3");
	*(int *)value = text[0] - '0';
	return true;
}

bool option_take_car(const struct option_row *row, const char *text, void *value)
{
	const struct car_preset *car = car_preset_find(text);

	if (!car)
		return option_bad(row, text, "no such car, --help names them");
	*(const struct car_preset **)value = car;
	return true;
}

void cars_help(void)
{
	printf("\nCars:\n");
	for (size_t i = 0; car_preset_at(i); i++)
		printf("  %-10s %s\n", car_preset_at(i)->name, car_preset_at(i)->help);
}

bool amps_list_parse(const char *text, double ret[SIM_PHASES_MAX])
{
	double amps[SIM_PHASES_MAX] = {0};
	int p = 0;
	char *end;

	for (;; text = end + 1) {
		if (p == SIM_PHASES_MAX)
			return false;
		amps[p] = strtod(text, &end);
		if (end == text || !isfinite(amps[p]) || (*end && *end != ','))
			return false;
		p++;
		if (!*end)
			break;
	}
	for (p = 0; p < SIM_PHASES_MAX; p++)
		ret[p] = amps[p];
	return true;
}

/* ---- the command line ---- */

static void row_help(const struct option_row *row)
{
	int n = printf("      --%s%s%s", row->name, row->argument ? "=" : "",
		row->argument ? row->argument : "");

	printf("%*s%s\n", n < 6 + COLUMN ? 6 + COLUMN - n : 2, "", row->help);
}

static void help(const struct option_set *set)
{
	printf("Usage: poweroptsim %s%s%s [OPTION]...\n\n%s\n", set->subcommand,
		set->operand ? " " : "", set->operand ? set->operand : "", set->about);
	for (const struct option_row *row = set->rows; row->name; row++)
		row_help(row);
	printf("  -h, %-*s%s\n", COLUMN, "--help", "print this help");
	if (set->help_more)
		set->help_more();
}

static int where_help_is(const struct option_set *set)
{
	fprintf(stderr, "Try 'poweroptsim %s --help'.\n", set->subcommand);
	return SIM_EXIT_USAGE;
}

static int operand_take(
	const struct option_set *set, int argc, char **argv, const char **ret_operand)
{
	if (set->operand && optind == argc)
		return option_complain(set->subcommand, "%s is missing", set->operand);
	if (set->operand)
		*ret_operand = argv[optind++];
	if (optind < argc)
		return option_complain(set->subcommand, "unexpected argument '%s'", argv[optind]);
	return -1;
}

int options_parse(const struct option_set *set, void *command, int argc, char **argv,
	const char **ret_operand)
{
	struct option options[OPTIONS_MAX + 2] = {0};
	int count = 0, option;

	for (; set->rows[count].name; count++) {
		const struct option_row *row = &set->rows[count];

		assert(count < OPTIONS_MAX);
		options[count].name = row->name;
		options[count].has_arg = row->argument ? required_argument : no_argument;
		options[count].val = count;
	}
	options[count] = (struct option){.name = "help", .val = 'h'};

	optind = 1;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		const struct option_row *row = &set->rows[option];

		if (option == '?')
			return where_help_is(set);
		if (option == 'h') {
			help(set);
			return EXIT_SUCCESS;
		}
		if (!row->take(row, optarg, (char *)command + row->offset))
			return SIM_EXIT_USAGE;
	}
	if (operand_take(set, argc, argv, ret_operand) >= 0)
		return where_help_is(set);
	return -1;
}
