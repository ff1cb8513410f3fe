/* SPDX-License-Identifier: MIT */
#include "sim/sim_meter.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/prng.h"
#include "sim/pty_line.h"

#define TICK_US	  (50 * UINT64_C(1000))
#define WIRE_MAX  4096
#define INPUT_MAX (2 * RTU_FRAME_MAX)

/* Shorter silences than this cannot be told from a busy machine. */
#define SILENCE_MIN_US (10 * UINT64_C(1000))

#define HANGUPS_ON_REQUEST                                                                         \
	(SIM_FAULT_BIT(SIM_FAULT_HANGUP_ASKED) | SIM_FAULT_BIT(SIM_FAULT_HANGUP_HALFWAY))

struct sim_meter {
	struct sim_meter_config config;
	sd_event *event;
	struct pty_line *line;
	struct sim_registers registers;
	int64_t begin_us, measured_ms;
	bool unplugged; /* in the middle of a transaction, until the fault ends */

	uint8_t input[INPUT_MAX];
	size_t input_n;
	sd_event_source *silence_timer;

	/* Each byte under way has its own time to arrive, in ascending order. */
	struct wire_byte {
		uint64_t due_us;
		uint8_t byte;
	} wire[WIRE_MAX];
	size_t wire_n;
	sd_event_source *wire_timer;

	sd_event_source *tick;
};

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static int64_t now_ms(const struct sim_meter *meter)
{
	return ((int64_t)now_us() - meter->begin_us) / 1000;
}

uint32_t sim_meter_faults(const struct sim_meter *meter)
{
	return sim_faults_at(&meter->config.faults, now_ms(meter));
}

/* Quiet mains: slow swings of the voltage with a little noise on them, as at any socket. */
static void measure(struct sim_meter *meter)
{
	int64_t now = now_ms(meter);
	double t_s = (double)now / 1000;

	sim_registers_elapse(&meter->registers, now - meter->measured_ms);
	meter->measured_ms = now;
	if (sim_meter_faults(meter) & SIM_FAULT_BIT(SIM_FAULT_FROZEN))
		return;

	for (int p = 0; p < sim_model_phases(meter->config.model); p++) {
		double noise = prng_below(&meter->config.seed, 31) / 100.0 - 0.15;

		meter->registers.values.volts[p] = 230 + 1.1 * sin(t_s / 37 + 2.1 * p) + noise;
	}
	meter->registers.values.hertz = 50 + 0.02 * sin(t_s / 11);
	meter->config.measure(meter->config.userdata, now, &meter->registers.values);
}

static void wire_rearm(struct sim_meter *meter)
{
	if (meter->wire_n == 0)
		return;
	(void)sd_event_source_set_time(meter->wire_timer, meter->wire[0].due_us);
	(void)sd_event_source_set_enabled(meter->wire_timer, SD_EVENT_ONESHOT);
}

static void wire_deliver(struct sim_meter *meter)
{
	uint64_t now = now_us();
	uint8_t bytes[WIRE_MAX];
	size_t n = 0;

	while (n < meter->wire_n && meter->wire[n].due_us <= now) {
		bytes[n] = meter->wire[n].byte;
		n++;
	}
	if (n > 0 && meter->line)
		pty_line_write(meter->line, bytes, n);
	meter->wire_n -= n;
	memmove(meter->wire, meter->wire + n, meter->wire_n * sizeof(meter->wire[0]));
	wire_rearm(meter);
}

/* Put bytes on the wire from a time on, behind what is there already; what overflows is lost. */
static void wire_put(struct sim_meter *meter, uint64_t begin_us, const uint8_t *bytes, size_t n)
{
	uint64_t each_us = meter->config.pace ? rtu_characters_us(meter->config.baud_rate, 1) : 0;

	if (sim_meter_faults(meter) & SIM_FAULT_BIT(SIM_FAULT_BYTEWISE))
		each_us = SIM_BYTEWISE_US;
	if (meter->wire_n > 0 && meter->wire[meter->wire_n - 1].due_us > begin_us)
		begin_us = meter->wire[meter->wire_n - 1].due_us;
	for (size_t i = 0; i < n && meter->wire_n < WIRE_MAX; i++) {
		begin_us += each_us;
		meter->wire[meter->wire_n++] = (struct wire_byte){begin_us, bytes[i]};
	}
	wire_deliver(meter);
}

