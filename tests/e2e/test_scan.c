/* SPDX-License-Identifier: MIT */
/*
 * `poweroptctl scan` on the line of a simulated meter. A pseudo-terminal has no parity and no rate:
 * those are tested in tests/unit/test_scan.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "e2e/process.h"
#include "support.h"

#define PATIENCE_MS 30000

struct rig {
	char dir[64], link[96], file[96];
	struct process meter, scan;
};

static const char *const quick[] = {NULL};

static int rig_begin(void **state)
{
	struct rig *rig = test_calloc(1, sizeof(*rig));

	rig->meter.in = rig->meter.out = rig->scan.in = rig->scan.out = -1;
	strcpy(rig->dir, "/tmp/test_scan-XXXXXX");
	if (!mkdtemp(rig->dir))
		return -1;
	snprintf(rig->link, sizeof(rig->link), "%s/meter", rig->dir);
	snprintf(rig->file, sizeof(rig->file), "%s/poweroptd.conf", rig->dir);
	*state = rig;
	return 0;
}

static int rig_end(void **state)
{
	struct rig *rig = *state;

	process_end(&rig->scan);
	process_end(&rig->meter);
	(void)unlink(rig->link);
	(void)unlink(rig->file);
	(void)rmdir(rig->dir);
	test_free(rig);
	return 0;
}

static void configure(struct rig *rig, const char *more)
{
	FILE *file = fopen(rig->file, "we");

	assert_non_null(file);
	fprintf(file, "[meter]\ndevice = %s\n%s", rig->link, more);
	assert_int_equal(fclose(file), 0);
}

/* Read until a line with this text comes, or until the end. */
static bool await(struct process *process, const char *text)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	struct pollfd pfd = {.events = POLLIN};

	while (!lines_find(&process->lines, 0, text)) {
		pfd.fd = process->out;
		assert_true(clock_ms() < until_ms);
		if (poll(&pfd, 1, PATIENCE_MS) == 1 && !process_read(process))
			return lines_find(&process->lines, 0, text) != NULL;
	}
	return true;
}

static void print_all(const struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		print_message("| %s\n", lines->list[i].text);
}

static void await_scan(struct rig *rig, const char *text)
{
	if (await(&rig->scan, text))
		return;
	print_all(&rig->meter.lines);
	print_all(&rig->scan.lines);
	fail_msg("nothing says '%s'", text);
}

static void start_meter(struct rig *rig, const char *const options[])
{
	char link[128];
	const char *argv[16] = {TEST_BUILDDIR "/poweroptsim", "meter", link};
	int n = 3;

	snprintf(link, sizeof(link), "--link=%s", rig->link);
	for (int i = 0; options[i]; i++)
		argv[n++] = options[i];
	assert_int_equal(process_start(&rig->meter, argv, NULL, true), 0);
	assert_true(await(&rig->meter, "/dev/"));
}

static void start_scan(struct rig *rig, const char *option)
{
	const char *argv[] = {TEST_BUILDDIR "/poweroptctl", "scan", "-c", rig->file, option, NULL};

	assert_int_equal(process_start(&rig->scan, argv, NULL, false), 0);
}

static int end_scan(struct rig *rig)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	int status;

	(void)await(&rig->scan, "there is no such line");
	while ((status = process_reap(&rig->scan)) == PROCESS_RUNS)
		assert_true(clock_ms() < until_ms);
	return status;
}

static int scan(struct rig *rig, const char *option)
{
	start_scan(rig, option);
	return end_scan(rig);
}

static void expect(const struct rig *rig, const char *text)
{
	if (lines_find(&rig->scan.lines, 0, text))
		return;
	print_all(&rig->scan.lines);
	fail_msg("nothing says '%s'", text);
}

static void expect_not(const struct rig *rig, const char *text)
{
	if (!lines_find(&rig->scan.lines, 0, text))
		return;
	print_all(&rig->scan.lines);
	fail_msg("something says '%s'", text);
}

