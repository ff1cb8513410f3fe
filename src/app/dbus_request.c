/* SPDX-License-Identifier: MIT */
/*
 * Who calls is asked of the bus by a call whose answer is waited for in the event loop:
 * sd_bus_query_sender_creds() would stand still until then, up to 25 s if the bus does. The groups
 * in the answer are those of the caller's socket (SO_PEERGROUPS), so /proc is not needed either.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/account.h"
#include "app/log.h"
#include "app/manager_private.h"
#include "app/runtime.h"

#define GROUP	    "poweropt"
#define PASSWD_FILE "/etc/passwd"
#define GROUP_FILE  "/etc/group"

/* ---- who it is ---- */

struct sender {
	bool known;
	uint32_t uid;
	bool in_group;
};

static int read_groups(sd_bus_message *answer, struct sender *ret)
{
	const uint32_t *groups;
	uint32_t wanted = 0;
	size_t size;
	int r = sd_bus_message_enter_container(answer, 'v', "au");

	if (r >= 0)
		r = sd_bus_message_read_array(answer, 'u', (const void **)&groups, &size);
	if (r < 0)
		return r;
	if (account_group(GROUP_FILE, GROUP, &wanted) == 0)
		for (size_t i = 0; i < size / sizeof(groups[0]); i++)
			ret->in_group |= groups[i] == wanted;
	return sd_bus_message_exit_container(answer);
}

/* The answer of GetConnectionCredentials, see the D-Bus specification: a{sv}. */
static int read_sender(sd_bus_message *answer, struct sender *ret)
{
	const char *key;
	int r = sd_bus_message_enter_container(answer, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(answer, 'e', "sv")) > 0) {
		r = sd_bus_message_read(answer, "s", &key);
		if (r < 0)
			return r;
		if (strcmp(key, "UnixUserID") == 0) {
			r = sd_bus_message_read(answer, "v", "u", &ret->uid);
			ret->known = r >= 0;
		} else if (strcmp(key, "UnixGroupIDs") == 0) {
			r = read_groups(answer, ret);
		} else {
			r = sd_bus_message_skip(answer, "v");
		}
		if (r >= 0)
			r = sd_bus_message_exit_container(answer);
	}
	return r;
}

/* ---- what is asked for ---- */

static struct dbus_request *request_free(struct dbus_request *request)
{
	sd_bus_slot_unref(request->answer);
	sd_bus_message_unref(request->call);
	memset(request, 0, sizeof(*request));
	return NULL;
}

void dbus_drop_requests(struct dbus *d)
{
	for (int i = 0; i < DBUS_REQUESTS_MAX; i++)
		(void)request_free(&d->requests[i]);
}

static int set_cap(struct manager *m, const struct dbus_request *request, uint32_t uid)
{
	struct cap cap = {
		.uid = uid,
		.ma = request->ma,
		.until_us = request->ttl_us ? boottime_us() + request->ttl_us : CAP_NO_END,
	};

	account_name(PASSWD_FILE, uid, cap.name, sizeof(cap.name));
	return caps_set(&m->caps, &cap);
}

/* A cap with an end outlives a restart of the daemon, as its user counts on it. */
static void keep(struct manager *m)
{
	int r = runtime_directory() ? runtime_store_caps(&m->caps) : 0;
	unsigned int untold;

	if (r < 0 && repeat_tell(&m->dbus.keep_repeat, boottime_us() / 1000, &untold))
		log_warning("The caps cannot be kept in %s: %s; a restart will forget them",
			runtime_directory(), strerror(-r));
}

static void carry_out(struct dbus_request *request, uint32_t uid)
{
	struct manager *m = request->dbus->manager;

	if (request->clear) {
		(void)caps_clear(&m->caps, uid);
	} else if (set_cap(m, request, uid) < 0) {
		(void)sd_bus_reply_method_errorf(request->call, SD_BUS_ERROR_LIMITS_EXCEEDED,
			"%d users have set a cap already", CAPS_MAX);
		return;
	}
	keep(m);
	/* When the caller reads on, it is done. */
	manager_cycle(m, NULL);
	(void)sd_bus_reply_method_return(request->call, NULL);
}

static int on_sender(sd_bus_message *answer, void *userdata, sd_bus_error *error)
{
	struct dbus_request *request = userdata;
	struct sender sender = {0};

	(void)error;
	if (sd_bus_message_is_method_error(answer, NULL) || read_sender(answer, &sender) < 0 ||
		!sender.known)
		(void)sd_bus_reply_method_errorf(request->call, SD_BUS_ERROR_ACCESS_DENIED,
			"The bus does not say which user calls");
	else if (sender.uid != 0 && !sender.in_group)
		(void)sd_bus_reply_method_errorf(request->call, SD_BUS_ERROR_ACCESS_DENIED,
			"Caps are for root and for members of the group " GROUP
			": \"adduser NAME " GROUP "\", and log in again");
	else
		carry_out(request, sender.uid);
	(void)request_free(request);
	return 0;
}

static int ask_for_sender(struct dbus *d, sd_bus_message *call, const struct dbus_request *wanted,
	sd_bus_error *error)
{
	struct dbus_request *request = NULL;
	sd_bus_slot *answer;
	int r;

	for (int i = 0; i < DBUS_REQUESTS_MAX && !request; i++)
		if (!d->requests[i].call)
			request = &d->requests[i];
	if (!request)
		return sd_bus_error_set(
			error, SD_BUS_ERROR_LIMITS_EXCEEDED, "Too many calls at the same time");
	r = sd_bus_call_method_async(d->bus, &answer, "org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionCredentials",
		on_sender, request, "s", sd_bus_message_get_sender(call));
	if (r < 0)
		return r;
	*request = *wanted;
	request->dbus = d;
	request->answer = answer;
	request->call = sd_bus_message_ref(call);
	return 1; /* the reply comes later */
}

/* ---- the methods ---- */

int dbus_set_cap(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct dbus_request wanted = {0};
	uint32_t current_ma;
	uint64_t ttl_us;
	int r = sd_bus_message_read(call, "ut", &current_ma, &ttl_us);

	if (r < 0)
		return r;
	if (current_ma > CAP_MA_MAX)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
			"current_ma: %" PRIu32 " is out of range, allowed: 0 to %d", current_ma,
			CAP_MA_MAX);
	if (ttl_us > CAP_TTL_US_MAX)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
			"ttl_usec: %" PRIu64 " is out of range, allowed: 0 (until ClearCap) to "
			"%" PRId64 " (366 days)",
			ttl_us, CAP_TTL_US_MAX);
	wanted.ma = (int32_t)current_ma;
	wanted.ttl_us = (int64_t)ttl_us;
	return ask_for_sender(userdata, call, &wanted, error);
}

int dbus_clear_cap(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	const struct dbus_request wanted = {.clear = true};

	return ask_for_sender(userdata, call, &wanted, error);
}
