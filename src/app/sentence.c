/* SPDX-License-Identifier: MIT */
#include "app/sentence.h"

#include <stdio.h>
#include <string.h>

#include "core/quantity.h"

#define AMPS 16 /* bytes for amps_format() */
#define SPAN 32 /* bytes for timespan_format() */

#define STOPS_COUNTED 20 /* no more of them are told apart, as the regulator does not either */

/* To 0.1 A, as people speak of currents; below that the value is exact in the fields of the log. */
static char *rough_amps(int32_t ma, char buf[AMPS])
{
	return amps_format(amps_round(ma), buf, AMPS);
}

/* Who caps the charge, and for how long. */
static void sentence_cap(const struct situation *s, const char *allowed, char *buf, size_t size)
{
	int64_t left_ms = s->cap->until_us / 1000 - s->now_ms;
	int64_t unit_ms = left_ms < 60000 ? 1000 : 60000;
	char cap[AMPS], least[AMPS], span[SPAN], by[128];

	amps_format(s->cap->ma, cap, sizeof(cap));
	amps_format(s->config->charger.min_ma, least, sizeof(least));
	timespan_format((left_ms + unit_ms - 1) / unit_ms * unit_ms, span, sizeof(span));
	snprintf(by, sizeof(by), "it is capped to %s A by user %s %s%s", cap, s->cap->name,
		s->cap->until_us == CAP_NO_END ? "until that is cleared" : "for another ",
		s->cap->until_us == CAP_NO_END ? "" : span);
	if (s->cap->ma < s->config->charger.min_ma)
		snprintf(buf, size, "Charging is paused: %s, and a car needs %s A", by, least);
	else if (s->decision->allowed_ma == 0)
		snprintf(buf, size, "Charging is paused: %s, and the pause is not over yet", by);
	else
		snprintf(buf, size, "The car may draw %s A: %s", allowed, by);
}

/* A pause that is held. Nobody would expect minutes of it, but for the stops before. */
static void sentence_hold(const struct situation *s, int64_t wait_ms, char *buf, size_t size)
{
	char span[SPAN], stops[48] = "";

	if (wait_ms <= 0) {
		snprintf(buf, size,
			"Charging is paused: there is room for the car, and it goes on now");
		return;
	}
	if (s->stops > 1)
		snprintf(stops, sizeof(stops), ", after %d%s stops in a row",
			s->stops < STOPS_COUNTED ? s->stops : STOPS_COUNTED,
			s->stops < STOPS_COUNTED ? "" : " or more");
	timespan_format((wait_ms + 999) / 1000 * 1000, span, sizeof(span));
	snprintf(buf, size,
		"Charging is paused: there is room for the car, and it goes on if that lasts; at the "
		"earliest in %s%s",
		span, stops);
}

/* What is known of the cause is told as long as it lasts: a fault takes recover_delay to be over. */
static void sentence_held(const struct situation *s, const char *allowed, char *buf, size_t size)
{
	enum fault fault = fault_first(s->decision->faults);
	const char *trouble = "";

	if (fault == FAULT_METER_LOST || fault == FAULT_METER_IMPLAUSIBLE)
		trouble = s->meter_trouble;
	else if (fault == FAULT_DIP_UNREADABLE)
		trouble = s->limit_error;
	else if (fault == FAULT_OUTPUT_FAILED)
		trouble = s->output_error;
	snprintf(buf, size, "The car may draw %s A because of a fault (%s)%s%s", allowed,
		fault_name(fault), trouble[0] ? ". " : "", trouble);
}

