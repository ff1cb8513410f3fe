/* SPDX-License-Identifier: MIT */
#include "meter/bus.h"

#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "meter/frame.h"
#include "meter/port.h"

/* So long without another byte an answer is over, and some characters more on a slow line. USB
 * adapters deliver in lots of up to 16 ms. */
#define QUIET_US    20000
#define QUIET_CHARS 4

/* An answer that is looked at this long after its deadline tells of the past. */
#define STALE_US 100000

struct bus {
	modbus_t *modbus;
	int fd; /* of the line, -1: not open */
	int lock_fd;
	int unit;
	int64_t char_us;
	int64_t quiet_time_us;
	int64_t response_timeout_us;

	/* the transaction under way */
	uint8_t request[6];
	uint8_t answer[FRAME_MAX];
	int heard;	     /* bytes of it */
	int count;	     /* registers that were asked for, 0: none */
	int64_t deadline_us; /* for the whole answer */
	int64_t quiet_at_us; /* for its next byte */
	int64_t whole_at_us; /* before this it cannot be complete */
	bool listens;

	char shared_with[96]; /* see bus_shared_with() */

	int64_t ready_us;	/* the line is left alone until then */
	int64_t silent_us;	/* what Modbus itself asks for of that */
	int64_t drain_until_us; /* a line that is never silent is used after this all the same */
	int exception;
	int answered_by;
	bool echoes;
};

static char parity_letter(enum serial_parity parity)
{
	switch (parity) {
	case SERIAL_PARITY_NONE:
		return 'N';
	case SERIAL_PARITY_EVEN:
		return 'E';
	case SERIAL_PARITY_ODD:
		return 'O';
	}
	return 'E';
}

int64_t bus_char_us(const struct meter_config *config)
{
	int bits = 1 + 8 + (config->parity != SERIAL_PARITY_NONE) + config->stop_bits;

	return (int64_t)bits * 1000000 / config->baud_rate;
}

static int set_up_line(struct bus *bus, const struct meter_config *config, char *why, size_t size)
{
	int fd;

	bus->modbus = modbus_new_rtu(config->device, config->baud_rate,
		parity_letter(config->parity), 8, config->stop_bits);
	if (!bus->modbus)
		return -errno;
	if (modbus_connect(bus->modbus) < 0) {
		int error = errno;

		snprintf(why, size,
			"The meter's serial device %s does not take %d baud 8%c%d (%s): correct [meter] "
			"baud_rate, parity or stop_bits%s",
			config->device, config->baud_rate, parity_letter(config->parity),
			config->stop_bits, strerror(error),
			error == EINVAL ? "; a pseudo-terminal needs parity = none" : "");
		return -error;
	}
	fd = bus->fd = modbus_get_socket(bus->modbus);
	if (config->rs485 == SERIAL_RS485_KERNEL &&
		modbus_rtu_set_serial_mode(bus->modbus, MODBUS_RTU_RS485) < 0) {
		int error = errno;

		snprintf(why, size,
			"The driver of %s does not switch the RS485 direction (%s): set [meter] "
			"rs485 = none",
			config->device, strerror(error));
		return -error;
	}
	/* The exclusive mode keeps others from opening the port from now on. Where somebody has it open
	 * already it would do nothing, and outlast us if we crash. */
	port_holder(config->device, bus->shared_with, sizeof(bus->shared_with));
	if (!bus->shared_with[0])
		(void)ioctl(fd, TIOCEXCL);
	modbus_set_slave(bus->modbus, config->unit);
	modbus_set_error_recovery(bus->modbus, MODBUS_ERROR_RECOVERY_NONE);
	return 0;
}

