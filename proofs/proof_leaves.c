/* SPDX-License-Identifier: MIT */
/*
 * The small functions of core: nothing is undefined for any argument that their headers allow, and
 * their results are in the ranges that the headers state. Texts are of any bytes, up to a length.
 */
#include <math.h>

#include "core/can_codec.h"
#include "core/dip.h"
#include "core/event.h"
#include "core/fault.h"
#include "core/klefr.h"
#include "core/meter_watch.h"
#include "core/pilot.h"
#include "core/quantity.h"
#include "core/text.h"
#include "core/witness.h"
#include "model.h"

/* All texts of up to so many bytes; each of them in a buffer of its very size. */
#define TEXT_BYTES 5

static const char *any_text(char text[TEXT_BYTES + 1])
{
	text[TEXT_BYTES] = '\0';
	return text;
}

/* Of the C library, which CBMC has no body of. */
size_t strspn(const char *text, const char *accepted)
{
	size_t n = 0;

	for (; text[n] && strchr(accepted, text[n]); n++)
		;
	return n;
}

void proof_timespan_parse(void)
{
	char text[TEXT_BYTES + 1];
	int64_t ms = -7;
	int r = timespan_parse(any_text(text), &ms);

	prove(r <= 0);
	prove(r == 0 ? is_within(ms, 0, INT32_MAX) : ms == -7);
	reachable();
}

void proof_amps_parse(void)
{
	char text[TEXT_BYTES + 1];
	int32_t ma = -7;
	int r = amps_parse(any_text(text), &ma);

	prove(r <= 0);
	prove(r == 0 ? ma >= 0 : ma == -7);
	reachable();
}

void proof_amps_format(void)
{
	char buf[16];

	prove(amps_format(nondet_int32(), buf, sizeof(buf)) == buf);
	reachable();
}

void proof_timespan_format(void)
{
	char buf[32];

	prove(timespan_format(nondet_int64(), buf, sizeof(buf)) == buf);
	reachable();
}

void proof_text_flaw(void)
{
	char text[TEXT_BYTES];
	size_t len = nondet_size(), at = 99;
	enum text_flaw flaw;

	assume(len <= sizeof(text));
	flaw = text_flaw(text, len, &at);
	prove(flaw == TEXT_GOOD ? at == 99 : at < len);
	reachable();
}

void proof_klefr_current(void)
{
	uint16_t registers[2];
	int32_t rated_ma = nondet_int32(), ma;
	float amps = klefr_float(registers);
	enum reading_quality quality;

	assume(is_within(rated_ma, 0, 65535000));
	quality = klefr_current(registers, rated_ma, &ma);
	prove(quality != READING_GOOD || is_within(ma, -GOOD_MOST_MA, GOOD_MOST_MA));
	prove(is_within(ma, -READING_MOST_MA - 1, READING_MOST_MA + 1));
	prove((quality == READING_INVALID) == !isfinite(amps));
	prove(quality != READING_INVALID || ma == 0);
	prove(fabsf(amps) >= 1.17549435e-38f || !isfinite(amps) || ma == 0); /* -0, subnormal */
	reachable();
}

void proof_klefr_voltage(void)
{
	uint16_t registers[2];
	int32_t mv = -7;
	int r = klefr_voltage(registers, &mv);

	prove(r == 0 ? is_within(mv, 0, 1000000) : mv == -7);
	reachable();
}

void proof_can_status(void)
{
	uint8_t data[CAN_CODEC_BYTES];
	size_t length = nondet_size();
	struct charger_feedback feedback;
	int alive = nondet_int(), before = alive;
	int64_t now_ms = nondet_int64();
	int r = can_status_decode(nondet_uint16(), data, length, &alive, now_ms, &feedback);

	prove(r == 0 || alive == before);
	prove(r != 0 || (length == 8 && alive != before && is_within(alive, 0, 14)));
	prove(r != 0 || (is_within(feedback.pilot_state, 0, 5) && feedback.at_ms == now_ms));
	for (int i = 0; i < CHARGER_PHASES_MAX; i++)
		prove(r != 0 || is_within(feedback.drawn_ma[i], -1, DRAWN_MOST_MA));
	reachable();
}

void proof_can_command(void)
{
	struct can_command command;
	uint8_t data[CAN_CODEC_BYTES];

	assume(is_within(command.state, REGULATOR_STARTING, REGULATOR_FAILSAFE));
	assume(is_within(command.alive, 0, 14));
	can_command_encode(&command, nondet_uint16(), data);
	prove(command.allowed_ma < 0 || (data[2] | data[3] << 8) * 100 <= command.allowed_ma);
	prove(command.allowed_ma > 0 || (data[2] == 0 && data[3] == 0));
	reachable();
}

void proof_pilot(void)
{
	int32_t allowed_ma = nondet_int32();
	int64_t period_ns = nondet_int64(), duty_ns;

	assume(is_within(period_ns, 1, 1000000000));
	duty_ns = pilot_duty_ns(allowed_ma, period_ns);
	prove(is_within(duty_ns, 0, period_ns));
	reachable();
}

