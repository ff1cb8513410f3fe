/* SPDX-License-Identifier: MIT */
/*
 * The meter driver against a hand-driven meter on a pseudo-terminal, in time that the test makes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "meter/bus.h"
#include "meter/meter.h"
#include "meter/port.h"
#include "support.h"

#define WAIT_MS 5000 /* bounds a failure, not a success */

struct rig {
	int master,
		slave; /* the slave is held open, so that the line survives the driver's closing */
	char path[64];
	struct meter_config config;
	struct meter *meter;
	int64_t now_us;
	uint8_t request[8];
};

static void rig_begin(struct rig *rig, enum meter_model model)
{
	struct termios tio;

	memset(rig, 0, sizeof(*rig));
	rig->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(rig->master >= 0);
	assert_int_equal(grantpt(rig->master), 0);
	assert_int_equal(unlockpt(rig->master), 0);
	assert_int_equal(ptsname_r(rig->master, rig->path, sizeof(rig->path)), 0);
	rig->slave = open(rig->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(rig->slave >= 0);
	assert_int_equal(tcgetattr(rig->slave, &tio), 0);
	cfmakeraw(&tio);
	assert_int_equal(tcsetattr(rig->slave, TCSANOW, &tio), 0);

	rig->config = (struct meter_config){
		.model = model,
		.unit = 1,
		.baud_rate = 9600,
		.parity = SERIAL_PARITY_NONE,
		.stop_bits = 1,
		.poll_interval_ms = 250,
		.response_timeout_ms = 200,
		.lost_after_ms = 5000,
	};
	strcpy(rig->config.device, rig->path);
	rig->now_us = 1000000;
	assert_int_equal(meter_new(&rig->meter, &rig->config), 0);
}

static void rig_end(struct rig *rig)
{
	meter_free(rig->meter);
	if (rig->slave >= 0)
		close(rig->slave);
	if (rig->master >= 0)
		close(rig->master);
}

/* Let time pass to the driver's next deadline. */
static unsigned int rig_advance(struct rig *rig)
{
	int64_t deadline_us = meter_deadline_us(rig->meter);

	assert_true(deadline_us != INT64_MAX);
	if (deadline_us > rig->now_us)
		rig->now_us = deadline_us;
	return meter_dispatch(rig->meter, rig->now_us);
}

/* Whether the driver has sent something; takes it in. */
static bool rig_has_request(struct rig *rig)
{
	struct pollfd pfd = {.fd = rig->master, .events = POLLIN};
	size_t got = 0;

	if (poll(&pfd, 1, 0) <= 0 || !(pfd.revents & POLLIN))
		return false;
	while (got < sizeof(rig->request)) {
		assert_int_equal(poll(&pfd, 1, WAIT_MS), 1);
		ssize_t n = read(rig->master, rig->request + got, sizeof(rig->request) - got);

		assert_true(n > 0);
		got += (size_t)n;
	}
	return true;
}

/* Let time pass until the driver asks something. */
static void rig_await_request(struct rig *rig)
{
	for (int i = 0; i < 100; i++) {
		if (rig_has_request(rig))
			return;
		(void)rig_advance(rig);
	}
	fail_msg("the driver asks nothing");
}

static uint16_t asked_address(const struct rig *rig)
{
	return (uint16_t)(rig->request[2] << 8 | rig->request[3]);
}

static int asked_count(const struct rig *rig)
{
	return rig->request[4] << 8 | rig->request[5];
}

static uint16_t crc16(const uint8_t *bytes, size_t size)
{
	uint16_t crc = 0xffff;

	for (size_t i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
	}
	return crc;
}

/* It may take a moment through the kernel until so many wait for the driver. */
static void await_bytes(const struct rig *rig, int count)
{
	struct pollfd pfd = {.fd = meter_fd(rig->meter), .events = POLLIN};
	int waiting;

	do {
		assert_int_equal(poll(&pfd, 1, WAIT_MS), 1);
		assert_int_equal(ioctl(pfd.fd, FIONREAD, &waiting), 0);
	} while (waiting < count);
}

/* Put bytes on the line as they are, and wait until the kernel has them for the driver. */
static unsigned int rig_send_raw(struct rig *rig, const uint8_t *bytes, size_t size)
{
	assert_int_equal(write(rig->master, bytes, size), (ssize_t)size);
	await_bytes(rig, (int)size);
	rig->now_us += 30000;
	return meter_dispatch(rig->meter, rig->now_us);
}

static size_t finish_frame(uint8_t *frame, size_t size)
{
	uint16_t crc = crc16(frame, size);

	frame[size] = (uint8_t)crc;
	frame[size + 1] = (uint8_t)(crc >> 8);
	return size + 2;
}

static size_t make_answer(uint8_t *frame, int unit, const float values[], int registers)
{
	frame[0] = (uint8_t)unit;
	frame[1] = 3;
	frame[2] = (uint8_t)(2 * registers);
	for (int i = 0; i < registers / 2; i++) {
		uint32_t bits;

		memcpy(&bits, &values[i], sizeof(bits));
		for (int byte = 0; byte < 4; byte++)
			frame[3 + 4 * i + byte] = (uint8_t)(bits >> (24 - 8 * byte));
	}
	return finish_frame(frame, (size_t)(3 + 2 * registers));
}

static unsigned int rig_answer_floats(struct rig *rig, const float values[])
{
	uint8_t frame[64];

	return rig_send_raw(rig, frame, make_answer(frame, 1, values, asked_count(rig)));
}

static unsigned int rig_answer_words(struct rig *rig, const uint16_t words[])
{
	int count = asked_count(rig);
	uint8_t frame[64] = {1, 3, (uint8_t)(2 * count)};

	for (int i = 0; i < count; i++) {
		frame[3 + 2 * i] = (uint8_t)(words[i] >> 8);
		frame[4 + 2 * i] = (uint8_t)words[i];
	}
	return rig_send_raw(rig, frame, finish_frame(frame, (size_t)(3 + 2 * count)));
}

static unsigned int rig_refuse(struct rig *rig, uint8_t code)
{
	uint8_t frame[8] = {1, 0x83, code};

	return rig_send_raw(rig, frame, finish_frame(frame, 3));
}

/* Answer like a healthy three-phase meter: whatever is asked. Returns the events. */
static unsigned int rig_answer_healthy(struct rig *rig, float amps)
{
	static const float volts[] = {0, 230, 231, 232};
	const float currents[] = {amps, amps / 2, -amps};

	switch (asked_address(rig)) {
	case 0x500c:
		return rig_answer_floats(rig, currents);
	case 0x5000:
		return rig_answer_floats(rig, volts);
	case 0x4000:
		return rig_answer_words(rig, (uint16_t[]){0x2209, 0x1039, 0x0102});
	case 0x400b:
		return rig_answer_words(rig, (uint16_t[]){100});
	case 0x4011:
		return rig_answer_words(rig, (uint16_t[]){1});
	case 0x4015:
		return rig_answer_words(rig, (uint16_t[]){0});
	default:
		return rig_answer_floats(rig, (float[]){2.18f, 1.32f});
	}
}

/* Answer until so many readings came. */
static void rig_run_healthy(struct rig *rig, int readings)
{
	while (readings > 0) {
		rig_await_request(rig);
		if (rig_answer_healthy(rig, 10) & METER_READING)
			readings--;
	}
}

/* Let every request go unanswered until the next one for an address. */
static void rig_await_request_for(struct rig *rig, uint16_t address)
{
	do
		rig_await_request(rig);
	while (asked_address(rig) != address);
}

/* ---- the hot path ---- */

static void the_first_request_is_six_registers_at_0x500C(void **state)
{
	static const uint8_t wanted[] = {0x01, 0x03, 0x50, 0x0c, 0x00, 0x06, 0x14, 0xcb};
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_await_request(&rig);
	assert_memory_equal(rig.request, wanted, sizeof(wanted));
	rig_end(&rig);
}

static void an_answer_is_a_reading_with_its_time(void **state)
{
	/* the currents of a real meter: 4.05, -1.62, -2.15 A */
	static const uint8_t answer[] = {0x01, 0x03, 0x0c, 0x40, 0x81, 0x99, 0x9a, 0xbf, 0xcf, 0x5c,
		0x29, 0xc0, 0x09, 0x99, 0x9a, 0x18, 0xde};
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_await_request(&rig);
	assert_true(rig_send_raw(&rig, answer, sizeof(answer)) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->quality, READING_GOOD);
	assert_int_equal(meter_reading(rig.meter)->at_ms, rig.now_us / 1000);
	assert_int_equal(meter_reading(rig.meter)->current_ma[0], 4050);
	assert_int_equal(meter_reading(rig.meter)->current_ma[1], -1620);
	assert_int_equal(meter_reading(rig.meter)->current_ma[2], -2150);
	assert_int_equal(meter_status(rig.meter)->counters.ok, 1);
	rig_end(&rig);
}

static void an_answer_in_single_bytes_is_read_when_it_is_complete(void **state)
{
	const float currents[] = {1, 2, 3};
	uint8_t frame[64];
	size_t size = make_answer(frame, 1, currents, 6);
	unsigned int events = 0;
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_await_request(&rig);
	for (size_t i = 0; i < size; i++) {
		assert_int_equal(events, 0);
		assert_int_equal(write(rig.master, frame + i, 1), 1);
		rig.now_us += 1146;   /* a character at 9600 8E1 */
		await_bytes(&rig, 1); /* the driver has taken those before */
		events |= meter_dispatch(rig.meter, rig.now_us);
	}
	assert_true(events & METER_READING);
	rig_end(&rig);
}

/* Some bytes of an answer, and how long they took. Returns the events. */
static unsigned int rig_send_piece(
	struct rig *rig, const uint8_t *bytes, size_t size, int64_t after_us)
{
	assert_int_equal(write(rig->master, bytes, size), (ssize_t)size);
	await_bytes(rig, (int)size);
	rig->now_us += after_us;
	return meter_dispatch(rig->meter, rig->now_us);
}

static void nobody_listens_while_the_rest_of_an_answer_is_on_the_wire(void **state)
{
	const float currents[] = {1, 2, 3};
	uint8_t frame[64];
	size_t size = make_answer(frame, 1, currents, 6);
	int64_t first_us;
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	assert_false(meter_listens(rig.meter));
	rig_await_request(&rig);
	assert_true(meter_listens(rig.meter));
	assert_int_equal(rig_send_piece(&rig, frame, 1, 15000), 0);
	assert_false(meter_listens(rig.meter));
	first_us = rig.now_us;
	/* 16 characters of 10 bits at 9600 baud */
	assert_in_range(meter_deadline_us(rig.meter) - first_us, 16 * 1041, 16 * 1042);
	assert_int_equal(write(rig.master, frame + 1, size - 1), (ssize_t)size - 1);
	await_bytes(&rig, (int)size - 1);
	assert_true(rig_advance(&rig) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->current_ma[2], 3000);
	assert_false(meter_listens(rig.meter));
	rig_end(&rig);
}

static void each_byte_counts_once_the_rest_is_late(void **state)
{
	const float currents[] = {1, 2, 3};
	uint8_t frame[64];
	size_t size = make_answer(frame, 1, currents, 6);
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	/* the first byte and then a gap, as of an adapter that collects 16 ms */
	assert_int_equal(rig_send_piece(&rig, frame, 1, 15000), 0);
	assert_int_equal(rig_advance(&rig), 0);
	assert_true(meter_listens(rig.meter));
	assert_int_equal(rig_send_piece(&rig, frame + 1, size - 2, 10000), 0);
	assert_true(meter_listens(rig.meter));
	assert_true(rig_send_piece(&rig, frame + size - 1, 1, 10000) & METER_READING);

	/* of two pieces, the second of one byte is taken when it comes */
	rig_await_request_for(&rig, 0x500c);
	assert_int_equal(rig_send_piece(&rig, frame, size - 1, 15000), 0);
	assert_true(meter_listens(rig.meter));
	assert_true(rig_send_piece(&rig, frame + size - 1, 1, 200) & METER_READING);
	rig_end(&rig);
}

static void a_refusal_after_its_first_byte_is_taken_with_the_next_look(void **state)
{
	uint8_t frame[8] = {1, 0x83, 2};
	size_t size = finish_frame(frame, 3);
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	assert_int_equal(rig_send_piece(&rig, frame, 1, 15000), 0);
	assert_int_equal(write(rig.master, frame + 1, size - 1), (ssize_t)size - 1);
	await_bytes(&rig, (int)size - 1);
	(void)rig_advance(&rig);
	assert_int_equal(meter_status(rig.meter)->counters.exception, 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_REFUSED);
	rig_end(&rig);
}

static void noise_before_an_answer_costs_one_poll(void **state)
{
	const float currents[] = {1, 2, 3};
	uint8_t noisy[64] = {0};
	size_t size = make_answer(noisy + 1, 1, currents, 6);
	unsigned int events = 0;
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	/* the byte alone is not worth an end: the answer may follow */
	assert_int_equal(rig_send_piece(&rig, noisy, 1, 1000), 0);
	assert_int_equal(write(rig.master, noisy + 1, size), (ssize_t)size);
	await_bytes(&rig, (int)size);
	events = rig_advance(&rig);
	assert_false(events & METER_READING);
	assert_int_equal(meter_status(rig.meter)->counters.implausible, 1);
	rig_await_request_for(&rig, 0x500c);
	assert_true(rig_answer_floats(&rig, currents) & METER_READING);
	rig_end(&rig);
}

static void garbage_longer_than_an_answer_is_dropped_with_all_of_it(void **state)
{
	const float currents[] = {1, 2, 3};
	uint8_t garbage[600];
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	for (int first = 0; first < 4; first++) {
		memset(garbage, 0xff, sizeof(garbage));
		memcpy(garbage, (uint8_t[]){1, 3, 255}, (size_t)first);
		rig_await_request_for(&rig, 0x500c);
		(void)rig_send_piece(&rig, garbage, sizeof(garbage), 15000);
	}
	rig_await_request_for(&rig, 0x500c);
	assert_true(rig_answer_floats(&rig, currents) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->current_ma[1], 2000);
	rig_end(&rig);
}

static void at_most_one_slow_request_stands_between_two_polls(void **state)
{
	struct rig rig;
	int slow = 0, hot = 0, total_slow = 0;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	while (hot < 200) {
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x500c) {
			assert_int_equal(asked_count(&rig), 6);
			hot++;
			slow = 0;
		} else {
			/* and none could be mistaken for the currents */
			assert_int_not_equal(asked_count(&rig), 6);
			total_slow++;
			slow++;
		}
		assert_true(slow <= 1);
		(void)rig_answer_healthy(&rig, 10);
	}
	assert_true(total_slow > 20);
	rig_end(&rig);
}

