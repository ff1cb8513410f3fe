/* SPDX-License-Identifier: MIT */
/*
 * The control pilot, or a linear set value, as the duty cycle of a PWM channel: the kernel's
 * Documentation/ABI/testing/sysfs-class-pwm.
 *
 * What drivers/pwm/core.c does with a write shapes this file. Each one applies the whole state, and
 * one without a period, or with a duty cycle above it, is EINVAL: so on a fresh channel the period
 * comes first, and on a used one the duty cycle goes to 0 before the period changes. Polarity
 * changes only while disabled. What is read back is what was requested, not what the chip does: it
 * shows another writer, not a broken chip.
 */
#include "core/pilot.h"
#include "output/attribute.h"
#include "output/output_private.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEY "[pwm] chip"

#define PATH_BYTES	512
#define NS_PER_S	INT64_C(1000000000)
#define HANDOVER_MS	2000 /* in which udev hands over the channel that we exported */
#define NOT_EXPORTED_MS (-1)

enum attribute {
	PERIOD,
	POLARITY,
	DUTY_CYCLE,
	ENABLE,
	ATTRIBUTE_COUNT
};

static const char *const attribute_names[ATTRIBUTE_COUNT] = {
	[PERIOD] = "period",
	[POLARITY] = "polarity",
	[DUTY_CYCLE] = "duty_cycle",
	[ENABLE] = "enable",
};

struct pwm_output {
	struct output base;
	struct pwm_config config;
	int32_t max_ma;
	int64_t period_ns;

	/* hardware, as far as it is known */
	bool ready; /* the channel runs as wanted; else everything is done anew */
	char channel[PATH_BYTES];
	int64_t exported_ms; /* when we exported it, until it is ours */

	/* what the attributes should read */
	char wanted[ATTRIBUTE_COUNT][ATTRIBUTE_MAX];
};

static int64_t duty_for(const struct pwm_output *self, int32_t allowed_ma)
{
	switch (self->config.mapping) {
	case PWM_MAPPING_IEC61851:
		/* no duty cycle stands for less than 6 A: that is a pause, not a raise to 6 A */
		if (allowed_ma >= PILOT_MIN_MA)
			return pilot_duty_ns(allowed_ma, self->period_ns);
		return self->config.pause == PWM_PAUSE_HIGH ? self->period_ns : 0;
	case PWM_MAPPING_LINEAR:
		if (allowed_ma >= self->max_ma)
			return self->period_ns;
		return self->period_ns * allowed_ma / self->max_ma;
	}
	return 0;
}

/* ---- attributes of the channel ---- */

static const char *attribute_path(
	const struct pwm_output *self, enum attribute attribute, char ret[static 2 * PATH_BYTES])
{
	(void)snprintf(ret, 2 * PATH_BYTES, "%s/%s", self->channel, attribute_names[attribute]);
	return ret;
}

static const char *refusal_remedy(enum attribute attribute, int error)
{
	switch (attribute) {
	case PERIOD:
		if (error == -EINVAL || error == -ERANGE)
			return "the driver refuses this period; choose another [pwm] frequency";
		if (error == -EBUSY)
			return "another channel of this chip runs with another period; "
			       "choose its [pwm] frequency";
		break;
	case POLARITY:
		if (error == -EINVAL || error == -EOPNOTSUPP || error == -ENOENT)
			return "this chip cannot do that; change [pwm] polarity";
		break;
	case DUTY_CYCLE:
		if (error == -EINVAL || error == -ERANGE)
			return "the driver refuses this duty cycle; choose another [pwm] frequency";
		break;
	case ENABLE:
	case ATTRIBUTE_COUNT:
		break;
	}
	return NULL;
}

static int put(struct pwm_output *self, enum attribute attribute, const char *value)
{
	char path[2 * PATH_BYTES];
	char doing[ATTRIBUTE_MAX + 16];
	int error;

	error = attribute_write(attribute_path(self, attribute, path), value);
	if (error == 0)
		return 0;
	(void)snprintf(doing, sizeof(doing), "write %s to", value);
	return output_fail_file(
		&self->base, error, KEY, doing, path, refusal_remedy(attribute, error));
}

/* Returns 1 if the attribute reads what is wanted, 0 if not, or a negative errno. */
static int get(
	struct pwm_output *self, enum attribute attribute, char ret_seen[static ATTRIBUTE_MAX])
{
	char path[2 * PATH_BYTES];
	int error;

	error = attribute_read(attribute_path(self, attribute, path), ret_seen);
	/* a chip, or a simulated one, that has one polarity only: the normal one */
	if (error == -ENOENT && attribute == POLARITY) {
		(void)snprintf(ret_seen, ATTRIBUTE_MAX, "normal");
		error = 0;
	}
	if (error < 0)
		return output_fail_file(&self->base, error, KEY, "read", path, NULL);
	return strcmp(ret_seen, self->wanted[attribute]) == 0;
}

