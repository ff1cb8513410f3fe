/* SPDX-License-Identifier: MIT */
/*
 * What people and machines put in the daemon's way: broken configurations, missing and wrong devices,
 * PWM chips that refuse. Each has a sentence that names the file or key and the remedy.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e/harness.h"

/* The argument that names the house's configuration; to be freed. */
static char *config_option(struct house *house, const char *name)
{
	char *option;

	house_check(house, asprintf(&option, "--config=%s", house_path(house, name)) > 0);
	return option;
}

static char *slurp(struct house *house, const char *name)
{
	char *text = calloc(1, 1 << 16);
	FILE *file = fopen(house_path(house, name), "re");

	house_check(house, file && text);
	house_check(house, fread(text, 1, (1 << 16) - 1, file) > 0);
	fclose(file);
	return text;
}

/* ---- the configuration ---- */

static void an_empty_configuration_runs_and_says_what_is_missing(void **state)
{
	struct house *house = *state;

	house_write(house, "poweroptd.conf", "%s", "");
	house_daemon_start(house);
	expect_log(house,
		"notice: No charger is driven: set [charger] output to pwm, can or sysfs in ");
	expect_log(house, "/dev/ttyRS485 does not exist: plug the RS485 adapter in");
	house_quiet(house, 200);
	house_check(house, !house_logged(house, "Fault"));
	house_check(house, house_writes(house, "duty_cycle") == 0);
}

static void every_error_of_a_file_is_told_at_once_with_status_78(void **state)
{
	struct house *house = *state;
	char *option = config_option(house, "poweroptd.conf");

	house_write(house, "poweroptd.conf",
		"[mains]\n"
		"limt = 25\n"
		"margin = lots\n"
		"[meter]\n"
		"unit = 300\n"
		"colour = red\n"
		"baud_rate\n"
		"device = /dev/null\n"
		"device = /dev/null\n"
		"[chargr]\n"
		"output = pwm\n");
	house_check(house, house_run(house, option, NULL) == 78);
	free(option);
	expect_log(house, "/poweroptd.conf:2: [mains] limt: unknown key, did you mean limit?");
	expect_log(house, "/poweroptd.conf:3: [mains] margin: \"lots\" is not a current in ampere");
	expect_log(house,
		"/poweroptd.conf:5: [meter] unit: \"300\" is out of range, allowed: 1 to 247");
	expect_log(
		house, "/poweroptd.conf:6: [meter] colour: unknown key, known are device, model");
	expect_log(house, "/poweroptd.conf:7: [meter] baud_rate: there is no = after the key");
	expect_log(house,
		"/poweroptd.conf:9: [meter] device: set twice in this file, first in line 8");
	expect_log(house, "/poweroptd.conf:10: [chargr]: unknown section, did you mean [charger]?");
}

static void contradictions_are_errors(void **state)
{
	struct house *house = *state;
	char *option = config_option(house, "poweroptd.conf");

	house_configure(house, "[charger]\nmin_current = 20\nfailsafe_current = 5\n");
	house_check(house, house_run(house, option, NULL) == 78);
	free(option);
	house_check(house,
		house_logged(house,
			"/poweroptd.conf.d/10-test.conf:2: [charger] min_current: 20 does not fit, allowed: "
			"at most max_current = 16 ("));
	house_check(house,
		house_logged(house,
			"/poweroptd.conf.d/10-test.conf:3: [charger] failsafe_current: 5 does not fit, "
			"allowed: 0, or at least min_current = 20"));
}

static void a_binary_file_is_no_configuration(void **state)
{
	struct house *house = *state;
	char *option = config_option(house, "poweroptd.conf");

	house_write(house, "poweroptd.conf",
		"\x7f"
		"ELF%c%c\n[mains]\n\xff\xfe = 1\n",
		0, 1);
	house_check(house, house_run(house, option, NULL) == 78);
	free(option);
	expect_log(house, "/poweroptd.conf:1: byte 1 (0x7f) is a control character, allowed: text");
	expect_log(house, "/poweroptd.conf:3: byte 1 (0xff) is not UTF-8, allowed: UTF-8 text");
}

static void a_named_file_that_is_missing_is_an_error(void **state)
{
	struct house *house = *state;
	char *option = config_option(house, "none.conf");

	house_check(house, house_run(house, option, NULL) == 78);
	expect_log(house, "/none.conf: cannot be read: No such file or directory");
	house_check(house, house_run(house, "--check-config", option, NULL) == 1);
	expect_log(house, "/none.conf: cannot be read: No such file or directory");
	free(option);
}

static void check_config_tells_good_from_bad(void **state)
{
	struct house *house = *state;
	char *option = config_option(house, "poweroptd.conf");

	house_check(house, house_run(house, "--check-config", option, NULL) == 0);
	house_check(house, house_log_count(house) == 0);
	house_configure(house, "[mains]\nlimit = 5\n");
	house_check(house, house_run(house, "--check-config", option, NULL) == 1);
	expect_log(house,
		"/10-test.conf:2: [mains] limit: \"5\" is out of range, allowed: dip, or 6 to");
	free(option);
}

