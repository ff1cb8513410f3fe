/* SPDX-License-Identifier: MIT */
/*
 * A directory for a test of `poweroptsim meter`, and the option that has its line in it.
 */
#ifndef POWEROPT_TESTS_SIM_DIRECTORY_H
#define POWEROPT_TESTS_SIM_DIRECTORY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[64];
static char link_path[96];
static char link_option[128];

static int directory_make(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/test_sim_meter-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(link_path, sizeof(link_path), "%s/meter", directory);
	snprintf(link_option, sizeof(link_option), "--link=%s", link_path);
	return 0;
}

static int directory_remove(void **state)
{
	(void)state;
	return rmdir(directory);
}

#endif
