/* SPDX-License-Identifier: MIT */
/*
 * An attribute that takes the allowed current as one decimal number, such as the
 * constant_charge_current_max of a power supply (which counts in microampere).
 */
#include "output/attribute.h"
#include "output/output_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define KEY "[sysfs] path"

struct sysfs_output {
	struct output base;
	struct sysfs_config config;
};

/* Rounded down to the unit, as a current never is negative. */
static int64_t in_unit(int32_t allowed_ma, enum sysfs_unit unit)
{
	switch (unit) {
	case SYSFS_UNIT_A:
		return allowed_ma / 1000;
	case SYSFS_UNIT_MA:
		return allowed_ma;
	case SYSFS_UNIT_UA:
		return (int64_t)allowed_ma * 1000;
	}
	return 0;
}

static int sysfs_write(struct output *output, const struct output_command *command, int64_t now_ms)
{
	struct sysfs_output *self = (void *)output;
	char value[ATTRIBUTE_MAX];
	char doing[ATTRIBUTE_MAX + 16];
	const char *remedy = NULL;
	int error;

	(void)now_ms;
	if (!self->config.path[0])
		return output_fail(output, -ENOENT,
			KEY " is not set: name the attribute that takes the current");

	(void)snprintf(
		value, sizeof(value), "%" PRId64, in_unit(command->allowed_ma, self->config.unit));
	error = attribute_write(self->config.path, value);
	if (error == 0)
		return 0;

	if (error == -EISDIR)
		remedy = "name the attribute in this directory";
	else if (error == -ENOENT)
		remedy = "there is no such attribute; check its driver and " KEY;
	else if (error == -EINVAL || error == -ERANGE)
		remedy = "the driver refuses this value; check [sysfs] unit";
	(void)snprintf(doing, sizeof(doing), "write %s to", value);
	return output_fail_file(output, error, KEY, doing, self->config.path, remedy);
}

/*
 * An attribute may be write-only (EACCES, even for root), or answer with more than the number. Only
 * a number that is another one tells that somebody else wrote there.
 */
static int sysfs_verify(struct output *output)
{
	struct sysfs_output *self = (void *)output;
	int64_t wanted = in_unit(output->written.allowed_ma, self->config.unit);
	char seen[ATTRIBUTE_MAX];
	char *end;
	intmax_t number;
	int error;

	error = attribute_read(self->config.path, seen);
	if (error == -EACCES || error == -EPERM)
		return 0;
	if (error < 0)
		return output_fail_file(output, error, KEY, "read", self->config.path, NULL);

	errno = 0;
	number = strtoimax(seen, &end, 10);
	if (end == seen || *end || errno || number == wanted)
		return 0;

	error = sysfs_write(output, &output->written, 0);
	if (error < 0)
		return error;
	return output_fail(output, -ESTALE,
		KEY ": another program changed %s from %" PRId64 " to %s; it was set back",
		self->config.path, wanted, seen);
}

static void sysfs_free(struct output *output)
{
	free(output);
}

static const struct output_ops sysfs_ops = {
	.write = sysfs_write,
	.verify = sysfs_verify,
	.free = sysfs_free,
};

struct output *sysfs_output_new(const struct config *config)
{
	struct sysfs_output *self = calloc(1, sizeof(*self));

	if (!self)
		return NULL;
	self->base.ops = &sysfs_ops;
	self->config = config->sysfs;
	(void)snprintf(self->base.description, sizeof(self->base.description), "sysfs %s",
		self->config.path);
	return &self->base;
}
