/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/boottime.h"
#include "core/quantity.h"
#include "ctl/car_judge.h"
#include "ctl/commission.h"
#include "ctl/status.h"

/* A daemon that pauses holds that, up to ten minutes after several pauses (invariant S6). */
#define HOLD_MAX_MS INT64_C(660000)

/* How long a car may take to stop: IEC 61851-1 gives it 3 s, and the meter may be a second late. */
#define STOP_MS INT64_C(15000)

/* Our caps outlive us by this much at most. */
#define CAP_SPARE_MS INT64_C(30000)

struct window {
	int64_t since_us;
	int count;
	int64_t sum_ma[PHASES_MAX];
	int32_t low_ma[PHASES_MAX], high_ma[PHASES_MAX];
	int32_t mean_ma[PHASES_MAX];
};

static void window_begin(struct window *window)
{
	memset(window, 0, sizeof(*window));
	window->since_us = boottime_us();
}

static void window_add(struct window *window, const struct optimizer_status *s)
{
	window->count++;
	for (int i = 0; i < s->phases && i < PHASES_MAX; i++) {
		int32_t ma = s->current_ma[i];

		window->sum_ma[i] += ma;
		window->mean_ma[i] = (int32_t)(window->sum_ma[i] / window->count);
		if (window->count == 1 || ma < window->low_ma[i])
			window->low_ma[i] = ma;
		if (window->count == 1 || ma > window->high_ma[i])
			window->high_ma[i] = ma;
	}
}

static bool window_is_calm(const struct window *window, int phases, int32_t within_ma)
{
	for (int i = 0; i < phases && i < PHASES_MAX; i++)
		if (window->high_ma[i] - window->low_ma[i] > within_ma)
			return false;
	return window->count > 1;
}

/* As long as a change needs to be seen, by the daemon's own measure. */
static int64_t window_ms(const struct commission *c)
{
	return c->config.regulator.settle_ms > 400 ? c->config.regulator.settle_ms : 400;
}

/* A look at the daemon a few times in a window. Its sentence is told when it changes. */
static int look(struct commission *c)
{
	char before[OPTIMIZER_TEXT_MAX];
	int r;

	r = wait_until(&c->wait, boottime_us() + window_ms(c) * 1000 / 8);
	if (r < 0)
		return r;
	snprintf(before, sizeof(before), "%s", c->status.reason);
	r = optimizer_read(c->optimizer, &c->status);
	if (r == 0 && !status_same_words(before, c->status.reason)) {
		printf("   ... %s\n", c->status.reason);
		fflush(stdout);
	}
	return r;
}

static int cap(struct commission *c, int32_t ma, int64_t for_ms)
{
	int r = optimizer_set_cap(
		c->optimizer, (uint32_t)ma, (uint64_t)(for_ms + CAP_SPARE_MS) * 1000);

	if (r == 0)
		c->capped = true;
	return r;
}

/* Until this much is allowed. Returns 1, 0 when the time is over, or a negative errno. */
static int await_allowed(struct commission *c, int32_t ma, int64_t for_ms)
{
	int64_t until_us = boottime_us() + for_ms * 1000;
	int r;

	while (boottime_us() < until_us) {
		r = look(c);
		if (r < 0)
			return r;
		if (c->status.allowed_ma == ma)
			return 1;
	}
	return 0;
}

/* Cap it to this for so long. Returns 0 once it is allowed, 1 if the step failed, or a negative errno. */
static int allow(struct commission *c, struct commission_step *step, int32_t ma, int64_t for_ms,
	int64_t within_ms)
{
	int r = cap(c, ma, for_ms);

	if (r == 0)
		r = await_allowed(c, ma, within_ms);
	if (r != 0)
		return r < 0 ? r : 0;
	commission_seen(step, "%.1f A are allowed", (double)c->status.allowed_ma / 1000);
	commission_end(step, COMMISSION_FAILED, "%s", c->status.reason);
	return 1;
}

