/* SPDX-License-Identifier: MIT */
#include "ctl/optimizer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>

#include "ctl/ctl.h"

#define BUS_NAME   "org.poweroptd"
#define PATH	   "/org/poweroptd"
#define INTERFACE  "org.poweroptd.Optimizer1"
#define PROPERTIES "org.freedesktop.DBus.Properties"

#define ANSWER_TIMEOUT_US (5 * UINT64_C(1000000))

struct optimizer {
	sd_bus *bus; /* NULL: not connected */
	char error[512];

	/* only when followed */
	sd_event *event;
	void (*handler)(void *userdata, int error, const struct optimizer_status *status);
	void *userdata;
	sd_bus_slot *changed, *owner; /* what we listen to */
	sd_bus_slot *asked;	      /* the request that is on its way, or NULL */
	bool ask_again;		      /* something has changed since */
};

static int64_t now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

__attribute__((format(printf, 3, 4))) static int fail(
	struct optimizer *o, int r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(o->error, sizeof(o->error), format, args);
	va_end(args);
	return r;
}

/* The sentence for what a call came back with. */
static int fail_call(struct optimizer *o, const sd_bus_error *e)
{
	int r = sd_bus_error_get_errno(e);

	if (sd_bus_error_has_names(e, SD_BUS_ERROR_NAME_HAS_NO_OWNER, SD_BUS_ERROR_SERVICE_UNKNOWN))
		return fail(o, -ENXIO,
			"poweroptd is not running; 'systemctl status poweroptd' says why");
	if (sd_bus_error_has_names(e, SD_BUS_ERROR_ACCESS_DENIED, SD_BUS_ERROR_AUTH_FAILED,
		    SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED))
		return fail(o, -EACCES, "not allowed: %s", e->message);
	if (r == ENOTCONN || r == ECONNRESET || r == EPIPE)
		return fail(o, -ENOTCONN,
			"the D-Bus system bus closed the connection; see 'systemctl status dbus "
			"poweroptd'");
	if (sd_bus_error_has_names(e, SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_TIMEOUT) ||
		r == ETIMEDOUT)
		return fail(o, -ETIMEDOUT,
			"poweroptd runs, but does not answer; see 'systemctl status poweroptd'");
	return fail(o, r > 0 ? -r : -EIO, "poweroptd refuses: %s", e->message);
}

int optimizer_new(struct optimizer **ret)
{
	struct optimizer *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	*ret = o;
	return 0;
}

static void disconnect(struct optimizer *o)
{
	o->asked = sd_bus_slot_unref(o->asked);
	o->changed = sd_bus_slot_unref(o->changed);
	o->owner = sd_bus_slot_unref(o->owner);
	o->bus = sd_bus_close_unref(o->bus);
}

struct optimizer *optimizer_free(struct optimizer *o)
{
	if (!o)
		return NULL;
	disconnect(o);
	sd_event_unref(o->event);
	free(o);
	return NULL;
}

const char *optimizer_error(const struct optimizer *o)
{
	return o->error;
}

int optimizer_complain(const struct optimizer *o, const char *verb, int error)
{
	(void)ctl_complain(verb, "%s", o->error);
	return error == -ENXIO || error == -ENOTCONN ? CTL_EXIT_NOT_RUNNING : CTL_EXIT_ERROR;
}

static int something_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct optimizer *o = userdata;

	(void)m;
	(void)ret_error;
	if (o->asked)
		o->ask_again = true;
	else
		optimizer_ask(o);
	return 0;
}

static int listen_to_changes(struct optimizer *o)
{
	int r = sd_bus_attach_event(o->bus, o->event, SD_EVENT_PRIORITY_NORMAL);

	if (r >= 0)
		r = sd_bus_add_match_async(o->bus, &o->changed,
			"type='signal',sender='" BUS_NAME "',path='" PATH "',interface='" PROPERTIES
			"',member='PropertiesChanged',arg0='" INTERFACE "'",
			something_changed, NULL, o);
	if (r >= 0)
		r = sd_bus_add_match_async(o->bus, &o->owner,
			"type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
			"interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" BUS_NAME
			"'",
			something_changed, NULL, o);
	return r;
}

static int connected(struct optimizer *o)
{
	const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");
	int r;

	if (o->bus && sd_bus_is_open(o->bus) > 0)
		return 0;
	disconnect(o);
	r = sd_bus_open_system(&o->bus);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(o->bus, ANSWER_TIMEOUT_US);
	if (r >= 0 && o->event)
		r = listen_to_changes(o);
	if (r >= 0)
		return 0;
	disconnect(o);
	return fail(o, -ENOTCONN,
		"the D-Bus system bus (%s) cannot be reached: %s; see 'systemctl status dbus "
		"poweroptd'",
		address ? address : "/run/dbus/system_bus_socket", strerror(-r));
}

