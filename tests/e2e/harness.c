/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "e2e/harness_private.h"

static const char base_configuration[] = "[mains]\n"
					 "limit = 20\n"
					 "[meter]\n"
					 "device = %s/meter\n"
					 "parity = none\n" /* a pty has none */
					 "poll_interval = 20ms\n"
					 "response_timeout = 60ms\n"
					 "lost_after = 800ms\n"
					 "[charger]\n"
					 "output = pwm\n"
					 "max_current = 16\n"
					 "[pwm]\n"
					 "chip = %s/chip\n"
					 "[regulator]\n"
					 "settle = 100ms\n"
					 "raise_delay = 200ms\n"
					 "pause_delay = 200ms\n"
					 "resume_delay = 0\n"
					 "recover_delay = 200ms\n";

static struct house *houses[HOUSES_MAX];

/* ---- printing ---- */

static void lines_print(const char *title, const struct lines *lines, int64_t end_ms)
{
	if (lines->count == 0)
		return;
	print_error("---- %s ----\n", title);
	for (size_t i = 0; i < lines->count; i++)
		print_error("%6" PRId64 " ms  %s\n", lines->list[i].at_ms - end_ms,
			lines->list[i].text);
}

static void house_print(const struct house *house)
{
	int64_t end_ms = clock_ms();

	print_error("---- test %d, poweroptd %d, poweroptsim %d ----\n", (int)getpid(),
		(int)house->daemon.pid, (int)house->meter.pid);
	lines_print("poweroptd", &house->daemon.lines, end_ms);
	lines_print("poweroptsim", &house->meter.lines, end_ms);
	lines_print("dbus-daemon", &house->bus.lines, end_ms);
	lines_print("service manager", &house->messages, end_ms);
	for (int i = 0; i < house->chip_count; i++) {
		const struct chip *chip = &house->chips[i];

		print_error("---- duty of %s, in ns of %" PRId64 " ----\n", chip->name,
			HOUSE_PERIOD_NS);
		for (size_t j = 0; j < chip->count; j++)
			print_error("%6" PRId64 " ms  %" PRId64 "\n",
				chip->duties[j].at_ms - end_ms, chip->duties[j].ns);
	}
}

void house_fail(struct house *house, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprint_error(format, args);
	va_end(args);
	print_error("\n");
	house_print(house);
	fail();
	abort(); /* not reached: fail() jumps */
}

/* ---- files ---- */

const char *house_path(struct house *house, const char *name)
{
	char **path = &house->paths[house->next_path++ % 8];

	free(*path);
	if (asprintf(path, "%s/%s", house->directory, name) < 0)
		abort();
	return *path;
}

__attribute__((format(printf, 3, 0))) static void file_write(
	struct house *house, const char *name, const char *format, va_list args)
{
	FILE *file = fopen(house_path(house, name), "we");

	if (!file)
		house_fail(house, "cannot write %s: %s", name, strerror(errno));
	vfprintf(file, format, args);
	if (fclose(file) != 0)
		house_fail(house, "cannot write %s: %s", name, strerror(errno));
}

void house_write(struct house *house, const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	file_write(house, name, format, args);
	va_end(args);
}

void house_configure(struct house *house, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	file_write(house, "poweroptd.conf.d/10-test.conf", format, args);
	va_end(args);
}

/* ---- looking ---- */

static void notify_read(struct house *house)
{
	char message[2048];
	ssize_t n;

	while ((n = recv(house->notify, message, sizeof(message) - 1, MSG_DONTWAIT)) > 0) {
		/* One message, one line. */
		for (ssize_t i = 0; i < n; i++)
			if (message[i] == '\n')
				message[i] = ' ';
		message[n] = '\n';
		lines_add(&house->messages, message, (size_t)n + 1);
	}
}

void look(int64_t until_ms)
{
	struct pollfd fds[5 * HOUSES_MAX];
	int64_t left_ms = until_ms - clock_ms();
	nfds_t n = 0;

	/* Every house is looked at, so that all times are right, whichever one is waited for. */
	for (int i = 0; i < HOUSES_MAX; i++) {
		if (!houses[i])
			continue;
		fds[n++] = (struct pollfd){.fd = houses[i]->daemon.out, .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = houses[i]->meter.out, .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = houses[i]->bus.out, .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = houses[i]->inotify, .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = houses[i]->notify, .events = POLLIN};
	}
	(void)poll(fds, n, left_ms > 0 ? (int)left_ms : 0);
	for (int i = 0; i < HOUSES_MAX; i++) {
		if (!houses[i])
			continue;
		(void)process_read(&houses[i]->daemon);
		(void)process_read(&houses[i]->meter);
		(void)process_read(&houses[i]->bus);
		chips_read(houses[i]);
		if (houses[i]->notify >= 0)
			notify_read(houses[i]);
	}
}

