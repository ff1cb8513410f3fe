/* SPDX-License-Identifier: MIT */
/*
 * The meter driver and the real libmodbus on a pseudo-terminal, in time that is made up. The bytes say
 * how each request is answered: well formed with any registers, refused, damaged, in pieces, foreign,
 * not at all. Whatever comes, only a whole answer to this request may become currents, and they must be
 * the ones that it holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "core/klefr.h"
#include "core/text.h"
#include "fuzz/fuzz.h"
#include "meter/meter.h"
#include "meter/port.h"
#include "sim/rtu.h"

#define ROUNDS_MAX 24
#define WAIT_MS	   5000 /* bounds a failure, not a success */

static int master = -1, slave = -1;
static char slave_path[64];

struct line {
	struct meter *meter;
	int64_t now_us;
	uint8_t request[8];
	uint8_t sent[300]; /* since the request */
	size_t sent_size;
};

/* The port is taken without a look at all processes: that is slow, and not what is tried here. */
int port_claim(const char *device, int *ret_fd, char *why, size_t why_size)
{
	(void)why;
	(void)why_size;
	*ret_fd = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return *ret_fd < 0 ? -errno : 0;
}

char *port_holder(const char *device, char *buf, size_t size)
{
	(void)device;
	if (size > 0)
		buf[0] = '\0';
	return buf;
}