char *sentence_decision(const struct situation *s, char *buf, size_t size)
{
	const struct regulator_decision *d = s->decision;
	char allowed[AMPS], load[AMPS], limit[AMPS], least[AMPS], span[SPAN];
	int64_t wait_ms = d->hold_until_ms - s->now_ms;
	int phase = d->phase + 1;

	rough_amps(d->allowed_ma, allowed);
	rough_amps(d->load_ma, load);
	amps_format(s->limit_ma, limit, sizeof(limit));
	amps_format(d->needed_ma, least, sizeof(least));

	switch (d->reason) {
	case REASON_NO_READING:
		snprintf(buf, size, "The car has to wait: the meter has not answered yet");
		break;
	case REASON_SWITCHED_OFF:
		if (d->allowed_ma == 0) {
			timespan_format(wait_ms > 0 ? (wait_ms + 999) / 1000 * 1000 : 0, span,
				sizeof(span));
			snprintf(buf, size,
				"Charging is paused for another %s, as after every pause, although the "
				"power optimizer is switched off by the DIP switches",
				span);
			break;
		}
		snprintf(buf, size,
			"The car may draw %s A: the power optimizer is switched off by the DIP switches",
			allowed);
		break;
	case REASON_NOTHING:
		snprintf(buf, size, "The car may draw %s A: nothing holds it back", allowed);
		break;
	case REASON_MAINS:
		snprintf(buf, size, "The car may draw %s A: phase L%d carries %s A of %s A",
			allowed, phase, load, limit);
		break;
	case REASON_ROOM:
		snprintf(buf, size,
			"The car may draw %s A for now: phase L%d carries %s A of %s A, and there is more "
			"if that lasts",
			allowed, phase, load, limit);
		break;
	case REASON_RIDING:
		snprintf(buf, size,
			"The car may draw %s A, the least: phase L%d is overloaded with %s A of %s A, "
			"which is ridden through for a moment",
			allowed, phase, load, limit);
		break;
	case REASON_NO_ROOM:
		if (d->phase < 0) {
			snprintf(buf, size,
				"Charging is paused: the meter has not said yet what the house takes");
			break;
		}
		snprintf(buf, size,
			"Charging is paused: phase L%d carries %s A of %s A, which "
			"leaves less than the %s A that are needed to go on",
			phase, load, limit, least);
		break;
	case REASON_HOLD:
		sentence_hold(s, wait_ms, buf, size);
		break;
	case REASON_CAP:
		sentence_cap(s, allowed, buf, size);
		break;
	case REASON_FAULT:
		sentence_held(s, allowed, buf, size);
		break;
	}
	return buf;
}

/* The first phase without voltage among those that the charger uses, 1 to 3. */
static int absent_phase(const struct situation *s)
{
	const struct phase_map *map = &s->config->charger.phases;

	for (int i = 0; i < map->count; i++)
		if (s->meter->absent_phases & 1u << map->mains[i] ||
			map->mains[i] >= s->meter->phases)
			return map->mains[i] + 1;
	for (int i = 0; i < PHASES_MAX; i++)
		if (s->meter->absent_phases & 1u << i)
			return i + 1;
	return 1;
}