/* ---- setting up ---- */

/* What cannot be looked at for want of a descriptor is not missing. */
static int glob_failed(const char *path, int error)
{
	(void)path;
	return error == EMFILE || error == ENFILE;
}

static int find_chip(struct pwm_output *self, char ret_chip[static PATH_BYTES])
{
	const char *pattern = self->config.chip;
	glob_t found = {0};
	int error = 0;
	int r;

	r = glob(pattern, GLOB_NOSORT, glob_failed, &found);
	if (r == GLOB_NOSPACE)
		error = output_fail(
			&self->base, -ENOMEM, KEY ": no memory to look for %s", pattern);
	else if (r == GLOB_ABORTED)
		error = output_fail_file(&self->base, -EMFILE, KEY, "look for", pattern, NULL);
	else if (r != 0)
		error = output_fail(&self->base, -ENODEV,
			KEY ": there is no %s; check the chip's driver, and this key", pattern);
	else if (found.gl_pathc > 1)
		error = output_fail(&self->base, -ENOTUNIQ,
			KEY ": %s matches %zu chips, such as %s and %s; make it match only one",
			pattern, found.gl_pathc, found.gl_pathv[0], found.gl_pathv[1]);
	else if (snprintf(ret_chip, PATH_BYTES, "%s", found.gl_pathv[0]) >= PATH_BYTES)
		error = output_fail(
			&self->base, -ENAMETOOLONG, KEY ": the path of %s is too long", pattern);
	globfree(&found);
	return error;
}

static int export_channel(struct pwm_output *self, const char *chip, int64_t now_ms)
{
	char path[2 * PATH_BYTES];
	char number[16];
	char doing[32];
	const char *remedy = NULL;
	int error;

	(void)snprintf(path, sizeof(path), "%s/export", chip);
	(void)snprintf(number, sizeof(number), "%" PRId32, self->config.channel);
	error = attribute_write(path, number);
	if (error == 0) {
		/* The time for the hand-over begins once, however often the chip takes the number. */
		if (self->exported_ms == NOT_EXPORTED_MS)
			self->exported_ms = now_ms;
		return 0;
	}

	if (error == -EBUSY)
		remedy = "a driver in the kernel uses this channel (/sys/kernel/debug/pwm tells "
			 "which); choose another [pwm] channel";
	else if (error == -ENODEV || error == -EINVAL)
		remedy = "the chip has fewer channels (npwm tells how many); change [pwm] channel";
	else if (error == -ENOENT || error == -ENOTDIR)
		remedy = "this is not the directory of a PWM chip";
	(void)snprintf(doing, sizeof(doing), "write %s to", number);
	return output_fail_file(&self->base, error, KEY, doing, path, remedy);
}

static int find_channel(struct pwm_output *self, int64_t now_ms)
{
	char chip[PATH_BYTES];
	struct stat status;
	int error;

	error = find_chip(self, chip);
	if (error < 0)
		return error;
	if (snprintf(self->channel, sizeof(self->channel), "%s/pwm%" PRId32, chip,
		    self->config.channel) >= (int)sizeof(self->channel))
		return output_fail(
			&self->base, -ENAMETOOLONG, KEY ": the path of %s is too long", chip);

	if (stat(self->channel, &status) == 0)
		return 0;
	return export_channel(self, chip, now_ms);
}

/* Bring a stopped channel, or one that runs otherwise, to our period and polarity. */
static int shape_channel(struct pwm_output *self)
{
	char seen[ATTRIBUTE_MAX];
	int error;
	int r;

	r = get(self, PERIOD, seen);
	if (r < 0)
		return r;
	/* a channel that never had a period cannot run, and takes nothing before one */
	if (strcmp(seen, "0") != 0) {
		error = put(self, ENABLE, "0");
		if (error < 0)
			return error;
		error = put(self, DUTY_CYCLE, "0");
		if (error < 0)
			return error;
	}

	error = put(self, PERIOD, self->wanted[PERIOD]);
	if (error < 0)
		return error;
	r = get(self, POLARITY, seen);
	if (r == 0)
		return put(self, POLARITY, self->wanted[POLARITY]);
	return r < 0 ? r : 0;
}

static int read_back(struct pwm_output *self, enum attribute attribute)
{
	char seen[ATTRIBUTE_MAX];
	int r = get(self, attribute, seen);

	if (r != 0)
		return r < 0 ? r : 0;
	return output_fail(&self->base, -EIO,
		KEY ": %s/%s reads %s right after %s was written; its driver rounds "
		    "(choose another [pwm] frequency), or another program writes there too",
		self->channel, attribute_names[attribute], seen, self->wanted[attribute]);
}