/* Until the currents have been calm for a window, or the time is over; then that window counts. */
static int await_calm(struct commission *c, int64_t for_ms, struct window *ret)
{
	int32_t within_ma = car_threshold_ma(c->config.charger.min_ma) / 2;
	int64_t until_us = boottime_us() + for_ms * 1000;
	int r;

	window_begin(ret);
	for (;;) {
		int64_t now_us;

		r = look(c);
		if (r < 0)
			return r;
		window_add(ret, &c->status);
		now_us = boottime_us();
		if (now_us - ret->since_us < window_ms(c) * 1000)
			continue;
		if (window_is_calm(ret, c->status.phases, within_ma) || now_us > until_us)
			return 0;
		window_begin(ret);
	}
}

/* Until something moves, and is calm again. Returns what it was; CAR_NOTHING when time is over. */
static int await_move(struct commission *c, const struct window *before, int direction,
	int64_t for_ms, struct window *ret_after, struct car_verdict *ret)
{
	int32_t threshold_ma = car_threshold_ma(c->config.charger.min_ma);
	int64_t until_us = boottime_us() + for_ms * 1000;
	uint8_t charger = 0;
	int r;

	for (int i = 0; i < c->config.charger.phases.count; i++)
		charger |= (uint8_t)(1u << c->config.charger.phases.mains[i]);
	if (charger == 0)
		charger = (uint8_t)((1u << c->status.phases) - 1);
	do {
		r = await_calm(c, 3 * window_ms(c), ret_after);
		if (r < 0)
			return r;
		*ret = car_judge(before->mean_ma, ret_after->mean_ma, c->status.phases, direction,
			charger, threshold_ma);
	} while (ret->finding == CAR_NOTHING && boottime_us() < until_us);
	return 0;
}

/* "L1, L2 and L3" */
static const char *phases_text(uint8_t mask, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (int i = 0; i < PHASES_MAX && n < size; i++)
		if (mask & 1u << i)
			n += (size_t)snprintf(buf + n, size - n, "%sL%d",
				n == 0		  ? ""
				: mask >> (i + 1) ? ", "
						  : " and ",
				i + 1);
	return buf;
}

static void moves_text(
	const struct window *before, const struct window *after, int phases, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (int i = 0; i < phases && i < PHASES_MAX && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%sL%d %.1f A to %.1f A", i ? ", " : "",
			i + 1, amps_round(before->mean_ma[i]) / 1000.0,
			amps_round(after->mean_ma[i]) / 1000.0);
}

/* What to do when the currents did not rise as they should. */
static void end_rise(
	struct commission *c, struct commission_step *step, const struct car_verdict *verdict)
{
	char moved[32];

	phases_text(verdict->moved, moved, sizeof(moved));
	switch (verdict->finding) {
	case CAR_ALL:
		commission_end(step, COMMISSION_PASSED, NULL);
		return;
	case CAR_SOME:
		commission_end(step, COMMISSION_PASSED,
			"This car charges on %s only: the other phases of the charger were not seen",
			moved);
		return;
	case CAR_OTHER_PHASE:
		commission_end(step, COMMISSION_FAILED,
			"The car draws on %s, which is not what [charger] phases says: correct it, or the "
			"wiring of the charger; a large load of the house that was switched on now looks "
			"the same, then repeat this",
			moved);
		return;
	case CAR_BACKWARDS:
		commission_end(step, COMMISSION_FAILED,
			"The meter's reading falls when the car draws: exchange its incoming and outgoing "
			"side");
		return;
	case CAR_NOTHING:
		break;
	}
	if (c->status.charger_ma >= car_threshold_ma(c->config.charger.min_ma))
		commission_end(step, COMMISSION_FAILED,
			"The charger says that the car draws %.1f A, and the meter does not see it: the "
			"meter must sit behind the main switch and before the charger",
			(double)c->status.charger_ma / 1000);
	else
		commission_end(step, COMMISSION_FAILED,
			"Is the car plugged in, not full, and without a timer? If its display says that it "
			"charges, the meter does not see the charger: it must sit behind the main switch "
			"and before the charger");
}

/* The car is stopped, so that the house alone is on the meter. */
static int stop_first(struct commission *c, struct window *ret_house)
{
	struct commission_step *step;
	char text[96];
	int r;

	step = commission_begin(
		c, "Car is stopped", "nothing is allowed, and the currents are calm");
	r = allow(c, step, 0, 2 * STOP_MS + 8 * window_ms(c), STOP_MS);
	if (r != 0)
		return r;
	r = await_calm(c, STOP_MS + 4 * window_ms(c), ret_house);
	if (r < 0)
		return r;
	status_currents_text(ret_house->mean_ma, c->status.phases, text, sizeof(text));
	commission_seen(step, "0 A allowed; %s", text);
	commission_end(step, COMMISSION_PASSED, NULL);
	return 0;
}

