/* SPDX-License-Identifier: MIT */
/*
 * The command lines of poweroptsim: each subcommand has one table of its options, which is its help
 * text too.
 */
#ifndef POWEROPT_SIM_OPTION_H
#define POWEROPT_SIM_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/register_map.h"

#define OPTIONS_MAX 32

/* An option "--NAME" or "--NAME=ARGUMENT". */
struct option_row {
	const char *name;
	const char *argument; /* as the help calls it; NULL: the option has none */
	const char *help;
	/*
	 * Takes the text (NULL without argument) into the value, which is at an offset in the
	 * subcommand's struct. Complains on stderr, naming the option, and returns false.
	 */
	bool (*take)(const struct option_row *row, const char *text, void *value);
	size_t offset;
	double min, max; /* of a number; of a time span max, in ms */
};

struct option_set {
	const char *subcommand;
	const char *operand; /* as the help calls the one that is needed; NULL: there is none */
	const char *about;   /* lines that end with a newline */
	const struct option_row *rows; /* the end has no name; --help is not among them */
	void (*help_more)(void);       /* what else the help tells, or NULL */
};

/**
 * options_parse() - take a command line into the subcommand's struct.
 * @ret_operand: with set->operand.
 *
 * Returns -1 to go on, else the exit status: the help was printed, or the usage was wrong.
 */
int options_parse(const struct option_set *set, void *command, int argc, char **argv,
	const char **ret_operand);

/** option_complain() - "poweroptsim SUBCOMMAND: what" on stderr. Returns SIM_EXIT_USAGE. */
int option_complain(const char *subcommand, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** option_bad() - "poweroptsim: --NAME=TEXT: what" on stderr. Returns false. */
bool option_bad(const struct option_row *row, const char *text, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Values for the rows; each names the type that it takes into. */
bool option_take_flag(const struct option_row *row, const char *text, void *value); /* bool */
bool option_take_text(
	const struct option_row *row, const char *text, void *value); /* const char * */
bool option_take_int(const struct option_row *row, const char *text, void *value);    /* int */
bool option_take_u64(const struct option_row *row, const char *text, void *value);    /* uint64_t */
bool option_take_number(const struct option_row *row, const char *text, void *value); /* double */
bool option_take_span(
	const struct option_row *row, const char *text, void *value); /* int64_t, ms */
bool option_take_phases(
	const struct option_row *row, const char *text, void *value); /* int, 1 or 3 */
bool option_take_car(const struct option_row *row, const char *text,
	void *value); /* const struct car_preset * */

/** cars_help() - the cars, for help texts. */
void cars_help(void);

/** amps_list_parse() - one to three numbers "A,B,C"; what is not named is 0. Silent. */
bool amps_list_parse(const char *text, double ret[SIM_PHASES_MAX]);

#endif
