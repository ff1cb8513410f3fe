/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* nftw() */
#include "fake_pwm.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "output/attribute.h"

#define PATH_BYTES 512
#define CHANNELS   4

struct fake_pwm fake_pwm;

int __real_attribute_write(const char *path, const char *value);
int __wrap_attribute_write(const char *path, const char *value);
int __real_attribute_read(const char *path, char ret[static ATTRIBUTE_MAX]);
int __wrap_attribute_read(const char *path, char ret[static ATTRIBUTE_MAX]);

static void make_file(const char *directory, const char *name, const char *value)
{
	char path[PATH_BYTES];
	FILE *file;

	assert_true(snprintf(path, sizeof(path), "%s/%s", directory, name) < PATH_BYTES);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fprintf(file, "%s\n", value) > 0);
	assert_int_equal(fclose(file), 0);
}

static int64_t number_in(const char *directory, const char *name)
{
	char path[PATH_BYTES];
	char value[ATTRIBUTE_MAX];

	assert_true(snprintf(path, sizeof(path), "%s/%s", directory, name) < PATH_BYTES);
	assert_int_equal(__real_attribute_read(path, value), 0);
	return strtoll(value, NULL, 10);
}

static void make_channel(const char *directory, const char *period, const char *duty,
	const char *polarity, const char *enable)
{
	assert_int_equal(mkdir(directory, 0755), 0);
	make_file(directory, "period", period);
	make_file(directory, "duty_cycle", duty);
	make_file(directory, "polarity", polarity);
	make_file(directory, "enable", enable);
}

/* pwm_export_store(): the number of a channel of this chip that nobody has. */
static int export_channel(const char *chip, const char *value)
{
	char channel[PATH_BYTES];

	if (strtol(value, NULL, 10) >= CHANNELS)
		return -ENODEV;
	assert_true(snprintf(channel, sizeof(channel), "%s/pwm%s", chip, value) < PATH_BYTES);
	if (access(channel, F_OK) == 0)
		return -EBUSY;
	make_channel(channel, "0", "0", "normal", "0");
	return 0;
}

/* What __pwm_apply() says to the whole state with this attribute changed. */
static int apply(const char *channel, const char *name, const char *value)
{
	int64_t period = number_in(channel, "period");
	int64_t duty = number_in(channel, "duty_cycle");

	if (strcmp(name, "period") == 0)
		period = strtoll(value, NULL, 10);
	if (strcmp(name, "duty_cycle") == 0)
		duty = strtoll(value, NULL, 10);
	if (period == 0 || duty > period)
		return -EINVAL;
	if (strcmp(name, "polarity") == 0 && number_in(channel, "enable") == 1)
		return -EBUSY;
	return 0;
}

int __wrap_attribute_write(const char *path, const char *value)
{
	char directory[PATH_BYTES];
	char stored[ATTRIBUTE_MAX];
	const char *name = strrchr(path, '/') + 1;
	size_t length = strlen(fake_pwm.log);
	bool exporting = strcmp(name, "export") == 0;
	int error = 0;

	if (access(path, F_OK) < 0)
		return -errno;
	if (fake_pwm.fail_name && strcmp(name, fake_pwm.fail_name) == 0)
		return fake_pwm.fail_error;
	if (fake_pwm.locked && !exporting)
		return -EACCES;

	assert_true(snprintf(directory, sizeof(directory), "%.*s", (int)(name - path - 1), path) <
		    PATH_BYTES);
	error = exporting ? export_channel(directory, value) : apply(directory, name, value);
	if (error < 0)
		return error;

	assert_true(snprintf(fake_pwm.log + length, sizeof(fake_pwm.log) - length, "%s%s=%s",
			    length ? " " : "", name, value) < (int)(sizeof(fake_pwm.log) - length));
	assert_true(snprintf(stored, sizeof(stored), "%s", value) < ATTRIBUTE_MAX);
	if (fake_pwm.rounds && strcmp(name, "duty_cycle") == 0)
		(void)snprintf(
			stored, sizeof(stored), "%lld", strtoll(value, NULL, 10) / 1000 * 1000);
	return exporting ? 0 : __real_attribute_write(path, stored);
}

int __wrap_attribute_read(const char *path, char ret[static ATTRIBUTE_MAX])
{
	const char *name = strrchr(path, '/') + 1;

	if (fake_pwm.fail_read && strcmp(name, fake_pwm.fail_read) == 0)
		return fake_pwm.fail_error;
	return __real_attribute_read(path, ret);
}

int fake_pwm_start(void **state)
{
	(void)state;
	memset(&fake_pwm, 0, sizeof(fake_pwm));
	(void)snprintf(fake_pwm.root, sizeof(fake_pwm.root), "/tmp/poweropt-pwm-XXXXXX");
	return mkdtemp(fake_pwm.root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

int fake_pwm_stop(void **state)
{
	(void)state;
	return nftw(fake_pwm.root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void in_chip(char ret[static PATH_BYTES], int chip, const char *rest)
{
	assert_true(snprintf(ret, PATH_BYTES, "%s/pwmchip%d%s", fake_pwm.root, chip, rest) <
		    PATH_BYTES);
}

void fake_pwm_add_chip(int chip)
{
	char path[PATH_BYTES];

	in_chip(path, chip, "");
	assert_int_equal(mkdir(path, 0755), 0);
	make_file(path, "export", "");
	make_file(path, "npwm", "4");
}

void fake_pwm_remove_chip(int chip)
{
	char path[PATH_BYTES];

	in_chip(path, chip, "");
	assert_int_equal(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void fake_pwm_add_channel(
	int chip, const char *period, const char *duty, const char *polarity, const char *enable)
{
	char path[PATH_BYTES];

	in_chip(path, chip, "/pwm0");
	make_channel(path, period, duty, polarity, enable);
}

void fake_pwm_poke(int chip, const char *attribute, const char *value)
{
	char path[PATH_BYTES];

	in_chip(path, chip, "/pwm0");
	make_file(path, attribute, value);
}

const char *fake_pwm_peek(int chip, const char *attribute)
{
	static char value[ATTRIBUTE_MAX];
	char channel[PATH_BYTES];
	char path[2 * PATH_BYTES];

	in_chip(channel, chip, "/pwm0");
	(void)snprintf(path, sizeof(path), "%s/%s", channel, attribute);
	assert_int_equal(__real_attribute_read(path, value), 0);
	return value;
}

void fake_pwm_config(struct config *ret, const char *pattern)
{
	memset(ret, 0, sizeof(*ret));
	ret->charger.output = OUTPUT_PWM;
	ret->charger.min_ma = 6000;
	ret->charger.max_ma = 32000;
	ret->pwm.frequency_hz = 1000;
	ret->pwm.mapping = PWM_MAPPING_IEC61851;
	ret->pwm.polarity = PWM_POLARITY_NORMAL;
	ret->pwm.pause = PWM_PAUSE_HIGH;
	assert_true(snprintf(ret->pwm.chip, sizeof(ret->pwm.chip), "%s/%s", fake_pwm.root,
			    pattern) < CONFIG_TEXT_MAX);
}
