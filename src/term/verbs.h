/* SPDX-License-Identifier: MIT */
/*
 * A program that is several: its first argument says which. This is all of its main().
 */
#ifndef POWEROPT_TERM_VERBS_H
#define POWEROPT_TERM_VERBS_H

#define VERBS_EXIT_USAGE 2

struct verb {
	const char *name;
	/*
	 * Takes "PROGRAM VERB", which is how getopt_long() begins its messages, and the arguments.
	 * Returns the exit status. What it writes to stdout need not be flushed nor checked for errors.
	 */
	int (*run)(int argc, char **argv);
	const char *help;
};

struct verbs {
	const char *program;
	const char *kind;	 /* what one of them is called: "verb" */
	const struct verb *list; /* the end has no name */
};

/**
 * verbs_main() - find the verb and run it, and see to it that what it wrote got out.
 * Returns the exit status: that of the verb, EXIT_FAILURE if something got lost, VERBS_EXIT_USAGE.
 */
int verbs_main(const struct verbs *verbs, int argc, char **argv);

#endif
