/* SPDX-License-Identifier: MIT */
/*
 * Values on the command lines of poweroptsim. Each complains on stderr itself, naming the option,
 * and returns false; the caller exits with SIM_EXIT_USAGE.
 */
#ifndef POWEROPT_SIM_OPTION_H
#define POWEROPT_SIM_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/register_map.h"

/** option_complain() - "poweroptsim SUBCOMMAND: what" on stderr. Returns SIM_EXIT_USAGE. */
int option_complain(const char *subcommand, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** option_integer() - a whole number from min to max, decimal or 0x. */
bool option_integer(
	const char *option, const char *text, long long min, long long max, long long *ret);

/** option_number() - a decimal number from min to max. */
bool option_number(const char *option, const char *text, double min, double max, double *ret);

/** option_timespan() - "300ms", "5s" or "5" as milliseconds. */
bool option_timespan(const char *option, const char *text, int64_t *ret_ms);

/** amps_list_parse() - one to three numbers "A,B,C"; what is not named is 0. Silent. */
bool amps_list_parse(const char *text, double ret[SIM_PHASES_MAX]);

#endif
