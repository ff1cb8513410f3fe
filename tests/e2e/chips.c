/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e/harness_private.h"

static const char *const attributes[HOUSE_ATTRIBUTES] = {
	"period", "duty_cycle", "polarity", "enable"};

#define DUTY_CYCLE 1

/* How the standard encodes a current up to 51 A, rounded down. */
static int64_t duty_ns(int32_t allowed_ma)
{
	return allowed_ma == HOUSE_PAUSED ? HOUSE_PERIOD_NS : HOUSE_PERIOD_NS * allowed_ma / 60000;
}

/* The simulator says ok to this too, which whoever talks to it next may take for his own. */
static void car_follows(struct house *house, int64_t ns)
{
	double amps = ns >= HOUSE_PERIOD_NS ? 0 : (double)ns * 60 / HOUSE_PERIOD_NS;

	(void)dprintf(house->meter.in, "car %.3f,%.3f,%.3f\n", amps, amps, amps);
}

void house_car(struct house *house)
{
	house->has_car = true;
}

static void duty_seen(struct house *house, struct chip *chip)
{
	char path[64], text[32] = "";
	int64_t ns;
	int fd;

	snprintf(path, sizeof(path), "%s/pwm0/duty_cycle", chip->name);
	fd = open(house_path(house, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	if (!strchr(text, '\n')) /* being written again: another event follows */
		return;
	ns = strtoll(text, NULL, 10);
	if (chip->count > 0 && chip->duties[chip->count - 1].ns == ns)
		return;
	chip->duties = realloc(chip->duties, (chip->count + 1) * sizeof(*chip->duties));
	if (!chip->duties)
		abort();
	chip->duties[chip->count++] = (struct duty){clock_ms(), ns};
	if (house->has_car && chip == house->chips)
		car_follows(house, ns);
	/* Below 10 % no current is meant, between 85 % and 100 % a high one. */
	if (ns != HOUSE_PERIOD_NS && ns != 0 &&
		(ns < duty_ns(6000) || ns > duty_ns(house->ceiling_ma)))
		snprintf(house->violation, sizeof(house->violation),
			"a duty of %" PRId64 " ns, above the ceiling of %" PRId32 " mA", ns,
			house->ceiling_ma);
}

void chips_read(struct house *house)
{
	char events[8192] __attribute__((aligned(8)));
	ssize_t n;

	while ((n = read(house->inotify, events, sizeof(events))) > 0) {
		for (char *at = events; at < events + n;) {
			const struct inotify_event *event = (const void *)at;

			at += sizeof(*event) + event->len;
			if (event->mask & IN_Q_OVERFLOW)
				snprintf(house->violation, sizeof(house->violation),
					"events of the chip were lost");
			for (int i = 0; i < house->chip_count; i++) {
				if (!(event->mask & IN_CLOSE_WRITE) ||
					event->wd != house->chips[i].watch)
					continue;
				for (int j = 0; j < HOUSE_ATTRIBUTES; j++)
					if (strcmp(event->name, attributes[j]) == 0)
						house->chips[i].writes[j]++;
				if (strcmp(event->name, attributes[DUTY_CYCLE]) == 0)
					duty_seen(house, &house->chips[i]);
			}
		}
	}
}

void house_chip_new(struct house *house, const char *name)
{
	struct chip *chip = &house->chips[house->chip_count++];
	char path[64];

	snprintf(chip->name, sizeof(chip->name), "%s", name);
	mkdir(house_path(house, name), 0700);
	snprintf(path, sizeof(path), "%s/pwm0", name);
	mkdir(house_path(house, path), 0700);
	for (int i = 0; i < HOUSE_ATTRIBUTES; i++) {
		snprintf(path, sizeof(path), "%s/pwm0/%s", name, attributes[i]);
		house_write(
			house, path, "%s\n", strcmp(attributes[i], "polarity") ? "0" : "normal");
	}
	snprintf(path, sizeof(path), "%s/pwm0", name);
	/* Equal events in a row would be merged by the kernel: those of opening keep them apart. */
	chip->watch = inotify_add_watch(
		house->inotify, house_path(house, path), IN_OPEN | IN_CLOSE_WRITE);
	house_check(house, chip->watch >= 0);
	house->chip = chip;
}

void house_chip_select(struct house *house, int number)
{
	house->chip = &house->chips[number];
}

void house_ceiling(struct house *house, int32_t ceiling_ma)
{
	house->ceiling_ma = ceiling_ma;
}

int64_t expect_duty(struct house *house, int32_t allowed_ma)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS, ns = duty_ns(allowed_ma);
	struct chip *chip = house->chip;

	for (;;) {
		for (size_t i = chip->mark; i < chip->count; i++) {
			if (chip->duties[i].ns != ns)
				continue;
			chip->mark = i + 1;
			return chip->duties[i].at_ms;
		}
		if (clock_ms() >= until_ms || house->daemon.out < 0)
			house_fail(house,
				"the duty for %" PRId32 " mA, %" PRId64 " ns, did not come",
				allowed_ma, ns);
		look_and_check(house, until_ms);
	}
}

void expect_steady(struct house *house, int32_t allowed_ma, int64_t for_ms)
{
	struct chip *chip = house->chip;
	size_t count = chip->count;

	house_quiet(house, for_ms);
	if (count == 0 || chip->count != count || chip->duties[count - 1].ns != duty_ns(allowed_ma))
		house_fail(house, "the duty does not stay at %" PRId32 " mA, %" PRId64 " ns",
			allowed_ma, duty_ns(allowed_ma));
}

int house_writes(struct house *house, const char *attribute)
{
	look_and_check(house, clock_ms());
	for (int i = 0; i < HOUSE_ATTRIBUTES; i++)
		if (strcmp(attribute, attributes[i]) == 0)
			return house->chip->writes[i];
	house_fail(house, "there is no %s", attribute);
}
