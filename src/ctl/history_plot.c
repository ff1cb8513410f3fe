/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "ctl/history.h"
#include "term/gnuplot.h"

#define WIDTH  1200
#define HEIGHT 420

void history_plot_begin(struct history_plot *plot, int64_t since_us, int64_t until_us)
{
	memset(plot, 0, sizeof(*plot));
	plot->since_us = since_us;
	plot->until_us = until_us > since_us ? until_us : since_us + 1;
	plot->before_ma = -1;
	plot->before = HISTORY_UNKNOWN;
	plot->end = HISTORY_BUCKETS;
}

/* What a glance must not miss comes last. */
static int severity(enum history_state state)
{
	switch (state) {
	case HISTORY_CHARGING:
		return 0;
	case HISTORY_DISABLED:
		return 1;
	case HISTORY_LIMITED:
		return 2;
	case HISTORY_STARTING:
		return 3;
	case HISTORY_PAUSED:
		return 4;
	case HISTORY_STOPPED:
	case HISTORY_UNKNOWN:
		return 5;
	case HISTORY_FAILSAFE:
		return 6;
	case HISTORY_STATES:
		break;
	}
	return 0;
}

static int place_of(const struct history_plot *plot, int64_t at_us)
{
	/* Of what is under two hundred thousand years the product fits. */
	int64_t place = (at_us - plot->since_us) / 1000 * HISTORY_BUCKETS /
			((plot->until_us - plot->since_us) / 1000 + 1);

	return place < HISTORY_BUCKETS ? (int)place : HISTORY_BUCKETS - 1;
}

void history_plot_end(struct history_plot *plot, int64_t end_us)
{
	if (end_us < plot->until_us)
		plot->end = end_us > plot->since_us ? place_of(plot, end_us) + 1 : 0;
}

void history_plot_add(struct history_plot *plot, const struct history_entry *entry)
{
	int32_t allowed_ma = entry->allowed_ma > 0 ? entry->allowed_ma : 0;
	struct history_bucket *bucket;

	plot->any = true;
	if (entry->at_us < plot->since_us) {
		plot->before_ma = allowed_ma;
		plot->before = entry->state;
		return;
	}
	bucket = &plot->buckets[place_of(plot, entry->at_us)];
	if (!bucket->used) {
		*bucket = (struct history_bucket){
			.used = true,
			.first_ma = allowed_ma,
			.lowest_ma = allowed_ma,
			.highest_ma = allowed_ma,
			.worst = entry->state,
		};
	}
	bucket->last_ma = allowed_ma;
	bucket->last = entry->state;
	if (allowed_ma < bucket->lowest_ma)
		bucket->lowest_ma = allowed_ma;
	if (allowed_ma > bucket->highest_ma)
		bucket->highest_ma = allowed_ma;
	if (severity(entry->state) > severity(bucket->worst))
		bucket->worst = entry->state;
	if (entry->limit_ma > 0)
		bucket->limit_ma = entry->limit_ma;
}

/* ---- the script ---- */

/* gnuplot has no zone of its own: it gets the seconds of the local clock. */
static double local_seconds(int64_t us)
{
	time_t s = (time_t)(us / 1000000);
	struct tm tm = {0};

	(void)localtime_r(&s, &tm);
	return (double)s + (double)tm.tm_gmtoff + (double)(us % 1000000) / 1e6;
}

static int64_t bucket_us(const struct history_plot *plot, int bucket, int part)
{
	return plot->since_us + (plot->until_us - plot->since_us) / 1000 * (bucket * 4 + part) /
					(HISTORY_BUCKETS * 4) * 1000;
}

static void write_point(FILE *script, const struct history_plot *plot, int bucket, int part,
	int32_t allowed_ma, int32_t limit_ma)
{
	fprintf(script, "%.1f %.3f ", local_seconds(bucket_us(plot, bucket, part)),
		(double)allowed_ma / 1000);
	if (limit_ma > 0)
		fprintf(script, "%.3f\n", (double)limit_ma / 1000);
	else
		fprintf(script, "NaN\n");
}