static void polls_follow_each_other_at_poll_interval(void **state)
{
	struct rig rig;
	int64_t last_us = 0;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	for (int i = 0; i < 100; i++) {
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x500c) {
			if (last_us)
				assert_in_range(rig.now_us - last_us, 250000, 260000);
			last_us = rig.now_us;
		}
		(void)rig_answer_healthy(&rig, 10);
	}
	rig_end(&rig);
}

/* ---- what the meter is ---- */

static void the_meter_is_identified(void **state)
{
	const struct meter_status *status;
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_run_healthy(&rig, 20);
	status = meter_status(rig.meter);
	assert_string_equal(status->serial, "22091039");
	assert_int_equal(status->meter_code, 0x0102);
	assert_int_equal(status->software, 218);
	assert_int_equal(status->rated_ma, 100000);
	assert_int_equal(status->parity, 1);
	assert_int_equal(status->error_register, 0);
	assert_int_equal(status->model, METER_MODEL_KLEFR_6934);
	assert_true(status->voltages_known);
	assert_int_equal(status->voltage_mv[2], 232000);
	assert_int_equal(status->absent_phases, 0);
	rig_end(&rig);
}

static void a_meter_that_refuses_its_identity_is_polled_all_the_same(void **state)
{
	struct rig rig;
	int readings = 0;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	while (readings < 40) {
		rig_await_request(&rig);
		if (asked_address(&rig) != 0x500c)
			(void)rig_refuse(&rig, 2);
		else if (rig_answer_healthy(&rig, 10) & METER_READING)
			readings++;
	}
	assert_int_equal(meter_status(rig.meter)->model, METER_MODEL_AUTO);
	assert_int_equal(meter_status(rig.meter)->phases, 3); /* in doubt three */
	assert_int_equal(meter_status(rig.meter)->rated_ma, 0);
	assert_false(meter_status(rig.meter)->unknown);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_NONE);
	rig_end(&rig);
}