char *sentence_fault(const struct situation *s, enum fault fault, char *buf, size_t size)
{
	const struct runaway *runaway = s->decision->runaway;
	char span[SPAN], load[AMPS], limit[AMPS];

	timespan_format(s->config->meter.lost_after_ms, span, sizeof(span));
	switch (fault) {
	case FAULT_METER_LOST:
		snprintf(buf, size, "The meter is lost, no reading for %s. %s", span,
			s->meter_trouble[0] ? s->meter_trouble
					    : "Check its power and the RS485 line");
		break;
	case FAULT_METER_IMPLAUSIBLE:
		if (s->decision->meter_frozen) {
			snprintf(buf, size,
				"The meter stands still: the charger says that its current changed, and "
				"no phase shows it. Check that the charger is behind this meter; "
				"if it is, switch the meter off and on, or return it");
			break;
		}
		snprintf(buf, size, "The meter's readings cannot be true, for %s. %s", span,
			s->meter_trouble[0] ? s->meter_trouble : "Check the power on its phases");
		break;
	case FAULT_METER_SELFTEST:
		snprintf(buf, size,
			"The meter reports an internal error (register 0x4015 = 0x%04X): look at its "
			"display (S and five digits, or Err 01, Err 02); if it stays, return the meter",
			(unsigned int)s->meter->error_register & 0xffffu);
		break;
	case FAULT_METER_UNKNOWN:
		snprintf(buf, size,
			"What answers on %s has none of the Klefr's current registers: is it a Klefr 6924 or "
			"6934, and is [meter] unit its address?",
			s->config->meter.device);
		break;
	case FAULT_METER_REVERSED:
		snprintf(buf, size,
			"The meter's reading falls when the car draws more: it is wired backwards; "
			"exchange its incoming and outgoing side, or set [mains] export = no");
		break;
	case FAULT_PHASE_MISSING:
		if (absent_phase(s) > s->meter->phases) {
			snprintf(buf, size,
				"The charger uses phase L%d, but the meter has one phase only: correct "
				"[charger] phases, or [meter] model",
				absent_phase(s));
			break;
		}
		snprintf(buf, size,
			"Phase L%d, which the charger uses, has no voltage at the meter: check the fuse and "
			"the wiring of that phase, and [charger] phases",
			absent_phase(s));
		break;
	case FAULT_DIP_UNREADABLE:
		snprintf(buf, size,
			"The mains limit is not known. %s; or set [mains] limit to the rating of the main "
			"switch",
			s->limit_error);
		break;
	case FAULT_OUTPUT_FAILED:
		snprintf(buf, size, "The charger cannot be told what it may draw. %s",
			s->output_error);
		break;
	case FAULT_CHARGER_RUNAWAY:
		timespan_format(
			(s->now_ms - runaway->stopped_ms) / 1000 * 1000, span, sizeof(span));
		snprintf(buf, size,
			"The charger does not obey: it was told to stop %s ago, and phase L%d still "
			"carries %s A (limit %s A); switch it off and check the line between gateway "
			"and charger",
			span, runaway->phase + 1, rough_amps(runaway->load_ma, load),
			amps_format(s->limit_ma, limit, sizeof(limit)));
		break;
	case FAULT_LOOP_STALLED:
		snprintf(buf, size,
			"The daemon did not run for more than %s (a suspend, or an overloaded machine): "
			"it waits for new readings; if this comes again, look for what takes the "
			"processor",
			span);
		break;
	case FAULT_COUNT:
	case FAULT_INVALID:
		buf[0] = '\0';
		break;
	}
	return buf;
}

char *sentence_meter(const struct meter_status *meter, char *buf, size_t size)
{
	static const char *const parities[] = {"?", "even", "none", "odd"};
	const char *model = meter->phases == 1 ? "Klefr 6924 (one phase)"
					       : "Klefr 6934 (three phases)";
	size_t used;

	if (meter->model == METER_MODEL_AUTO)
		model = "a meter of unknown model, taken for three phases";
	used = (size_t)snprintf(buf, size, "The meter is %s", model);
	if (meter->serial[0] && used < size)
		used += (size_t)snprintf(
			buf + used, size - used, ", serial number %s", meter->serial);
	if (meter->meter_code >= 0 && used < size)
		used += (size_t)snprintf(
			buf + used, size - used, ", code 0x%04X", (unsigned int)meter->meter_code);
	if (meter->software >= 0 && used < size)
		used += (size_t)snprintf(buf + used, size - used, ", software %d.%02d",
			meter->software / 100, meter->software % 100);
	if (meter->rated_ma > 0 && used < size)
		used += (size_t)snprintf(
			buf + used, size - used, ", rated %d A", meter->rated_ma / 1000);
	if (meter->parity >= 1 && meter->parity <= 3 && used < size)
		used += (size_t)snprintf(
			buf + used, size - used, ", parity %s", parities[meter->parity]);
	if (meter->error_register >= 0 && used < size)
		(void)snprintf(buf + used, size - used, ", error register 0x%04X",
			(unsigned int)meter->error_register);
	return buf;
}
