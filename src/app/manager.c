/* SPDX-License-Identifier: MIT */
#include "app/manager.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "app/log.h"
#include "app/manager_private.h"
#include "app/runtime.h"

#define TICK_US	    INT64_C(1000000)
#define ACCURACY_US 1 /* 0 would mean sd-event's default of 250 ms */

int64_t manager_now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* ---- timers ---- */

/* Wake the source up at a time; INT64_MAX: not at all. A time that has passed is at once. */
static void arm(sd_event_source *timer, int64_t at_us)
{
	if (at_us == INT64_MAX) {
		(void)sd_event_source_set_enabled(timer, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_source_set_time(timer, at_us > 0 ? (uint64_t)at_us : 0);
	(void)sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static void cycle(struct manager *m, const struct reading *reading)
{
	int64_t deadline_ms = control_cycle(m, reading);

	arm(m->cycle_timer, deadline_ms == INT64_MAX ? INT64_MAX : deadline_ms * 1000);
}

static int on_cycle(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	cycle(userdata, NULL);
	return 0;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	(void)usec;
	control_verify(m);
	cycle(m, NULL);
	arm(source, manager_now_us() + TICK_US);
	return 0;
}

/* ---- the meter ---- */

static int on_meter_io(sd_event_source *source, int fd, uint32_t revents, void *userdata);

/* The meter opened or closed its port: watch the new descriptor. */
static void watch_meter(struct manager *m)
{
	int fd = meter_fd(m->meter);
	int r;

	m->meter_io = sd_event_source_disable_unref(m->meter_io);
	if (fd < 0)
		return;
	r = sd_event_add_io(m->event, &m->meter_io, fd, EPOLLIN | EPOLLET, on_meter_io, m);
	if (r < 0)
		log_error("Cannot watch the meter's serial device: %s", strerror(-r));
}

static void after_meter(struct manager *m, unsigned int events)
{
	if (events & METER_REOPENED)
		watch_meter(m);
	report_meter(m, events);
	if (events & METER_READING)
		cycle(m, meter_reading(m->meter));
	arm(m->meter_timer, meter_deadline_us(m->meter));
}

static int on_meter_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct manager *m = userdata;

	(void)source;
	(void)fd;
	if (revents & (EPOLLHUP | EPOLLERR))
		after_meter(m, meter_hangup(m->meter, manager_now_us()));
	else
		after_meter(m, meter_dispatch(m->meter, manager_now_us()));
	return 0;
}

static int on_meter_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	(void)source;
	(void)usec;
	after_meter(m, meter_dispatch(m->meter, manager_now_us()));
	return 0;
}

/* ---- configuration ---- */

static void sink_error(void *userdata, const char *line)
{
	(void)userdata;
	log_error("%s", line);
}

static void sink_warning(void *userdata, const char *line)
{
	(void)userdata;
	log_warning("%s", line);
}

const struct config_sink *manager_config_sink(void)
{
	static const struct config_sink sink = {sink_error, sink_warning, NULL};

	return &sink;
}

/* For the fail-safe, which has to work when /etc is broken or changed meanwhile. */
static void store_config(const struct manager *m)
{
	int r = runtime_directory() ? runtime_store_config(&m->config) : 0;

	if (r < 0)
		log_warning("The settings in force cannot be kept in %s: %s; after a crash the "
			    "fail-safe works from %s instead",
			runtime_directory(), strerror(-r), m->path);
}

static bool output_differs(const struct config *a, const struct config *b)
{
	return memcmp(&a->charger, &b->charger, sizeof(a->charger)) != 0 ||
	       memcmp(&a->pwm, &b->pwm, sizeof(a->pwm)) != 0 ||
	       memcmp(&a->can, &b->can, sizeof(a->can)) != 0 ||
	       memcmp(&a->sysfs, &b->sysfs, sizeof(a->sysfs)) != 0;
}

/* The new parts first, so that without memory the old ones go on. */
static int apply_config(struct manager *m, const struct config *config)
{
	struct meter *meter = NULL;
	struct output *output = NULL;
	int r = 0;

	if (memcmp(&config->meter, &m->config.meter, sizeof(config->meter)) != 0)
		r = meter_new(&meter, &config->meter);
	if (r == 0 && output_differs(config, &m->config))
		r = output_new(&output, config);
	if (r < 0) {
		meter_free(meter);
		return r;
	}
	if (output) {
		control_stop(m);
		output_free(m->output);
		m->output = output;
		m->output_failed = false;
		m->output_standing = false;
		log_info("The output is now: %s", output_describe(m->output));
	}
	if (meter) {
		m->meter_io = sd_event_source_disable_unref(m->meter_io);
		meter_free(m->meter);
		m->meter = meter;
		m->told_meter[0] = '\0';
	}
	m->config = *config;
	m->told_rating = false;
	m->told_export = false;
	control_configure(m);
	store_config(m);
	cycle(m, NULL);
	arm(m->meter_timer, meter_deadline_us(m->meter));
	return 0;
}

static int on_hangup_signal(
	sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct manager *m = userdata;
	struct timespec ts;
	struct config config;
	int r;

	(void)source;
	(void)si;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		(unsigned long long)ts.tv_sec * 1000000 + (unsigned long long)ts.tv_nsec / 1000);
	r = config_load(m->path, &config, manager_config_sink());
	if (r == 0)
		r = apply_config(m, &config);
	if (r < 0)
		log_error("The configuration %s was not taken over: the one before stays in force",
			m->path);
	else
		log_notice("The configuration %s was read again and is in force", m->path);
	(void)sd_notify(0, "READY=1");
	return 0;
}

