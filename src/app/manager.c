/* SPDX-License-Identifier: MIT */
#include "app/manager.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "app/log.h"
#include "app/loop.h"
#include "app/manager_private.h"
#include "app/notify.h"
#include "app/runtime.h"

#define TICK_US	    INT64_C(1000000)
#define RETRY_US    INT64_C(100000)
#define ACCURACY_US 1 /* 0 would mean sd-event's default of 250 ms */

/* ---- what the parts want to be woken up by ---- */

/* Wake the source up at a time; INT64_MAX: not at all. A time that has passed is at once. */
static void arm(struct manager *m, struct alarm *alarm, int64_t at_us)
{
	if (alarm->at_us == at_us)
		return;
	alarm->at_us = at_us;
	m->sources_changed = true;
	if (at_us == INT64_MAX) {
		(void)sd_event_source_set_enabled(alarm->source, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_source_set_time(alarm->source, at_us > 0 ? (uint64_t)at_us : 0);
	(void)sd_event_source_set_enabled(alarm->source, SD_EVENT_ONESHOT);
}

/* Watch a descriptor, or none with -1, instead of the one before. */
static void watch(struct manager *m, sd_event_source **source, int fd, uint32_t events,
	sd_event_io_handler_t handler)
{
	int r;

	m->sources_changed = true;
	*source = sd_event_source_disable_unref(*source);
	if (fd < 0)
		return;
	r = sd_event_add_io(m->event, source, fd, events, handler, m);
	if (r < 0)
		log_error("Cannot watch a descriptor: %s", strerror(-r));
}

static void wake_output(struct manager *m);

void manager_cycle(struct manager *m, const struct reading *reading)
{
	int64_t deadline_ms = control_cycle(m, reading);

	m->cycle_due_us = deadline_ms == INT64_MAX ? INT64_MAX : deadline_ms * 1000;
	wake_output(m);
	dbus_cycle(m, reading);
}

/* A cycle each second, and two in the time of the service manager's watchdog if that is shorter. */
static int64_t tick_us(void)
{
	uint64_t watchdog_us = 0;

	if (sd_watchdog_enabled(0, &watchdog_us) > 0 && watchdog_us / 2 < TICK_US)
		return (int64_t)(watchdog_us / 2);
	return TICK_US;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	(void)source;
	(void)usec;
	control_verify(m);
	manager_cycle(m, NULL);
	arm(m, &m->tick, boottime_us() + tick_us());
	return 0;
}

/* ---- the meter ---- */

/* Switched off by the DIP switches, the meter is left alone, for another master perhaps. */
static void rest_meter(struct manager *m)
{
	struct meter *meter;

	m->meter_resting = !control_needs_meter(m);
	if (m->meter_resting && meter_fd(m->meter) >= 0 &&
		meter_new(&meter, &m->config.meter) == 0) {
		meter_free(m->meter);
		m->meter = meter;
		report_forget_meter(m);
	}
}

/* ---- the DIP switches ---- */

static int on_dip_io(sd_event_source *source, int fd, uint32_t revents, void *userdata);

static void dispatch_dip(struct manager *m)
{
	unsigned int events = dip_dispatch(m->dip, boottime_us());

	if (events & DIP_REOPENED)
		watch(m, &m->dip_io, dip_fd(m->dip), EPOLLIN, on_dip_io);
	report_dip(m, events);
	if (events & (DIP_CHANGED | DIP_TROUBLE)) {
		manager_cycle(m, NULL);
		rest_meter(m);
	}
	arm(m, &m->dip_alarm, dip_deadline_us(m->dip));
}

static int on_dip_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	(void)source;
	(void)fd;
	(void)revents;
	dispatch_dip(userdata);
	return 0;
}

static int on_dip_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	(void)source;
	(void)usec;
	m->dip_alarm.at_us = INT64_MAX;
	if (m->dip)
		dispatch_dip(m);
	return 0;
}

int manager_dip_new(struct dip **ret, const struct config *config)
{
	*ret = NULL;
	/* Until an output is configured no GPIO is touched. */
	if (config->mains.limit_ma > 0 || config->charger.output == OUTPUT_NONE)
		return 0;
	return dip_new(ret, &config->dip);
}

/* ---- the output ---- */

static int on_output_io(sd_event_source *source, int fd, uint32_t revents, void *userdata);

static void wake_output(struct manager *m)
{
	int64_t at_us = output_deadline_us(m->output);

	if (!m->output_io && output_fd(m->output) >= 0)
		watch(m, &m->output_io, output_fd(m->output), EPOLLIN, on_output_io);
	/* Neither standing nor failed: it is only just being handed over to us. */
	if (!m->output_standing && !m->output_failed && at_us > boottime_us() + RETRY_US)
		at_us = boottime_us() + RETRY_US;
	arm(m, &m->output_alarm, at_us);
}