/* In a column of pixels with more than one entry, all that matters is how far it went. */
static void write_data(FILE *script, const struct history_plot *plot)
{
	int32_t last_ma = plot->before_ma, limit_ma = 0;

	fprintf(script, "$history << EOD\n");
	for (int i = 0; limit_ma == 0 && i < HISTORY_BUCKETS; i++)
		limit_ma = plot->buckets[i].limit_ma;
	if (last_ma >= 0)
		write_point(script, plot, 0, 0, last_ma, limit_ma);
	for (int i = 0; i < HISTORY_BUCKETS; i++) {
		const struct history_bucket *b = &plot->buckets[i];

		if (!b->used)
			continue;
		if (b->limit_ma > 0)
			limit_ma = b->limit_ma;
		write_point(script, plot, i, 0, b->first_ma, limit_ma);
		if (b->lowest_ma != b->highest_ma) {
			write_point(script, plot, i, 1, b->lowest_ma, limit_ma);
			write_point(script, plot, i, 2, b->highest_ma, limit_ma);
		}
		write_point(script, plot, i, 3, b->last_ma, limit_ma);
		last_ma = b->last_ma;
	}
	if (last_ma >= 0)
		write_point(script, plot, plot->end, 0, last_ma, limit_ma);
	fprintf(script, "EOD\n");
}

static const char *shade(enum history_state state)
{
	switch (state) {
	case HISTORY_FAILSAFE:
		return PICTURE_FAULT;
	case HISTORY_STOPPED:
	case HISTORY_UNKNOWN:
		return PICTURE_STOPPED;
	case HISTORY_PAUSED:
		return PICTURE_PAUSED;
	case HISTORY_STARTING:
	case HISTORY_DISABLED:
	case HISTORY_CHARGING:
	case HISTORY_LIMITED:
	case HISTORY_STATES:
		break;
	}
	return NULL;
}

static void write_shade(
	FILE *script, const struct history_plot *plot, enum history_state state, int from, int to)
{
	if (shade(state) && to > from)
		fprintf(script,
			"set object rectangle from %.1f, graph 0 to %.1f, graph 1 fillcolor rgb "
			"'%s' fillstyle solid noborder behind\n",
			local_seconds(bucket_us(plot, from, 0)),
			local_seconds(bucket_us(plot, to, 0)), shade(state));
}

static void write_shades(FILE *script, const struct history_plot *plot)
{
	enum history_state state = plot->before;
	int from = 0;

	for (int i = 0; i < HISTORY_BUCKETS; i++) {
		const struct history_bucket *b = &plot->buckets[i];

		if (!b->used || (b->worst == state && b->last == state))
			continue;
		write_shade(script, plot, state, from, i);
		write_shade(script, plot, b->worst, i, i + 1);
		state = b->last;
		from = i + 1;
	}
	write_shade(script, plot, state, from, plot->end);
}

static void write_script(FILE *script, const struct history_plot *plot)
{
	fprintf(script,
		"set terminal svg size %d,%d font 'sans,12' background 'white'\n"
		"set xdata time\nset timefmt '%%s'\nset format x \"%%Y-%%m-%%d\\n%%H:%%M\"\n"
		"set xrange [%.1f:%.1f]\nset yrange [0:*]\nset ylabel 'A'\n"
		"set grid linecolor rgb '#dddddd'\nset tics nomirror\nset border 3\n"
		"set rmargin 6\n"
		"set key outside top center horizontal\n"
		"set title 'What the car was allowed (red: fault, violet: paused, grey: not running)'\n",
		WIDTH, HEIGHT, local_seconds(plot->since_us), local_seconds(plot->until_us));
	write_shades(script, plot);
	write_data(script, plot);
	fprintf(script,
		"plot $history using 1:3 with steps linewidth 2 linecolor rgb '" PICTURE_LIMIT
		"' title 'main switch', $history using 1:2 with steps linewidth 2 linecolor rgb '" PICTURE_ALLOWED
		"' title 'allowed'\n");
}

int history_plot_write(const struct history_plot *plot, const char *path)
{
	FILE *script = gnuplot_script();
	int r;

	if (!script)
		return -ENOMEM;
	write_script(script, plot);
	r = gnuplot_draw(script, path);
	fclose(script);
	return r;
}