static int charge(struct commission *c, const struct window *house, struct window *ret_charging,
	struct car_verdict *ret)
{
	int64_t hold_ms = c->config.regulator.resume_delay_ms;
	int32_t min_ma = c->config.charger.min_ma;
	struct commission_step *step;
	char text[256], amps[16], span[32];
	int r;

	step = commission_begin(c, "Car charges",
		"the phases of the charger rise at the meter when the car may draw %s A",
		amps_format(min_ma, amps, sizeof(amps)));
	if (hold_ms > 0)
		printf("   A pause is held for %s before the car may go on.\n",
			timespan_format(hold_ms, span, sizeof(span)));
	fflush(stdout);
	r = allow(c, step, min_ma, HOLD_MAX_MS + c->patience_ms, HOLD_MAX_MS);
	if (r != 0)
		return r;
	r = await_move(c, house, 1, c->patience_ms, ret_charging, ret);
	if (r < 0)
		return r;
	moves_text(house, ret_charging, c->status.phases, text, sizeof(text));
	commission_seen(step, "%s", text);
	end_rise(c, step, ret);
	return ret->moved == 0;
}

static int stop_again(
	struct commission *c, const struct window *charging, const struct car_verdict *rose)
{
	struct commission_step *step;
	struct car_verdict fell;
	struct window house;
	char text[256], phases[32];
	int r;

	step = commission_begin(c, "Car stops",
		"the current of %s falls again at the meter when nothing is allowed",
		phases_text(rose->moved, phases, sizeof(phases)));
	r = cap(c, 0, 2 * STOP_MS + 8 * window_ms(c));
	if (r == 0)
		r = await_allowed(c, 0, STOP_MS);
	if (r < 0)
		return r;
	r = await_move(c, charging, -1, STOP_MS, &house, &fell);
	if (r < 0)
		return r;
	moves_text(charging, &house, c->status.phases, text, sizeof(text));
	commission_seen(step, "%s", text);
	if ((fell.moved & rose->moved) == rose->moved)
		commission_end(step, COMMISSION_PASSED, NULL);
	else
		commission_end(step, COMMISSION_FAILED,
			"The car did not stop: check the line between gateway and charger, and [charger] "
			"output. If it was a load of the house that rose before, repeat this");
	return 0;
}

/* Why the car cannot be tested, or NULL. */
static const char *obstacle(const struct commission *c)
{
	if (c->no_car)
		return "--no-car";
	if (c->config.charger.output == OUTPUT_NONE)
		return "no output is configured: set [charger] output";
	if (c->status.cap_ma >= 0)
		return "a cap is in force already: take it away with poweroptctl uncap";
	if (c->status.fault_count > 0)
		return "there is a fault: see poweroptctl status";
	if (strcmp(c->status.state, "disabled") == 0)
		return "the power optimizer is switched off by the DIP switches";
	return NULL;
}

int commission_car(struct commission *c)
{
	const char *why = obstacle(c);
	struct window house, charging;
	struct car_verdict rose;
	int r = why ? 0 : commission_ask(c, "Is a car plugged in that wants to charge?");

	if (r < 0)
		return r;
	if (r == 0) {
		struct commission_step *step = commission_begin(c, "Car",
			"a car charges and stops as it is told, on the right phases of the meter");

		commission_seen(step, "%s", why ? why : "no car");
		commission_end(step, COMMISSION_SKIPPED, NULL);
		return 0;
	}
	r = stop_first(c, &house);
	if (r == 0)
		r = charge(c, &house, &charging, &rose);
	if (r == 0)
		r = stop_again(c, &charging, &rose);
	return r < 0 ? r : 0;
}

void commission_release(struct commission *c)
{
	if (!c->capped)
		return;
	c->capped = false;
	if (optimizer_clear_cap(c->optimizer) < 0)
		fprintf(stderr,
			"The cap of this test could not be taken back (%s): it ends by itself, or by "
			"poweroptctl uncap\n",
			optimizer_error(c->optimizer));
	else
		printf("\nThe test's cap is taken back; charging goes on when the pause is over.\n");
}
