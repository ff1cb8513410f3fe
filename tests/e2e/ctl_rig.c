/* SPDX-License-Identifier: MIT */
#include "e2e/ctl_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define DBUS_DAEMON "/usr/bin/dbus-daemon"
#define PATIENCE_MS 20000
#define WORDS_MAX   16

/* Everybody may do everything. */
static const char bus_config[] = "<busconfig><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>"
				 "<policy context=\"default\"><allow user=\"*\"/><allow own=\"*\"/>"
				 "<allow send_type=\"method_call\"/><allow send_type=\"signal\"/>"
				 "<allow send_type=\"method_return\"/><allow send_type=\"error\"/>"
				 "<allow receive_sender=\"*\"/></policy></busconfig>\n";

static void path_in(const struct ctl_rig *rig, const char *name, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%s", rig->directory, name);
}

void ctl_bus_start(struct ctl_rig *rig)
{
	char path[128], option[160], address[160];
	const char *argv[] = {DBUS_DAEMON, "--nofork", "--print-address", option, NULL};
	FILE *file;

	path_in(rig, "bus.conf", path, sizeof(path));
	file = fopen(path, "we");
	assert_non_null(file);
	fprintf(file, bus_config, rig->directory);
	assert_int_equal(fclose(file), 0);
	snprintf(option, sizeof(option), "--config-file=%s", path);
	snprintf(address, sizeof(address), "unix:path=%s/bus", rig->directory);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
	assert_int_equal(process_start(&rig->bus, argv, NULL, false), 0);
	ctl_wait_line(&rig->bus, "unix:path=");
}

int ctl_rig_setup(void **state)
{
	struct ctl_rig *rig = calloc(1, sizeof(*rig));
	const char *tmp = getenv("TMPDIR");

	assert_non_null(rig);
	rig->bus.in = rig->bus.out = rig->daemon.in = rig->daemon.out = -1;
	snprintf(rig->directory, sizeof(rig->directory), "%.40s/poweropt-ctl-XXXXXX",
		tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(rig->directory));
	if (access(DBUS_DAEMON, X_OK) == 0)
		ctl_bus_start(rig);
	*state = rig;
	return 0;
}

void ctl_need_bus(const struct ctl_rig *rig)
{
	if (rig->bus.pid > 0)
		return;
	print_message("skipped: there is no " DBUS_DAEMON " (package dbus-daemon)\n");
	skip();
}

int ctl_rig_teardown(void **state)
{
	struct ctl_rig *rig = *state;
	char path[128];

	process_end(&rig->daemon);
	process_end(&rig->bus);
	path_in(rig, "bus.conf", path, sizeof(path));
	(void)unlink(path);
	path_in(rig, "bus", path, sizeof(path));
	(void)unlink(path);
	(void)rmdir(rig->directory);
	free(rig);
	return 0;
}

/* ---- the daemon ---- */

const char *ctl_wait_line(struct process *process, const char *text)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	const struct line *line;

	while (!(line = lines_find(&process->lines, process->lines.mark, text))) {
		struct pollfd pollfd = {.fd = process->out, .events = POLLIN};
		int64_t left_ms = until_ms - clock_ms();

		if (left_ms <= 0)
			fail_msg("'%s' does not come", text);
		(void)poll(&pollfd, 1, (int)left_ms);
		if (!process_read(process) &&
			!lines_find(&process->lines, process->lines.mark, text))
			fail_msg("its end comes, and not '%s'", text);
	}
	process->lines.mark = (size_t)(line - process->lines.list) + 1;
	return line->text;
}

void ctl_daemon_start(struct ctl_rig *rig)
{
	static const char *const argv[] = {TEST_BUILDDIR "/tests/e2e/fake_optimizer", NULL};

	ctl_need_bus(rig);
	assert_int_equal(process_start(&rig->daemon, argv, NULL, true), 0);
	ctl_wait_line(&rig->daemon, "ok");
}

void ctl_daemon_stop(struct ctl_rig *rig)
{
	process_end(&rig->daemon);
}

void ctl_tell(struct ctl_rig *rig, const char *command)
{
	assert_true(dprintf(rig->daemon.in, "%s\n", command) > 0);
	ctl_wait_line(&rig->daemon, "ok");
}

void ctl_tell_usual(struct ctl_rig *rig)
{
	static const char *const commands[] = {
		"State s limited",
		"Reason s The car may draw 9.4 A: phase L2 carries 24.4 A of 25 A",
		"AllowedCurrent u 9437",
		"MainsLimit u 25000",
		"LimitSource s dip",
		"DipSwitches (bbb) 0 1 1",
		"Faults as",
		"PhaseCurrents ai 12310 24390 -850",
		"MeterModel s klefr-6934",
		"MeterSerial s 20030042",
		"MeterOnline b 1",
		"BusCounters a{st} ok 123456 timeout 3 crc 1 exception 0 implausible 2",
		"Output s PWM chip /sys/class/pwm/pwmchip0, channel 0",
		"ChargerCurrent i 9300",
		"Cap u 10000",
		"CapHolder s evcc",
	};
	char command[64];

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		ctl_tell(rig, commands[i]);
	snprintf(command, sizeof(command), "LastReading t %lld", (long long)clock_ms() * 1000);
	ctl_tell(rig, command);
}

bool ctl_called(struct ctl_rig *rig, const char *call)
{
	struct lines *lines = &rig->daemon.lines;
	bool found;

	/* What was printed before an answer has been read with that. */
	ctl_tell(rig, "allow");
	found = lines_find(lines, 0, call);
	for (size_t i = 0; i < lines->count; i++)
		lines->list[i].text[0] = '\0';
	return found;
}

/* ---- the program ---- */

static void read_all(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size - 1, 0);

	assert_true(n >= 0 && (size_t)n < size - 1);
	buf[n] = '\0';
	close(fd);
}

static int temporary(void)
{
	int fd = memfd_create("output", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int run(const char *arguments, int out, int err)
{
	char words[512], *argv[WORDS_MAX + 2] = {(char *)(uintptr_t)CTL_PROGRAM}, *save;
	int status, n = 1;
	pid_t pid;

	snprintf(words, sizeof(words), "%s", arguments);
	for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[n++] = word;
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(PATIENCE_MS / 1000);
		if (dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
			_exit(126);
		execv(argv[0], argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void ctl_run(const char *arguments, struct ctl_result *ret)
{
	int out = temporary(), err = temporary();

	ret->status = run(arguments, out, err);
	read_all(out, ret->out, sizeof(ret->out));
	read_all(err, ret->err, sizeof(ret->err));
}

void ctl_run_into(const char *arguments, const char *path, struct ctl_result *ret)
{
	int out = open(path, O_WRONLY | O_CLOEXEC), err = temporary();

	assert_true(out >= 0);
	ret->status = run(arguments, out, err);
	ret->out[0] = '\0';
	close(out);
	read_all(err, ret->err, sizeof(ret->err));
}
