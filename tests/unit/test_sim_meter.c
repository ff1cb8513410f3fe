/* SPDX-License-Identifier: MIT */
/* `poweroptsim meter` as its users meet it: a process, a line, and libmodbus at the other end. */
#include "sim_directory.h"
#include "sim_process.h"

#include <errno.h>
#include <modbus.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

static modbus_t *client_open(const char *path, char parity)
{
	modbus_t *client = modbus_new_rtu(path, 9600, parity, 8, 1);

	assert_non_null(client);
	modbus_set_slave(client, 1);
	modbus_set_response_timeout(client, 2, 0);
	assert_int_equal(modbus_connect(client), 0);
	return client;
}

static void client_close(modbus_t *client)
{
	modbus_close(client);
	modbus_free(client);
}

static void the_client_reads(modbus_t *client, float l1, float l2, float l3)
{
	uint16_t values[6];

	assert_int_equal(modbus_read_registers(client, 0x500C, 6, values), 6);
	assert_float_equal(modbus_get_float_abcd(values), l1, 0);
	assert_float_equal(modbus_get_float_abcd(values + 2), l2, 0);
	assert_float_equal(modbus_get_float_abcd(values + 4), l3, 0);
}

static void the_client_fails(modbus_t *client, int error)
{
	uint16_t values[6];

	errno = 0;
	assert_int_equal(modbus_read_registers(client, 0x500C, 6, values), -1);
	assert_int_equal(errno, error);
	modbus_flush(client);
}

