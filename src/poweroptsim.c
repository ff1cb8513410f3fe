/* SPDX-License-Identifier: MIT */
/*
 * poweroptsim: a simulated meter and a simulated house for poweroptd. Only finds the subcommand.
 */
#include <errno.h>
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

static int command_run(int argc, char **argv)
{
	char name[64];

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
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		/* With this getopt_long() begins its messages. */
		snprintf(name, sizeof(name), "poweroptsim %s", commands[i].name);
		argv[1] = name;
		return commands[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "poweroptsim: unknown subcommand '%s'\n\n", argv[1]);
	help(stderr);
	return SIM_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	int status;

	/* The bars need the terminal's characters; numbers keep their point. */
	setlocale(LC_CTYPE, "");
	status = command_run(argc, argv);

	/* What a subcommand writes for programs it checks itself; this is for the rest. */
	if (status == EXIT_SUCCESS && (ferror(stdout) || fclose(stdout) != 0)) {
		fprintf(stderr, "poweroptsim: standard output cannot be written: %s\n",
			strerror(errno));
		return EXIT_FAILURE;
	}
	return status;
}
