/* SPDX-License-Identifier: MIT */
/*
 * poweroptctl: what the power optimizer does and why, and what a person may tell it.
 */
#include <stddef.h>

#include "ctl/ctl.h"
#include "term/verbs.h"

static const struct verb list[] = {
	{"status", status_command, "what the car may draw, and why"},
	{"watch", watch_command, "the same live, with a bar for each phase"},
	{"cap", cap_command, "let the car draw less for a while"},
	{"uncap", uncap_command, "end that"},
	{"history", history_command, "what the car was allowed when, and why"},
	{"scan", scan_command, "look for a meter that does not answer"},
	{"commission", commission_command, "take an electrician from a wired box to a signed one"},
	{"metrics", metrics_command, "figures for Prometheus"},
	{0},
};

int main(int argc, char **argv)
{
	static const struct verbs verbs = {"poweroptctl", "verb", list};

	return verbs_main(&verbs, argc, argv);
}