static void a_one_phase_code_leads_to_two_registers(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_await_request(&rig);
	(void)rig_answer_healthy(&rig, 10);
	rig_await_request(&rig);
	assert_int_equal(asked_address(&rig), 0x4000);
	(void)rig_answer_words(&rig, (uint16_t[]){0x1801, 0x0365, 0x0101});
	rig_await_request_for(&rig, 0x500c);
	assert_int_equal(asked_count(&rig), 2);
	assert_true(rig_answer_floats(&rig, (float[]){7.5f}) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->phases, 1);
	assert_int_equal(meter_reading(rig.meter)->current_ma[0], 7500);
	assert_int_equal(meter_status(rig.meter)->model, METER_MODEL_KLEFR_6924);
	rig_end(&rig);
}

static void a_meter_without_a_code_that_refuses_six_registers_has_one_phase(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	for (int i = 0; i < 20; i++) {
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x500c && asked_count(&rig) == 2)
			break;
		(void)rig_refuse(&rig, 2);
	}
	assert_true(rig_answer_floats(&rig, (float[]){3.0f}) & METER_READING);
	assert_int_equal(meter_status(rig.meter)->model, METER_MODEL_KLEFR_6924);
	assert_int_equal(meter_status(rig.meter)->phases, 1);
	rig_end(&rig);
}

