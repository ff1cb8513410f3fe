/* SPDX-License-Identifier: MIT */
/* What the service manager is told: its watchdog of a control cycle and a meter that is asked. */
#include "app/boottime.h"
#include "app/manager_private.h"
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct fixture {
	struct manager *manager;
	int notify;
};

static void sink(void *userdata, const char *line)
{
	(void)userdata;
	(void)line;
}

/* An abstract socket for the service manager's, bound to a name that the kernel chooses. */
static int listen_notify(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length = sizeof(address);
	char name[sizeof(address.sun_path) + 2];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	length -= (socklen_t)offsetof(struct sockaddr_un, sun_path);
	snprintf(name, sizeof(name), "@%.*s", (int)length - 1, address.sun_path + 1);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

/* A manager that reads no more: its socket is full, whatever the kernel's limit. */
static void stuff(int fd)
{
	struct sockaddr_un address;
	socklen_t length = sizeof(address);
	int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(sender >= 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	while (sendto(sender, "X=1", 3, 0, (struct sockaddr *)&address, length) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	close(sender);
}

static bool is_told(int fd, const char *beginning)
{
	char message[4096];
	bool told = false;
	ssize_t length;

	while ((length = recv(fd, message, sizeof(message) - 1, 0)) >= 0) {
		message[length] = '\0';
		told = told || strncmp(message, beginning, strlen(beginning)) == 0;
	}
	return told;
}

static int setup(void **state)
{
	static const struct config_sink silent = {sink, sink, NULL};
	static struct fixture fixture;
	struct config config;

	assert_int_equal(config_load("/dev/null", &config, &silent), 0);
	config.mains.limit_ma = 25000;
	snprintf(config.meter.device, sizeof(config.meter.device), "/nonexistent/tty");
	assert_int_equal(manager_new(&fixture.manager, "/dev/null", &config), 0);
	fixture.notify = listen_notify();
	control_start(fixture.manager);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	unsetenv("NOTIFY_SOCKET");
	close(fixture->notify);
	manager_free(fixture->manager);
	return 0;
}

static void a_cycle_pets_the_watchdog_while_the_meter_is_asked_in_time(void **state)
{
	struct fixture *fixture = *state;

	(void)meter_dispatch(fixture->manager->meter, boottime_us());
	(void)control_cycle(fixture->manager, NULL);
	assert_true(is_told(fixture->notify, "WATCHDOG=1"));
}

static void a_meter_that_nobody_asks_is_not_petted_for(void **state)
{
	struct fixture *fixture = *state;

	(void)meter_dispatch(fixture->manager->meter, boottime_us() - INT64_C(60000000));
	(void)control_cycle(fixture->manager, NULL);
	(void)control_cycle(fixture->manager, NULL);
	assert_false(is_told(fixture->notify, "WATCHDOG=1"));
}

static void a_service_manager_that_hangs_delays_nothing(void **state)
{
	struct fixture *fixture = *state;

	stuff(fixture->notify);
	alarm(10); /* instead of waiting without end */
	(void)meter_dispatch(fixture->manager->meter, boottime_us());
	(void)control_cycle(fixture->manager, NULL);
	alarm(0);
	assert_false(is_told(fixture->notify, "READY=1"));
	/* Now it reads again, and must not take us for one that never started. */
	(void)control_cycle(fixture->manager, NULL);
	assert_true(is_told(fixture->notify, "READY=1\nSTATUS="));
}

static int hang_up(sd_event_source *source, void *userdata)
{
	(void)source;
	(void)userdata;
	return raise(SIGHUP);
}

/* The manager waits for the end of a reload that it was told of. */
static void the_end_of_a_reload_is_told_when_it_can_be(void **state)
{
	struct fixture *fixture = *state;
	struct manager *m = fixture->manager;

	(void)control_cycle(m, NULL);
	assert_true(is_told(fixture->notify, "READY=1\nSTATUS="));
	stuff(fixture->notify);
	assert_true(sd_event_add_defer(m->event, NULL, hang_up, NULL) >= 0);
	assert_true(sd_event_run(m->event, 0) > 0);
	assert_true(sd_event_run(m->event, 0) > 0);
	assert_false(is_told(fixture->notify, "READY=1"));
	(void)control_cycle(m, NULL);
	assert_true(is_told(fixture->notify, "READY=1\nSTATUS="));
	(void)control_cycle(m, NULL);
	assert_false(is_told(fixture->notify, "READY=1"));
}

static void the_status_is_renewed_after_a_while(void **state)
{
	struct fixture *fixture = *state;
	struct manager *m = fixture->manager;

	(void)control_cycle(m, NULL);
	assert_true(is_told(fixture->notify, "READY=1\nSTATUS="));
	snprintf(m->status, sizeof(m->status), "What was true then");
	(void)control_cycle(m, NULL);
	assert_false(is_told(fixture->notify, "STATUS="));
	m->status_due_ms = 0;
	(void)control_cycle(m, NULL);
	assert_true(is_told(fixture->notify, "STATUS="));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_cycle_pets_the_watchdog_while_the_meter_is_asked_in_time, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_meter_that_nobody_asks_is_not_petted_for, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_service_manager_that_hangs_delays_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_end_of_a_reload_is_told_when_it_can_be, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_status_is_renewed_after_a_while, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
