/* SPDX-License-Identifier: MIT */
/*
 * The DIP driver over chips that the test makes, in time that the test makes.
 */
#ifndef POWEROPT_TESTS_UNIT_DIP_RIG_H
#define POWEROPT_TESTS_UNIT_DIP_RIG_H

#include <poll.h>
#include <string.h>

#include "dip/dip.h"
#include "fake_lines.h"
#include "support.h"

#define OFF16 1 /* off off ON: 16 A, and so on */
#define OFF25 3
#define ON32  4

struct rig {
	struct dip_config config;
	struct dip *dip;
	int64_t now_us;
	unsigned int events; /* since rig_pass() began */
};

static inline void rig_begin(struct rig *rig)
{
	fake_gpio_begin();
	memset(rig, 0, sizeof(*rig));
	rig->config = (struct dip_config){
		.chip = "gpiochip0",
		.lines = {"4", "5", "6"},
		.active_low = true,
		.bias = DIP_BIAS_PULL_UP,
		.debounce_ms = 50,
	};
	rig->now_us = 5000000;
}

/* To be called after the test has set its configuration and chips. */
static inline void rig_start(struct rig *rig)
{
	assert_int_equal(dip_new(&rig->dip, &rig->config), 0);
	rig->events = dip_dispatch(rig->dip, rig->now_us);
}

static inline void rig_end(struct rig *rig)
{
	assert_null(dip_free(rig->dip));
	fake_gpio_end();
}

static inline bool rig_has_edge(const struct rig *rig)
{
	struct pollfd pfd = {.fd = dip_fd(rig->dip), .events = POLLIN};

	return pfd.fd >= 0 && poll(&pfd, 1, 0) == 1;
}

/* Let time pass as an event loop does: at once for an edge, and at every deadline. */
static inline unsigned int rig_pass(struct rig *rig, int64_t span_ms)
{
	int64_t until_us = rig->now_us + span_ms * 1000;

	rig->events = 0;
	if (rig_has_edge(rig))
		rig->events |= dip_dispatch(rig->dip, rig->now_us);
	while (dip_deadline_us(rig->dip) <= until_us) {
		assert_true(dip_deadline_us(rig->dip) > rig->now_us);
		rig->now_us = dip_deadline_us(rig->dip);
		rig->events |= dip_dispatch(rig->dip, rig->now_us);
		assert_false(rig_has_edge(rig));
	}
	rig->now_us = until_us;
	return rig->events;
}

static inline void assert_counts(const struct rig *rig, int setting)
{
	const struct dip_status *status = dip_status(rig->dip);

	assert_int_equal(status->state, DIP_READABLE);
	assert_int_equal(dip_setting(status->switches), setting);
	assert_int_equal(status->limit_ma, dip_limit_ma(setting));
	assert_string_equal(dip_error(rig->dip), "");
}

/* A fault with a sentence that has both texts in it. */
static inline void assert_unreadable(const struct rig *rig, const char *what, const char *remedy)
{
	const struct dip_status *status = dip_status(rig->dip);

	assert_int_equal(status->state, DIP_UNREADABLE);
	assert_int_equal(status->limit_ma, DIP_LIMIT_UNKNOWN);
	assert_int_equal(dip_setting(status->switches), 0);
	if (!strstr(dip_error(rig->dip), what) || !strstr(dip_error(rig->dip), remedy))
		fail_msg("\"%s\" lacks \"%s\" or \"%s\"", dip_error(rig->dip), what, remedy);
}

/* Start with a setting and let it count. */
static inline void rig_start_with(struct rig *rig, int setting)
{
	fake_gpio_set(setting);
	rig_start(rig);
	rig_pass(rig, 50);
	assert_counts(rig, setting);
}

#endif