static void libmodbus_reads_the_currents(void **state)
{
	const char *args[] = {"meter", link_option, "--currents=4.05,-1.62,-2.15", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client = client_open(link_path, 'N');

	(void)state;
	the_client_reads(client, 4.05f, -1.62f, -2.15f);
	sim_tell(&sim, "currents 16,17,18", "ok");
	the_client_reads(client, 16, 17, 18);
	client_close(client);
	sim_stop(&sim);
}

static void a_one_phase_meter_refuses_the_other_phases(void **state)
{
	const char *args[] = {"meter", "--model=klefr-6924", "--currents=7.5", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client = client_open(sim.path, 'N');
	uint16_t values[2];

	(void)state;
	the_client_fails(client, EMBXILADD);
	assert_int_equal(modbus_read_registers(client, 0x500A, 2, values), 2);
	assert_float_equal(modbus_get_float_abcd(values), 7.5f, 0);
	client_close(client);
	sim_stop(&sim);
}

static void other_functions_are_refused(void **state)
{
	const char *args[] = {"meter", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client = client_open(sim.path, 'N');
	uint16_t values[2] = {0};

	(void)state;
	errno = 0;
	assert_int_equal(modbus_read_input_registers(client, 0x500C, 2, values), -1);
	assert_int_equal(errno, EMBXILFUN);
	errno = 0;
	assert_int_equal(modbus_write_registers(client, 0x400D, 2, values), -1);
	assert_int_equal(errno, EMBXILFUN);
	errno = 0;
	assert_int_equal(modbus_report_slave_id(client, 2, (uint8_t *)values), -1);
	assert_int_equal(errno, EMBXILFUN);
	client_close(client);
	sim_stop(&sim);
}

static void another_unit_is_not_answered(void **state)
{
	const char *args[] = {"meter", "--unit=7", "--currents=1,2,3", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client = client_open(sim.path, 'N');

	(void)state;
	modbus_set_response_timeout(client, 0, 100000);
	the_client_fails(client, ETIMEDOUT);
	modbus_set_slave(client, 7);
	modbus_set_response_timeout(client, 2, 0);
	the_client_reads(client, 1, 2, 3);
	client_close(client);
	sim_stop(&sim);
}

static void each_fault_of_the_line_is_seen_by_the_client(void **state)
{
	static const struct {
		const char *fault;
		int error;
	} faults[] = {
		{"silent", ETIMEDOUT},
		{"crc", EMBBADCRC},
		{"truncated", ETIMEDOUT},
		{"late", ETIMEDOUT},
		{"exception", EMBXSFAIL},
	};
	const char *args[] = {"meter", "--late=400ms", "--currents=1,2,3", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client = client_open(sim.path, 'N');
	char command[64];

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		modbus_set_response_timeout(client, 0, 150000);
		snprintf(command, sizeof(command), "fault %s on", faults[i].fault);
		sim_tell(&sim, command, "ok");
		the_client_fails(client, faults[i].error);
		snprintf(command, sizeof(command), "fault %s off", faults[i].fault);
		sim_tell(&sim, command, "ok");
		if (strcmp(faults[i].fault, "late") == 0) {
			struct pollfd pollfd = {modbus_get_socket(client), POLLIN, 0};

			/* It does come, all of it at once. */
			assert_int_equal(poll(&pollfd, 1, SIM_DEADLINE_MS), 1);
			modbus_flush(client);
		}
		modbus_set_response_timeout(client, 2, 0);
		the_client_reads(client, 1, 2, 3);
	}
	client_close(client);
	sim_stop(&sim);
}

static void the_code_of_an_exception_can_be_chosen(void **state)
{
	const char *args[] = {"meter", "--exception=2", "--fault=exception", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client = client_open(sim.path, 'N');

	(void)state;
	the_client_fails(client, EMBXILADD);
	client_close(client);
	sim_stop(&sim);
}

static void an_answer_byte_by_byte_is_the_same_answer(void **state)
{
	const char *args[] = {"meter", "--currents=1,2,3", "--fault=bytewise", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client = client_open(sim.path, 'N');

	(void)state;
	the_client_reads(client, 1, 2, 3);
	client_close(client);
	sim_stop(&sim);
}

static void an_echo_comes_before_the_answer(void **state)
{
	static const uint8_t request[] = {0x01, 0x03, 0x50, 0x0C, 0x00, 0x06, 0x14, 0xCB};
	const char *args[] = {"meter", "--fault=echo", "--currents=0,0,0", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client = client_open(sim.path, 'N');
	int fd = modbus_get_socket(client);
	struct pollfd pollfd = {fd, POLLIN, 0};
	uint8_t bytes[64];
	size_t n = 0;

	(void)state;
	assert_int_equal(write(fd, request, sizeof(request)), sizeof(request));
	while (n < 8 + 17) {
		ssize_t more;

		assert_int_equal(poll(&pollfd, 1, SIM_DEADLINE_MS), 1);
		more = read(fd, bytes + n, sizeof(bytes) - n);
		assert_true(more > 0);
		n += (size_t)more;
	}
	assert_int_equal(n, 25);
	assert_memory_equal(bytes, request, sizeof(request));
	assert_int_equal(bytes[8 + 15], 0x93);
	assert_int_equal(bytes[8 + 16], 0x70);
	client_close(client);
	sim_stop(&sim);
}

static void a_request_behind_stray_bytes_is_answered(void **state)
{
	static const uint8_t stray[] = {0x00, 0x00, 0x01, 0x03};
	const char *args[] = {"meter", "--currents=1,2,3", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client = client_open(sim.path, 'N');

	(void)state;
	assert_int_equal(write(modbus_get_socket(client), stray, sizeof(stray)), sizeof(stray));
	the_client_reads(client, 1, 2, 3);
	client_close(client);
	sim_stop(&sim);
}

static void frozen_values_stop_following(void **state)
{
	const char *args[] = {"meter", "--currents=1,2,3", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client = client_open(sim.path, 'N');

	(void)state;
	the_client_reads(client, 1, 2, 3);
	sim_tell(&sim, "fault frozen on", "ok");
	sim_tell(&sim, "currents 4,5,6", "ok");
	the_client_reads(client, 1, 2, 3);
	sim_tell(&sim, "fault frozen off", "ok");
	the_client_reads(client, 4, 5, 6);
	client_close(client);
	sim_stop(&sim);
}

static void pace_takes_the_time_of_the_wire(void **state)
{
	const char *args[] = {"meter", "--pace", "--currents=1,2,3", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client = client_open(sim.path, 'N');
	struct timespec before, after;

	(void)state;
	modbus_set_byte_timeout(client, 1, 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	the_client_reads(client, 1, 2, 3);
	clock_gettime(CLOCK_MONOTONIC, &after);
	/* 25 characters and 3.5 of silence at 9600 baud: 32.7 ms. */
	assert_true((after.tv_sec - before.tv_sec) * 1000000 +
			    (after.tv_nsec - before.tv_nsec) / 1000 >=
		    32600);
	client_close(client);
	sim_stop(&sim);
}

/* A client that dies leaves its settings behind; the next one asks for parity again. */
static void parity_is_accepted_at_every_open(void **state)
{
	const char *args[] = {"meter", "--currents=1,2,3", NULL};
	struct sim_process sim = sim_start(args);
	struct termios settings;
	int fd, exclusive;

	(void)state;
	for (int i = 0; i < 5; i++) {
		fd = open(sim.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(ioctl(fd, TIOCGEXCL, &exclusive), 0);
		assert_int_equal(exclusive, 0);
		/* Only root gets in again to clear it; else there is a new line, see poweroptsim(1). */
		if (geteuid() == 0)
			assert_int_equal(ioctl(fd, TIOCEXCL), 0);
		assert_int_equal(tcgetattr(fd, &settings), 0);
		cfmakeraw(&settings);
		cfsetspeed(&settings, B9600);
		settings.c_cflag |= PARENB;
		assert_int_equal(tcsetattr(fd, TCSANOW, &settings), 0);
		close(fd);
		/* Two rounds of its loop: the close was seen before the second. */
		sim_tell(&sim, "currents 1,2,3", "ok");
		sim_tell(&sim, "currents 1,2,3", "ok");
	}
	sim_stop(&sim);
}

static void a_line_without_clients_costs_no_time(void **state)
{
	const char *args[] = {"meter", "--currents=1,2,3", NULL};
	struct sim_process sim = sim_start(args);
	struct pollfd nothing = {sim.out, POLLIN, 0};
	modbus_t *client = client_open(sim.path, 'N');
	struct timespec before, after;
	clockid_t clock;

	(void)state;
	the_client_reads(client, 1, 2, 3);
	client_close(client);
	assert_int_equal(clock_getcpuclockid(sim.pid, &clock), 0);
	clock_gettime(clock, &before);
	assert_int_equal(poll(&nothing, 1, 500), 0);
	clock_gettime(clock, &after);
	assert_true(
		(after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 <
		100);
	sim_stop(&sim);
}

static void a_hangup_takes_the_device_away_and_brings_it_back(void **state)
{
	const char *args[] = {"meter", link_option, "--currents=1,2,3", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client = client_open(link_path, 'N');
	struct pollfd device = {modbus_get_socket(client), 0, 0};
	struct pollfd change = {inotify_init1(IN_CLOEXEC), POLLIN, 0};
	struct stat st;

	(void)state;
	the_client_reads(client, 1, 2, 3);
	sim_tell(&sim, "fault hangup on", "ok");
	assert_int_equal(poll(&device, 1, SIM_DEADLINE_MS), 1);
	assert_true(device.revents & POLLHUP);
	assert_int_equal(lstat(link_path, &st), -1);
	client_close(client);

	assert_true(inotify_add_watch(change.fd, directory, IN_MOVED_TO) >= 0);
	sim_tell(&sim, "fault hangup off", "ok");
	assert_int_equal(poll(&change, 1, SIM_DEADLINE_MS), 1);
	client = client_open(link_path, 'N');
	the_client_reads(client, 1, 2, 3);
	client_close(client);
	close(change.fd);
	sim_stop(&sim);
}

static void a_meter_lives_on_without_stdin(void **state)
{
	const char *args[] = {"meter", "--currents=1,2,3", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client;

	(void)state;
	sim_tell(&sim, "voltages 230,229,0", "ok");
	close(sim.in);
	sim.in = -1;
	client = client_open(sim.path, 'N');
	the_client_reads(client, 1, 2, 3);
	client_close(client);
	sim_stop(&sim);
}

static void commands_are_answered(void **state)
{
	const char *args[] = {"meter", NULL};
	struct sim_process sim = sim_start(args);
	modbus_t *client = client_open(sim.path, 'N');
	uint16_t value = 0;
	int status;

	(void)state;
	sim_tell(&sim, "error-register 0x0041", "ok");
	assert_int_equal(modbus_read_registers(client, 0x4015, 1, &value), 1);
	assert_int_equal(value, 0x0041);
	sim_tell(&sim, "car 16,16,16", "ok");
	sim_tell(&sim, "currents 1,2,3", "ok");
	the_client_reads(client, 17, 18, 19);
	sim_tell(&sim, "exception 2", "ok");
	sim_tell(&sim, "fault exception on", "ok");
	assert_int_equal(modbus_read_registers(client, 0x4015, 1, &value), -1);
	assert_int_equal(errno, EMBXILADD);
	sim_tell(&sim, "fault exception off", "ok");
	sim_tell(&sim, "late 1ms", "ok");
	sim_tell(&sim, "currents many", "error: ");
	sim_tell(&sim, "car 16,", "error: ");
	sim_tell(&sim, "late soon", "error: ");
	sim_tell(&sim, "exception 0", "error: ");
	sim_tell(&sim, "exception 256", "error: ");
	sim_tell(&sim, "fault gremlins on", "error: ");
	sim_tell(&sim, "fault crc", "error: ");
	sim_tell(&sim, "error-register 65536", "error: ");
	sim_tell(&sim, "dance", "error: ");
	sim_tell(&sim, "quit", "ok");
	client_close(client);
	status = sim_wait(&sim);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libmodbus_reads_the_currents),
		cmocka_unit_test(a_one_phase_meter_refuses_the_other_phases),
		cmocka_unit_test(other_functions_are_refused),
		cmocka_unit_test(another_unit_is_not_answered),
		cmocka_unit_test(each_fault_of_the_line_is_seen_by_the_client),
		cmocka_unit_test(the_code_of_an_exception_can_be_chosen),
		cmocka_unit_test(an_answer_byte_by_byte_is_the_same_answer),
		cmocka_unit_test(an_echo_comes_before_the_answer),
		cmocka_unit_test(a_request_behind_stray_bytes_is_answered),
		cmocka_unit_test(frozen_values_stop_following),
		cmocka_unit_test(pace_takes_the_time_of_the_wire),
		cmocka_unit_test(parity_is_accepted_at_every_open),
		cmocka_unit_test(a_line_without_clients_costs_no_time),
		cmocka_unit_test(a_hangup_takes_the_device_away_and_brings_it_back),
		cmocka_unit_test(a_meter_lives_on_without_stdin),
		cmocka_unit_test(commands_are_answered),
	};

	return cmocka_run_group_tests(tests, directory_make, directory_remove);
}
