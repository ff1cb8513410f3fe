/* SPDX-License-Identifier: MIT */
#include "dip/dip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dip/dip_private.h"

#define SECOND_US INT64_C(1000000)

#define REOPEN_US     SECOND_US
#define POLL_US	      (SECOND_US / 4)
#define POLL_EDGES_US SECOND_US

/* Switches that do not come to rest are a fault when debounce and this have passed. */
#define REST_US (2 * SECOND_US)

struct dip {
	struct dip_config config;
	struct chip *chip; /* NULL while the lines are not taken */
	struct lines *lines;
	struct dip_filter_config filter_config;
	struct dip_filter filter;
	int64_t next_us;       /* the next poll, or the next attempt to take the lines */
	int64_t rest_until_us; /* when a setting should count, of lines just taken */
	struct dip_status status;
	struct dip_trouble trouble; /* while the state is UNREADABLE */
	char error[1024];
};

int dip_new(struct dip **ret, const struct dip_config *config)
{
	struct dip *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->config = *config;
	d->filter_config.debounce_ms = config->debounce_ms;
	d->filter_config.all_off_is_fault = config->all_off == DIP_ALL_OFF_FAULT;
	dip_filter_init(&d->filter);
	d->status.state = DIP_STARTING;
	d->status.limit_ma = DIP_LIMIT_UNKNOWN;
	*ret = d;
	return 0;
}

static void release(struct dip *d)
{
	d->lines = lines_release(d->lines);
	d->chip = chip_close(d->chip);
}

struct dip *dip_free(struct dip *d)
{
	if (d)
		release(d);
	free(d);
	return NULL;
}

static void open_lines(struct dip *d, int64_t now_us)
{
	int r = take_chip(&d->chip, "/dev", d->config.chip);

	if (r < 0)
		d->trouble = (struct dip_trouble){
			.kind = DIP_TROUBLE_CHIP, .error = r, .line = DIP_LINE_NONE};
	else
		r = take_lines(&d->lines, d->chip, &d->config, &d->trouble);
	if (r < 0) {
		release(d);
		d->next_us = now_us + REOPEN_US;
		return;
	}
	d->rest_until_us = now_us + d->config.debounce_ms * 1000 + REST_US;
}

static void read_lines(struct dip *d, int64_t now_us)
{
	bool on[DIP_SWITCHES];
	int r;

	lines_drain(d->lines);
	r = lines_read(d->lines, on);
	/* A chip on I2C may lose a single transfer to a disturbance. */
	if (r < 0 && r != -ENODEV)
		r = lines_read(d->lines, on);
	if (r < 0) {
		release(d);
		dip_filter_lost(&d->filter);
		d->trouble = (struct dip_trouble){
			.kind = DIP_TROUBLE_READ, .error = r, .line = DIP_LINE_NONE};
		d->next_us = now_us + REOPEN_US;
		return;
	}
	memcpy(d->status.raw, on, sizeof(on));
	(void)dip_filter_step(&d->filter, &d->filter_config, dip_setting(on), now_us / 1000);
	d->next_us = now_us + (lines_fd(d->lines) >= 0 ? POLL_EDGES_US : POLL_US);
}

/* What lines and filter mean. Lines just taken leave the state as it was until a setting counts. */
static void conclude(struct dip *d, int64_t now_us)
{
	struct dip_status *s = &d->status;

	s->raw_known = d->lines;
	if (!s->raw_known)
		dip_switches(DIP_NONE, s->raw);
	dip_switches(d->filter.in_force, s->switches);
	s->limit_ma = DIP_LIMIT_UNKNOWN;
	if (d->filter.in_force != DIP_NONE) {
		s->state = DIP_READABLE;
		s->limit_ma = dip_limit_ma(d->filter.in_force);
	} else if (!d->lines) {
		s->state = DIP_UNREADABLE;
	} else if (d->filter.loose) {
		s->state = DIP_UNREADABLE;
		d->trouble.kind = DIP_TROUBLE_LOOSE;
	} else if (now_us >= d->rest_until_us) {
		s->state = DIP_UNREADABLE;
		d->trouble.kind = DIP_TROUBLE_RESTLESS;
	}
}

/* The sentence of now; returns whether it is another one. */
static bool renew_error(struct dip *d)
{
	char before[sizeof(d->error)];

	memcpy(before, d->error, sizeof(before));
	if (d->status.state != DIP_UNREADABLE)
		d->error[0] = '\0';
	else
		trouble_sentence(&d->trouble, &d->config, d->error, sizeof(d->error));
	return strcmp(before, d->error) != 0;
}

unsigned int dip_dispatch(struct dip *d, int64_t now_us)
{
	struct dip_status before = d->status;
	int fd_before = dip_fd(d);
	unsigned int events = 0;

	if (!d->lines && now_us >= d->next_us)
		open_lines(d, now_us);
	if (d->lines)
		read_lines(d, now_us);
	conclude(d, now_us);

	if (d->status.state != before.state || d->status.limit_ma != before.limit_ma)
		events |= DIP_CHANGED;
	if (d->status.raw_known != before.raw_known ||
		memcmp(d->status.raw, before.raw, sizeof(before.raw)) != 0)
		events |= DIP_MOVED;
	if (dip_fd(d) != fd_before)
		events |= DIP_REOPENED;
	if (renew_error(d))
		events |= DIP_TROUBLE;
	return events;
}

int64_t dip_deadline_us(const struct dip *d)
{
	int64_t counts_ms = dip_filter_deadline_ms(&d->filter, &d->filter_config);

	if (counts_ms < d->next_us / 1000)
		return counts_ms * 1000;
	return d->next_us;
}

int dip_fd(const struct dip *d)
{
	return d->lines ? lines_fd(d->lines) : -1;
}

const struct dip_status *dip_status(const struct dip *d)
{
	return &d->status;
}

const char *dip_error(const struct dip *d)
{
	return d->error;
}
