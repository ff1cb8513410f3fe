/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/optimizer.h"
#include "ctl/status.h"

static const char help[] = "Usage: poweroptctl status [--json]\n"
			   "\n"
			   "What the car may draw and why, and below it what an electrician asks.\n"
			   "\n"
			   "  --json      print one JSON object\n"
			   "  -h, --help  print this help\n"
			   "\n"
			   "Exit status: 3 if the daemon is not running, 4 if there is a fault.\n";

/* https://no-color.org: set to anything, it means no. */
static bool colours_wanted(void)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

int status_command(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
	struct optimizer *optimizer;
	struct optimizer_status status;
	bool json = false;
	int r, option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return CTL_EXIT_OK;
		default:
			return ctl_misused("status", NULL);
		}
	}
	if (optind < argc)
		return ctl_misused("status", "unexpected argument '%s'", argv[optind]);

	r = optimizer_new(&optimizer);
	if (r < 0)
		return ctl_complain("status", "%s", strerror(-r));
	r = optimizer_read(optimizer, &status);
	if (r < 0) {
		r = optimizer_complain(optimizer, "status", r);
	} else if (json && status_json_write(stdout, &status) == -ENOMEM) {
		r = ctl_complain("status", "not enough memory");
	} else {
		if (!json)
			status_text_write(stdout, &status, colours_wanted());
		r = optimizer_status_faulty(&status) ? CTL_EXIT_FAULT : CTL_EXIT_OK;
	}
	optimizer_free(optimizer);
	return r;
}