int bus_open(struct bus **ret, const struct meter_config *config, char *why, size_t why_size)
{
	struct bus *bus = calloc(1, sizeof(*bus));
	int r;

	if (!bus)
		return -ENOMEM;
	bus->fd = bus->lock_fd = -1;
	bus->unit = config->unit;
	bus->char_us = bus_char_us(config);
	bus->quiet_time_us = QUIET_US + QUIET_CHARS * bus->char_us;
	bus->response_timeout_us = config->response_timeout_ms * 1000;

	r = port_claim(config->device, &bus->lock_fd, why, why_size);
	if (r == 0)
		r = set_up_line(bus, config, why, why_size);
	if (r < 0) {
		bus_close(bus);
		return r;
	}
	*ret = bus;
	return 0;
}

struct bus *bus_close(struct bus *bus)
{
	if (!bus)
		return NULL;
	if (bus->modbus) {
		if (bus->fd >= 0 && !bus->shared_with[0])
			(void)ioctl(bus->fd, TIOCNXCL);
		/* A request that cannot leave would hold up close() for the port's closing_wait, 30 s. */
		if (bus->fd >= 0)
			(void)tcflush(bus->fd, TCIOFLUSH);
		modbus_close(bus->modbus);
		modbus_free(bus->modbus);
	}
	if (bus->lock_fd >= 0)
		close(bus->lock_fd);
	free(bus);
	return NULL;
}

const char *bus_shared_with(const struct bus *bus)
{
	return bus->shared_with;
}

int bus_fd(const struct bus *bus)
{
	return bus->fd;
}

int64_t bus_ready_us(const struct bus *bus)
{
	return bus->ready_us;
}

/* How many bytes wait in the kernel; negative if the device is gone. */
static int bytes_waiting(const struct bus *bus)
{
	int count;

	return ioctl(bus->fd, FIONREAD, &count) < 0 ? -ENODEV : count;
}

int bus_send(struct bus *bus, uint16_t address, int count, int64_t now_us)
{
	int left = bytes_waiting(bus);

	if (left < 0)
		return left;
	if (left > 0) {
		/* The rest of something that came too late: wait until it is over, but not for ever. */
		(void)tcflush(bus->fd, TCIFLUSH);
		if (now_us < bus->drain_until_us) {
			bus->ready_us = now_us + bus->quiet_time_us;
			return -EAGAIN;
		}
	}

	bus->request[0] = (uint8_t)bus->unit;
	bus->request[1] = 3;
	bus->request[2] = (uint8_t)(address >> 8);
	bus->request[3] = (uint8_t)address;
	bus->request[4] = 0;
	bus->request[5] = (uint8_t)count;
	if (modbus_send_raw_request(bus->modbus, bus->request, sizeof(bus->request)) !=
		FRAME_REQUEST_BYTES)
		return -ENODEV;

	bus->count = count;
	bus->listens = true;
	bus->heard = 0;
	bus->answered_by = 0;
	bus->echoes = false;
	bus->quiet_at_us = INT64_MAX;
	bus->deadline_us = now_us + bus->response_timeout_us +
			   (FRAME_REQUEST_BYTES + FRAME_ANSWER_BYTES(count)) * bus->char_us;
	return 0;
}

bool bus_listens(const struct bus *bus)
{
	return bus->listens;
}

int64_t bus_deadline_us(const struct bus *bus)
{
	int64_t at_us = bus->deadline_us;

	if (bus->count == 0)
		return INT64_MAX;
	if (bus->quiet_at_us < at_us)
		at_us = bus->quiet_at_us;
	if (!bus->listens && bus->whole_at_us < at_us)
		at_us = bus->whole_at_us;
	return at_us;
}