/* A channel that already runs as ours, such as after a restart, is not stopped: no glitch. */
static int configure_channel(struct pwm_output *self)
{
	static const enum attribute shape[] = {PERIOD, POLARITY, ENABLE};
	char seen[ATTRIBUTE_MAX];
	bool running = true;
	int error = 0;
	int r;

	for (size_t i = 0; i < sizeof(shape) / sizeof(shape[0]); i++) {
		r = get(self, shape[i], seen);
		if (r < 0)
			return r;
		running = running && r;
	}

	if (!running)
		error = shape_channel(self);
	if (error == 0)
		error = put(self, DUTY_CYCLE, self->wanted[DUTY_CYCLE]);
	if (error == 0 && !running)
		error = put(self, ENABLE, self->wanted[ENABLE]);
	for (int i = 0; i < ATTRIBUTE_COUNT && error == 0; i++)
		error = read_back(self, (enum attribute)i);
	return error;
}

/* ---- the member's functions ---- */

static int set_up(struct pwm_output *self, int64_t now_ms)
{
	int error;

	error = find_channel(self, now_ms);
	if (error < 0)
		return error;
	return configure_channel(self);
}

static int change_duty(struct pwm_output *self)
{
	int error;

	error = put(self, DUTY_CYCLE, self->wanted[DUTY_CYCLE]);
	if (error < 0)
		return error;
	return read_back(self, DUTY_CYCLE);
}

/* udev works on the files of a new channel one by one, so any of them may still be root's. */
static bool awaits_handover(const struct pwm_output *self, int error, int64_t now_ms)
{
	return (error == -EACCES || error == -EPERM || error == -ENOENT) &&
	       self->exported_ms != NOT_EXPORTED_MS && now_ms - self->exported_ms < HANDOVER_MS;
}

static int pwm_write(struct output *output, const struct output_command *command, int64_t now_ms)
{
	struct pwm_output *self = (void *)output;
	char duty[ATTRIBUTE_MAX];
	int error;

	(void)snprintf(duty, sizeof(duty), "%" PRId64, duty_for(self, command->allowed_ma));
	if (self->ready && strcmp(duty, self->wanted[DUTY_CYCLE]) == 0)
		return 0;
	memcpy(self->wanted[DUTY_CYCLE], duty, sizeof(duty));

	error = self->ready ? change_duty(self) : set_up(self, now_ms);
	self->ready = error == 0;
	if (awaits_handover(self, error, now_ms))
		return -EAGAIN;
	self->exported_ms = NOT_EXPORTED_MS;
	return error;
}

static int pwm_verify(struct output *output)
{
	struct pwm_output *self = (void *)output;
	char seen[ATTRIBUTE_MAX];
	int attribute;
	int error;
	int r = 1;

	for (attribute = 0; attribute < ATTRIBUTE_COUNT; attribute++) {
		r = get(self, (enum attribute)attribute, seen);
		if (r <= 0)
			break;
	}
	if (r > 0)
		return 0;

	error = r < 0 ? r : configure_channel(self);
	self->ready = error == 0;
	if (error < 0)
		return error;
	return output_fail(output, -ESTALE,
		KEY ": another program changed %s of %s from %s to %s; it was set back",
		attribute_names[attribute], self->channel, self->wanted[attribute], seen);
}

static void pwm_free(struct output *output)
{
	free(output);
}

static const struct output_ops pwm_ops = {
	.write = pwm_write,
	.verify = pwm_verify,
	.free = pwm_free,
};

struct output *pwm_output_new(const struct config *config)
{
	struct pwm_output *self = calloc(1, sizeof(*self));

	if (!self)
		return NULL;
	self->base.ops = &pwm_ops;
	self->config = config->pwm;
	self->max_ma = config->charger.max_ma;
	self->period_ns = NS_PER_S / config->pwm.frequency_hz;
	self->exported_ms = NOT_EXPORTED_MS;

	(void)snprintf(self->wanted[PERIOD], ATTRIBUTE_MAX, "%" PRId64, self->period_ns);
	(void)snprintf(self->wanted[POLARITY], ATTRIBUTE_MAX, "%s",
		config->pwm.polarity == PWM_POLARITY_INVERSED ? "inversed" : "normal");
	(void)snprintf(self->wanted[ENABLE], ATTRIBUTE_MAX, "1");
	(void)snprintf(self->base.description, sizeof(self->base.description),
		"pwm %s channel %" PRId32, self->config.chip, self->config.channel);
	return &self->base;
}
