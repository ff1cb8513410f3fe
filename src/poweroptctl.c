/* SPDX-License-Identifier: MIT */
/*
 * poweroptctl: what the power optimizer does and why, and what a person may tell it. Only finds the
 * verb, and sees to it that what the verb wrote got out.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "ctl/ctl.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} verbs[] = {
	{"status", status_command, "what the car may draw, and why"},
	{"watch", watch_command, "the same live, with a bar for each phase"},
	{"cap", cap_command, "let the car draw less for a while"},
	{"uncap", uncap_command, "end that"},
	{"history", history_command, "what the car was allowed when, and why"},
	{"scan", scan_command, "look for a meter that does not answer"},
	{"commission", commission_command, "take an electrician from a wired box to a signed one"},
	{"metrics", metrics_command, "figures for Prometheus"},
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void help(FILE *stream)
{
	fprintf(stream, "Usage: poweroptctl VERB [OPTION]...\n\n");
	for (size_t i = 0; i < VERBS; i++)
		fprintf(stream, "  %-11s %s\n", verbs[i].name, verbs[i].help);
	fprintf(stream, "\nEach verb has --help; --version tells the version. "
			"The manual is poweroptctl(1).\n");
}

static int verb_run(int argc, char **argv)
{
	char name[64];

	if (argc < 2) {
		help(stderr);
		return CTL_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help(stdout);
		return CTL_EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("poweroptctl %s\n", PACKAGE_VERSION);
		return CTL_EXIT_OK;
	}
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(argv[1], verbs[i].name) != 0)
			continue;
		snprintf(name, sizeof(name), "poweroptctl %s", verbs[i].name);
		argv[1] = name;
		return verbs[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "poweroptctl: unknown verb '%s'\n\n", argv[1]);
	help(stderr);
	return CTL_EXIT_USAGE;
}

/*
 * With stdout closed the next file would be in its place, and take what is written for people: the
 * socket to the bus. What is open for reading alone makes writing fail.
 */
static void fill_closed_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int main(int argc, char **argv)
{
	int status;
	bool failed;

	fill_closed_descriptors();
	/* The bars need the terminal's characters; numbers keep their point. */
	setlocale(LC_CTYPE, "");
	status = verb_run(argc, argv);

	/* A full disk shows here at the latest: half a file must not pass for a whole one. */
	failed = ferror(stdout);
	if (fclose(stdout) != 0 || failed) {
		fprintf(stderr, "poweroptctl: what was to be written got lost: %s\n",
			errno ? strerror(errno) : "write error");
		return CTL_EXIT_ERROR;
	}
	return status;
}