static void a_meter_as_configured_fits(void **state)
{
	struct rig *rig = *state;

	configure(rig, "parity = none\n");
	start_meter(rig, quick);
	assert_int_equal(scan(rig, NULL), 0);
	expect(rig, "Klefr 6934 (three phases), serial number 22091039");
	expect(rig, "parity none, address 1");
	expect(rig, "  L3");
	expect(rig, "5.30 A");
	expect(rig, "The configuration fits");
}

static void a_wrong_address_is_found_and_the_line_to_correct_is_printed(void **state)
{
	static const char *const options[] = {"--unit=9", "--model=klefr-6924", NULL};
	struct rig *rig = *state;

	configure(rig, "parity = even\n");
	start_meter(rig, options);
	assert_int_equal(scan(rig, NULL), 0);
	expect(rig, "Klefr 6924 (one phase)");
	expect_not(rig, "  L2");
	expect(rig, "    unit = 9");
	expect_not(rig, "parity =");
	expect_not(rig, "device =");
}

static void the_device_of_the_command_line_counts(void **state)
{
	struct rig *rig = *state;
	FILE *file = fopen(rig->file, "we");

	assert_non_null(file);
	fprintf(file, "[meter]\ndevice = /dev/ttyNOWHERE\n");
	assert_int_equal(fclose(file), 0);
	start_meter(rig, quick);
	assert_int_equal(scan(rig, rig->link), 0);
	expect(rig, "    device = /tmp/test_scan-");
}

static void a_missing_phase_and_a_negative_current_are_told(void **state)
{
	static const char *const options[] = {"--fault=phase-missing", "--currents=1,0,-3.5", NULL};
	struct rig *rig = *state;

	configure(rig, "");
	start_meter(rig, options);
	assert_int_equal(scan(rig, NULL), 0);
	expect(rig, "no voltage: check the fuse");
	expect(rig, "-3.50 A   negative");
}

static void an_echo_is_named(void **state)
{
	static const char *const options[] = {"--fault=echo", NULL};
	struct rig *rig = *state;

	configure(rig, "");
	start_meter(rig, options);
	assert_int_equal(scan(rig, NULL), 1);
	expect(rig, "hears itself");
}

/* Each of these goes through all addresses: it is told at once, and ended by Ctrl-C. */
static void told_and_ended(struct rig *rig, const char *fault, const char *text)
{
	const char *const options[] = {fault, NULL};

	configure(rig, "");
	start_meter(rig, options);
	start_scan(rig, NULL);
	await_scan(rig, text);
	assert_int_equal(kill(rig->scan.pid, SIGINT), 0);
	assert_int_equal(end_scan(rig), 1);
	expect(rig, "Ended before");
	expect(rig, "What was heard");
}

static void damaged_answers_are_told(void **state)
{
	told_and_ended(*state, "--fault=crc", "comes back when address 1 is asked, but damaged");
}

static void noise_is_told(void **state)
{
	told_and_ended(*state, "--fault=noise", "but damaged");
}

static void truncated_answers_are_told(void **state)
{
	told_and_ended(*state, "--fault=truncated", "but damaged");
}

static void an_answer_of_another_address_is_told(void **state)
{
	told_and_ended(*state, "--fault=wrong-unit", "bears address 2");
}

static void a_device_that_refuses_is_told(void **state)
{
	told_and_ended(*state, "--fault=exception", "exception 4, device failure");
}