static void dispatch_output(struct manager *m)
{
	bool handed_over = m->output_standing || m->output_failed;

	if (!handed_over || control_output_event(m))
		manager_cycle(m, NULL);
	else
		wake_output(m);
}

static int on_output_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	(void)source;
	(void)fd;
	(void)revents;
	dispatch_output(userdata);
	return 0;
}

static int on_output_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	(void)source;
	(void)usec;
	m->output_alarm.at_us = INT64_MAX;
	dispatch_output(m);
	return 0;
}

void manager_wake_all(struct manager *m)
{
	arm(m, &m->dip_alarm, m->dip ? dip_deadline_us(m->dip) : INT64_MAX);
	rest_meter(m);
	wake_output(m);
}

/* ---- signals ---- */

static int on_hangup_signal(
	sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct manager *m = userdata;
	struct timespec ts;
	char reloading[64];

	(void)source;
	(void)si;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	snprintf(reloading, sizeof(reloading), "RELOADING=1\nMONOTONIC_USEC=%llu",
		(unsigned long long)ts.tv_sec * 1000000 + (unsigned long long)ts.tv_nsec / 1000);
	(void)notify_send(reloading);
	reload_config(m);
	/* It waits for this: if it is behind, the next cycle tells it. */
	m->ready = notify_send("READY=1");
	if (!m->ready)
		m->status_due_ms = 0;
	return 0;
}

static int on_stop_signal(
	sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct manager *m = userdata;

	(void)source;
	log_event(EVENT_STOPPING, LOG_INFO, NULL, "Stopping because of signal %s",
		sigabbrev_np((int)si->ssi_signo));
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

/* ---- the loop ---- */

static int add_signal(struct manager *m, int signal_number, sd_event_signal_handler_t handler)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal_number);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	return sd_event_add_signal(m->event, NULL, signal_number, handler, m);
}

static int add_alarm(struct manager *m, struct alarm *alarm, sd_event_time_handler_t handler)
{
	int r = sd_event_add_time(
		m->event, &alarm->source, CLOCK_BOOTTIME, 0, ACCURACY_US, handler, m);

	alarm->at_us = INT64_MAX;
	return r < 0 ? r : sd_event_source_set_enabled(alarm->source, SD_EVENT_OFF);
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
		r = add_alarm(m, &m->tick, on_tick);
	if (r >= 0)
		r = add_alarm(m, &m->dip_alarm, on_dip_timer);
	if (r >= 0)
		r = add_alarm(m, &m->output_alarm, on_output_timer);
	return r < 0 ? r : 0;
}

int manager_new(struct manager **ret, const char *path, const struct config *config)
{
	struct manager *m = calloc(1, sizeof(*m));
	int r = m ? 0 : -ENOMEM;

	if (r == 0) {
		m->path = path;
		m->config = *config;
		report_forget_meter(m);
		control_configure(m);
		r = add_sources(m);
	}
	if (r == 0)
		r = meter_new(&m->meter, &m->config.meter);
	if (r == 0)
		r = output_new(&m->output, &m->config);
	if (r == 0)
		r = manager_dip_new(&m->dip, &m->config);
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
	sd_event_source_disable_unref(m->dip_io);
	sd_event_source_disable_unref(m->dip_alarm.source);
	sd_event_source_disable_unref(m->output_io);
	sd_event_source_disable_unref(m->output_alarm.source);
	sd_event_source_disable_unref(m->tick.source);
	dbus_stop(m);
	output_free(m->output);
	dip_free(m->dip);
	meter_free(m->meter);
	sd_event_unref(m->event);
	free(m);
	return NULL;
}

int manager_run(struct manager *m)
{
	int r;

	report_start(m);
	reload_store(m);
	if (runtime_directory())
		runtime_load_caps(runtime_directory(), boottime_us(), &m->caps);
	control_start(m);
	manager_cycle(m, NULL);
	arm(m, &m->tick, boottime_us() + tick_us());
	manager_wake_all(m);
	r = dbus_start(m);
	if (r < 0)
		log_error("The system bus is done without: %s", strerror(-r));

	r = loop_run(m);
	if (r < 0)
		log_error("The event loop failed: %s", strerror(-r));
	(void)notify_send("STOPPING=1\nSTATUS=Stopping: the charger is told the safe current");
	if (r >= 0)
		r = control_stop(m, m->config.charger.failsafe_ma);
	else
		(void)control_stop(m, m->config.charger.failsafe_ma);
	return r < 0 ? r : 0;
}
