/* SPDX-License-Identifier: MIT */
#include "sim/option.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/quantity.h"
#include "sim/sim.h"

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

bool option_integer(
	const char *option, const char *text, long long min, long long max, long long *ret)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 0);
	if (errno || end == text || *end || value < min || value > max) {
		fprintf(stderr, "poweroptsim: --%s=%s: must be a whole number from %lld to %lld\n",
			option, text, min, max);
		return false;
	}
	*ret = value;
	return true;
}

bool option_number(const char *option, const char *text, double min, double max, double *ret)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= min && value <= max)) {
		fprintf(stderr, "poweroptsim: --%s=%s: must be a number from %g to %g\n", option,
			text, min, max);
		return false;
	}
	*ret = value;
	return true;
}

bool option_timespan(const char *option, const char *text, int64_t *ret_ms)
{
	if (timespan_parse(text, ret_ms) < 0) {
		fprintf(stderr, "poweroptsim: --%s=%s: must be a time span such as 300ms or 5s\n",
			option, text);
		return false;
	}
	return true;
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
