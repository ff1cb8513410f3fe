/* SPDX-License-Identifier: MIT */
#include "output/fault_led.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "output/attribute.h"

static int attribute_path(const char *directory, const char *name, char path[PATH_MAX])
{
	int length = snprintf(path, PATH_MAX, "%s/%s", directory, name);

	return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int fault_led_set(const char *directory, bool lit)
{
	char path[PATH_MAX], brightness[ATTRIBUTE_MAX] = "0";
	int r = attribute_path(directory, "trigger", path);

	/* A trigger would go on blinking; an LED of a kernel without triggers has none. */
	if (r == 0)
		r = attribute_write(path, "none");
	if (r < 0 && r != -ENOENT)
		return r;
	if (lit) {
		r = attribute_path(directory, "max_brightness", path);
		if (r == 0)
			r = attribute_read(path, brightness);
		if (r < 0)
			return r;
	}
	r = attribute_path(directory, "brightness", path);
	return r < 0 ? r : attribute_write(path, brightness);
}
