/* SPDX-License-Identifier: MIT */
/*
 * poweroptsim: a simulated meter and a simulated house for poweroptd.
 */
#include <stddef.h>

#include "sim/sim.h"
#include "term/verbs.h"

static const struct verb list[] = {
	{"meter", meter_command, "a Klefr meter on a pseudo-terminal"},
	{"house", house_command, "the real daemon in a simulated house, drawn live"},
	{"replay", replay_command, "the regulator against a load trace in virtual time"},
	{"load", load_command, "a made-up house as a load trace"},
	{0},
};

int main(int argc, char **argv)
{
	static const struct verbs verbs = {"poweroptsim", "subcommand", list};

	return verbs_main(&verbs, argc, argv);
}
