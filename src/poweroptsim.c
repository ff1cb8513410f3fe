/* SPDX-License-Identifier: MIT */
/*
 * poweroptsim: a simulated meter and a simulated house for poweroptd. Only finds the subcommand.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "sim/sim.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{"meter", meter_command, "a Klefr meter on a pseudo-terminal"},
	{"house", house_command, "the real daemon in a simulated house, drawn live"},
	{"replay", replay_command, "the regulator against a load trace in virtual time"},
	{"load", load_command, "a made-up house as a load trace"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *stream)
{
	fprintf(stream, "Usage: poweroptsim SUBCOMMAND [OPTION]...\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(stream, "  %-8s %s\n", commands[i].name, commands[i].help);
	fprintf(stream, "\nEach subcommand has --help; --version tells the version. "
			"The manual is poweroptsim(1).\n");
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		help(stderr);
		return SIM_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help(stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("poweroptsim %s\n", PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}
	/* The bars need the terminal's characters; numbers keep their point. */
	setlocale(LC_CTYPE, "");
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "poweroptsim: unknown subcommand '%s'\n\n", argv[1]);
	help(stderr);
	return SIM_EXIT_USAGE;
}