/* The transaction is over; how long the line must be left alone depends on how it ended. */
static int end(struct bus *bus, int result, int64_t now_us)
{
	/* Modbus over Serial Line 2.5.1.1: 3.5 characters, but at least 1.75 ms. */
	int64_t silence_us = bus->char_us * 7 / 2;

	bus->count = 0;
	bus->listens = false;
	if (silence_us < 1750)
		silence_us = 1750;
	bus->ready_us = bus->silent_us = now_us + silence_us;
	bus->drain_until_us = bus->ready_us;
	/* Nothing in an answer says which request it answers. So after a failure, what is still on its
	 * way gets time to come in and be dropped, before it could pass for the next answer. */
	if (result == -ETIMEDOUT || result == -EBADMSG || result == -EPROTO) {
		bus->ready_us = now_us + (result == -ETIMEDOUT ? bus->response_timeout_us
							       : bus->quiet_time_us);
		bus->drain_until_us = bus->ready_us + 2 * bus->response_timeout_us;
	}
	return result;
}

/* Take in what waits. Returns how many bytes, or -ENODEV if the device is gone. */
static int take_bytes(struct bus *bus)
{
	ssize_t n = read(
		bus->fd, bus->answer + bus->heard, sizeof(bus->answer) - (size_t)bus->heard);

	if (n > 0) {
		bus->heard += (int)n;
		return (int)n;
	}
	/* None are there (libmodbus sets VMIN and VTIME to 0), or the other side has hung up. */
	if (n == 0 || errno == EAGAIN || errno == EINTR)
		return bytes_waiting(bus) < 0 ? -ENODEV : 0;
	return -ENODEV;
}

/*
 * The rest cannot be there before the wire has carried it: until then nobody needs to be woken up for
 * each byte. After that each one counts, as a meter's clock, or a FIFO, may take longer.
 */
static void wait_for_rest(struct bus *bus, int news, int missing, int64_t now_us)
{
	bool begins = news > 0 && news == bus->heard;

	bus->listens = !begins || missing == 1;
	bus->whole_at_us = now_us + missing * bus->char_us;
	/* Less than this may be a disturbance before an answer that is still to come. */
	if (news > 0 && bus->heard >= FRAME_EXCEPTION_BYTES)
		bus->quiet_at_us = now_us + bus->quiet_time_us;
}

static int judge(struct bus *bus, uint16_t registers[])
{
	int r = frame_take(bus->answer, bus->heard, bus->unit, bus->count, registers);

	bus->echoes = bus->heard >= (int)sizeof(bus->request) &&
		      memcmp(bus->answer, bus->request, sizeof(bus->request)) == 0;
	if (r == -EREMOTEIO)
		bus->exception = bus->answer[2];
	if (r == -EPROTO && (bus->answer[1] & 0x7f) == 3)
		bus->answered_by = bus->answer[0];
	return r;
}

int bus_receive(struct bus *bus, uint16_t registers[], int64_t now_us)
{
	int news, missing;

	if (bus->count == 0)
		return -EAGAIN;
	/* We were not there to take it: what waits says how things were then. */
	if (now_us > bus->deadline_us + STALE_US) {
		(void)tcflush(bus->fd, TCIFLUSH);
		return end(bus, -ETIMEDOUT, now_us);
	}
	news = take_bytes(bus);
	if (news < 0)
		return end(bus, news, now_us);
	missing = frame_missing(bus->answer, bus->heard, bus->count);
	if (missing > 0 && now_us < bus->deadline_us && (news > 0 || now_us < bus->quiet_at_us)) {
		wait_for_rest(bus, news, missing, now_us);
		return -EAGAIN;
	}
	return end(bus, judge(bus, registers), now_us);
}

int bus_exception(const struct bus *bus)
{
	return bus->exception;
}

bool bus_echoes(const struct bus *bus)
{
	return bus->echoes;
}

int bus_heard(const struct bus *bus)
{
	return bus->heard;
}

int bus_answered_by(const struct bus *bus)
{
	return bus->answered_by;
}

void bus_set_unit(struct bus *bus, int unit, int64_t response_timeout_ms)
{
	bus->unit = unit;
	bus->response_timeout_us = response_timeout_ms * 1000;
	modbus_set_slave(bus->modbus, unit);
	bus->ready_us = bus->silent_us;
	bus->drain_until_us = bus->ready_us + 2 * bus->quiet_time_us;
}
