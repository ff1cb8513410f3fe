/* SPDX-License-Identifier: MIT */
/*
 * So many readers on the bus, each with a connection of its own, that hear every signal of
 * the daemon and read all of its properties once a second, spread over the second.
 *
 *   readers COUNT
 */
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <time.h>

#define SECOND_US   1000000
#define READERS_MAX 200

static struct reader {
	sd_bus *bus;
	sd_event_source *timer;
} readers[READERS_MAX];

static int on_signal(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	(void)signal;
	(void)userdata;
	(void)error;
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct reader *reader = userdata;

	(void)sd_bus_call_method_async(reader->bus, NULL, "org.poweroptd", "/org/poweroptd",
		"org.freedesktop.DBus.Properties", "GetAll", on_signal, NULL, "s",
		"org.poweroptd.Optimizer1");
	(void)sd_event_source_set_time(source, usec + SECOND_US);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static int reader_start(struct reader *reader, sd_event *event, uint64_t first_us)
{
	int r = sd_bus_open_system(&reader->bus);

	if (r >= 0)
		r = sd_bus_attach_event(reader->bus, event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_bus_match_signal(reader->bus, NULL, "org.poweroptd", "/org/poweroptd", NULL,
			"PropertiesChanged", on_signal, NULL);
	if (r >= 0)
		r = sd_event_add_time(
			event, &reader->timer, CLOCK_MONOTONIC, first_us, 1000, on_timer, reader);
	return r;
}

int main(int argc, char *argv[])
{
	int count = argc > 1 ? atoi(argv[1]) : 0;
	sd_event *event;
	uint64_t now_us;
	int r = sd_event_new(&event);

	if (r >= 0)
		r = sd_event_now(event, CLOCK_MONOTONIC, &now_us);
	for (int i = 0; r >= 0 && i < count && i < READERS_MAX; i++)
		r = reader_start(
			&readers[i], event, now_us + (uint64_t)i * SECOND_US / (uint64_t)count);
	puts("ready");
	fflush(stdout);
	if (r >= 0)
		r = sd_event_loop(event);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
