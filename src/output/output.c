/* SPDX-License-Identifier: MIT */
#include "output/output_private.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int output_new(struct output **ret, const struct config *config)
{
	struct output *output = NULL;

	switch (config->charger.output) {
	case OUTPUT_NONE:
		output = none_output_new();
		break;
	case OUTPUT_PWM:
		output = pwm_output_new(config);
		break;
	case OUTPUT_CAN:
		return -EOPNOTSUPP;
	case OUTPUT_SYSFS:
		output = sysfs_output_new(config);
		break;
	}
	if (!output)
		return -ENOMEM;

	output->written_ma = -1;
	*ret = output;
	return 0;
}

struct output *output_free(struct output *output)
{
	if (output)
		output->ops->free(output);
	return NULL;
}

int output_write(struct output *output, int32_t allowed_ma, int64_t now_ms)
{
	int error;

	assert(allowed_ma >= 0);
	output->error[0] = '\0';
	if (allowed_ma == output->written_ma)
		return 0;

	error = output->ops->write(output, allowed_ma, now_ms);
	output->written_ma = error < 0 ? -1 : allowed_ma;
	return error;
}

int output_verify(struct output *output, int64_t now_ms)
{
	int error;

	(void)now_ms;
	output->error[0] = '\0';
	if (output->written_ma < 0)
		return 0;

	error = output->ops->verify(output);
	if (error < 0 && error != -ESTALE)
		output->written_ma = -1;
	return error;
}

const char *output_error(const struct output *output)
{
	if (!output)
		return "[charger] output: this build has no can; choose pwm, sysfs or none";
	return output->error;
}

const char *output_describe(const struct output *output)
{
	return output->description;
}

int output_fail(struct output *output, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(output->error, sizeof(output->error), format, arguments);
	va_end(arguments);
	return error;
}

static const char *remedy_for(int error)
{
	switch (-error) {
	case EROFS:
		return "/sys is read-only here; in a systemd sandbox it needs ReadWritePaths=";
	case EACCES:
	case EPERM:
		return "a udev rule must give this file to the group of the service";
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return "the device is gone; check its driver and its wiring";
	case EIO:
	case ETIMEDOUT:
	case EREMOTEIO:
		return "the driver does not reach its hardware; check wiring and supply";
	case EINVAL:
	case ERANGE:
		return "the driver refuses this value";
	default:
		return "see the kernel's log";
	}
}

int output_fail_file(struct output *output, int error, const char *key, const char *doing,
	const char *file, const char *remedy)
{
	return output_fail(output, error, "%s: cannot %s %s: %s; %s", key, doing, file,
		strerror(-error), remedy ? remedy : remedy_for(error));
}