static void what_print_config_prints_can_be_read_again(void **state)
{
	struct house *house = *state;
	char *option = config_option(house, "poweroptd.conf"), *again, *first, *second;

	house_configure(house, "[charger]\nphases = L2 L3\n[can]\nstatus_id = none\n");
	house_check(house, house_run(house, "--print-config", option, NULL) == 0);
	first = slurp(house, "stdout");
	house_check(house, strstr(first, "phases = L2 L3\n") && strstr(first, "limit = 20\n"));
	house_write(house, "again.conf", "%s", first);
	again = config_option(house, "again.conf");
	house_check(house, house_run(house, "--print-config", again, NULL) == 0);
	second = slurp(house, "stdout");
	house_check(house, strcmp(first, second) == 0);
	free(first);
	free(second);
	free(again);
	free(option);
}

static void wrong_usage_has_status_2(void **state)
{
	struct house *house = *state;

	house_check(house, house_run(house, "--failsafe", "--check-config", NULL) == 2);
	expect_log(house, "--check-config, --print-config and --failsafe exclude each other");
	house_check(house, house_run(house, "--nonsense", NULL) == 2);
	expect_log(house, "--nonsense");
	expect_log(house, "Try 'poweroptd --help'");
	house_check(house, house_run(house, "start", NULL) == 2);
	expect_log(house, "unexpected argument 'start'");
	house_check(house, house_run(house, "--config", NULL) == 2);
	house_check(house, house_run(house, "--help", NULL) == 0);
	house_check(house, house_run(house, "--version", NULL) == 0);
}

/* ---- the meter's device ---- */

static void a_missing_device_is_a_lost_meter_until_it_comes(void **state)
{
	struct house *house = *state;
	int64_t began_ms = clock_ms();

	house_daemon_start(house);
	expect_log(house,
		"/meter does not exist: plug the RS485 adapter in, or correct [meter] device");
	house_check(
		house, expect_log(house, "error: Fault meter-lost: ") >= began_ms + HOUSE_LOST_MS);
	expect_steady(house, HOUSE_PAUSED, 0);
	house_meter_start(house, "--currents=3.5,3.5,3.5", NULL);
	expect_log(house, "notice: The meter answers again");
	expect_duty(house, 16000);
}

static void a_directory_is_no_serial_device(void **state)
{
	struct house *house = *state;

	mkdir(house_path(house, "meter"), 0700);
	house_daemon_start(house);
	expect_log(house, "/meter is a directory: name the serial device in it");
	expect_log(house, "Fault meter-lost: ");
}

static void a_regular_file_is_no_serial_device(void **state)
{
	struct house *house = *state;

	house_write(house, "meter", "precious");
	house_daemon_start(house);
	expect_log(
		house, "/meter is not a serial device: name the RS485 port, such as /dev/ttyUSB0");
	expect_log(house, "Fault meter-lost: ");
	free(slurp(house, "meter"));
}

static void a_device_of_another_kind_is_no_serial_device(void **state)
{
	struct house *house = *state;

	house_check(house, symlink("/dev/null", house_path(house, "meter")) == 0);
	house_daemon_start(house);
	expect_log(
		house, "/meter is not a serial device: name the RS485 port, such as /dev/ttyUSB0");
}

static void a_device_without_permission_names_the_group(void **state)
{
	struct house *house = *state;

	if (geteuid() == 0) {
		print_message("root may open everything: run as another user\n");
		skip();
	}
	house_meter_start(house, NULL);
	house_check(house, chmod(house_path(house, "meter"), 0) == 0); /* of the pty behind it */
	house_daemon_start(house);
	expect_log(house, "No permission to open the meter's serial device /");
	house_check(house, house_logged(house, "must be in the device's group (usually dialout)"));
}

/* A terminal of our own, held as others would. Returns its master and its other side. */
static int own_terminal(struct house *house, int *ret_slave)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	house_check(house, master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	*ret_slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	house_check(house, *ret_slave >= 0);
	house_check(house, symlink(ptsname(master), house_path(house, "meter")) == 0);
	return master;
}

static void expect_busy(struct house *house)
{
	char holder[64];

	snprintf(holder, sizeof(holder), "is in use by test_bad_input (process %d): a Modbus line",
		(int)getpid());
	house_daemon_start(house);
	expect_log(house, "warning: The meter's serial device /");
	house_check(house, house_logged(house, holder));
	expect_log(house, "Fault meter-lost: ");
}

static void a_locked_port_names_its_owner_and_is_taken_when_free(void **state)
{
	struct house *house = *state;
	int slave, master = own_terminal(house, &slave);

	house_check(house, flock(slave, LOCK_EX | LOCK_NB) == 0);
	expect_busy(house);
	house_check(house, flock(slave, LOCK_UN) == 0);
	expect_log(house, "/meter is open");
	expect_log(house, "test_bad_input (process ");
	close(slave);
	close(master);
	expect_log(house, "has gone away");
}

