/* SPDX-License-Identifier: MIT */
#include "sim/replay_plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "term/gnuplot.h"

#define TICKS_MAX 13

#define HEAD_PX	 80.0
#define PANEL_PX 190.0
#define GAP_PX	 12.0
#define FOOT_PX	 32.0

struct bin {
	int count; /* of seconds; the sums are over them */
	double house_a[SIM_PHASES_MAX];
	double total_a[SIM_PHASES_MAX];
	double peak_a[SIM_PHASES_MAX];
	bool over[SIM_PHASES_MAX];
	double drawn_a;
	double offered_a;
	double least_a, most_a; /* offered */
	bool paused, failsafe;
};

struct replay_plot {
	int phases;
	double limit_a, max_a;
	int64_t bin_s;
	int64_t second;		/* the next */
	double top_a, bottom_a; /* of the phases */
	struct bin bins[REPLAY_PLOT_BINS];
};

struct replay_plot *replay_plot_new(const struct replay_setup *setup, int64_t seconds)
{
	struct replay_plot *plot = calloc(1, sizeof(*plot));

	if (!plot)
		return NULL;
	plot->phases = setup->phases;
	plot->limit_a = setup->limit_ma / 1000.0;
	plot->max_a = setup->regulator.max_ma / 1000.0;
	plot->bin_s = (seconds + REPLAY_PLOT_BINS - 1) / REPLAY_PLOT_BINS;
	plot->top_a = plot->limit_a * 1.2;
	return plot;
}

struct replay_plot *replay_plot_free(struct replay_plot *plot)
{
	free(plot);
	return NULL;
}

void replay_plot_add(struct replay_plot *plot, const struct replay_second *second)
{
	struct bin *bin = &plot->bins[plot->second++ / plot->bin_s];

	for (int p = 0; p < plot->phases; p++) {
		double total_a = second->total_a[p];

		bin->house_a[p] += second->house_a[p];
		bin->total_a[p] += total_a;
		if (bin->count == 0 || total_a > bin->peak_a[p])
			bin->peak_a[p] = total_a;
		bin->over[p] |= total_a > plot->limit_a + TALLY_OVER_A;
		plot->top_a = fmax(plot->top_a, total_a * 1.05);
		plot->bottom_a = fmin(plot->bottom_a, second->house_a[p] * 1.05);
	}
	if (bin->count == 0 || second->offered_a < bin->least_a)
		bin->least_a = second->offered_a;
	bin->most_a = fmax(bin->most_a, second->offered_a);
	bin->offered_a += second->offered_a;
	bin->drawn_a += second->drawn_a;
	bin->paused |= second->state == REGULATOR_PAUSED;
	bin->failsafe |= second->state == REGULATOR_FAILSAFE;
	bin->count++;
}

/* ---- the script ---- */

static size_t bins_used(const struct replay_plot *plot)
{
	return (size_t)((plot->second + plot->bin_s - 1) / plot->bin_s);
}

/*
 * Columns: 1 the middle of the span, 2 drawn, 3 to 5 offered (mean, least, most), then for each
 * phase house, total, its peak, and the peak again if that is an overload.
 */
static void data_write(FILE *script, const struct replay_plot *plot)
{
	fprintf(script, "$course << END\n");
	for (size_t i = 0; i < bins_used(plot); i++) {
		const struct bin *bin = &plot->bins[i];
		double n = bin->count;

		fprintf(script, "%g %.2f %.2f %.2f %.2f", ((double)i + 0.5) * (double)plot->bin_s,
			bin->drawn_a / n, bin->offered_a / n, bin->least_a, bin->most_a);
		for (int p = 0; p < plot->phases; p++)
			fprintf(script, " %.2f %.2f %.2f %.2f", bin->house_a[p] / n,
				bin->total_a[p] / n, bin->peak_a[p],
				bin->over[p] ? bin->peak_a[p] : NAN);
		fprintf(script, "\n");
	}
	fprintf(script, "END\n");
}

/* Spans of pauses and of faults, as bands behind all panels. */
static void bands_write(FILE *script, const struct replay_plot *plot)
{
	size_t used = bins_used(plot), from = 0;

	for (size_t i = 1; i <= used; i++) {
		const struct bin *bin = &plot->bins[from];

		if (i < used && plot->bins[i].paused == bin->paused &&
			plot->bins[i].failsafe == bin->failsafe)
			continue;
		if (bin->paused || bin->failsafe)
			fprintf(script,
				"set object rectangle from %lld, graph 0 to %lld, graph 1 "
				"fillcolor rgb '%s' fillstyle solid noborder behind\n",
				(long long)from * plot->bin_s, (long long)i * plot->bin_s,
				bin->failsafe ? PICTURE_FAULT : PICTURE_PAUSED);
		from = i;
	}
}

