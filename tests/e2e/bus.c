/* SPDX-License-Identifier: MIT */
#include "e2e/bus.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e/harness_private.h"

#define DBUS_DAEMON "/usr/bin/dbus-daemon"

/* What /usr/share/dbus-1/system.conf says, without its limits and its files. */
static const char strict_policy[] =
	"<policy context=\"default\"><allow user=\"*\"/><deny own=\"*\"/>"
	"<deny send_type=\"method_call\"/><allow send_type=\"signal\"/>"
	"<allow send_requested_reply=\"true\" send_type=\"method_return\"/>"
	"<allow send_requested_reply=\"true\" send_type=\"error\"/>"
	"<allow receive_type=\"method_call\"/><allow receive_type=\"method_return\"/>"
	"<allow receive_type=\"error\"/><allow receive_type=\"signal\"/>"
	"<allow send_destination=\"" DBUS "\" send_interface=\"" DBUS "\"/></policy>"
	"<include>" TEST_SRCDIR "/data/org.poweroptd.conf</include>";

static const char open_policy[] =
	"<policy context=\"default\"><allow user=\"*\"/><allow own=\"*\"/>"
	"<allow send_destination=\"*\"/><allow receive_sender=\"*\"/></policy>";

int bus_setup(bool as_root)
{
	if (access(DBUS_DAEMON, X_OK) != 0) {
		puts("skipped: there is no " DBUS_DAEMON);
		return 77;
	}
	accounts_setup();
	if (as_root && geteuid() != 0) {
		puts("skipped: this needs root, or a user namespace");
		return 77;
	}
	return 0;
}

void bus_address(struct house *house)
{
	char address[PATH_BYTES];

	snprintf(address, sizeof(address), "unix:path=%s", house_path(house, "bus"));
	setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
	/* Other users get to the socket, and no further. */
	house_check(house, chmod(house->directory, 0711) == 0);
}

void bus_start_with(struct house *house, const char *policy)
{
	char option[PATH_BYTES + 32];
	const char *argv[] = {DBUS_DAEMON, "--nofork", "--print-address", option, NULL};

	bus_address(house);
	house_write(house, "bus.conf",
		"<busconfig><listen>%s</listen><auth>EXTERNAL</auth>"
		"<limit name=\"max_replies_per_connection\">10000</limit>%s</busconfig>\n",
		getenv("DBUS_SYSTEM_BUS_ADDRESS"), policy);
	snprintf(option, sizeof(option), "--config-file=%s", house_path(house, "bus.conf"));
	process_end(&house->bus);
	(void)unlink(house_path(house, "bus"));
	house_check(house, process_start(&house->bus, argv, NULL, false) == 0);
	expect_line(house, &house->bus, &house->bus.lines, "unix:path=");
}

void bus_start(struct house *house)
{
	/* Which gives the name to root alone, and to a user that only installation makes. */
	bus_start_with(house, geteuid() == 0 ? strict_policy : open_policy);
}

void bus_start_open(struct house *house)
{
	bus_start_with(house, open_policy);
}

void bus_end(struct house *house)
{
	process_end(&house->bus);
}

void bus_signal(struct house *house, int signal_number)
{
	house_check(house, house->bus.pid > 0);
	house_check(house, kill(house->bus.pid, signal_number) == 0);
}

sd_bus *bus_connect(struct house *house)
{
	sd_bus *bus = NULL;
	int r = sd_bus_open_system(&bus);

	if (r < 0 && house)
		house_fail(house, "no bus: %s", strerror(-r));
	return bus;
}

void expect_owner(struct house *house, sd_bus *bus)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	int owned = 0;

	while (!owned) {
		sd_bus_message *reply;

		if (clock_ms() >= until_ms)
			house_fail(house, "nobody takes the name");
		house_quiet(house, 10);
		house_check(
			house, sd_bus_call_method(bus, DBUS, "/org/freedesktop/DBus", DBUS,
				       "NameHasOwner", NULL, &reply, "s", "org.poweroptd") >= 0);
		house_check(house, sd_bus_message_read(reply, "b", &owned) >= 0);
		sd_bus_message_unref(reply);
	}
}