static void a_one_phase_meter_with_its_current_at_0x500A_is_read_there(void **state)
{
	struct rig rig;
	int asked = 0;

	(void)state;
	/* it says 0 at 0x500C for ever */
	rig_begin(&rig, METER_MODEL_KLEFR_6924);
	while (asked < 60) {
		rig_await_request(&rig);
		asked++;
		if (asked_address(&rig) == 0x500a && asked_count(&rig) == 2)
			break;
		if (asked_address(&rig) == 0x500a)
			(void)rig_answer_floats(&rig, (float[]){12.5f, 0.0f});
		else if (asked_address(&rig) == 0x500c)
			(void)rig_answer_floats(&rig, (float[]){0.0f});
		else
			(void)rig_answer_healthy(&rig, 0);
	}
	assert_true(asked < 60);
	assert_true(rig_answer_floats(&rig, (float[]){12.5f}) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->current_ma[0], 12500);
	rig_end(&rig);

	/* it refuses 0x500C */
	rig_begin(&rig, METER_MODEL_KLEFR_6924);
	rig_await_request(&rig);
	(void)rig_refuse(&rig, 2);
	rig_await_request_for(&rig, 0x500a);
	assert_true(rig_answer_floats(&rig, (float[]){9.0f}) & METER_READING);
	rig_end(&rig);
}

