/* SPDX-License-Identifier: MIT */
/*
 * A charger on a CAN bus: a command frame every period and at each change, and the charger's status
 * frames. core/can_codec.h has the bytes.
 *
 * The period runs on its own: a frame for a change comes in between and does not move the next one.
 *
 * The charger stops when it has heard nothing for 500 ms. So that, and nothing else, is a failure
 * here, whatever the reason: until then a frame that cannot leave is left to the next period, and
 * an interface that was reset is just bound anew. Nothing is repaired by anything but the period.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/can/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/can_codec.h"
#include "output/can_link.h"
#include "output/can_socket.h"
#include "output/output_private.h"

#define KEY	   "[can] interface"
#define STATUS_KEY "[can] status_id"

#define TIMEOUT_US    (INT64_C(1000) * CAN_COMMAND_TIMEOUT_MS)
#define FROZEN_MS     1000 /* for so long a repeated counter is no more than a frame sent twice */
#define NEVER	      INT64_MIN
#define RECEIVE_BURST 32 /* then the loop gets its turn; what is left wakes it up again */

/* What is told once. */
enum news {
	NEWS_NO_RESTART,
	NEWS_BUS_OFF,
	NEWS_PASSIVE,
	NEWS_STATUS_WRONG,
	NEWS_STATUS_FROZEN,
};

struct can_output {
	struct output base;
	struct can_config config;
	unsigned int told; /* bits of enum news */

	/* the interface */
	int fd;	    /* -1 until the first command; then it stays, whatever the interface does */
	bool bound; /* to an interface that works, as far as is known */
	int64_t restart_ms;

	/* to the charger */
	struct output_command command;
	int alive;	 /* counter of the next frame */
	int64_t due_us;	 /* the next frame; INT64_MAX: there is no command yet */
	int64_t sent_us; /* the last frame, or NEVER */
	int cause;	 /* why the last attempt did not get through: negative errno */

	/* from the charger */
	struct charger_feedback feedback;
	int heard; /* its last counter; -1: nothing heard yet */
};

/* ---- what is said ---- */

/* Returns true the first time. */
static bool is_news(struct can_output *self, enum news news)
{
	unsigned int bit = 1u << news;
	bool first = !(self->told & bit);

	self->told |= bit;
	return first;
}

static int fail(struct can_output *self)
{
	switch (-self->cause) {
	case ENODEV:
	case ENXIO:
		return output_fail(&self->base, -ENODEV,
			KEY ": there is no %s; check its driver (ip link), and this key",
			self->config.interface);
	case EMEDIUMTYPE:
		return output_fail(&self->base, -EMEDIUMTYPE,
			KEY ": %s is not a CAN interface; name one (ip link show type can)",
			self->config.interface);
	case ENETDOWN:
		return output_fail(&self->base, -ENETDOWN,
			KEY ": %s is down; set it up: ip link set %s up type can bitrate RATE "
			    "restart-ms 100, or let systemd-networkd do it",
			self->config.interface, self->config.interface);
	case ENOLINK:
		return output_fail(&self->base, -ENOLINK,
			KEY ": %s is off the bus after too many errors (bus-off); check the "
			    "wiring, the termination and the bit rate; %s%s%s",
			self->config.interface,
			self->restart_ms > 0 ? "it comes back by itself"
					     : "then restart it: ip link set ",
			self->restart_ms > 0 ? "" : self->config.interface,
			self->restart_ms > 0 ? "" : " type can restart");
	case ENOBUFS:
	case EAGAIN:
		return output_fail(&self->base, -ENOBUFS,
			KEY ": frames do not leave %s, as nobody acknowledges them; check that the "
			    "charger is on, the wiring, the termination and the bit rate",
			self->config.interface);
	case EAFNOSUPPORT:
		return output_fail(&self->base, -EAFNOSUPPORT,
			KEY ": this kernel, or the sandbox of the service, has no CAN; it needs "
			    "can_raw, and RestrictAddressFamilies=AF_CAN AF_NETLINK");
	default:
		return output_fail(&self->base, self->cause,
			KEY ": cannot use %s: %s; see the kernel's log", self->config.interface,
			strerror(-self->cause));
	}
}