/* ---- the loop ---- */

static int on_stop_signal(
	sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct manager *m = userdata;

	(void)source;
	log_info("Stopping because of signal %s", sigabbrev_np((int)si->ssi_signo));
	(void)sd_event_exit(m->event, 0);
	return 0;
}

static int on_status_signal(
	sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	(void)source;
	(void)si;
	report_status(userdata);
	return 0;
}

static int add_signal(struct manager *m, int signal_number, sd_event_signal_handler_t handler)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal_number);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	return sd_event_add_signal(m->event, NULL, signal_number, handler, m);
}

static int add_timer(struct manager *m, sd_event_source **ret, sd_event_time_handler_t handler)
{
	int r = sd_event_add_time(m->event, ret, CLOCK_BOOTTIME, 0, ACCURACY_US, handler, m);

	return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

static int add_sources(struct manager *m)
{
	int r = sd_event_new(&m->event);

	if (r >= 0)
		r = add_signal(m, SIGTERM, on_stop_signal);
	if (r >= 0)
		r = add_signal(m, SIGINT, on_stop_signal);
	if (r >= 0)
		r = add_signal(m, SIGHUP, on_hangup_signal);
	if (r >= 0)
		r = add_signal(m, SIGUSR1, on_status_signal);
	if (r >= 0)
		r = add_timer(m, &m->cycle_timer, on_cycle);
	if (r >= 0)
		r = add_timer(m, &m->retry_timer, on_cycle);
	if (r >= 0)
		r = add_timer(m, &m->tick_timer, on_tick);
	if (r >= 0)
		r = add_timer(m, &m->meter_timer, on_meter_timer);
	/* The fail-safe deadline goes before everything else that is due at the same time. */
	if (r >= 0)
		r = sd_event_source_set_priority(m->cycle_timer, SD_EVENT_PRIORITY_IMPORTANT);
	return r < 0 ? r : 0;
}

int manager_new(struct manager **ret, const char *path, const struct config *config)
{
	struct manager *m = calloc(1, sizeof(*m));
	int r = m ? 0 : -ENOMEM;

	if (r == 0) {
		m->path = path;
		m->config = *config;
		control_configure(m);
		r = add_sources(m);
	}
	if (r == 0)
		r = meter_new(&m->meter, &m->config.meter);
	if (r == 0)
		r = output_new(&m->output, &m->config);
	if (r < 0) {
		log_error("Cannot start: %s", strerror(-r));
		manager_free(m);
		return r;
	}
	*ret = m;
	return 0;
}

struct manager *manager_free(struct manager *m)
{
	if (!m)
		return NULL;
	output_free(m->output);
	sd_event_source_disable_unref(m->meter_io);
	sd_event_source_disable_unref(m->meter_timer);
	sd_event_source_disable_unref(m->cycle_timer);
	sd_event_source_disable_unref(m->retry_timer);
	sd_event_source_disable_unref(m->tick_timer);
	meter_free(m->meter);
	sd_event_unref(m->event);
	free(m);
	return NULL;
}

int manager_run(struct manager *m)
{
	int64_t now_us = manager_now_us();
	int r;

	log_info("Output: %s", output_describe(m->output));
	control_start(m);
	store_config(m);
	cycle(m, NULL);
	arm(m->tick_timer, now_us + TICK_US);
	arm(m->meter_timer, now_us);

	r = sd_event_loop(m->event);
	if (r < 0)
		log_error("The event loop failed: %s", strerror(-r));
	(void)sd_notify(0, "STOPPING=1\nSTATUS=Stopping: the charger is told the safe current");
	control_stop(m);
	return r < 0 ? r : 0;
}