static size_t answer_build(
	struct sim_meter *meter, uint32_t faults, const uint8_t *request, uint8_t *ret)
{
	struct sim_registers registers;
	uint16_t values[RTU_REGISTERS_MAX];
	unsigned int count = (unsigned int)request[4] << 8 | request[5];
	int code;

	if (request[1] != RTU_READ_HOLDING_REGISTERS)
		return rtu_answer_exception(ret, request[0], request[1], RTU_ILLEGAL_FUNCTION);
	if (faults & SIM_FAULT_BIT(SIM_FAULT_EXCEPTION))
		return rtu_answer_exception(
			ret, request[0], request[1], (uint8_t)meter->config.exception);

	measure(meter);
	registers = meter->registers;
	sim_faults_distort(faults, &registers, &meter->config.seed);
	code = sim_registers_read(
		&registers, (uint16_t)(request[2] << 8 | request[3]), count, values);
	if (code != 0)
		return rtu_answer_exception(ret, request[0], request[1], (uint8_t)code);
	sim_faults_swap(faults, values, count);
	return rtu_answer_registers(ret, request[0], values, count);
}

static void request_handle(struct sim_meter *meter, const uint8_t *request, size_t n)
{
	uint32_t faults = sim_meter_faults(meter);
	uint64_t begin_us = now_us();
	uint8_t answer[RTU_FRAME_MAX], line[SIM_FAULT_LINE_MAX];
	size_t length;

	if (faults & SIM_FAULT_BIT(SIM_FAULT_ECHO))
		wire_put(meter, begin_us, request, n);
	if (request[0] != meter->config.unit)
		return;

	if (meter->config.pace)
		begin_us += rtu_characters_us(meter->config.baud_rate, n) +
			    rtu_silence_us(meter->config.baud_rate);
	if (faults & SIM_FAULT_BIT(SIM_FAULT_LATE))
		begin_us += (uint64_t)meter->config.late_ms * 1000;
	length = answer_build(meter, faults, request, answer);
	length = sim_faults_mangle(faults, answer, length, line, &meter->config.seed);
	wire_put(meter, begin_us, line, length);
	if (faults & HANGUPS_ON_REQUEST) {
		/* Not here, where the line is being read: by the tick, which is next. */
		meter->unplugged = true;
		(void)sd_event_source_set_time(meter->tick, now_us());
	}
}

static void input_search(struct sim_meter *meter, bool silence)
{
	size_t begin, length;

	while ((length = rtu_request_find(meter->input, meter->input_n, silence, &begin)) > 0) {
		request_handle(meter, meter->input + begin, length);
		meter->input_n -= begin + length;
		memmove(meter->input, meter->input + begin + length, meter->input_n);
	}
	if (silence)
		meter->input_n = 0;
}

static void on_input(void *userdata)
{
	struct sim_meter *meter = userdata;
	uint64_t silence_us = rtu_silence_us(meter->config.baud_rate);
	int n;

	for (;;) {
		if (meter->input_n == INPUT_MAX) /* rubbish without a pause */
			meter->input_n = 0;
		n = pty_line_read(
			meter->line, meter->input + meter->input_n, INPUT_MAX - meter->input_n);
		if (n <= 0)
			break;
		meter->input_n += (size_t)n;
		input_search(meter, false);
	}
	if (silence_us < SILENCE_MIN_US)
		silence_us = SILENCE_MIN_US;
	(void)sd_event_source_set_time(meter->silence_timer, now_us() + silence_us);
	(void)sd_event_source_set_enabled(meter->silence_timer, SD_EVENT_ONESHOT);
}

static int on_silence(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	input_search(userdata, true);
	return 0;
}

static int on_wire(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	wire_deliver(userdata);
	return 0;
}

