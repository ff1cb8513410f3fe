/* SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

int uncap_command(int argc, char **argv)
{
	(void)argc;
	return ctl_complain(argv[0], "not there yet");
}
