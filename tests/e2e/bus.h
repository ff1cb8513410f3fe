/* SPDX-License-Identifier: MIT */
/*
 * A private bus in the house's directory, which the daemon takes for the system bus, and a client.
 */
#ifndef POWEROPT_TESTS_E2E_BUS_H
#define POWEROPT_TESTS_E2E_BUS_H

#include <string.h>
#include <systemd/sd-bus.h>

#include "e2e/harness.h"

#define OPTIMIZER "org.poweroptd.Optimizer1"
#define DBUS	  "org.freedesktop.DBus"

/* Users of accounts_setup(). */
#define UID_MEMBER  54301 /* "evcc", of the group poweropt */
#define UID_OTHER   54302 /* "hems", of the same group */
#define UID_VISITOR 54303 /* "visitor", of no group */
#define UID_MANY    54400 /* "many0" and so on */
#define UIDS_MANY   17

/*
 * accounts_setup() - before the first house: be root, if need be in a namespace, where /etc/passwd
 * and /etc/group have a user poweroptd, a group poweropt, and the users above.
 */
void accounts_setup(void);

/*
 * bus_setup() - accounts_setup(), if there can be a bus. Returns the status to skip all tests with,
 * or 0. @as_root: what is tested is for root.
 */
int bus_setup(bool as_root);

/* need_root(), need_users() - skip the test, with the reason, where that did not work. */
void need_root(void);
void need_users(void);

/* bus_address() - the daemon's bus is in this house from now on, whether it runs or not. */
void bus_address(struct house *house);

/* bus_start() - such a bus; to root as strict as the system's, with the policy that is installed. */
void bus_start(struct house *house);

/* bus_start_open() - such a bus, where everybody may do everything. */
void bus_start_open(struct house *house);

/* bus_start_with() - such a bus, with a policy in the language of dbus-daemon(1). */
void bus_start_with(struct house *house, const char *policy);

/* bus_end() - kill it. */
void bus_end(struct house *house);

/* bus_signal() - stop it, let it go on. */
void bus_signal(struct house *house, int signal_number);

/* bus_connect() - be a client; to be ended by sd_bus_unref(). NULL if that fails without a house. */
sd_bus *bus_connect(struct house *house);

/* expect_owner() - wait until somebody has the name of the daemon. */
void expect_owner(struct house *house, sd_bus *bus);

/* bus_join() - bus_connect(), and wait for the daemon. */
sd_bus *bus_join(struct house *house);

/* bus_house_start() - such a bus, meter with these currents, and daemon; be a client of it. */
sd_bus *bus_house_start(struct house *house, const char *currents);

/* property() - a value as text: numbers, text, elements with a space between; valid until the next. */
const char *property(struct house *house, sd_bus *bus, const char *name);

/* property_number() - a value that is a number. */
uint64_t property_number(struct house *house, sd_bus *bus, const char *name);

/* expect_property() - wait until a property is this text. */
void expect_property(struct house *house, sd_bus *bus, const char *name, const char *text);

/* expect_property_part() - wait until a property contains this text. */
void expect_property_part(struct house *house, sd_bus *bus, const char *name, const char *text);

/* set_cap(), clear_cap() - call the method. Return the name of the error, "" for success. */
const char *set_cap(sd_bus *bus, uint32_t current_ma, uint64_t ttl_us);
const char *clear_cap(sd_bus *bus);

/* set_cap_as(), clear_cap_as() - the same by a user, with the group poweropt or without. */
const char *set_cap_as(
	struct house *house, uid_t uid, bool member, uint32_t current_ma, uint64_t ttl_us);
const char *clear_cap_as(struct house *house, uid_t uid, bool member);

/* check_outcome() - a call of those must end with this error, or "". */
#define check_outcome(house, call, expected)                                                       \
	do {                                                                                       \
		const char *outcome_ = (call);                                                     \
		if (strcmp(outcome_, expected) != 0)                                               \
			house_fail(house, "%s:%d: '%s'", __FILE__, __LINE__, outcome_);            \
	} while (0)

#endif
