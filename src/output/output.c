/* SPDX-License-Identifier: MIT */
#include "output/output_private.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

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
		output = can_output_new(config);
		break;
	case OUTPUT_SYSFS:
		output = sysfs_output_new(config);
		break;
	}
	if (!output)
		return -ENOMEM;

	*ret = output;
	return 0;
}

struct output *output_free(struct output *output)
{
	if (output)
		output->ops->free(output);
	return NULL;
}

static bool same(const struct output *output, const struct output_command *command)
{
	const struct output_command *written = &output->written;

	if (command->allowed_ma != written->allowed_ma)
		return false;
	return !output->ops->takes_all ||
	       (command->state == written->state && command->faults == written->faults &&
		       command->limit_ma == written->limit_ma);
}

int output_write(struct output *output, const struct output_command *command, int64_t now_ms)
{
	int error;

	assert(command->allowed_ma >= 0);
	output->error[0] = '\0';
	if (output->stands && same(output, command))
		return 0;

	error = output->ops->write(output, command, now_ms);
	output->stands = error == 0;
	output->written = *command;
	return error;
}

int output_verify(struct output *output, int64_t now_ms)
{
	int error;

	(void)now_ms;
	output->error[0] = '\0';
	if (!output->stands)
		return 0;

	error = output->ops->verify(output);
	if (error < 0 && error != -ESTALE)
		output->stands = false;
	return error;
}

int output_fd(const struct output *output)
{
	return output->ops->fd ? output->ops->fd(output) : -1;
}

int64_t output_deadline_us(const struct output *output)
{
	return output->ops->deadline_us ? output->ops->deadline_us(output) : INT64_MAX;
}

int output_dispatch(struct output *output, int64_t now_us)
{
	int error;

	output->error[0] = '\0';
	if (!output->ops->dispatch)
		return 0;

	error = output->ops->dispatch(output, now_us);
	if (error < 0)
		output->stands = false;
	return error;
}

const struct charger_feedback *output_feedback(const struct output *output)
{
	return output->ops->feedback ? output->ops->feedback(output) : NULL;
}

const char *output_error(const struct output *output)
{
	return output->error;
}

const char *output_notice(const struct output *output)
{
	return output->notice;
}

const char *output_describe(const struct output *output)
{
	return output->description;
}

int output_fail(struct output *output, int error, const char *format, ...)
{
	char text[sizeof(output->error)];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	/* What a file reads may be anything. */
	(void)text_echo(text, output->error, sizeof(output->error));
	return error;
}

void output_note(struct output *output, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(output->notice, sizeof(output->notice), format, arguments);
	va_end(arguments);
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
	case EMFILE:
	case ENFILE:
		return "look for the program that has so many files open (lsof)";
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
