/* SPDX-License-Identifier: MIT */
/*
 * What the journal gets: entries with message IDs and fields. And that the daemon regulates whether
 * the journal takes them or not.
 *
 * The journal's socket has a fixed place, so this test makes a mount namespace of its own, in which
 * /run is empty, and listens there itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/event.h"
#include "e2e/harness.h"

#define JOURNAL "/run/systemd/journal/socket"

static int journal = -1;

/* Entries are single lines each, one after the other, with a newline before and behind. */
static char entry[4096];

/* ---- the journal ---- */

static bool file_says(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		(void)close(fd);
	return written;
}

/* As root of nothing but its own namespaces, if it is not root anyway. */
static bool namespace_enter(void)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof(uids), "%u %u 1", (unsigned int)geteuid(), (unsigned int)geteuid());
	snprintf(gids, sizeof(gids), "%u %u 1", (unsigned int)getegid(), (unsigned int)getegid());
	if (unshare(CLONE_NEWNS) < 0 && (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
						!file_says("/proc/self/setgroups", "deny") ||
						!file_says("/proc/self/uid_map", uids) ||
						!file_says("/proc/self/gid_map", gids)))
		return false;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/run", "tmpfs", 0, NULL) == 0 && mkdir("/run/systemd", 0755) == 0 &&
	       mkdir("/run/systemd/journal", 0755) == 0;
}

/* The daemon is to find out who has its port open: not if that has more rights than it has itself. */
static void rights_drop(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[2] = {{0, 0, 0}};

	if (geteuid() == 0)
		return;
	(void)syscall(SYS_capset, &header, none);
	(void)prctl(PR_SET_DUMPABLE, 1);
}