static void a_port_in_exclusive_mode_names_its_owner(void **state)
{
	struct house *house = *state;
	int slave, master = own_terminal(house, &slave);

	house_check(house, ioctl(slave, TIOCEXCL) == 0);
	expect_busy(house);
	close(slave);
	close(master);
}

static void another_reason_why_the_device_cannot_be_used_is_told(void **state)
{
	struct house *house = *state;

	house_daemon_start(house);
	expect_log(house,
		"/meter does not exist: plug the RS485 adapter in, or correct [meter] device");
	house_write(house, "meter", "%s", "");
	expect_log(house, "warning: [meter] device = ");
	house_check(house, house_logged(house, "/meter is not a serial device"));
}

/* ---- the PWM chip ---- */

static void a_missing_chip_is_a_fault_until_it_comes(void **state)
{
	struct house *house = *state;
	const char *chip = house_path(house, "late");

	house_configure(house, "[pwm]\nchip = %s\n", chip);
	house_start(house, "3.5,3.5,3.5");
	expect_log(house,
		"error: Fault output-failed: The charger cannot be told what it may draw. "
		"[pwm] chip: there is no /");
	house_check(house, house_logged(house, "check the chip's driver, and this key"));
	house_chip_new(house, "chip2");
	house_check(house, symlink("chip2", house_path(house, "late")) == 0);
	expect_log(house, "notice: The output works again: pwm /");
	expect_duty(house, 16000);
	expect_log(house, "Fault output-failed is over");
}

static void a_chip_that_refuses_a_duty_stops_the_charge_until_it_obeys(void **state)
{
	struct house *house = *state;

	house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	house_check(house, symlink("/dev/full", house_path(house, "full")) == 0);
	house_check(house,
		rename(house_path(house, "full"), house_path(house, "chip/pwm0/duty_cycle")) == 0);
	expect_log(house,
		"error: Fault output-failed: The charger cannot be told what it may draw. "
		"[pwm] chip: cannot write ");
	house_check(house, house_logged(house, "/chip/pwm0/duty_cycle: No space left on device"));
	house_check(house, house_logged(house, "The car may draw 0 A"));
	house_write(house, "repaired", "0\n");
	house_check(house, rename(house_path(house, "repaired"),
				   house_path(house, "chip/pwm0/duty_cycle")) == 0);
	expect_log(house, "notice: The output works again: pwm /");
	expect_duty(house, 16000);
}

static void an_attribute_that_is_a_directory_is_named(void **state)
{
	struct house *house = *state;

	house_check(house, unlink(house_path(house, "chip/pwm0/duty_cycle")) == 0);
	house_check(house, mkdir(house_path(house, "chip/pwm0/duty_cycle"), 0700) == 0);
	house_start(house, "3.5,3.5,3.5");
	expect_log(house, "error: Fault output-failed: ");
	house_check(house, house_logged(house, "/chip/pwm0/duty_cycle: Is a directory"));
	house_check(house, rmdir(house_path(house, "chip/pwm0/duty_cycle")) == 0);
	house_write(house, "chip/pwm0/duty_cycle", "0\n");
	expect_duty(house, 16000);
}

static void a_read_only_attribute_names_the_udev_rule(void **state)
{
	struct house *house = *state;

	if (geteuid() == 0) {
		print_message("root may write everything: run as another user\n");
		skip();
	}
	house_check(house, chmod(house_path(house, "chip/pwm0/duty_cycle"), 0400) == 0);
	house_start(house, "3.5,3.5,3.5");
	expect_log(house, "error: Fault output-failed: ");
	house_check(
		house, house_logged(house, "Permission denied; a udev rule must give this file"));
	house_check(house, chmod(house_path(house, "chip/pwm0/duty_cycle"), 0600) == 0);
	expect_duty(house, 16000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_empty_configuration_runs_and_says_what_is_missing),
		TEST(every_error_of_a_file_is_told_at_once_with_status_78),
		TEST(contradictions_are_errors),
		TEST(a_binary_file_is_no_configuration),
		TEST(a_named_file_that_is_missing_is_an_error),
		TEST(check_config_tells_good_from_bad),
		TEST(what_print_config_prints_can_be_read_again),
		TEST(wrong_usage_has_status_2),
		TEST(a_missing_device_is_a_lost_meter_until_it_comes),
		TEST(a_directory_is_no_serial_device),
		TEST(a_regular_file_is_no_serial_device),
		TEST(a_device_of_another_kind_is_no_serial_device),
		TEST(a_device_without_permission_names_the_group),
		TEST(a_locked_port_names_its_owner_and_is_taken_when_free),
		TEST(a_port_in_exclusive_mode_names_its_owner),
		TEST(another_reason_why_the_device_cannot_be_used_is_told),
		TEST(a_missing_chip_is_a_fault_until_it_comes),
		TEST(a_chip_that_refuses_a_duty_stops_the_charge_until_it_obeys),
		TEST(an_attribute_that_is_a_directory_is_named),
		TEST(a_read_only_attribute_names_the_udev_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