/* A call that does not start a daemon that somebody has stopped. */
static int call_new(
	struct optimizer *o, const char *interface, const char *method, sd_bus_message **ret)
{
	sd_bus_message *m = NULL;
	int r = connected(o);

	if (r < 0)
		return r;
	r = sd_bus_message_new_method_call(o->bus, &m, BUS_NAME, PATH, interface, method);
	if (r >= 0)
		r = sd_bus_message_set_auto_start(m, false);
	if (r < 0) {
		sd_bus_message_unref(m);
		return fail(o, r, "cannot call poweroptd: %s", strerror(-r));
	}
	*ret = m;
	return 0;
}

static int call(struct optimizer *o, sd_bus_message *m, sd_bus_message **ret_answer)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_call(o->bus, m, 0, &error, ret_answer);

	if (r < 0)
		r = fail_call(o, &error);
	sd_bus_error_free(&error);
	return r < 0 ? r : 0;
}

static int answer_take(
	struct optimizer *o, sd_bus_message *answer, struct optimizer_status *ret_status)
{
	int r = optimizer_status_take(answer, now_us(), ret_status);

	if (r < 0)
		return fail(o, r, "the answer of poweroptd cannot be read: %s", strerror(-r));
	return 0;
}

static int read_all_new(struct optimizer *o, sd_bus_message **ret)
{
	sd_bus_message *m = NULL;
	int r = call_new(o, PROPERTIES, "GetAll", &m);

	if (r < 0)
		return r;
	r = sd_bus_message_append(m, "s", INTERFACE);
	if (r < 0) {
		sd_bus_message_unref(m);
		return fail(o, r, "cannot call poweroptd: %s", strerror(-r));
	}
	*ret = m;
	return 0;
}

int optimizer_read(struct optimizer *o, struct optimizer_status *ret)
{
	sd_bus_message *m = NULL, *answer = NULL;
	int r = read_all_new(o, &m);

	if (r >= 0)
		r = call(o, m, &answer);
	if (r >= 0)
		r = answer_take(o, answer, ret);
	sd_bus_message_unref(answer);
	sd_bus_message_unref(m);
	return r;
}

/* Whoever may not is told who may. */
static int cap_call(struct optimizer *o, sd_bus_message *m)
{
	int r = call(o, m, NULL);

	if (r == -EACCES)
		return fail(o, r,
			"only root and members of the group poweropt may do that; 'sudo usermod "
			"--append --groups poweropt USER' makes USER one from the next login on");
	return r;
}

int optimizer_set_cap(struct optimizer *o, uint32_t current_ma, uint64_t ttl_us)
{
	sd_bus_message *m = NULL;
	int r = call_new(o, INTERFACE, "SetCap", &m);

	if (r < 0)
		return r;
	r = sd_bus_message_append(m, "ut", current_ma, ttl_us);
	if (r < 0)
		r = fail(o, r, "cannot call poweroptd: %s", strerror(-r));
	else
		r = cap_call(o, m);
	sd_bus_message_unref(m);
	return r;
}

int optimizer_clear_cap(struct optimizer *o)
{
	sd_bus_message *m = NULL;
	int r = call_new(o, INTERFACE, "ClearCap", &m);

	if (r >= 0)
		r = cap_call(o, m);
	sd_bus_message_unref(m);
	return r;
}

void optimizer_follow(struct optimizer *o, sd_event *event,
	void (*handler)(void *userdata, int error, const struct optimizer_status *status),
	void *userdata)
{
	o->event = sd_event_ref(event);
	o->handler = handler;
	o->userdata = userdata;
}

static int answered(sd_bus_message *answer, void *userdata, sd_bus_error *ret_error)
{
	struct optimizer *o = userdata;
	const sd_bus_error *error = sd_bus_message_get_error(answer);
	bool again = o->ask_again;
	struct optimizer_status status;
	int r;

	(void)ret_error;
	o->asked = sd_bus_slot_unref(o->asked);
	o->ask_again = false;
	r = error ? fail_call(o, error) : answer_take(o, answer, &status);

	/* A daemon that went away in between leaves the old question unanswered; ask the new one. */
	if (r >= 0 || !again)
		o->handler(o->userdata, r, r < 0 ? NULL : &status);
	if (again && sd_bus_is_open(o->bus) > 0)
		optimizer_ask(o);
	return 0;
}

void optimizer_ask(struct optimizer *o)
{
	sd_bus_message *m = NULL;
	int r;

	if (o->asked && sd_bus_is_open(o->bus) > 0)
		return;
	o->ask_again = false;
	r = read_all_new(o, &m);
	if (r >= 0) {
		r = sd_bus_call_async(o->bus, &o->asked, m, answered, o, 0);
		if (r < 0)
			fail(o, r, "cannot call poweroptd: %s", strerror(-r));
	}
	sd_bus_message_unref(m);
	if (r < 0)
		o->handler(o->userdata, r, NULL);
}
