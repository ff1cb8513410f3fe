/* SPDX-License-Identifier: MIT */
/* When the service manager's watchdog is petted: for a control cycle, and a meter that is asked. */
#include "app/boottime.h"
#include "app/manager_private.h"
#include "support.h"

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

static bool is_petted(int fd)
{
	char message[4096];
	bool petted = false;
	ssize_t length;

	while ((length = recv(fd, message, sizeof(message) - 1, 0)) >= 0) {
		message[length] = '\0';
		petted = petted || strcmp(message, "WATCHDOG=1") == 0;
	}
	return petted;
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
	assert_true(is_petted(fixture->notify));
}

static void a_meter_that_nobody_asks_is_not_petted_for(void **state)
{
	struct fixture *fixture = *state;

	(void)meter_dispatch(fixture->manager->meter, boottime_us() - INT64_C(60000000));
	(void)control_cycle(fixture->manager, NULL);
	(void)control_cycle(fixture->manager, NULL);
	assert_false(is_petted(fixture->notify));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_cycle_pets_the_watchdog_while_the_meter_is_asked_in_time, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_meter_that_nobody_asks_is_not_petted_for, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