static void a_device_that_refuses_all_current_registers_is_unknown(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	for (int i = 0; i < 20 && !meter_status(rig.meter)->unknown; i++) {
		rig_await_request(&rig);
		(void)rig_refuse(&rig, 2);
	}
	assert_true(meter_status(rig.meter)->unknown);
	/* and known again when it answers after all */
	rig_await_request_for(&rig, 0x500c);
	(void)rig_answer_floats(&rig, (float[]){1, 1, 1});
	assert_false(meter_status(rig.meter)->unknown);
	rig_end(&rig);
}

/* ---- health ---- */

static void the_error_register_fails_the_selftest_after_three_reads(void **state)
{
	struct rig rig;
	int reads = 0;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	while (reads < 3) {
		assert_false(meter_status(rig.meter)->selftest_failed);
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x4015) {
			(void)rig_answer_words(&rig, (uint16_t[]){0x0002});
			reads++;
		} else {
			(void)rig_answer_healthy(&rig, 10);
		}
	}
	assert_true(meter_status(rig.meter)->selftest_failed);
	assert_int_equal(meter_status(rig.meter)->error_register, 2);
	rig_end(&rig);
}

static void an_error_register_is_confirmed_behind_the_next_polls(void **state)
{
	int64_t first_us = 0;
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_run_healthy(&rig, 40);
	while (!meter_status(rig.meter)->selftest_failed) {
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x4015) {
			if (!first_us)
				first_us = rig.now_us;
			(void)rig_answer_words(&rig, (uint16_t[]){0x0002});
		} else {
			(void)rig_answer_healthy(&rig, 10);
		}
	}
	/* twice more, each behind a poll, which one other request may have been first with */
	assert_in_range(rig.now_us - first_us, 2 * 250000, 3 * 250000 + 100000);
	rig_end(&rig);
}