static void line_make(void)
{
	struct termios tio;

	if (master >= 0)
		return;
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	FUZZ_CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	FUZZ_CHECK(ptsname_r(master, slave_path, sizeof(slave_path)) == 0);
	/* Held open, so that the line survives the driver's closing. */
	slave = open(slave_path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	FUZZ_CHECK(slave >= 0 && tcgetattr(slave, &tio) == 0);
	cfmakeraw(&tio);
	FUZZ_CHECK(tcsetattr(slave, TCSANOW, &tio) == 0);
}

/* Returns once the kernel has carried the bytes to the driver's end. */
static void line_send(struct line *line, const uint8_t *data, size_t size)
{
	struct pollfd pfd = {.fd = slave, .events = POLLIN};
	int before, waiting;

	if (size > sizeof(line->sent) - line->sent_size)
		size = sizeof(line->sent) - line->sent_size;
	if (size == 0)
		return;
	memcpy(line->sent + line->sent_size, data, size);
	line->sent_size += size;
	FUZZ_CHECK(ioctl(slave, FIONREAD, &before) == 0);
	/* libFuzzer's own alarm may interrupt it */
	FUZZ_CHECK(TEMP_FAILURE_RETRY(write(master, data, size)) == (ssize_t)size);
	do {
		FUZZ_CHECK(TEMP_FAILURE_RETRY(poll(&pfd, 1, WAIT_MS)) == 1);
		FUZZ_CHECK(ioctl(slave, FIONREAD, &waiting) == 0);
	} while (waiting < before + (int)size);
}

static bool line_has_request(struct line *line)
{
	struct pollfd pfd = {.fd = master, .events = POLLIN};
	size_t got = 0;

	if (TEMP_FAILURE_RETRY(poll(&pfd, 1, 0)) <= 0)
		return false;
	while (got < sizeof(line->request)) {
		ssize_t n = TEMP_FAILURE_RETRY(
			read(master, line->request + got, sizeof(line->request) - got));

		FUZZ_CHECK(n > 0);
		got += (size_t)n;
	}
	/* Ours alone, complete, and nothing but a question. */
	FUZZ_CHECK(line->request[0] == 1 && line->request[1] == 3);
	FUZZ_CHECK(rtu_crc16(line->request, 6) == (line->request[6] | line->request[7] << 8));
	line->sent_size = 0;
	return true;
}

static bool currents_asked(const struct line *line)
{
	unsigned int address = (unsigned int)line->request[2] << 8 | line->request[3];

	return address == KLEFR_REG_CURRENTS || address == KLEFR_REG_CURRENT_1PH;
}

/* A reading came: there must have been an answer that holds just this. */
static void check_reading(const struct line *line)
{
	const struct reading *reading = meter_reading(line->meter);
	size_t size = 5 + 2u * line->request[5];
	const uint8_t *frame = line->sent;

	FUZZ_CHECK(currents_asked(line));
	FUZZ_CHECK(line->sent_size >= size && frame[0] == line->request[0] && frame[1] == 3);
	FUZZ_CHECK(frame[2] == 2 * line->request[5]);
	FUZZ_CHECK(rtu_crc16(frame, size - 2) == (frame[size - 2] | frame[size - 1] << 8));
	FUZZ_CHECK(reading->at_ms == line->now_us / 1000);
	FUZZ_CHECK(reading->phases == 1 || reading->phases == 3);
	FUZZ_CHECK(reading->phases * 2 == line->request[5]);
	for (int i = 0; i < reading->phases; i++) {
		uint16_t registers[2] = {(uint16_t)(frame[3 + 4 * i] << 8 | frame[4 + 4 * i]),
			(uint16_t)(frame[5 + 4 * i] << 8 | frame[6 + 4 * i])};
		int32_t rated_ma = meter_status(line->meter)->rated_ma, ma;

		if (klefr_current(registers, rated_ma, &ma) > READING_GOOD)
			FUZZ_CHECK(reading->quality != READING_GOOD);
		FUZZ_CHECK(reading->current_ma[i] == ma);
	}
}

static void check_status(const struct line *line)
{
	const struct meter_status *status = meter_status(line->meter);
	const char *text = meter_trouble_text(line->meter);
	size_t at;

	FUZZ_CHECK(status->phases == 1 || status->phases == 3);
	FUZZ_CHECK(status->rated_ma >= 0 && strlen(status->serial) < sizeof(status->serial));
	FUZZ_CHECK((status->trouble == METER_TROUBLE_NONE) == (text[0] == '\0'));
	FUZZ_CHECK(text_flaw(text, strlen(text), &at) == TEXT_GOOD);
	FUZZ_CHECK(meter_deadline_us(line->meter) < INT64_MAX);
}

static void line_dispatch(struct line *line)
{
	unsigned int events = meter_dispatch(line->meter, line->now_us);

	if (events & METER_READING)
		check_reading(line);
	check_status(line);
}

/* The next answer as the bytes have it. Returns its length. */
static size_t make_answer(const struct line *line, struct fuzz_bytes *bytes, uint8_t frame[300])
{
	size_t wanted = 2u * line->request[5], size;
	uint8_t how = fuzz_u8(bytes) & 7, length;
	const uint8_t *data;

	switch (how) {
	case 0: /* an answer with any registers */
	case 1:
	case 2:
		memset(frame, 0, 3 + wanted);
		frame[0] = line->request[0];
		frame[1] = 3;
		frame[2] = (uint8_t)wanted;
		size = fuzz_take(bytes, wanted, &data);
		memcpy(frame + 3, data, size);
		return rtu_crc_append(frame, 3 + wanted);
	case 3:
		return rtu_answer_exception(frame, line->request[0], 3, fuzz_u8(bytes));
	case 4:
		memcpy(frame, line->request, sizeof(line->request)); /* our echo */
		return sizeof(line->request);
	case 5:
		return 0;
	}
	length = fuzz_u8(bytes);
	size = fuzz_take(bytes, length, &data);
	memcpy(frame, data, size);
	return how == 6 ? size : rtu_crc_append(frame, size);
}

/* Time passes, to whatever the driver waits for. */
static void line_advance(struct line *line)
{
	int64_t deadline_us = meter_deadline_us(line->meter);

	if (deadline_us > line->now_us)
		line->now_us = deadline_us;
	line_dispatch(line);
}

/* The rest of an answer after its first piece: at once, byte by byte, never, or too late. */
static void send_rest(struct line *line, const uint8_t *data, size_t size, uint8_t how)
{
	size_t step = (how & 3) == 1 ? 1 : size;

	if ((how & 3) == 2)
		return;
	for (int i = 0; (how & 3) == 3 && i <= how >> 2; i++)
		line_advance(line);
	for (; size > 0; data += step, size -= step) {
		line_send(line, data, step);
		line->now_us += 1000;
		line_dispatch(line);
	}
}

static void round_of(struct line *line, struct fuzz_bytes *bytes)
{
	uint8_t frame[300], cut;
	size_t size, first;

	if (!line_has_request(line)) {
		line_advance(line);
		return;
	}
	size = make_answer(line, bytes, frame);
	cut = fuzz_u8(bytes); /* 0: in one piece */
	first = cut & 0x1f;
	if (first == 0 || first > size)
		first = size;
	line_send(line, frame, first);
	line->now_us += 1000 * (cut & 0x0f);
	line_dispatch(line);
	if (first < size)
		send_rest(line, frame + first, size - first, cut >> 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {.data = data, .size = size};
	struct meter_config config = {
		.model = (enum meter_model)(fuzz_u8(&bytes) % 3),
		.unit = 1,
		.baud_rate = 9600,
		.parity = SERIAL_PARITY_NONE,
		.stop_bits = 1,
		.poll_interval_ms = 250,
		.response_timeout_ms = 200,
		.lost_after_ms = 5000,
	};
	struct line line = {.now_us = 1000000};

	line_make();
	(void)tcflush(slave, TCIOFLUSH);
	(void)tcflush(master, TCIOFLUSH);
	strcpy(config.device, slave_path);
	if (meter_new(&line.meter, &config) < 0)
		return 0;
	/* The rest of the bytes, and then silence: a driver must live with that as well. */
	for (int i = 0, quiet = 0; i < ROUNDS_MAX * 3 && quiet < 6; i++) {
		quiet += bytes.size == 0;
		round_of(&line, &bytes);
	}
	meter_free(line.meter);
	return 0;
}
