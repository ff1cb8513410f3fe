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
#define RETRY_US    INT64_C(100000)
#define ACCURACY_US 1 /* 0 would mean sd-event's default of 250 ms */

/* ---- what the parts want to be woken up by ---- */

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

/*
 * Each good reading moves the fail-safe's deadline on. To set the timer each time would cost more than
 * to be woken up now and then before it is due.
 */
static void arm_cycle(struct manager *m)
{
	uint64_t armed_us = 0;
	int enabled = SD_EVENT_OFF;

	(void)sd_event_source_get_enabled(m->cycle_timer, &enabled);
	(void)sd_event_source_get_time(m->cycle_timer, &armed_us);
	if (enabled == SD_EVENT_OFF || m->cycle_due_us < (int64_t)armed_us)
		arm(m->cycle_timer, m->cycle_due_us);
}

/* Watch a descriptor, or none with -1, instead of the one before. */
static void watch(struct manager *m, sd_event_source **source, int fd, uint32_t events,
	sd_event_io_handler_t handler)
{
	int r;

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
	arm_cycle(m);
	wake_output(m);
	dbus_cycle(m, reading);
}

static int on_cycle(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	(void)source;
	(void)usec;
	if (boottime_us() >= m->cycle_due_us)
		manager_cycle(m, NULL);
	else
		arm_cycle(m);
	return 0;
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

	(void)usec;
	control_verify(m);
	manager_cycle(m, NULL);
	arm(source, boottime_us() + tick_us());
	return 0;
}

/* ---- the meter ---- */

static int on_meter_io(sd_event_source *source, int fd, uint32_t revents, void *userdata);

static void wake_meter(struct manager *m)
{
	arm(m->meter_timer, m->meter_resting ? INT64_MAX : meter_deadline_us(m->meter));
}

/* Switched off by the DIP switches, the meter is left alone, for another master perhaps. */
static void rest_meter(struct manager *m)
{
	struct meter *meter;

	m->meter_resting = !control_needs_meter(m);
	if (m->meter_resting && meter_fd(m->meter) >= 0 &&
		meter_new(&meter, &m->config.meter) == 0) {
		m->meter_io = sd_event_source_disable_unref(m->meter_io);
		meter_free(m->meter);
		m->meter = meter;
		report_forget_meter(m);
	}
	wake_meter(m);
}

static void after_meter(struct manager *m, unsigned int events)
{
	if (events & METER_REOPENED)
		watch(m, &m->meter_io, meter_fd(m->meter), EPOLLIN | EPOLLET, on_meter_io);
	report_meter(m, events);
	if (events & METER_READING)
		manager_cycle(m, meter_reading(m->meter));
	wake_meter(m);
}

static int on_meter_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct manager *m = userdata;

	(void)source;
	(void)fd;
	if (revents & (EPOLLHUP | EPOLLERR))
		after_meter(m, meter_hangup(m->meter, boottime_us()));
	else
		after_meter(m, meter_dispatch(m->meter, boottime_us()));
	return 0;
}

static int on_meter_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	(void)source;
	(void)usec;
	if (!m->meter_resting)
		after_meter(m, meter_dispatch(m->meter, boottime_us()));
	return 0;
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
	arm(m->dip_timer, dip_deadline_us(m->dip));
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
	int64_t retry_us = boottime_us() + RETRY_US;

	if (!m->output_io && output_fd(m->output) >= 0)
		watch(m, &m->output_io, output_fd(m->output), EPOLLIN, on_output_io);
	/* Neither standing nor failed: it is only just being handed over to us. */
	if (!m->output_standing && !m->output_failed && at_us > retry_us)
		at_us = retry_us;
	arm(m->output_timer, at_us);
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
	(void)source;
	(void)usec;
	dispatch_output(userdata);
	return 0;
}

void manager_wake_all(struct manager *m)
{
	arm(m->dip_timer, m->dip ? dip_deadline_us(m->dip) : INT64_MAX);
	rest_meter(m);
	wake_output(m);
}

/* ---- signals ---- */

static int on_hangup_signal(
	sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct timespec ts;

	(void)source;
	(void)si;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		(unsigned long long)ts.tv_sec * 1000000 + (unsigned long long)ts.tv_nsec / 1000);
	reload_config(userdata);
	(void)sd_notify(0, "READY=1");
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
		r = add_timer(m, &m->tick_timer, on_tick);
	if (r >= 0)
		r = add_timer(m, &m->meter_timer, on_meter_timer);
	if (r >= 0)
		r = add_timer(m, &m->dip_timer, on_dip_timer);
	if (r >= 0)
		r = add_timer(m, &m->output_timer, on_output_timer);
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
	sd_event_source_disable_unref(m->meter_io);
	sd_event_source_disable_unref(m->meter_timer);
	sd_event_source_disable_unref(m->dip_io);
	sd_event_source_disable_unref(m->dip_timer);
	sd_event_source_disable_unref(m->output_io);
	sd_event_source_disable_unref(m->output_timer);
	sd_event_source_disable_unref(m->cycle_timer);
	sd_event_source_disable_unref(m->tick_timer);
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
	arm(m->tick_timer, boottime_us() + tick_us());
	manager_wake_all(m);
	r = dbus_start(m);
	if (r < 0)
		log_error("The system bus is done without: %s", strerror(-r));

	r = sd_event_loop(m->event);
	if (r < 0)
		log_error("The event loop failed: %s", strerror(-r));
	(void)sd_notify(0, "STOPPING=1\nSTATUS=Stopping: the charger is told the safe current");
	if (r >= 0)
		r = control_stop(m, m->config.charger.failsafe_ma);
	else
		(void)control_stop(m, m->config.charger.failsafe_ma);
	return r < 0 ? r : 0;
}