static void a_poll_that_failed_holds_up_no_slow_request(void **state)
{
	int64_t asked_us = 0;
	int lost = 0;
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_run_healthy(&rig, 40);
	/* every third poll is lost */
	while (lost < 60) {
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x4015) {
			if (asked_us)
				assert_in_range(rig.now_us - asked_us, 2000000, 3500000);
			asked_us = rig.now_us;
		}
		if (asked_address(&rig) == 0x500c && rig.now_us / 250000 % 3 == 0)
			lost++;
		else
			(void)rig_answer_healthy(&rig, 10);
	}
	rig_end(&rig);
}

static void no_current_at_all_asks_for_the_voltages_at_once(void **state)
{
	static const float dead[4] = {0};
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_run_healthy(&rig, 40);
	for (int i = 0; i < 20; i++) {
		do {
			rig_await_request(&rig);
			if (asked_address(&rig) != 0x500c)
				(void)rig_answer_healthy(&rig, 10);
		} while (asked_address(&rig) != 0x500c);
		(void)rig_answer_floats(&rig, dead);
		rig_await_request(&rig);
		assert_int_equal(asked_address(&rig), 0x5000);
		(void)rig_answer_floats(&rig, dead);
		rig_await_request_for(&rig, 0x500c);
		(void)rig_answer_floats(&rig, dead);
		assert_int_equal(meter_reading(rig.meter)->quality, READING_INVALID);
		rig_run_healthy(&rig, 3 + i);
	}
	rig_end(&rig);
}

static void a_value_that_is_no_current_is_counted_and_named(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_await_request(&rig);
	assert_true(rig_answer_floats(&rig, (float[]){1, __builtin_nanf(""), 1}) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->quality, READING_INVALID);
	assert_int_equal(meter_status(rig.meter)->counters.implausible, 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_VALUE);
	rig_await_request_for(&rig, 0x500c);
	(void)rig_answer_floats(&rig, (float[]){1, 500, 1});
	assert_int_equal(meter_reading(rig.meter)->quality, READING_SUSPECT);
	rig_end(&rig);
}

/* ---- the wire ---- */

static void silence_is_a_timeout_and_the_line_gets_time_afterwards(void **state)
{
	struct rig rig;
	int64_t sent_us, given_up_us;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	sent_us = rig.now_us;
	assert_true(rig_advance(&rig) & METER_TROUBLE);
	given_up_us = rig.now_us;
	/* the response timeout, and the wire time of 25 characters at 9600 8N1 */
	assert_in_range(given_up_us - sent_us, 200000, 200000 + 25 * 1042);
	assert_int_equal(meter_status(rig.meter)->counters.timeout, 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_SILENT);
	assert_non_null(strstr(meter_trouble_text(rig.meter), rig.path));
	rig_await_request(&rig);
	assert_true(rig.now_us - given_up_us >= 200000);
	rig_end(&rig);
}

static void a_late_answer_is_dropped(void **state)
{
	const float late[] = {77, 77, 77}, now[] = {1, 2, 3};
	uint8_t frame[64];
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	(void)rig_advance(&rig); /* timeout */
	rig.now_us += 100000;
	assert_int_equal(rig_send_raw(&rig, frame, make_answer(frame, 1, late, 6)), 0);
	rig_await_request_for(&rig, 0x500c);
	assert_true(rig_answer_floats(&rig, now) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->current_ma[0], 1000);
	rig_end(&rig);
}

static void a_late_answer_to_another_request_never_passes_for_currents(void **state)
{
	const float volts[] = {0, 230, 230, 230};
	uint8_t frame[64];
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	for (int i = 0; i < 40; i++) {
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x5000)
			break;
		(void)rig_answer_healthy(&rig, 10);
	}
	assert_int_equal(asked_address(&rig), 0x5000);
	rig_await_request_for(&rig, 0x500c);
	/* only now, in the middle of the next request, the voltages come */
	assert_false(rig_send_raw(&rig, frame, make_answer(frame, 1, volts, 8)) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->current_ma[0], 10000);
	rig_end(&rig);
}

