/* SPDX-License-Identifier: MIT */
#include "sim/house.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "sim/daemon_child.h"
#include "sim/house_config.h"
#include "sim/house_log.h"
#include "sim/house_view.h"
#include "sim/sim_meter.h"

#define LAG_STEPS      1024 /* of CAR_STEP_MS */
#define PWM_STEPS      2    /* the car looks at its control pilot every 20 ms */
#define SHOW_STEPS     10
#define STOP_TIMEOUT_S 5
#define PATH_BYTES     4096

struct house {
	const struct house_options *options;
	const char *dir;
	struct house_result *result;

	sd_event *event;
	sd_event_source *step_source;
	struct sim_meter *meter;
	struct pwm_chip *chip;
	struct daemon_child *daemon;
	struct house_view *view;
	FILE *csv, *log;
	char link[PATH_BYTES]; /* the meter's name */

	struct car car;
	int64_t begin_us, steps;
	double offered_a;
	double totals[LAG_STEPS][SIM_PHASES_MAX];
	double gone_s, back_s; /* when the meter went and came back; negative: not */
	char status[256];
	struct house_picture picture;
	bool stopping;
	double stop_s;
};

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static double now_s(const struct house *house)
{
	return (double)(now_us() - house->begin_us) / 1e6;
}

/* ---- what the daemon says ---- */

static void on_line(void *userdata, const char *line)
{
	struct house *house = userdata;
	struct house_result *result = house->result;
	char *last = result->last_lines[result->line_count++ % HOUSE_LAST_LINES];

	snprintf(last, sizeof(result->last_lines[0]), "%s", line);
	fprintf(house->log, "%7.3f %s\n", now_s(house), line);
	house_view_note(house->view, now_s(house), line);
}

static void on_status(void *userdata, const char *status)
{
	struct house *house = userdata;

	snprintf(house->status, sizeof(house->status), "%s", status);
}

static void on_exited(void *userdata, int code, int signal)
{
	struct house *house = userdata;

	house->result->exit_code = code;
	house->result->exit_signal = signal;
	house->result->stopped = house->stopping;
	(void)sd_event_exit(house->event, 0);
}

/* As the control pilot tells it; the daemon's own sentence says why. */
static const char *state_name(const struct house *house)
{
	if (house->offered_a <= 0)
		return "paused";
	return house->offered_a > house->options->max_a - TALLY_CHANGE_A ? "charging" : "limited";
}

/* ---- the meter ---- */

static void on_measure(void *userdata, int64_t now_ms, struct sim_values *values)
{
	struct house *house = userdata;
	int64_t step = house->steps - 1 - house->options->lag_ms / CAR_STEP_MS;

	(void)now_ms;
	memcpy(values->amps, house->totals[step > 0 ? step % LAG_STEPS : 0], sizeof(values->amps));
}

/* Coming and going are events of the scenario, told there. */
static void on_line_changed(void *userdata, const char *path, int error)
{
	struct house *house = userdata;

	if (!path && error < 0)
		house_view_note(house->view, now_s(house), "-- no pseudo-terminal for the meter");
}

/* ---- the plant ---- */

static void events_tell(struct house *house, double before_s, double t_s)
{
	struct house_picture *picture = &house->picture;
	struct scenario_event event;
	char text[160];
	size_t n = 0;

	picture->events[0] = '\0';
	for (size_t i = 0; scenario_event(&house->options->scenario, i, &event); i++) {
		bool was = before_s >= event.from_s && before_s < event.until_s;
		bool is = t_s >= event.from_s && t_s < event.until_s;

		if (is && n < sizeof(picture->events))
			n += (size_t)snprintf(picture->events + n, sizeof(picture->events) - n,
				"%s%s", n > 0 ? ", " : "", event.name);
		if (was == is)
			continue;
		if (event.meter_gone)
			snprintf(text, sizeof(text), "-- the meter is %s",
				is ? "unplugged" : "back");
		else
			snprintf(text, sizeof(text), "-- %s %s", event.name, is ? "on" : "off");
		house_view_note(house->view, t_s, text);
	}
}

