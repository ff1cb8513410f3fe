/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "ctl/ctl.h"

__attribute__((format(printf, 2, 0))) static void complain(
	const char *verb, const char *format, va_list args)
{
	fprintf(stderr, "poweroptctl %s: ", verb);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
}

int ctl_complain(const char *verb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(verb, format, args);
	va_end(args);
	return CTL_EXIT_ERROR;
}

int ctl_misused(const char *verb, const char *format, ...)
{
	va_list args;

	if (format) {
		va_start(args, format);
		complain(verb, format, args);
		va_end(args);
	}
	fprintf(stderr, "Try 'poweroptctl %s --help'.\n", verb);
	return CTL_EXIT_USAGE;
}

bool ctl_help_only(int argc, char **argv, const char *verb, const char *help, int *ret_status)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};

	switch (getopt_long(argc, argv, "h", options, NULL)) {
	case 'h':
		fputs(help, stdout);
		*ret_status = CTL_EXIT_OK;
		return true;
	case -1:
		break;
	default:
		*ret_status = ctl_misused(verb, NULL);
		return true;
	}
	if (optind == argc)
		return false;
	*ret_status = ctl_misused(verb, "unexpected argument '%s'", argv[optind]);
	return true;
}
