/* SPDX-License-Identifier: MIT */
#include "ctl/config_file.h"

static void print(void *userdata, const char *line)
{
	(void)userdata;
	fprintf(stderr, "%s\n", line);
}

int config_file_load(const char *path, struct config *ret)
{
	static const struct config_sink sink = {.error = print, .warning = print};

	return config_load(path, ret, &sink);
}