static int line_open(struct sim_meter *meter)
{
	meter->input_n = meter->wire_n = 0;
	return pty_line_new(&meter->line, meter->event, meter->config.link, on_input, meter);
}

static void line_follow(struct sim_meter *meter)
{
	uint32_t faults = sim_meter_faults(meter);
	bool gone;
	int r;

	meter->unplugged = meter->unplugged && faults & HANGUPS_ON_REQUEST;
	gone = meter->unplugged || faults & SIM_FAULT_BIT(SIM_FAULT_HANGUP);
	if (gone && meter->line) {
		meter->line = pty_line_free(meter->line);
		meter->config.line_changed(meter->config.userdata, NULL, 0);
	} else if (meter->line && pty_line_is_locked(meter->line)) {
		meter->line = pty_line_free(meter->line); /* a new one on the next tick */
	} else if (!gone && !meter->line) {
		r = line_open(meter);
		meter->config.line_changed(meter->config.userdata, sim_meter_path(meter), r);
	}
}

/* On a line that is idle, as far as the meter knows: the next request may be on its way. */
static void disturb_line(struct sim_meter *meter)
{
	uint8_t noise[SIM_NOISE_MAX];

	if (meter->line && sim_meter_faults(meter) & SIM_FAULT_BIT(SIM_FAULT_NOISE_BETWEEN))
		wire_put(meter, now_us(), noise, sim_faults_noise(noise, &meter->config.seed));
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct sim_meter *meter = userdata;

	line_follow(meter);
	disturb_line(meter);
	measure(meter);
	(void)sd_event_source_set_time(source, usec + TICK_US);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static int timers_add(struct sim_meter *meter)
{
	int r;

	r = sd_event_add_time(
		meter->event, &meter->silence_timer, CLOCK_MONOTONIC, 0, 1, on_silence, meter);
	if (r >= 0)
		r = sd_event_source_set_enabled(meter->silence_timer, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time(
			meter->event, &meter->wire_timer, CLOCK_MONOTONIC, 0, 1, on_wire, meter);
	if (r >= 0)
		r = sd_event_source_set_enabled(meter->wire_timer, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time(meter->event, &meter->tick, CLOCK_MONOTONIC, now_us(), 1000,
			on_tick, meter);
	return r;
}

int sim_meter_new(struct sim_meter **ret, sd_event *event, const struct sim_meter_config *config)
{
	struct sim_meter *meter = calloc(1, sizeof(*meter));
	int r;

	if (!meter)
		return -ENOMEM;
	meter->config = *config;
	meter->event = sd_event_ref(event);
	sim_registers_init(&meter->registers, config->model);
	meter->registers.unit = config->unit;
	meter->registers.baud_rate = config->baud_rate;
	meter->begin_us = (int64_t)now_us();
	measure(meter);

	r = timers_add(meter);
	if (r >= 0)
		r = line_open(meter);
	if (r < 0) {
		sim_meter_free(meter);
		return r;
	}
	*ret = meter;
	return 0;
}

struct sim_meter *sim_meter_free(struct sim_meter *meter)
{
	if (!meter)
		return NULL;
	pty_line_free(meter->line);
	sd_event_source_unref(meter->tick);
	sd_event_source_unref(meter->wire_timer);
	sd_event_source_unref(meter->silence_timer);
	sd_event_unref(meter->event);
	free(meter);
	return NULL;
}

const char *sim_meter_path(const struct sim_meter *meter)
{
	return meter->line ? pty_line_path(meter->line) : NULL;
}

void sim_meter_force(struct sim_meter *meter, enum sim_fault fault, bool on)
{
	sim_faults_force(&meter->config.faults, fault, on);
}

void sim_meter_late(struct sim_meter *meter, int64_t late_ms)
{
	meter->config.late_ms = late_ms;
}

void sim_meter_exception(struct sim_meter *meter, int code)
{
	meter->config.exception = code;
}

void sim_meter_error_register(struct sim_meter *meter, uint16_t value)
{
	meter->registers.error_register = value;
}