static int journal_setup(void **state)
{
	struct sockaddr_un address = {AF_UNIX, JOURNAL};

	journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (journal < 0 || bind(journal, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return house_setup(state);
}

static int journal_teardown(void **state)
{
	int r = house_teardown(state);

	(void)close(journal);
	(void)unlink(JOURNAL);
	return r;
}

/* The daemon takes its stderr for the journal's if JOURNAL_STREAM says so, see systemd.exec(5). */
static void daemon_of_systemd(struct house *house)
{
	char wrapper[512];
	const char *outer = getenv("TEST_DAEMON_WRAPPER");

	house_write(house, "in-journal",
		"JOURNAL_STREAM=$(stat -L -c %%d:%%i /proc/self/fd/2)\n"
		"export JOURNAL_STREAM\n"
		"exec %s \"$@\"\n",
		outer ? outer : "");
	snprintf(wrapper, sizeof(wrapper), "/bin/sh %s", house_path(house, "in-journal"));
	house_check(house, setenv("TEST_DAEMON_WRAPPER", wrapper, 1) == 0);
	house_daemon_start(house);
	if (outer)
		house_check(house, setenv("TEST_DAEMON_WRAPPER", outer, 1) == 0);
	else
		house_check(house, unsetenv("TEST_DAEMON_WRAPPER") == 0);
}

static bool entry_has(const char *field)
{
	char line[512];

	snprintf(line, sizeof(line), "\n%s\n", field);
	return strstr(entry, line) != NULL;
}

/* Wait for an entry with a field, NAME=value; it is in @entry then. */
static void expect_entry(struct house *house, const char *field)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	struct pollfd pfd = {.fd = journal, .events = POLLIN};

	entry[0] = '\n';
	do {
		ssize_t n;

		if (clock_ms() >= until_ms || poll(&pfd, 1, PATIENCE_MS) != 1)
			house_fail(house, "no entry with %s, the last one is:\n%s", field, entry);
		n = recv(journal, entry + 1, sizeof(entry) - 2, 0);
		house_check(house, n > 0 && entry[n] == '\n');
		entry[n + 1] = '\0';
	} while (!entry_has(field));
}

static void expect_event(struct house *house, enum event event)
{
	char field[64];

	snprintf(field, sizeof(field), "MESSAGE_ID=%s", event_id(event));
	expect_entry(house, field);
	house_check(house, entry_has("SYSLOG_IDENTIFIER=poweroptd"));
}

/* ---- tests ---- */

static void the_state_is_told_with_its_fields(void **state)
{
	struct house *house = *state;

	house_meter_start(house, "--currents=4,12.5,4", NULL);
	daemon_of_systemd(house);
	expect_event(house, EVENT_STARTED);
	house_check(house, entry_has("PRIORITY=6"));
	house_check(house, !strstr(entry, "POWEROPT_"));

	/* Before the first reading no current is known. */
	expect_event(house, EVENT_STARTING);
	house_check(house, entry_has("POWEROPT_STATE=starting"));
	house_check(house, entry_has("POWEROPT_ALLOWED_MA=0"));
	house_check(house, entry_has("POWEROPT_LIMIT_MA=20000"));
	house_check(house, !strstr(entry, "POWEROPT_I1_MA"));

	expect_event(house, EVENT_LIMITED);
	house_check(house, entry_has("POWEROPT_STATE=limited"));
	house_check(house, strstr(entry, "\nPOWEROPT_ALLOWED_MA="));
	house_check(house, entry_has("POWEROPT_I1_MA=4000"));
	house_check(house, entry_has("POWEROPT_I2_MA=12500"));
	house_check(house, entry_has("POWEROPT_I3_MA=4000"));
	house_check(house, !strstr(entry, "POWEROPT_FAULT"));

	/* The same state, only more current: nothing that anybody acts on. */
	expect_entry(house, "POWEROPT_ALLOWED_MA=7300");
	house_check(house, entry_has("POWEROPT_STATE=limited"));
	house_check(house, !strstr(entry, "MESSAGE_ID"));

	house_signal(house, SIGTERM);
	expect_event(house, EVENT_STOPPING);
	expect_event(house, EVENT_SAFE_WRITTEN);
	house_check(house, house_daemon_wait(house) == 0);
}

static void a_cut_cable_is_told_from_its_beginning_to_its_end(void **state)
{
	struct house *house = *state;

	house_meter_start(house, "--currents=3.5,3.5,3.5", NULL);
	daemon_of_systemd(house);
	expect_event(house, EVENT_CHARGING);
	house_say(house, "fault silent on");

	expect_event(house, EVENT_METER_LOST);
	house_check(house, entry_has("PRIORITY=3"));
	house_check(house, entry_has("POWEROPT_FAULT=meter-lost"));
	house_check(house, entry_has("POWEROPT_STATE=failsafe"));
	house_check(house, entry_has("POWEROPT_ALLOWED_MA=0"));
	house_check(house, !strstr(entry, "POWEROPT_I1_MA")); /* too old */
	expect_event(house, EVENT_METER_SILENT);
	house_check(house, entry_has("PRIORITY=4"));

	house_say(house, "fault silent off");
	expect_event(house, EVENT_METER_ANSWERS);
	expect_event(house, EVENT_FAULT_OVER);
	house_check(house, entry_has("POWEROPT_FAULT=meter-lost"));
	house_check(house, entry_has("POWEROPT_I1_MA=3500"));
}

static void what_nobody_acts_on_has_no_message_id(void **state)
{
	struct house *house = *state;
	char field[256];

	house_meter_start(house, "--currents=3.5,3.5,3.5", NULL);
	daemon_of_systemd(house);
	snprintf(field, sizeof(field), "MESSAGE=The meter's serial device %s is open",
		house_path(house, "meter"));
	expect_entry(house, field);
	house_check(house, !strstr(entry, "MESSAGE_ID="));
}

static void what_does_not_fit_the_meter_is_told(void **state)
{
	struct house *house = *state;

	house_configure(house, "[mains]\nlimit = 125\n[meter]\nmodel = klefr-6924\n");
	house_meter_start(house, "--currents=3.5,3.5,3.5", NULL);
	daemon_of_systemd(house);
	expect_event(house, EVENT_METER_FOUND);
	expect_event(house, EVENT_METER_MISMATCH);
	expect_event(house, EVENT_LIMIT_CAPPED);
	house_check(house, entry_has("POWEROPT_LIMIT_MA=100000"));
	house_check(house, !strstr(entry, "POWEROPT_STATE"));
}

static void a_changed_configuration_is_told_good_or_bad(void **state)
{
	struct house *house = *state;

	house_meter_start(house, "--currents=3.5,3.5,3.5", NULL);
	daemon_of_systemd(house);
	expect_event(house, EVENT_CHARGING);
	house_configure(house, "[mains]\nfuse = 25\n");
	house_signal(house, SIGHUP);
	expect_event(house, EVENT_CONFIG_REJECTED);
	house_configure(house, "[mains]\nlimit = 25\n");
	house_signal(house, SIGHUP);
	expect_event(house, EVENT_CONFIG_RELOADED);
}

static void a_broken_configuration_at_the_start_ends_with_what_to_do(void **state)
{
	struct house *house = *state;

	house_configure(house, "[mains]\nfuse = 25\n");
	house_check(house,
		house_run(house, "--config", house_path(house, "poweroptd.conf"), NULL) == 78);
	expect_log(house, "[mains] fuse: unknown key");
	expect_log(house, "error: Not started: correct what is named above");
}

/* A program that has the port open may call itself anything. */
static void names_from_outside_write_no_entries_of_their_own(void **state)
{
	static const char name[] = "\033[31mX\nPRIORI";
	struct house *house = *state;
	char old[16];
	int slave;
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	house_check(house, prctl(PR_GET_NAME, old) == 0 && prctl(PR_SET_NAME, name) == 0);
	house_check(house, master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	house_check(house, symlink(ptsname(master), house_path(house, "meter")) == 0);
	daemon_of_systemd(house);
	expect_event(house, EVENT_PORT_SHARED);
	/* The kernel itself, if it is Linux, makes \n of a newline. */
	house_check(house, strstr(entry, "\nMESSAGE=\\x1b[31mX\\"));
	house_check(house, strstr(entry, "PRIORI (process ") && !strstr(entry, "\nPRIORI ("));
	house_check(house, !strchr(entry, '\033'));
	house_check(house, prctl(PR_SET_NAME, old) == 0);
	(void)close(slave);
	(void)close(master);
}

/* Nobody reads: the socket takes some entries, then no more. */
static void a_journal_that_hangs_delays_nothing(void **state)
{
	struct house *house = *state;
	int64_t said_ms, until_ms;

	house_meter_start(house, "--currents=3.5,3.5,3.5", NULL);
	daemon_of_systemd(house);
	expect_duty(house, 16000);
	/*
	 * Then stderr gets the text, with the priority in front as sd-daemon(3) has it. Signals that
	 * wait are one: how many fill the socket is not known.
	 */
	until_ms = clock_ms() + PATIENCE_MS;
	while (!house_logged(house, "<6>Status: output pwm ")) {
		house_check(house, clock_ms() < until_ms);
		house_signal(house, SIGUSR1);
		house_quiet(house, 10);
	}
	said_ms = house_say(house, "currents 4.5,20.5,4.5").done_ms;
	house_check_within(house, expect_duty(house, 6000), said_ms, PROMPT_MS);
	expect_log(house, "<6>The car may draw 6 A, the least: phase L2 is overloaded with 20.5 A");
}

static void without_a_journal_the_text_is_not_lost(void **state)
{
	struct house *house = *state;

	house_check(house, unlink(JOURNAL) == 0);
	house_meter_start(house, "--currents=3.5,3.5,3.5", NULL);
	daemon_of_systemd(house);
	expect_log(house, "<6>The car may draw 16 A: nothing holds it back");
}

static void the_failsafe_tells_how_the_service_ended(void **state)
{
	struct house *house = *state;

	house_check(house, setenv("SERVICE_RESULT", "watchdog", 1) == 0);
	house_check(house, setenv("EXIT_STATUS", "KILL", 1) == 0);
	house_check(house, house_run(house, "--failsafe", "--config",
				   house_path(house, "poweroptd.conf"), NULL) == 0);
	expect_log(
		house, "warning: The service failed (watchdog, KILL): the charger was left at 0 A");
	/* After an orderly end the daemon has said so itself. */
	house_check(house, setenv("SERVICE_RESULT", "success", 1) == 0);
	house_check(house, house_run(house, "--failsafe", "--config",
				   house_path(house, "poweroptd.conf"), NULL) == 0);
	house_check(house, !house_logged(house, "notice: The charger was left at 0 A (pwm /"));
	(void)unsetenv("SERVICE_RESULT");
	(void)unsetenv("EXIT_STATUS");
	house_check(house, house_run(house, "--failsafe", "--config",
				   house_path(house, "poweroptd.conf"), NULL) == 0);
	expect_log(house, "notice: The charger was left at 0 A (pwm /");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, journal_setup, journal_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_state_is_told_with_its_fields),
		TEST(a_cut_cable_is_told_from_its_beginning_to_its_end),
		TEST(what_nobody_acts_on_has_no_message_id),
		TEST(what_does_not_fit_the_meter_is_told),
		TEST(a_changed_configuration_is_told_good_or_bad),
		TEST(a_broken_configuration_at_the_start_ends_with_what_to_do),
		TEST(names_from_outside_write_no_entries_of_their_own),
		TEST(a_journal_that_hangs_delays_nothing),
		TEST(without_a_journal_the_text_is_not_lost),
		TEST(the_failsafe_tells_how_the_service_ended),
	};

	if (!namespace_enter()) {
		printf("SKIP: no mount namespace of its own: %s\n", strerror(errno));
		return 77;
	}
	rights_drop();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