/* What tcsetattr() of libmodbus changed must be as it was. */
static void ctrl_c_gives_the_port_back_as_it_was(void **state)
{
	static const char *const options[] = {"--fault=silent", NULL};
	struct rig *rig = *state;
	struct termios before, after;
	int fd;

	configure(rig, "");
	start_meter(rig, options);
	fd = open(rig->link, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(tcgetattr(fd, &before), 0);
	close(fd);
	start_scan(rig, NULL);
	await_scan(rig, "Trying");
	assert_int_equal(kill(rig->scan.pid, SIGINT), 0);
	assert_int_equal(end_scan(rig), 1);
	expect(rig, "no meter was found so far");
	fd = open(rig->link, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(tcgetattr(fd, &after), 0);
	close(fd);
	assert_int_equal(before.c_cflag, after.c_cflag);
	assert_int_equal(before.c_iflag, after.c_iflag);
	assert_int_equal(before.c_lflag, after.c_lflag);
	assert_int_equal(cfgetospeed(&before), cfgetospeed(&after));
}

static void a_port_that_is_held_names_its_holder(void **state)
{
	struct rig *rig = *state;
	int fd;

	configure(rig, "");
	start_meter(rig, quick);
	fd = open(rig->link, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(scan(rig, NULL), 1);
	expect(rig, "is in use by test_scan");
	expect_not(rig, "Trying");
	close(fd);
}

/* Without a lock, but it would take our bytes away. */
static void a_port_that_is_open_elsewhere_is_left_alone(void **state)
{
	struct rig *rig = *state;
	int fd;

	configure(rig, "");
	start_meter(rig, quick);
	fd = open(rig->link, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(scan(rig, NULL), 1);
	expect(rig, "is in use by test_scan");
	close(fd);
}

static void a_device_that_is_none_is_an_error(void **state)
{
	struct rig *rig = *state;

	configure(rig, "");
	assert_int_equal(scan(rig, NULL), 1);
	expect(rig, "does not exist: plug the RS485 adapter in");
	process_end(&rig->scan);
	assert_int_equal(scan(rig, "/dev/null"), 1);
	expect(rig, "/dev/null is not a serial port: name the one that the meter is wired to");
	process_end(&rig->scan);
	assert_int_equal(scan(rig, "/dev/pts"), 1);
	expect(rig, "/dev/pts is not a serial port");
}

static void a_meter_that_is_unplugged_meanwhile_ends_the_search(void **state)
{
	static const char *const options[] = {"--fault=silent", NULL};
	struct rig *rig = *state;

	configure(rig, "");
	start_meter(rig, options);
	start_scan(rig, NULL);
	await_scan(rig, "Trying");
	process_end(&rig->meter);
	assert_int_equal(end_scan(rig), 1);
	expect(rig, "plug the RS485 adapter in");
}

static void wrong_usage_is_status_2(void **state)
{
	struct rig *rig = *state;

	configure(rig, "");
	assert_int_equal(scan(rig, "--fast"), 2);
}

static void a_broken_configuration_is_told(void **state)
{
	struct rig *rig = *state;

	configure(rig, "unit = 400\n");
	assert_int_equal(scan(rig, NULL), 1);
	expect(rig, "[meter] unit");
	expect(rig, "name the DEVICE");
}

#define scan_test(f) cmocka_unit_test_setup_teardown(f, rig_begin, rig_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scan_test(a_meter_as_configured_fits),
		scan_test(a_wrong_address_is_found_and_the_line_to_correct_is_printed),
		scan_test(the_device_of_the_command_line_counts),
		scan_test(a_missing_phase_and_a_negative_current_are_told),
		scan_test(an_echo_is_named),
		scan_test(damaged_answers_are_told),
		scan_test(noise_is_told),
		scan_test(truncated_answers_are_told),
		scan_test(an_answer_of_another_address_is_told),
		scan_test(a_device_that_refuses_is_told),
		scan_test(ctrl_c_gives_the_port_back_as_it_was),
		scan_test(a_port_that_is_held_names_its_holder),
		scan_test(a_port_that_is_open_elsewhere_is_left_alone),
		scan_test(a_device_that_is_none_is_an_error),
		scan_test(a_meter_that_is_unplugged_meanwhile_ends_the_search),
		scan_test(wrong_usage_is_status_2),
		scan_test(a_broken_configuration_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
