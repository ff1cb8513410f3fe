/* SPDX-License-Identifier: MIT */
/*
 * The meter driver against a hand-driven meter on a pseudo-terminal, in time that the test makes.
 */
#ifndef POWEROPT_TESTS_UNIT_METER_RIG_H
#define POWEROPT_TESTS_UNIT_METER_RIG_H

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "meter/meter.h"
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

static inline void rig_begin(struct rig *rig, enum meter_model model)
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

static inline void rig_end(struct rig *rig)
{
	meter_free(rig->meter);
	if (rig->slave >= 0)
		close(rig->slave);
	if (rig->master >= 0)
		close(rig->master);
}

/* Let time pass to the driver's next deadline. */
static inline unsigned int rig_advance(struct rig *rig)
{
	int64_t deadline_us = meter_deadline_us(rig->meter);

	assert_true(deadline_us != INT64_MAX);
	if (deadline_us > rig->now_us)
		rig->now_us = deadline_us;
	return meter_dispatch(rig->meter, rig->now_us);
}

/* Whether the driver has sent something; takes it in. */
static inline bool rig_has_request(struct rig *rig)
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
static inline void rig_await_request(struct rig *rig)
{
	for (int i = 0; i < 100; i++) {
		if (rig_has_request(rig))
			return;
		(void)rig_advance(rig);
	}
	fail_msg("the driver asks nothing");
}

static inline uint16_t asked_address(const struct rig *rig)
{
	return (uint16_t)(rig->request[2] << 8 | rig->request[3]);
}

static inline int asked_count(const struct rig *rig)
{
	return rig->request[4] << 8 | rig->request[5];
}

static inline uint16_t crc16(const uint8_t *bytes, size_t size)
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
static inline void await_bytes(const struct rig *rig, int count)
{
	struct pollfd pfd = {.fd = meter_fd(rig->meter), .events = POLLIN};
	int waiting;

	do {
		assert_int_equal(poll(&pfd, 1, WAIT_MS), 1);
		assert_int_equal(ioctl(pfd.fd, FIONREAD, &waiting), 0);
	} while (waiting < count);
}

/* Put bytes on the line as they are, and wait until the kernel has them for the driver. */
static inline unsigned int rig_send_raw(struct rig *rig, const uint8_t *bytes, size_t size)
{
	assert_int_equal(write(rig->master, bytes, size), (ssize_t)size);
	await_bytes(rig, (int)size);
	rig->now_us += 30000;
	return meter_dispatch(rig->meter, rig->now_us);
}

static inline size_t finish_frame(uint8_t *frame, size_t size)
{
	uint16_t crc = crc16(frame, size);

	frame[size] = (uint8_t)crc;
	frame[size + 1] = (uint8_t)(crc >> 8);
	return size + 2;
}

static inline size_t make_answer(uint8_t *frame, int unit, const float values[], int registers)
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

static inline unsigned int rig_answer_floats(struct rig *rig, const float values[])
{
	uint8_t frame[64];

	return rig_send_raw(rig, frame, make_answer(frame, 1, values, asked_count(rig)));
}

static inline unsigned int rig_answer_words(struct rig *rig, const uint16_t words[])
{
	int count = asked_count(rig);
	uint8_t frame[64] = {1, 3, (uint8_t)(2 * count)};

	for (int i = 0; i < count; i++) {
		frame[3 + 2 * i] = (uint8_t)(words[i] >> 8);
		frame[4 + 2 * i] = (uint8_t)words[i];
	}
	return rig_send_raw(rig, frame, finish_frame(frame, (size_t)(3 + 2 * count)));
}

static inline unsigned int rig_refuse(struct rig *rig, uint8_t code)
{
	uint8_t frame[8] = {1, 0x83, code};

	return rig_send_raw(rig, frame, finish_frame(frame, 3));
}

/* Answer like a healthy three-phase meter: whatever is asked. Returns the events. */
static inline unsigned int rig_answer_healthy(struct rig *rig, float amps)
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
static inline void rig_run_healthy(struct rig *rig, int readings)
{
	while (readings > 0) {
		rig_await_request(rig);
		if (rig_answer_healthy(rig, 10) & METER_READING)
			readings--;
	}
}

/* Let every request go unanswered until the next one for an address. */
static inline void rig_await_request_for(struct rig *rig, uint16_t address)
{
	do
		rig_await_request(rig);
	while (asked_address(rig) != address);
}

/* Some bytes of an answer, and how long they took. Returns the events. */
static inline unsigned int rig_send_piece(
	struct rig *rig, const uint8_t *bytes, size_t size, int64_t after_us)
{
	assert_int_equal(write(rig->master, bytes, size), (ssize_t)size);
	await_bytes(rig, (int)size);
	rig->now_us += after_us;
	return meter_dispatch(rig->meter, rig->now_us);
}

#endif