/* 0 while the charger goes on, else why it does not hear us. */
static int condition(struct can_output *self, int64_t now_us)
{
	if (self->due_us == INT64_MAX)
		return 0;
	if (self->sent_us != NEVER && now_us - self->sent_us <= TIMEOUT_US)
		return 0;
	return fail(self);
}

/* ---- the interface ---- */

static void let_go(struct can_output *self, int cause)
{
	self->bound = false;
	self->cause = cause;
}

static int look(struct can_output *self, struct can_link *ret)
{
	int error = can_link_query(self->config.interface, ret);

	if (error < 0)
		return error;
	self->restart_ms = ret->restart_ms;
	if (!ret->up)
		return -ENETDOWN;
	return ret->carrier ? 0 : -ENOLINK;
}

static int attach(struct can_output *self)
{
	struct can_link link;
	int error;

	error = look(self, &link);
	if (error < 0)
		return error;
	if (self->fd < 0) {
		int fd = can_socket_open();

		if (fd < 0)
			return fd;
		self->fd = fd;
	}
	error = can_socket_bind(self->fd, link.index, self->config.status_id);
	if (error < 0)
		return error;
	self->bound = true;

	if (self->restart_ms == 0 && is_news(self, NEWS_NO_RESTART))
		output_note(&self->base,
			KEY ": after a bus-off %s stays off until it is restarted by hand; give it "
			    "RestartSec=100ms in its .network file, or restart-ms 100 by ip link",
			self->config.interface);
	return 0;
}

static void transmit(struct can_output *self, int64_t now_us)
{
	struct can_command command = {
		.allowed_ma = self->command.allowed_ma,
		.limit_ma = self->command.limit_ma,
		.state = self->command.state,
		.faults = self->command.faults,
		.alive = self->alive,
	};
	uint16_t id = (uint16_t)self->config.command_id;
	uint8_t data[CAN_CODEC_BYTES];
	int error = 0;

	if (!self->bound)
		error = attach(self);
	if (error == 0) {
		can_command_encode(&command, id, data);
		error = can_socket_send(self->fd, id, data);
	}
	if (error == 0) {
		self->alive = (self->alive + 1) % CAN_ALIVE_COUNT;
		self->sent_us = now_us;
	} else {
		let_go(self, error);
	}
}

/* ---- from the bus ---- */

static void take_error_frame(struct can_output *self, const struct can_frame *frame)
{
	const uint8_t passive = CAN_ERR_CRTL_TX_PASSIVE | CAN_ERR_CRTL_RX_PASSIVE;

	if (frame->can_id & CAN_ERR_BUSOFF) {
		/* attach() finds out when it is back */
		let_go(self, -ENOLINK);
		if (is_news(self, NEWS_BUS_OFF))
			output_note(&self->base,
				KEY ": %s went off the bus after too many errors (bus-off); check "
				    "the wiring, the termination and the bit rate",
				self->config.interface);
	} else if (frame->can_id & CAN_ERR_CRTL && frame->data[1] & passive &&
		   is_news(self, NEWS_PASSIVE)) {
		output_note(&self->base,
			KEY ": %s sees many errors on the bus (error-passive); check that the "
			    "charger is on, the wiring, the termination and the bit rate",
			self->config.interface);
	}
}

static const char *defect(int error)
{
	switch (-error) {
	case EMSGSIZE:
		return "is not 8 bytes long";
	case EBADMSG:
		return "has a wrong CRC";
	case EPROTO:
		return "has bit 3 of byte 0 set";
	case EDOM:
		return "has a pilot state above 5";
	case EILSEQ:
		return "has the alive counter 15";
	case ERANGE:
		return "has a current that no charger draws";
	default:
		return "cannot be read";
	}
}

