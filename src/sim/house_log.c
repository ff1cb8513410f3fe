/* SPDX-License-Identifier: MIT */
#include "sim/house_log.h"

#include <errno.h>
#include <string.h>

#include "term/gnuplot.h"

void house_log_header(FILE *csv)
{
	fprintf(csv, "t,house1,house2,house3,ev,tot1,tot2,tot3,offered,state\n");
}

void house_log_row(FILE *csv, const struct house_picture *picture, double ev_a)
{
	fprintf(csv, "%.2f", picture->t_s);
	for (int p = 0; p < SIM_PHASES_MAX; p++)
		fprintf(csv, ",%.2f", picture->house_a[p]);
	fprintf(csv, ",%.2f", ev_a);
	for (int p = 0; p < SIM_PHASES_MAX; p++)
		fprintf(csv, ",%.2f", picture->house_a[p] + picture->car_a[p]);
	fprintf(csv, ",%.2f,%s\n", picture->offered_a, picture->state);
}

/* Gray where the meter is gone; in the top panel the name of each event, staggered in three rows. */
static void events_draw(FILE *script, const struct scenario *scenario, bool labels, double top_a)
{
	struct scenario_event event;

	fprintf(script, "unset object\nunset label\nunset arrow\n");
	for (size_t i = 0; scenario_event(scenario, i, &event); i++) {
		double row_a = top_a * (0.95 - 0.09 * (double)(i % 3));

		if (event.meter_gone)
			fprintf(script,
				"set object rectangle from %g, graph 0 to %g, graph 1 "
				"fillcolor rgb '#f6dede' fillstyle solid noborder behind\n",
				event.from_s, event.until_s);
		if (!labels)
			continue;
		fprintf(script,
			"set arrow from %g, %g to %g, %g heads size 0.3,90 linewidth 1.5 "
			"linecolor rgb '%s' front\n",
			event.from_s, row_a, event.until_s, row_a,
			event.meter_gone ? "#b03030" : "#555555");
		fprintf(script,
			"set label '%s' at %g, %g offset 0, 0.45 font ',10' "
			"textcolor rgb '%s' front\n",
			event.name, event.from_s, row_a, event.meter_gone ? "#b03030" : "#333333");
	}
}

static void phase_draw(FILE *script, const struct scenario *scenario, int phase, double top_a)
{
	int house = 2 + phase, total = 6 + phase; /* columns */

	fprintf(script, "set ylabel 'L%d (A)'\nset yrange [0:%g]\n", phase + 1, top_a);
	if (phase == 0)
		fprintf(script, "set key at screen 0.98, screen 0.925 right center horizontal\n");
	else
		fprintf(script, "unset key\n");
	fprintf(script,
		"plot csv using 1:%d with filledcurves x1 linecolor rgb '" PICTURE_HOUSE
		"' title 'house', "
		"'' using 1:%d:%d with filledcurves linecolor rgb '" PICTURE_CAR "' title 'car', "
		"'' using 1:%d:(%g) with filledcurves above linecolor rgb '#d05050' "
		"title 'overload', "
		"'' using 1:%d with lines linewidth 1 linecolor rgb '#2f5d3a' notitle, "
		"%g with lines linewidth 2 linecolor rgb '" PICTURE_LIMIT
		"' title 'main switch %g A'\n",
		house, house, total, total, scenario->limit_a, total, scenario->limit_a,
		scenario->limit_a);
}

static int script_write(
	const char *path, const struct scenario *scenario, double max_a, const char *title)
{
	int panels = scenario->phases + 1;
	double top_a = scenario->limit_a * 1.6;
	FILE *script = fopen(path, "we");

	if (!script)
		return -errno;
	fprintf(script,
		"# Draws house.csv as house.svg and house.png: run gnuplot here.\n"
		"csv = 'house.csv'\n"
		"set datafile separator ','\n"
		"do for [kind in 'svg png'] {\n"
		"if (kind eq 'svg') { set terminal svg size 1200,%d font 'sans,12' "
		"background 'white' } else { set terminal pngcairo size 1200,%d font 'sans,10' }\n"
		"set output 'house.'.kind\n",
		200 + 200 * panels, 200 + 200 * panels);
	fprintf(script,
		"set multiplot layout %d,1 title '%s' font ',14' margins 0.06,0.98,0.07,0.89 "
		"spacing 0,0.02\n"
		"set xrange [0:%g]\nset grid linecolor rgb '#dddddd'\nset tics nomirror\n"
		"set border 3\nset format x ''\n",
		panels, title, scenario->seconds);
	for (int p = 0; p < scenario->phases; p++) {
		events_draw(script, scenario, p == 0, top_a);
		phase_draw(script, scenario, p, top_a);
	}
	events_draw(script, scenario, false, 0);
	fprintf(script,
		"set key inside top left horizontal\nset ylabel 'car (A)'\nset yrange [0:%g]\n"
		"set format x '%%g'\nset xlabel 'time (s)'\n"
		"plot csv using 1:9 with steps linewidth 2 linecolor rgb '" PICTURE_ALLOWED "' "
		"title 'offered by the control pilot', "
		"'' using 1:5 with filledcurves x1 fillstyle transparent solid 0.5 "
		"linecolor rgb '" PICTURE_CAR "' title 'drawn on each phase'\n"
		"unset multiplot\nunset xlabel\nunset object\n}\n",
		max_a * 1.35);
	return fclose(script) == 0 ? 0 : -EIO;
}

int house_plot(const char *dir, const struct scenario *scenario, double max_a, const char *title)
{
	static const char script[] = "house.gp";
	char path[4096];
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", dir, script) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = script_write(path, scenario, max_a, title);
	return r < 0 ? r : gnuplot_run(dir, script);
}
