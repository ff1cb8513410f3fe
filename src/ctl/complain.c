/* SPDX-License-Identifier: MIT */
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
