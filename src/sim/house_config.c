/* SPDX-License-Identifier: MIT */
#include "sim/house_config.h"

#include <errno.h>
#include <stdio.h>

int house_config_write(const struct house_options *options, const char *dir, const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -errno;
	fprintf(file,
		"# The simulated house's configuration. A pty cannot do parity; the delays are short,\n"
		"# so that a minute tells what an evening would.\n"
		"[mains]\nlimit = %g\n\n"
		"[meter]\ndevice = %s/meter\nparity = none\nlost_after = %gs\n\n"
		"[charger]\noutput = pwm\nmax_current = %g\n\n"
		"[pwm]\nchip = %s/chip\n\n"
		"[regulator]\nsettle = 3s\nraise_delay = 4s\npause_delay = 1s\n"
		"resume_delay = 3s\nrecover_delay = 3s\n",
		options->scenario.limit_a, dir, HOUSE_LOST_AFTER_S, options->max_a, dir);
	return fclose(file) == 0 ? 0 : -EIO;
}