static void broken_answers_are_counted_by_kind_and_never_read(void **state)
{
	const float currents[] = {5, 5, 5};
	uint8_t frame[64];
	size_t size;
	struct rig rig;
	const struct meter_counters *counters;
	uint64_t timeouts;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	counters = &meter_status(rig.meter)->counters;

	rig_await_request_for(&rig, 0x500c);
	size = make_answer(frame, 1, currents, 6);
	frame[size - 1] ^= 0x55;
	assert_false(rig_send_raw(&rig, frame, size) & METER_READING);
	assert_int_equal(counters->crc, 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_DAMAGED);

	rig_await_request_for(&rig, 0x500c);
	size = make_answer(frame, 2, currents, 6);
	assert_false(rig_send_raw(&rig, frame, size) & METER_READING);
	assert_int_equal(counters->implausible, 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_FOREIGN);

	rig_await_request_for(&rig, 0x500c);
	assert_false(rig_refuse(&rig, 4) & METER_READING);
	assert_int_equal(counters->exception, 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_REFUSED);

	rig_await_request_for(&rig, 0x500c);
	timeouts = counters->timeout;
	size = make_answer(frame, 1, currents, 6);
	(void)rig_send_raw(&rig, frame, size / 2);
	assert_false(rig_advance(&rig) & METER_READING); /* when the rest should be there */
	assert_int_equal(counters->timeout, timeouts);
	assert_false(rig_advance(&rig) & METER_READING); /* when none has come for long enough */
	assert_int_equal(counters->timeout, timeouts + 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_SILENT);
	assert_int_equal(counters->ok, 0);

	rig_await_request_for(&rig, 0x500c);
	assert_true(rig_answer_floats(&rig, currents) & METER_TROUBLE);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_NONE);
	assert_int_equal(counters->ok, 1);
	rig_end(&rig);
}

static void our_own_echo_is_named(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	(void)rig_send_raw(&rig, rig.request, sizeof(rig.request));
	(void)rig_advance(&rig);
	assert_non_null(strstr(meter_trouble_text(rig.meter), "echo"));
	rig_end(&rig);
}

static void rubbish_never_makes_a_reading_and_never_stops_the_polls(void **state)
{
	struct random random = {.state = random_seed()};
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	for (int i = 0; i < 300; i++) {
		uint8_t bytes[256];
		size_t size = (size_t)random_between(
			&random, 1, random_chance(&random, 10) ? 256 : 40);

		rig_await_request(&rig);
		for (size_t k = 0; k < size; k++)
			bytes[k] = (uint8_t)random_next(&random);
		if (random_chance(&random, 30) && size > 3) {
			bytes[0] = 1;
			bytes[1] = 3;
			bytes[2] = (uint8_t)(2 * asked_count(&rig));
		}
		assert_false(rig_send_raw(&rig, bytes, size) & METER_READING);
	}
	rig_await_request_for(&rig, 0x500c);
	assert_true(rig_answer_healthy(&rig, 10) & METER_READING);
	rig_end(&rig);
}

/* ---- the port ---- */

static void a_device_that_vanishes_is_closed_and_opened_again(void **state)
{
	struct rig rig;
	unsigned int events = 0;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_run_healthy(&rig, 3);
	close(rig.slave);
	close(rig.master);
	rig.slave = rig.master = -1;
	for (int i = 0; i < 20 && !(events & METER_REOPENED); i++)
		events |= rig_advance(&rig);
	assert_true(events & METER_REOPENED);
	assert_int_equal(meter_fd(rig.meter), -1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_DEVICE);
	(void)rig_advance(&rig); /* tries again after a second, and a second later */
	assert_in_range(meter_deadline_us(rig.meter) - rig.now_us, 900000, 1100000);
	rig_end(&rig);
}

static void a_device_that_vanishes_while_nobody_listens_is_noticed(void **state)
{
	static const uint8_t first[] = {1};
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	assert_int_equal(rig_send_piece(&rig, first, sizeof(first), 15000), 0);
	assert_false(meter_listens(rig.meter));
	close(rig.slave);
	close(rig.master);
	rig.slave = rig.master = -1;
	assert_true(rig_advance(&rig) & METER_REOPENED);
	assert_int_equal(meter_fd(rig.meter), -1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_DEVICE);
	rig_end(&rig);
}

