/* SPDX-License-Identifier: MIT */
/* That nobody in the loop can keep the others from their turn. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "app/manager_private.h"
#include "support.h"

#define LOST_MS 200
#define LATE_US 5000000 /* bounds a failure, not a success */

struct fixture {
	struct manager *manager;
	int master, slave;
	sd_event_source *source;
	int64_t began_us;
	int turns;
	int requests; /* that came out of the line */
};

static void sink(void *userdata, const char *line)
{
	(void)userdata;
	(void)line;
}

static void open_line(struct fixture *fixture, char *path, size_t size)
{
	struct termios tio;

	fixture->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fixture->master >= 0);
	assert_int_equal(grantpt(fixture->master), 0);
	assert_int_equal(unlockpt(fixture->master), 0);
	assert_int_equal(ptsname_r(fixture->master, path, size), 0);
	fixture->slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fixture->slave >= 0);
	assert_int_equal(tcgetattr(fixture->slave, &tio), 0);
	cfmakeraw(&tio);
	assert_int_equal(tcsetattr(fixture->slave, TCSANOW, &tio), 0);
}

static int setup(void **state)
{
	static const struct config_sink silent = {sink, sink, NULL};
	static struct fixture fixture;
	struct config config;

	fixture = (struct fixture){.began_us = boottime_us()};
	setenv("DBUS_SYSTEM_BUS_ADDRESS", "", 1);
	assert_int_equal(config_load("/dev/null", &config, &silent), 0);
	config.mains.limit_ma = 25000;
	config.meter.parity = SERIAL_PARITY_NONE; /* a pty has none */
	config.meter.poll_interval_ms = 0;
	config.meter.response_timeout_ms = 20;
	config.meter.lost_after_ms = LOST_MS;
	open_line(&fixture, config.meter.device, sizeof(config.meter.device));
	assert_int_equal(manager_new(&fixture.manager, "/dev/null", &config), 0);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	sd_event_source_disable_unref(fixture->source);
	manager_free(fixture->manager);
	close(fixture->slave);
	close(fixture->master);
	return 0;
}

/* The end, once the meter was asked more than once and then found to be lost; it answers nothing. */
static void look(struct fixture *fixture)
{
	struct manager *m = fixture->manager;
	uint8_t request[64];

	fixture->turns++;
	if (read(fixture->master, request, sizeof(request)) > 0)
		fixture->requests++;
	if ((fixture->requests > 1 && m->decision.faults & FAULT_BIT(FAULT_METER_LOST)) ||
		boottime_us() - fixture->began_us > LATE_US)
		(void)sd_event_exit(m->event, 0);
}

static void assert_everybody_had_a_turn(const struct fixture *fixture)
{
	assert_true(fixture->requests > 1);
	assert_true(fixture->manager->decision.faults & FAULT_BIT(FAULT_METER_LOST));
	assert_true(boottime_us() - fixture->began_us < LATE_US);
}

static int on_always(sd_event_source *source, void *userdata)
{
	(void)source;
	look(userdata);
	return 0;
}

static void a_source_that_is_always_ready_holds_up_neither_meter_nor_failsafe(void **state)
{
	struct fixture *fixture = *state;

	assert_true(sd_event_add_defer(
			    fixture->manager->event, &fixture->source, on_always, fixture) >= 0);
	assert_true(sd_event_source_set_enabled(fixture->source, SD_EVENT_ON) >= 0);
	assert_int_equal(manager_run(fixture->manager), 0);
	assert_everybody_had_a_turn(fixture);
	assert_true(fixture->turns > 100);
}

static int on_flood(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct fixture *fixture = userdata;
	uint8_t noise[256];

	memset(noise, 0x55, sizeof(noise));
	if (write(fixture->master, noise, sizeof(noise)) < 0)
		fixture->turns++; /* it is full, as it may be */
	look(fixture);
	(void)sd_event_source_set_time(source, usec + 500);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static void a_line_that_is_never_silent_holds_up_neither_events_nor_failsafe(void **state)
{
	struct fixture *fixture = *state;

	assert_true(sd_event_add_time(fixture->manager->event, &fixture->source, CLOCK_BOOTTIME, 0,
			    1, on_flood, fixture) >= 0);
	assert_int_equal(manager_run(fixture->manager), 0);
	assert_everybody_had_a_turn(fixture);
}

static int on_tick_only(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	look(userdata);
	return 0;
}

/* One look long after the fault was due: only a deadline of its own can have raised it. */
static void the_failsafe_waits_for_no_event(void **state)
{
	struct fixture *fixture = *state;
	struct manager *m = fixture->manager;

	fixture->requests = 2;
	assert_true(sd_event_add_time(m->event, &fixture->source, CLOCK_BOOTTIME,
			    (uint64_t)fixture->began_us + 3 * LOST_MS * 1000, 1, on_tick_only,
			    fixture) >= 0);
	assert_int_equal(manager_run(m), 0);
	assert_int_equal(fixture->turns, 1);
	assert_true(m->decision.faults & FAULT_BIT(FAULT_METER_LOST));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_source_that_is_always_ready_holds_up_neither_meter_nor_failsafe, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_line_that_is_never_silent_holds_up_neither_events_nor_failsafe, setup,
			teardown),
		cmocka_unit_test_setup_teardown(the_failsafe_waits_for_no_event, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
