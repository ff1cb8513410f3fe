/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/optimizer.h"
#include "ctl/status.h"

static const char help[] =
	"Usage: poweroptctl metrics\n"
	"\n"
	"Prints figures for the textfile collector of Prometheus' node_exporter:\n"
	"\n"
	"  poweroptctl metrics >poweropt.prom.tmp && mv poweropt.prom.tmp poweropt.prom\n"
	"\n"
	"That the daemon is not running is a figure too: poweropt_up 0, and exit status\n"
	"0, so that no old figures remain.\n"
	"\n"
	"  -h, --help  print this help\n";

int metrics_command(int argc, char **argv)
{
	struct optimizer *optimizer;
	struct optimizer_status status;
	int r;

	if (ctl_help_only(argc, argv, "metrics", help, &r))
		return r;
	r = optimizer_new(&optimizer);
	if (r < 0)
		return ctl_complain("metrics", "%s", strerror(-r));
	r = optimizer_read(optimizer, &status);

	/* A stopped daemon is told by the figure; whatever else is wrong, by a sentence as well. */
	if (r < 0 && r != -ENXIO)
		(void)ctl_complain("metrics", "%s", optimizer_error(optimizer));
	metrics_write(stdout, r < 0 ? NULL : &status);
	optimizer_free(optimizer);
	return CTL_EXIT_OK;
}
