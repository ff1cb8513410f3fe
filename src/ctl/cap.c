/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "app/caps.h"
#include "core/quantity.h"
#include "ctl/ctl.h"
#include "ctl/optimizer.h"

#define SPAN_MAX_MS (INT64_C(24) * 24 * 3600 * 1000)

static const char cap_help[] =
	"Usage: poweroptctl cap AMPS [--for=SPAN]\n"
	"\n"
	"Lets the car draw no more than AMPS on each phase, such as 10 or 13.5; below\n"
	"min_current (6 A) the charge is paused. Each user has one cap, the\n"
	"lowest counts. Root and members of the group poweropt may do this.\n"
	"\n"
	"  --for=SPAN  for so long, such as 30min or 1h, at most 24 days; otherwise until\n"
	"              an uncap or a restart of the daemon\n"
	"  -h, --help  print this help\n";

static const char uncap_help[] = "Usage: poweroptctl uncap\n"
				 "\n"
				 "Takes your cap away; that of another user stays.\n"
				 "\n"
				 "  -h, --help  print this help\n";

static void tell_cap_in_force(const struct optimizer_status *status)
{
	char amps[16];

	printf("The cap of %s is in force: %s A\n", status->cap_holder,
		amps_format((int32_t)status->cap_ma, amps, sizeof(amps)));
}

static int cap_run(int32_t cap_ma, int64_t span_ms)
{
	struct optimizer_status status;
	struct optimizer *optimizer;
	char amps[16], span[32];
	int r = optimizer_new(&optimizer);

	if (r < 0)
		return ctl_complain("cap", "%s", strerror(-r));
	r = optimizer_set_cap(optimizer, (uint32_t)cap_ma, (uint64_t)span_ms * 1000);
	if (r < 0) {
		r = optimizer_complain(optimizer, "cap", r);
	} else {
		amps_format(cap_ma, amps, sizeof(amps));
		if (span_ms > 0)
			printf("The car may draw %s A at most, for %s\n", amps,
				timespan_format(span_ms, span, sizeof(span)));
		else
			printf("The car may draw %s A at most, until 'poweroptctl uncap' or a restart of "
			       "poweroptd\n",
				amps);
		/* The lowest cap counts, so it may be another's. */
		if (optimizer_read(optimizer, &status) == 0 && status.cap_ma >= 0 &&
			status.cap_ma < cap_ma)
			tell_cap_in_force(&status);
	}
	optimizer_free(optimizer);
	return r;
}

int cap_command(int argc, char **argv)
{
	static const struct option options[] = {
		{"for", required_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'}, {0}};
	int64_t span_ms = 0;
	int32_t cap_ma;
	int option, r;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'f':
			r = timespan_parse(optarg, &span_ms);
			if (r == -ERANGE || (r == 0 && span_ms > SPAN_MAX_MS))
				return ctl_misused(
					"cap", "--for=%s: at most 24 days (576h)", optarg);
			/* 0 would be for ever on D-Bus. */
			if (r < 0 || span_ms == 0)
				return ctl_misused("cap",
					"--for=%s: must be a time span such as 30min or 1h",
					optarg);
			break;
		case 'h':
			fputs(cap_help, stdout);
			return CTL_EXIT_OK;
		default:
			return ctl_misused("cap", NULL);
		}
	}
	if (optind == argc)
		return ctl_misused("cap", "say how many ampere, such as 'poweroptctl cap 10'");
	if (optind + 1 < argc)
		return ctl_misused("cap", "unexpected argument '%s'", argv[optind + 1]);
	r = amps_parse(argv[optind], &cap_ma);
	if (r == -ERANGE || (r == 0 && cap_ma > CAP_MA_MAX))
		return ctl_misused("cap", "'%s': at most %d A", argv[optind], CAP_MA_MAX / 1000);
	if (r < 0)
		return ctl_misused("cap", "'%s': must be a current in ampere such as 10 or 13.5",
			argv[optind]);
	return cap_run(cap_ma, span_ms);
}

/* Of the caps the daemon tells the lowest only: whether that changed tells whose it was. */
static int uncap_run(struct optimizer *optimizer)
{
	struct optimizer_status before, after;
	int r = optimizer_read(optimizer, &before);

	if (r == 0)
		r = optimizer_clear_cap(optimizer);
	if (r == 0)
		r = optimizer_read(optimizer, &after);
	if (r != 0)
		return optimizer_complain(optimizer, "uncap", r);
	if (before.cap_ma < 0)
		printf("There was no cap to take away\n");
	else if (strcmp(before.cap_holder, after.cap_holder) != 0)
		printf("Your cap is taken away\n");
	else
		printf("You have no cap now\n");
	if (after.cap_ma >= 0)
		tell_cap_in_force(&after);
	return CTL_EXIT_OK;
}

int uncap_command(int argc, char **argv)
{
	struct optimizer *optimizer;
	int r;

	if (ctl_help_only(argc, argv, "uncap", uncap_help, &r))
		return r;
	r = optimizer_new(&optimizer);
	if (r < 0)
		return ctl_complain("uncap", "%s", strerror(-r));
	r = uncap_run(optimizer);
	optimizer_free(optimizer);
	return r;
}
