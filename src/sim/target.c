/* SPDX-License-Identifier: MIT */
#include "sim/target.h"

#include <errno.h>
#include <string.h>

bool target_is_stdout(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

static int complain(const struct target *target, int r)
{
	fprintf(stderr, "poweroptsim: %s cannot be written: %s\n", target->name, strerror(-r));
	return r;
}

int target_open(struct target *target, const char *path)
{
	*target = (struct target){.name = path};
	if (!path)
		return 0;
	if (target_is_stdout(path))
		*target = (struct target){.name = "standard output", .stream = stdout};
	else
		target->stream = fopen(path, "we");
	return target->stream ? 0 : complain(target, -errno);
}

int target_close(struct target *target)
{
	bool failed;

	if (!target->stream || target->stream == stdout)
		return 0;
	errno = 0;
	failed = ferror(target->stream);
	failed |= fclose(target->stream) != 0;
	target->stream = NULL;
	return failed ? complain(target, errno ? -errno : -EIO) : 0;
}
