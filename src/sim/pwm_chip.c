/* SPDX-License-Identifier: MIT */
#include "sim/pwm_chip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/pilot.h"

#define CHANNEL	  "pwm0"
#define STAGING	  ".pwm0"
#define VALUE_MAX 32

/* In the order of struct pwm_chip.value. */
static const struct {
	const char *name;
	const char *initial;
} attributes[] = {
	{"period", "0\n"},
	{"duty_cycle", "0\n"},
	{"polarity", "normal\n"},
	{"enable", "0\n"},
};

enum {
	PERIOD,
	DUTY_CYCLE,
	POLARITY,
	ENABLE,
	ATTRIBUTES
};

struct pwm_chip {
	int directory;
	sd_event_source *export_source;
	sd_event_source *unexport_source;
	char value[ATTRIBUTES][VALUE_MAX];
};

static int file_write(int directory, const char *name, const char *text)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	r = n < 0 ? -errno : 0;
	close(fd);
	return r;
}

/* The first line; nothing changes if it is empty or cannot be read. */
static void file_read(int directory, const char *name, char ret[VALUE_MAX])
{
	char text[VALUE_MAX];
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	strcpy(ret, text);
}

static void channel_remove(int directory, const char *channel)
{
	char name[64];

	for (int i = 0; i < ATTRIBUTES; i++) {
		snprintf(name, sizeof(name), "%s/%s", channel, attributes[i].name);
		(void)unlinkat(directory, name, 0);
	}
	(void)unlinkat(directory, channel, AT_REMOVEDIR);
}

/* Built aside and renamed: like the kernel's, the channel is never there in part. */
static int channel_make(int directory)
{
	char name[64];
	int r = 0;

	channel_remove(directory, STAGING);
	if (mkdirat(directory, STAGING, 0755) < 0)
		return -errno;
	for (int i = 0; r >= 0 && i < ATTRIBUTES; i++) {
		snprintf(name, sizeof(name), STAGING "/%s", attributes[i].name);
		r = file_write(directory, name, attributes[i].initial);
	}
	if (r >= 0 && renameat(directory, STAGING, directory, CHANNEL) < 0)
		r = -errno;
	return r;
}

static bool asks_for_channel(int directory, const char *name)
{
	char text[VALUE_MAX] = "", *end;

	file_read(directory, name, text);
	return strtol(text, &end, 10) == 0 && end != text;
}

static int on_export(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
	struct pwm_chip *chip = userdata;

	(void)source;
	(void)event;
	if (faccessat(chip->directory, CHANNEL, F_OK, 0) < 0 &&
		asks_for_channel(chip->directory, "export"))
		(void)channel_make(chip->directory);
	return 0;
}

static int on_unexport(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
	struct pwm_chip *chip = userdata;

	(void)source;
	(void)event;
	if (asks_for_channel(chip->directory, "unexport")) {
		channel_remove(chip->directory, CHANNEL);
		(void)file_write(chip->directory, "export", "");
	}
	return 0;
}

static int watch(sd_event *event, sd_event_source **ret, const char *path, const char *name,
	sd_event_inotify_handler_t handler, struct pwm_chip *chip)
{
	char file[4096];

	if (snprintf(file, sizeof(file), "%s/%s", path, name) >= (int)sizeof(file))
		return -ENAMETOOLONG;
	return sd_event_add_inotify(event, ret, file, IN_CLOSE_WRITE, handler, chip);
}

int pwm_chip_new(struct pwm_chip **ret, sd_event *event, const char *path)
{
	struct pwm_chip *chip;
	int r = 0;

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	chip = calloc(1, sizeof(*chip));
	if (!chip)
		return -ENOMEM;
	chip->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (chip->directory < 0)
		r = -errno;
	if (r >= 0) {
		channel_remove(chip->directory, CHANNEL);
		r = file_write(chip->directory, "export", "");
	}
	if (r >= 0)
		r = file_write(chip->directory, "unexport", "");
	if (r >= 0)
		r = file_write(chip->directory, "npwm", "1\n");
	if (r >= 0)
		r = watch(event, &chip->export_source, path, "export", on_export, chip);
	if (r >= 0)
		r = watch(event, &chip->unexport_source, path, "unexport", on_unexport, chip);
	if (r < 0) {
		pwm_chip_free(chip);
		return r;
	}
	*ret = chip;
	return 0;
}

struct pwm_chip *pwm_chip_free(struct pwm_chip *chip)
{
	if (!chip)
		return NULL;
	sd_event_source_unref(chip->export_source);
	sd_event_source_unref(chip->unexport_source);
	if (chip->directory >= 0)
		close(chip->directory);
	free(chip);
	return NULL;
}

struct pwm_state pwm_chip_read(struct pwm_chip *chip)
{
	char name[64];

	if (faccessat(chip->directory, CHANNEL, F_OK, 0) < 0) {
		memset(chip->value, 0, sizeof(chip->value));
		return (struct pwm_state){0};
	}
	for (int i = 0; i < ATTRIBUTES; i++) {
		snprintf(name, sizeof(name), CHANNEL "/%s", attributes[i].name);
		file_read(chip->directory, name, chip->value[i]);
	}
	return (struct pwm_state){.exported = true,
		.enabled = atoi(chip->value[ENABLE]) == 1,
		.inversed = strcmp(chip->value[POLARITY], "inversed") == 0,
		.period_ns = atoll(chip->value[PERIOD]),
		.duty_ns = atoll(chip->value[DUTY_CYCLE])};
}

int32_t pwm_state_offer_ma(const struct pwm_state *state)
{
	if (!state->exported || !state->enabled || state->period_ns <= 0 || state->duty_ns < 0 ||
		state->duty_ns > state->period_ns)
		return 0;
	return pilot_current_ma(
		state->inversed ? state->period_ns - state->duty_ns : state->duty_ns,
		state->period_ns);
}
