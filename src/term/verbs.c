/* SPDX-License-Identifier: MIT */
#include "term/verbs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

static void help(const struct verbs *verbs, FILE *stream)
{
	fprintf(stream, "Usage: %s ", verbs->program);
	for (const char *c = verbs->kind; *c; c++)
		fputc(toupper((unsigned char)*c), stream);
	fprintf(stream, " [OPTION]...\n\n");
	for (const struct verb *verb = verbs->list; verb->name; verb++)
		fprintf(stream, "  %-11s %s\n", verb->name, verb->help);
	fprintf(stream, "\nEach %s has --help; --version tells the version. The manual is %s(1).\n",
		verbs->kind, verbs->program);
}

static int run(const struct verbs *verbs, int argc, char **argv)
{
	char name[64];

	if (argc < 2) {
		help(verbs, stderr);
		return VERBS_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help(verbs, stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("%s %s\n", verbs->program, PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}
	for (const struct verb *verb = verbs->list; verb->name; verb++) {
		if (strcmp(argv[1], verb->name) != 0)
			continue;
		snprintf(name, sizeof(name), "%s %s", verbs->program, verb->name);
		argv[1] = name;
		return verb->run(argc - 1, argv + 1);
	}
	fprintf(stderr, "%s: unknown %s '%s'\n\n", verbs->program, verbs->kind, argv[1]);
	help(verbs, stderr);
	return VERBS_EXIT_USAGE;
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

int verbs_main(const struct verbs *verbs, int argc, char **argv)
{
	int status;
	bool failed;

	fill_closed_descriptors();
	/* The bars need the terminal's characters; numbers keep their point. */
	setlocale(LC_CTYPE, "");
	status = run(verbs, argc, argv);

	/* A full disk shows here at the latest: half a file must not pass for a whole one. */
	failed = ferror(stdout);
	if (fclose(stdout) != 0 || failed) {
		fprintf(stderr, "%s: standard output cannot be written: %s\n", verbs->program,
			errno ? strerror(errno) : "write error");
		return EXIT_FAILURE;
	}
	return status;
}