static void meter_unplug(struct house *house, bool gone, double t_s)
{
	if (gone == house->picture.meter_gone)
		return;
	house->picture.meter_gone = gone;
	sim_meter_force(house->meter, SIM_FAULT_HANGUP, gone);
	if (gone) {
		house->gone_s = t_s;
		house->result->meter_gone = house->offered_a > 0;
	} else {
		house->back_s = t_s;
	}
}

/* How long the daemon took to stop after the meter went, and to offer again after it came back. */
static void reaction_measure(struct house *house, double t_s)
{
	struct house_result *result = house->result;

	if (house->offered_a > 0)
		result->offered = true;
	if (result->meter_gone && result->failsafe_s < 0 && house->offered_a <= 0)
		result->failsafe_s = t_s - house->gone_s;
	if (house->back_s >= 0 && result->back_s < 0 && house->offered_a > 0)
		result->back_s = t_s - house->back_s;
}

static void house_step(struct house *house)
{
	const struct scenario *scenario = &house->options->scenario;
	struct house_picture *picture = &house->picture;
	double step_s = CAR_STEP_MS / 1000.0;
	double t_s = (double)house->steps * step_s;
	double *total = house->totals[house->steps % LAG_STEPS];
	double drawn;
	struct pwm_state pwm;

	if (house->steps % PWM_STEPS == 0) {
		pwm = pwm_chip_read(house->chip);
		house->offered_a = pwm_state_offer_ma(&pwm) / 1000.0;
	}
	events_tell(house, t_s - step_s, t_s);
	meter_unplug(house, scenario_meter_gone(scenario, t_s), t_s);
	drawn = car_step(&house->car, house->offered_a);
	scenario_load(scenario, t_s, picture->house_a);
	for (int p = 0; p < SIM_PHASES_MAX; p++) {
		picture->car_a[p] = p < house->car.phases ? drawn : 0;
		total[p] = picture->house_a[p] + picture->car_a[p];
	}
	reaction_measure(house, t_s);
	tally_add(&house->result->tally, total, drawn, house->offered_a, step_s);

	picture->t_s = house->result->seconds = t_s;
	picture->offered_a = house->offered_a;
	picture->state = state_name(house);
	if (house->steps % SHOW_STEPS == 0) {
		house_log_row(house->csv, picture, drawn);
		house_view_show(house->view, picture);
	}
	house->steps++;
}

/* Asks the daemon to end; the second time, as Ctrl-C twice, it has no choice. */
static void stop(struct house *house)
{
	daemon_child_signal(house->daemon, house->stopping ? SIGKILL : SIGTERM);
	if (!house->stopping)
		house->stop_s = now_s(house);
	house->stopping = true;
}

static int on_step(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct house *house = userdata;
	double end_s = house->options->scenario.seconds;

	/* Virtual steps catch up with real time, so a busy machine does not slow the car down. */
	while (!house->stopping && (double)house->steps * CAR_STEP_MS / 1000 < now_s(house)) {
		house_step(house);
		if (house->picture.t_s >= end_s)
			stop(house);
	}
	if (house->stopping && now_s(house) > house->stop_s + STOP_TIMEOUT_S)
		stop(house);
	(void)sd_event_source_set_time(source, usec + CAR_STEP_MS * 1000);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct house *house = userdata;

	(void)source;
	(void)info;
	house->result->interrupted = true;
	stop(house);
	return 0;
}

/* ---- setting up ---- */

static int files_open(struct house *house)
{
	char path[PATH_BYTES];
	int r;

	snprintf(path, sizeof(path), "%s/poweroptd.conf", house->dir);
	r = house_config_write(house->options, house->dir, path);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/house.csv", house->dir);
	house->csv = fopen(path, "we");
	snprintf(path, sizeof(path), "%s/daemon.log", house->dir);
	house->log = house->csv ? fopen(path, "we") : NULL;
	if (!house->log)
		return -errno;
	house_log_header(house->csv);
	snprintf(path, sizeof(path), "%s/run", house->dir);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/chip", house->dir);
	return pwm_chip_new(&house->chip, house->event, path);
}

