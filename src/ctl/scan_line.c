/* SPDX-License-Identifier: MIT */
#include "ctl/scan_line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "app/boottime.h"

/* Everything that a meter is asked about itself takes two seconds, and one more if something gets lost. */
#define IDENTIFY_US	 (INT64_C(6) * 1000000)
#define IDENTIFY_POLL_MS 50
#define IDENTIFY_WAIT_MS 300

void scan_port_close(struct scan_port *port)
{
	(void)wait_watch(port->wait, -1);
	port->bus = bus_close(port->bus);
}

static int set(
	void *userdata, int32_t baud_rate, enum serial_parity parity, char *why, size_t why_size)
{
	struct scan_port *port = userdata;
	int r;

	scan_port_close(port);
	port->config.baud_rate = baud_rate;
	port->config.parity = parity;
	r = bus_open(&port->bus, &port->config, why, why_size);
	if (r < 0)
		return r;
	if (bus_shared_with(port->bus)[0]) {
		snprintf(why, why_size,
			"The serial device %s is in use by %s: a Modbus line has one master, stop the "
			"other one",
			port->config.device, bus_shared_with(port->bus));
		return -EBUSY;
	}
	return wait_watch(port->wait, bus_fd(port->bus));
}

/* What an answer that is not one tells. */
static enum scan_sound classify(struct bus *bus, int error, int unit)
{
	if (bus_heard(bus) == 0)
		return SCAN_SILENCE;
	if (bus_echoes(bus))
		return SCAN_ECHO;
	if (error == -EPROTO && bus_answered_by(bus) > 0 && bus_answered_by(bus) != unit)
		return SCAN_FOREIGN;
	return SCAN_GARBAGE;
}

static int send(struct scan_port *port, uint16_t address)
{
	int r;

	for (;;) {
		int64_t now_us = boottime_us();

		if (now_us < bus_ready_us(port->bus)) {
			r = wait_until(port->wait, bus_ready_us(port->bus));
			if (r < 0)
				return r;
			continue;
		}
		r = bus_send(port->bus, address, SCAN_REGISTERS, now_us);
		if (r != -EAGAIN)
			return r;
	}
}

static int ask(
	void *userdata, int unit, uint16_t address, int64_t timeout_ms, struct scan_reply *ret)
{
	uint16_t registers[SCAN_REGISTERS];
	struct scan_port *port = userdata;
	int r;

	bus_set_unit(port->bus, unit, timeout_ms);
	r = send(port, address);
	if (r < 0)
		return r;
	while ((r = bus_receive(port->bus, registers, boottime_us())) == -EAGAIN) {
		r = wait_until(port->wait, bus_deadline_us(port->bus));
		if (r < 0)
			return r;
	}
	if (r == -ENODEV)
		return r;
	ret->sound = r == 0	       ? SCAN_ANSWER
		     : r == -EREMOTEIO ? SCAN_REFUSED
				       : classify(port->bus, r, unit);
	ret->unit = bus_answered_by(port->bus);
	ret->exception = r == -EREMOTEIO ? bus_exception(port->bus) : 0;
	return 0;
}

static int listen_to(void *userdata, int64_t for_ms, uint8_t *ret, size_t size, size_t *ret_n)
{
	struct scan_port *port = userdata;
	int64_t until_us = boottime_us() + for_ms * 1000;
	uint8_t rest[64];
	size_t n = 0;
	ssize_t got;
	int r = 1;

	(void)tcflush(bus_fd(port->bus), TCIFLUSH);
	do {
		while ((got = read(bus_fd(port->bus), n < size ? ret + n : rest,
				n < size ? size - n : sizeof(rest))) > 0)
			if (n < size)
				n += (size_t)got;
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -ENODEV;
		r = wait_until(port->wait, until_us);
	} while (r > 0 && boottime_us() < until_us);
	*ret_n = n;
	return r < 0 ? r : 0;
}

struct scan_line scan_port_line(
	struct scan_port *port, struct wait *wait, const struct meter_config *config)
{
	*port = (struct scan_port){.wait = wait, .config = *config};
	return (struct scan_line){.set = set, .ask = ask, .listen = listen_to, .userdata = port};
}

static void take(const struct meter *meter, struct scan_meter *ret)
{
	ret->status = *meter_status(meter);
	ret->voltages_known = ret->status.voltages_known;
	if (meter_reading(meter)->at_ms > 0)
		ret->reading = *meter_reading(meter);
}

int scan_identify(struct wait *wait, const struct meter_config *config, struct scan_meter *ret)
{
	struct meter_config patient = *config;
	int64_t end_us = boottime_us() + IDENTIFY_US;
	struct meter *meter;
	int r;

	memset(ret, 0, sizeof(*ret));
	patient.model = METER_MODEL_AUTO;
	patient.poll_interval_ms = IDENTIFY_POLL_MS;
	patient.response_timeout_ms = IDENTIFY_WAIT_MS;
	r = meter_new(&meter, &patient);
	if (r < 0)
		return r;
	while (r >= 0 && boottime_us() < end_us) {
		int64_t deadline_us;

		/* The number of a closed descriptor may come again. */
		if (meter_dispatch(meter, boottime_us()) & METER_REOPENED)
			(void)wait_watch(wait, -1);
		take(meter, ret);
		if (ret->status.identified && ret->voltages_known && ret->reading.at_ms > 0)
			break;
		r = wait_watch(wait, meter_fd(meter));
		if (r < 0)
			break;
		deadline_us = meter_deadline_us(meter);
		r = wait_until(wait, deadline_us < end_us ? deadline_us : end_us);
	}
	(void)wait_watch(wait, -1);
	meter_free(meter);
	return r < 0 ? r : 0;
}