void look_and_check(struct house *house, int64_t until_ms)
{
	look(until_ms);
	if (house->violation[0])
		house_fail(house, "%s", house->violation);
}

int64_t expect_line(
	struct house *house, struct process *process, struct lines *lines, const char *text)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	const struct line *line;

	while (!(line = lines_find(lines, lines->mark, text))) {
		if (clock_ms() >= until_ms)
			house_fail(house, "'%s' did not come", text);
		if (process && process->out < 0)
			house_fail(house, "'%s' cannot come any more: the program is over", text);
		look_and_check(house, until_ms);
	}
	lines->mark = (size_t)(line - lines->list) + 1;
	return line->at_ms;
}

/* ---- what is to happen ---- */

int64_t expect_log(struct house *house, const char *text)
{
	return expect_line(house, &house->daemon, &house->daemon.lines, text);
}

void expect_logged(struct house *house, const char *text)
{
	size_t mark = house->daemon.lines.mark;

	house->daemon.lines.mark = 0;
	expect_log(house, text);
	house->daemon.lines.mark = mark;
}

bool house_logged(struct house *house, const char *text)
{
	look_and_check(house, clock_ms());
	return lines_find(&house->daemon.lines, 0, text);
}

size_t house_log_count(struct house *house)
{
	look_and_check(house, clock_ms());
	return house->daemon.lines.count;
}

void house_quiet(struct house *house, int64_t for_ms)
{
	int64_t until_ms = clock_ms() + for_ms;

	do
		look_and_check(house, until_ms);
	while (clock_ms() < until_ms);
}

void house_notify(struct house *house)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = (size_t)snprintf(
		address.sun_path, sizeof(address.sun_path), "%s/notify", house->directory);

	house_check(house, n < sizeof(address.sun_path));
	house->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	house_check(house, bind(house->notify, (struct sockaddr *)&address, sizeof(address)) == 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
}

int64_t expect_notify(struct house *house, const char *text)
{
	return expect_line(house, NULL, &house->messages, text);
}

/* ---- begin and end ---- */

struct house *house_new(void)
{
	const char *tmp = getenv("TMPDIR");
	struct house *house = calloc(1, sizeof(*house));

	assert_non_null(house);
	/* Sockets have short paths. */
	if (!tmp || strlen(tmp) > 30)
		tmp = "/tmp";
	snprintf(house->directory, sizeof(house->directory), "%s/poweropt-e2e-XXXXXX", tmp);
	assert_non_null(mkdtemp(house->directory));
	house->meter.in = house->meter.out = house->daemon.in = house->daemon.out = -1;
	house->bus.in = house->bus.out = -1;
	house->notify = -1;
	house->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	house->ceiling_ma = HOUSE_CEILING_MA;
	house_program(house, TEST_BUILDDIR "/poweroptd");
	signal(SIGPIPE, SIG_IGN);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	unsetenv("JOURNAL_STREAM");
	unsetenv("RUNTIME_DIRECTORY");
	setenv("DBUS_SYSTEM_BUS_ADDRESS", "", 1); /* none */

	house_check(house, house->inotify >= 0);
	for (int i = 0; !house->listed; i++) {
		house_check(house, i < HOUSES_MAX);
		if (houses[i])
			continue;
		houses[i] = house;
		house->listed = true;
	}
	mkdir(house_path(house, "poweroptd.conf.d"), 0700);
	house_write(
		house, "poweroptd.conf", base_configuration, house->directory, house->directory);
	house_chip_new(house, "chip");
	return house;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Whether the daemon, if it still runs, ends as it should. */
static bool daemon_ends_well(struct house *house)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	int status;

	if (house->daemon.pid <= 0)
		return true;
	kill(house->daemon.pid, SIGTERM);
	while (house->daemon.out >= 0 && clock_ms() < until_ms)
		look(until_ms);
	while ((status = process_reap(&house->daemon)) == PROCESS_RUNS && clock_ms() < until_ms)
		;
	if (status == 0 && !house->violation[0])
		return true;
	print_error("the daemon ended with %d %s\n", status, house->violation);
	house_print(house);
	return false;
}

int house_free(struct house *house)
{
	bool good = daemon_ends_well(house);

	for (int i = 0; i < HOUSES_MAX; i++)
		if (houses[i] == house)
			houses[i] = NULL;
	process_end(&house->daemon);
	process_end(&house->meter);
	process_end(&house->bus);
	lines_free(&house->messages);
	if (house->notify >= 0)
		close(house->notify);
	close(house->inotify);
	for (int i = 0; i < house->chip_count; i++)
		free(house->chips[i].duties);
	for (int i = 0; i < 8; i++)
		free(house->paths[i]);
	(void)nftw(house->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(house);
	return good ? 0 : -1;
}

int house_setup(void **state)
{
	*state = house_new();
	return 0;
}

int house_teardown(void **state)
{
	return house_free(*state);
}