void proof_dip(void)
{
	struct dip_filter_config config = {.all_off_is_fault = any_bool()};
	struct dip_filter filter;
	int setting = nondet_int();
	int64_t now_ms = nondet_int64();

	config.debounce_ms = nondet_int64();
	filter.loose = any_bool();
	assume(is_within(config.debounce_ms, 0, 5000));
	assume(is_within(setting, 0, DIP_SETTINGS - 1) && is_within(now_ms, 0, TIME_MAX_MS));
	assume(is_within(filter.in_force, DIP_NONE, DIP_SETTINGS - 1));
	assume(is_within(filter.reference, DIP_NONE, DIP_SETTINGS - 1));
	assume(is_within(filter.seen, DIP_NONE, DIP_SETTINGS - 1));
	assume(is_within(filter.since_ms, 0, now_ms) && is_within(filter.looked_ms, 0, now_ms));
	(void)dip_filter_step(&filter, &config, setting, now_ms);
	prove(is_within(filter.in_force, DIP_NONE, DIP_SETTINGS - 1));
	prove(is_within(filter.reference, DIP_NONE, DIP_SETTINGS - 1));
	prove(filter.in_force == DIP_NONE || dip_limit_ma(filter.in_force) >= 0);
	prove(is_within(filter.since_ms, 0, now_ms) && filter.looked_ms == now_ms);
	reachable();
}

void proof_meter_watch(void)
{
	struct meter_watch watch;
	struct reading reading;
	int32_t voltage_mv[PHASES_MAX];

	watch.voltages_known = any_bool();
	assume(is_within(watch.voltage_phases, 0, PHASES_MAX));
	assume(is_within(watch.error_reads, 0, SELFTEST_READS));
	assume(is_within(reading.phases, 1, PHASES_MAX));
	if (any_bool())
		meter_watch_voltages(&watch, any_bool() ? 1 : 3, voltage_mv);
	meter_watch_error_register(&watch, nondet_uint16());
	prove(is_within(watch.error_reads, 0, SELFTEST_READS));
	(void)meter_watch_quality(&watch, &reading);
	prove(meter_watch_absent(&watch) <= 0x7);
	(void)meter_watch_selftest_failed(&watch);
	reachable();
}

void proof_names(void)
{
	int any = nondet_int();

	prove(!fault_name((enum fault)any) == !is_within(any, 0, FAULT_COUNT - 1));
	prove(!event_name((enum event)any) == !is_within(any, 0, EVENT_COUNT - 1));
	prove(!event_id((enum event)any) == !is_within(any, 0, EVENT_COUNT - 1));
	prove(fault_first(nondet_uint32()) < FAULT_COUNT);
	if (is_within(any, REGULATOR_STARTING, REGULATOR_FAILSAFE))
		prove(event_name(event_of_state((enum regulator_state)any)) != NULL &&
			regulator_state_name((enum regulator_state)any) != NULL);
	if (is_within(any, 0, FAULT_COUNT - 1))
		prove(event_name(event_of_fault((enum fault)any)) != NULL);
	reachable();
}

static bool is_witness_valid(const struct witness *w, int64_t now_ms)
{
	bool valid = is_within(w->since_ms, 0, now_ms) && is_within(w->before_ms, -1, now_ms) &&
		     is_within(w->moved_ms, 0, now_ms) && is_within(w->backwards, 0, 2);

	for (int i = 0; i < PHASES_MAX; i++)
		valid = valid && is_within(w->drawn_ma[i], -1, DRAWN_MOST_MA) &&
			is_within(w->before_drawn_ma[i], -1, DRAWN_MOST_MA) &&
			is_within(w->before_ma[i], -GOOD_MOST_MA, GOOD_MOST_MA) &&
			is_within(w->frozen_ma[i], -GOOD_MOST_MA, GOOD_MOST_MA);
	return valid;
}

/* Its own invariant, kept from witness_init() on. */
void proof_witness(void)
{
	struct witness witness;
	int32_t current_ma[PHASES_MAX], drawn_ma[PHASES_MAX];
	int64_t settle_ms = nondet_int64(), before_ms = nondet_int64(), now_ms = nondet_int64();

	assume(is_within(settle_ms, 0, SETTLE_MOST_MS) && is_within(now_ms, 0, TIME_MAX_MS));
	assume(is_within(before_ms, 0, now_ms));
	for (int i = 0; i < PHASES_MAX; i++) {
		assume(is_within(current_ma[i], -GOOD_MOST_MA, GOOD_MOST_MA));
		assume(is_within(drawn_ma[i], -1, DRAWN_MOST_MA));
	}
	witness_init(&witness);
	prove(is_witness_valid(&witness, before_ms));
	if (any_bool()) {
		struct witness any;

		any.valid = any_bool();
		any.judged = any_bool();
		any.frozen = any_bool();
		assume(is_witness_valid(&any, before_ms));
		witness = any;
	}
	witness_step(&witness, current_ma, any_bool() ? drawn_ma : NULL, settle_ms, now_ms);
	prove(is_witness_valid(&witness, now_ms));
	(void)witness_faults(&witness, any_bool());
	reachable();
}