/* Round times, as many as fit. */
static void tics_write(FILE *script, const struct replay_plot *plot)
{
	static const int64_t steps_s[] = {5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 14400, 21600,
		43200, 86400, 172800, 604800, 2592000};
	size_t i = 0;

	while (i + 1 < sizeof(steps_s) / sizeof(steps_s[0]) &&
		plot->second / steps_s[i] > TICKS_MAX)
		i++;
	fprintf(script, "set xtics time %lld\n", (long long)steps_s[i]);
	if (steps_s[i] >= 60)
		fprintf(script, "clock = '%%02tH:%%02tM'\n");
	else
		fprintf(script, "clock = '%%02tM:%%02tS'\n");
}

static void text_write(FILE *script, const char *name, const char *text)
{
	fprintf(script, "%s = '", name);
	for (; *text; text++) {
		/* Bytes above 0x7f are parts of UTF-8. */
		unsigned char c = (unsigned char)*text;

		if (c == '\'')
			fputs("''", script);
		else
			fputc(c < 0x20 || c == 0x7f ? '?' : c, script);
	}
	fprintf(script, "'\n");
}

static void phase_write(FILE *script, const struct replay_plot *plot, int phase)
{
	int house = 6 + 4 * phase; /* columns */
	int total = house + 1, peak = house + 2, over = house + 3;

	fprintf(script, "set ylabel 'L%d (A)'\nset yrange [%g:%g]\n", phase + 1, plot->bottom_a,
		plot->top_a);
	fprintf(script,
		"plot $course using 1:%d with filledcurves y1=0 linecolor rgb '" PICTURE_HOUSE "' "
		"title 'house', "
		"'' using 1:%d:%d with filledcurves linecolor rgb '" PICTURE_CAR "' title 'car', "
		"'' using 1:%d with lines linewidth 0.8 linecolor rgb '#2f5d3a' title '%s', "
		"%g with lines linewidth 1.5 linecolor rgb '" PICTURE_LIMIT
		"' title 'main switch %g A', "
		"'' using 1:(%g):(0):(column(%d) - %g) with vectors nohead linewidth 2.5 "
		"linecolor rgb '#e01010' title 'overload', "
		"'' using 1:%d with points pointtype 7 pointsize 0.3 linecolor rgb '#e01010' "
		"notitle\n",
		house, house, total, peak, plot->bin_s > 1 ? "peaks" : "total", plot->limit_a,
		plot->limit_a, plot->limit_a, over, plot->limit_a, over);
	fprintf(script, "unset key\n");
}

static void car_write(FILE *script, const struct replay_plot *plot)
{
	fprintf(script,
		"set key at graph 0.995, 0.98 right top horizontal maxrows 1\n"
		"set ylabel 'car (A)'\nset yrange [0:%g]\nset format x clock\n"
		"plot $course using 1:2 with filledcurves y1=0 linecolor rgb '" PICTURE_CAR "' "
		"title 'drawn', "
		"'' using 1:4:5 with filledcurves fillstyle transparent solid 0.35 "
		"linecolor rgb '#6080c8' notitle, "
		"'' using 1:3 with lines linewidth 1.2 linecolor rgb '" PICTURE_ALLOWED
		"' title 'allowed', "
		"NaN with boxes fillstyle solid noborder linecolor rgb '" PICTURE_PAUSED
		"' title 'paused', "
		"NaN with boxes fillstyle solid noborder linecolor rgb '" PICTURE_FAULT
		"' title 'fault'\n",
		plot->max_a * 1.3);
}

static void script_write(
	FILE *script, const struct replay_plot *plot, const char *title, const char *caption)
{
	int panels = plot->phases + 1;
	double height = HEAD_PX + FOOT_PX + PANEL_PX * panels;

	data_write(script, plot);
	text_write(script, "title", title);
	text_write(script, "caption", caption);
	tics_write(script, plot);
	fprintf(script,
		"set terminal svg noenhanced size 1280,%g font 'sans,12' background 'white'\n"
		"set label 1 title at screen 0.05, screen %g font ',15'\n"
		"set label 2 caption at screen 0.05, screen %g textcolor rgb '#404040'\n"
		"set key at screen 0.985, screen %g right center horizontal\n",
		height, 1 - 18 / height, 1 - 42 / height, 1 - 66 / height);
	fprintf(script,
		"set multiplot layout %d,1 margins screen 0.05, screen 0.975, screen %g, screen %g "
		"spacing screen 0, screen %g\n"
		"set xrange [0:%lld]\nset grid linecolor rgb '#d8d8d8'\nset tics nomirror\n"
		"set border 3\nset format x ''\n",
		panels, FOOT_PX / height, 1 - HEAD_PX / height, GAP_PX / height,
		(long long)plot->second);
	bands_write(script, plot);
	for (int p = 0; p < plot->phases; p++) {
		phase_write(script, plot, p);
		fprintf(script, "unset label 1\nunset label 2\n");
	}
	car_write(script, plot);
	fprintf(script, "unset multiplot\n");
}

int replay_plot_draw(
	const struct replay_plot *plot, const char *path, const char *title, const char *caption)
{
	FILE *script = gnuplot_script();
	int r;

	if (!script)
		return -ENOMEM;
	script_write(script, plot, title, caption);
	r = gnuplot_draw(script, path);
	fclose(script);
	return r;
}