static void take_status(struct can_output *self, const struct can_frame *frame, int64_t now_us)
{
	uint16_t id = (uint16_t)self->config.status_id;
	int64_t now_ms = now_us / 1000;
	int error = can_status_decode(
		id, frame->data, frame->len, &self->heard, now_ms, &self->feedback);

	if (error == 0)
		return;
	if (error == -EALREADY) {
		if (now_ms - self->feedback.at_ms > FROZEN_MS && is_news(self, NEWS_STATUS_FROZEN))
			output_note(&self->base,
				STATUS_KEY ": frame 0x%03x repeats the alive counter %d; the "
					   "charger hangs, so its feedback does not count",
				id, self->heard);
	} else if (is_news(self, NEWS_STATUS_WRONG)) {
		output_note(&self->base,
			STATUS_KEY ": frame 0x%03x %s, so it does not count; check the charger's "
				   "software, and whether another sender uses this identifier",
			id, defect(error));
	}
}

static void receive(struct can_output *self, int64_t now_us)
{
	struct can_frame frame;
	int r;

	for (int i = 0; i < RECEIVE_BURST; i++) {
		r = can_socket_receive(self->fd, &frame);
		if (r == -EMSGSIZE)
			continue;
		/* what went wrong with the interface, the next frame to send will meet too */
		if (r <= 0)
			return;
		if (frame.can_id & CAN_ERR_FLAG)
			take_error_frame(self, &frame);
		else if (self->config.status_id != CAN_ID_NONE &&
			 frame.can_id == (canid_t)self->config.status_id)
			take_status(self, &frame, now_us);
	}
}

/* ---- the member's functions ---- */

static int can_write(struct output *output, const struct output_command *command, int64_t now_ms)
{
	struct can_output *self = (void *)output;
	int64_t now_us = now_ms * 1000;

	self->command = *command;
	if (self->due_us == INT64_MAX)
		self->due_us = now_us + self->config.period_ms * 1000;
	transmit(self, now_us);
	return condition(self, now_us);
}

/* An interface in bus-off takes frames without a word, and its error frame may get lost. */
static int can_verify(struct output *output)
{
	struct can_output *self = (void *)output;
	struct can_link link;
	int error;

	if (!self->bound)
		return 0;
	error = look(self, &link);
	if (error < 0)
		let_go(self, error);
	return 0;
}

static int can_dispatch(struct output *output, int64_t now_us)
{
	struct can_output *self = (void *)output;
	int64_t period_us = self->config.period_ms * 1000;

	if (self->fd >= 0)
		receive(self, now_us);
	if (now_us >= self->due_us) {
		/* on the grid of the first frame; those that were missed stay missed */
		self->due_us += (1 + (now_us - self->due_us) / period_us) * period_us;
		transmit(self, now_us);
	}
	return condition(self, now_us);
}

static int can_fd(const struct output *output)
{
	const struct can_output *self = (const void *)output;

	return self->fd;
}

static int64_t can_deadline_us(const struct output *output)
{
	const struct can_output *self = (const void *)output;

	return self->due_us;
}

static const struct charger_feedback *can_feedback(const struct output *output)
{
	const struct can_output *self = (const void *)output;

	return self->heard < 0 ? NULL : &self->feedback;
}

static void can_free(struct output *output)
{
	struct can_output *self = (void *)output;

	if (self->fd >= 0)
		(void)close(self->fd);
	free(self);
}

static const struct output_ops can_ops = {
	.write = can_write,
	.verify = can_verify,
	.free = can_free,
	.fd = can_fd,
	.deadline_us = can_deadline_us,
	.dispatch = can_dispatch,
	.feedback = can_feedback,
	.takes_all = true,
};

struct output *can_output_new(const struct config *config)
{
	struct can_output *self = calloc(1, sizeof(*self));
	char status[32] = "no status";

	if (!self)
		return NULL;
	self->base.ops = &can_ops;
	self->config = config->can;
	self->fd = -1;
	self->restart_ms = -1;
	self->due_us = INT64_MAX;
	self->sent_us = NEVER;
	self->heard = -1;

	if (config->can.status_id != CAN_ID_NONE)
		(void)snprintf(status, sizeof(status), "status 0x%03x",
			(unsigned int)config->can.status_id);
	(void)snprintf(self->base.description, sizeof(self->base.description),
		"can %s, command 0x%03x, %s", self->config.interface,
		(unsigned int)config->can.command_id, status);
	return &self->base;
}