sd_bus *bus_join(struct house *house)
{
	sd_bus *bus = bus_connect(house);

	expect_owner(house, bus);
	return bus;
}

sd_bus *bus_house_start(struct house *house, const char *currents)
{
	bus_start(house);
	house_start(house, currents);
	return bus_join(house);
}

/* ---- properties ---- */

static void element_print(sd_bus_message *message, char type, FILE *out)
{
	union {
		int boolean;
		int32_t i;
		uint32_t u;
		uint64_t t;
		const char *s;
	} value;

	assert_true(sd_bus_message_read_basic(message, type, &value) > 0);
	switch (type) {
	case 'b':
		fputs(value.boolean ? "true " : "false ", out);
		break;
	case 'i':
		fprintf(out, "%" PRId32 " ", value.i);
		break;
	case 'u':
		fprintf(out, "%" PRIu32 " ", value.u);
		break;
	case 't':
		fprintf(out, "%" PRIu64 " ", value.t);
		break;
	case 's':
		fprintf(out, "%s ", value.s);
		break;
	default:
		fail_msg("a value of type %c", type);
	}
}

static void value_print(sd_bus_message *message, FILE *out)
{
	const char *contents;
	char type;

	while (sd_bus_message_peek_type(message, &type, &contents) > 0) {
		if (!strchr("avre", type)) {
			element_print(message, type, out);
			continue;
		}
		assert_true(sd_bus_message_enter_container(message, type, contents) > 0);
		value_print(message, out);
		assert_true(sd_bus_message_exit_container(message) >= 0);
	}
}

const char *property(struct house *house, sd_bus *bus, const char *name)
{
	static char text[2048];
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply;
	size_t n;
	FILE *out;
	int r = sd_bus_call_method(bus, "org.poweroptd", "/org/poweroptd", DBUS ".Properties",
		"Get", &error, &reply, "ss", OPTIMIZER, name);

	if (r < 0)
		house_fail(house, "%s cannot be read: %s", name, error.message);
	memset(text, 0, sizeof(text));
	out = fmemopen(text, sizeof(text) - 1, "w");
	assert_non_null(out);
	value_print(reply, out);
	fclose(out);
	n = strlen(text);
	if (n > 0)
		text[n - 1] = '\0';
	sd_bus_message_unref(reply);
	return text;
}

uint64_t property_number(struct house *house, sd_bus *bus, const char *name)
{
	return strtoull(property(house, bus, name), NULL, 10);
}

static void expect(struct house *house, sd_bus *bus, const char *name, const char *text, bool all)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	const char *value = property(house, bus, name);

	while (all ? strcmp(value, text) != 0 : !strstr(value, text)) {
		if (clock_ms() >= until_ms)
			house_fail(house, "%s is '%s' and not '%s'", name, value, text);
		house_quiet(house, 10);
		value = property(house, bus, name);
	}
}

void expect_property(struct house *house, sd_bus *bus, const char *name, const char *text)
{
	expect(house, bus, name, text, true);
}

void expect_property_part(struct house *house, sd_bus *bus, const char *name, const char *text)
{
	expect(house, bus, name, text, false);
}

/* ---- caps ---- */

static const char *outcome(int r, sd_bus_error *error)
{
	static char name[128];

	snprintf(name, sizeof(name), "%s", r >= 0 ? "" : error->name ? error->name : strerror(-r));
	sd_bus_error_free(error);
	return name;
}

const char *set_cap(sd_bus *bus, uint32_t current_ma, uint64_t ttl_us)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_call_method(bus, "org.poweroptd", "/org/poweroptd", OPTIMIZER, "SetCap",
		&error, NULL, "ut", current_ma, ttl_us);

	return outcome(r, &error);
}

const char *clear_cap(sd_bus *bus)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_call_method(
		bus, "org.poweroptd", "/org/poweroptd", OPTIMIZER, "ClearCap", &error, NULL, NULL);

	return outcome(r, &error);
}