static int meter_start(struct house *house)
{
	struct sim_meter_config config = {
		.model = house->options->scenario.phases == 1 ? SIM_KLEFR_6924 : SIM_KLEFR_6934,
		.unit = 1,
		.baud_rate = 9600,
		.pace = true,
		.seed = 1,
		.link = house->link,
		.measure = on_measure,
		.line_changed = on_line_changed,
		.userdata = house,
	};

	snprintf(house->link, sizeof(house->link), "%s/meter", house->dir);
	return sim_meter_new(&house->meter, house->event, &config);
}

static int daemon_start(struct house *house)
{
	struct daemon_callbacks callbacks = {
		.line = on_line, .status = on_status, .exited = on_exited, .userdata = house};
	char config[PATH_BYTES], runtime[PATH_BYTES];

	snprintf(config, sizeof(config), "%s/poweroptd.conf", house->dir);
	snprintf(runtime, sizeof(runtime), "%s/run", house->dir);
	return daemon_child_start(
		&house->daemon, house->event, house->options->daemon, config, runtime, &callbacks);
}

static int events_add(struct house *house)
{
	int r;

	r = sd_event_add_signal(house->event, NULL, SIGINT, on_signal, house);
	if (r >= 0)
		r = sd_event_add_signal(house->event, NULL, SIGTERM, on_signal, house);
	if (r >= 0)
		r = sd_event_add_time(house->event, &house->step_source, CLOCK_MONOTONIC,
			(uint64_t)house->begin_us, 1000, on_step, house);
	return r;
}

static int house_start(struct house *house, char problem[512])
{
	int r = sd_event_new(&house->event);

	if (r < 0 || (r = files_open(house)) < 0) {
		snprintf(problem, 512, "cannot prepare %.300s: %s", house->dir, strerror(-r));
		return r;
	}
	house->begin_us = now_us();
	r = meter_start(house);
	if (r < 0) {
		snprintf(problem, 512, "cannot open the meter's line: %s", strerror(-r));
		return r;
	}
	r = daemon_start(house);
	if (r < 0) {
		snprintf(problem, 512, "cannot start the daemon %.300s: %s", house->options->daemon,
			strerror(-r));
		return r;
	}
	r = house_view_new(&house->view, house->options->plain);
	if (r >= 0)
		r = events_add(house);
	if (r < 0)
		snprintf(problem, 512, "cannot run: %s", strerror(-r));
	return r;
}

static void house_end(struct house *house)
{
	house_view_free(house->view);
	daemon_child_free(house->daemon);
	sim_meter_free(house->meter);
	pwm_chip_free(house->chip);
	sd_event_source_unref(house->step_source);
	sd_event_unref(house->event);
	if (house->csv)
		fclose(house->csv);
	if (house->log)
		fclose(house->log);
}

static void signals_block(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGCHLD};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int house_run(const struct house_options *options, const char *dir, struct house_result *ret,
	char ret_problem[512])
{
	const struct scenario *scenario = &options->scenario;
	struct house *house = calloc(1, sizeof(*house));
	struct pwm_state pwm;
	int r;

	*ret = (struct house_result){.failsafe_s = -1, .back_s = -1};
	snprintf(ret_problem, 512, "out of memory");
	if (!house)
		return -ENOMEM;
	house->options = options;
	house->dir = dir;
	house->result = ret;
	house->gone_s = house->back_s = -1;
	house->picture = (struct house_picture){.seconds = scenario->seconds,
		.limit_a = scenario->limit_a,
		.max_a = options->max_a,
		.phases = scenario->phases,
		.car = options->car->name,
		.state = "starting",
		.status = house->status};
	car_init(&house->car, options->car, options->max_a, scenario->phases);
	tally_init(&ret->tally, scenario->limit_a, scenario->phases);
	signals_block();

	r = house_start(house, ret_problem);
	if (r >= 0) {
		r = sd_event_loop(house->event);
		pwm = pwm_chip_read(house->chip);
		ret->final_ma = pwm_state_offer_ma(&pwm);
	}
	house_end(house);
	free(house);
	return r < 0 ? r : 0;
}