static void what_is_no_free_serial_device_is_refused_with_a_remedy(void **state)
{
	char directory[] = "/tmp/poweropt-test-XXXXXX", why[512], file[64];
	struct rig rig;
	int fd, other;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(port_claim("/dev/no-such-tty", &fd, why, sizeof(why)), -ENOENT);
	assert_non_null(strstr(why, "/dev/no-such-tty"));
	assert_non_null(strstr(why, "[meter] device"));

	assert_int_equal(port_claim(directory, &fd, why, sizeof(why)), -EISDIR);
	assert_non_null(strstr(why, "is a directory"));

	snprintf(file, sizeof(file), "%s/file", directory);
	fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(port_claim(file, &fd, why, sizeof(why)), -ENOTTY);
	assert_int_equal(mkfifo(strcat(file, "o"), 0600), 0);
	assert_int_equal(port_claim(file, &fd, why, sizeof(why)), -ENOTTY);
	assert_int_equal(port_claim("/dev/null", &fd, why, sizeof(why)), -ENOTTY);

	rig_begin(&rig, METER_MODEL_AUTO);
	other = open(rig.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(other >= 0);
	assert_int_equal(flock(other, LOCK_EX), 0);
	assert_int_equal(port_claim(rig.path, &fd, why, sizeof(why)), -EBUSY);
	assert_non_null(strstr(why, "in use by"));
	close(other);
	assert_int_equal(port_claim(rig.path, &fd, why, sizeof(why)), 0);
	close(fd);
	rig_end(&rig);

	(void)unlink(file);
	file[strlen(file) - 1] = '\0';
	(void)unlink(file);
	(void)rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_request_is_six_registers_at_0x500C),
		cmocka_unit_test(an_answer_is_a_reading_with_its_time),
		cmocka_unit_test(an_answer_in_single_bytes_is_read_when_it_is_complete),
		cmocka_unit_test(nobody_listens_while_the_rest_of_an_answer_is_on_the_wire),
		cmocka_unit_test(each_byte_counts_once_the_rest_is_late),
		cmocka_unit_test(a_refusal_after_its_first_byte_is_taken_with_the_next_look),
		cmocka_unit_test(noise_before_an_answer_costs_one_poll),
		cmocka_unit_test(garbage_longer_than_an_answer_is_dropped_with_all_of_it),
		cmocka_unit_test(at_most_one_slow_request_stands_between_two_polls),
		cmocka_unit_test(polls_follow_each_other_at_poll_interval),
		cmocka_unit_test(the_meter_is_identified),
		cmocka_unit_test(a_meter_that_refuses_its_identity_is_polled_all_the_same),
		cmocka_unit_test(a_one_phase_code_leads_to_two_registers),
		cmocka_unit_test(a_meter_without_a_code_that_refuses_six_registers_has_one_phase),
		cmocka_unit_test(a_one_phase_meter_with_its_current_at_0x500A_is_read_there),
		cmocka_unit_test(a_device_that_refuses_all_current_registers_is_unknown),
		cmocka_unit_test(the_error_register_fails_the_selftest_after_three_reads),
		cmocka_unit_test(an_error_register_is_confirmed_behind_the_next_polls),
		cmocka_unit_test(a_poll_that_failed_holds_up_no_slow_request),
		cmocka_unit_test(no_current_at_all_asks_for_the_voltages_at_once),
		cmocka_unit_test(a_value_that_is_no_current_is_counted_and_named),
		cmocka_unit_test(silence_is_a_timeout_and_the_line_gets_time_afterwards),
		cmocka_unit_test(a_late_answer_is_dropped),
		cmocka_unit_test(a_late_answer_to_another_request_never_passes_for_currents),
		cmocka_unit_test(broken_answers_are_counted_by_kind_and_never_read),
		cmocka_unit_test(our_own_echo_is_named),
		cmocka_unit_test(rubbish_never_makes_a_reading_and_never_stops_the_polls),
		cmocka_unit_test(a_device_that_vanishes_is_closed_and_opened_again),
		cmocka_unit_test(a_device_that_vanishes_while_nobody_listens_is_noticed),
		cmocka_unit_test(what_is_no_free_serial_device_is_refused_with_a_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
