/* SPDX-License-Identifier: MIT */
/*
 * org.poweroptd on the bus of DBUS_SYSTEM_BUS_ADDRESS, which says what its stdin tells it to.
 *
 * Each line is a command and is answered with "ok":
 *   NAME TYPE VALUE...   a property from now on, as `busctl call` would write it
 *   NAME                 no such property any more
 *   changed              announce that something changed
 *   deny | allow         SetCap and ClearCap
 *   mute | speak         answer nobody any more; from now on
 * Calls are printed: "SetCap 10000 60000000", "ClearCap". It ends with its stdin.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#define BUS_NAME   "org.poweroptd"
#define PATH	   "/org/poweroptd"
#define INTERFACE  "org.poweroptd.Optimizer1"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define ENTRIES	   32

struct fake {
	sd_event *event;
	sd_bus *bus;
	bool denies, mute;
	struct {
		char name[32], type[16], value[2048];
	} entries[ENTRIES];
	int count;
};

static void check(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "fake_optimizer: %s: %s\n", what, strerror(-r));
	exit(1);
}

/* ---- values ---- */

static int append_basic(sd_bus_message *m, char type, const char *word)
{
	switch (type) {
	case 's':
		return sd_bus_message_append(m, "s", word);
	case 'u':
		return sd_bus_message_append(m, "u", (uint32_t)strtoul(word, NULL, 10));
	case 'i':
		return sd_bus_message_append(m, "i", (int32_t)strtol(word, NULL, 10));
	case 'b':
		return sd_bus_message_append(m, "b", (int)strtol(word, NULL, 10));
	case 't':
		return sd_bus_message_append(m, "t", (uint64_t)strtoull(word, NULL, 10));
	default:
		return -EINVAL;
	}
}

/* All words as elements of the container's contents, such as "s" or, for a{st}, "st". */
static int append_words(sd_bus_message *m, const char *contents, char *words, bool pairs)
{
	char *save, *word = strtok_r(words, " ", &save);
	int r = 0;

	for (int i = 0; word && r >= 0; i++, word = strtok_r(NULL, " ", &save)) {
		size_t n = strlen(contents);

		if (pairs && i % 2 == 0)
			r = sd_bus_message_open_container(m, 'e', contents);
		if (r >= 0)
			r = append_basic(m, contents[(size_t)i % n], word);
		if (pairs && i % 2 == 1 && r >= 0)
			r = sd_bus_message_close_container(m);
	}
	return r;
}

static int append_value(sd_bus_message *m, const char *type, const char *value)
{
	char words[2048], inner[16];
	bool pairs = strncmp(type, "a{", 2) == 0;
	int r;

	if (strlen(type) == 1)
		return append_basic(m, *type, value);
	snprintf(words, sizeof(words), "%s", value);
	if (*type == '(' || pairs) {
		snprintf(inner, sizeof(inner), "%s", strpbrk(type, "({") + 1);
		inner[strlen(inner) - 1] = '\0';
	} else {
		snprintf(inner, sizeof(inner), "%s", type + 1);
	}
	r = *type == '(' ? sd_bus_message_open_container(m, 'r', inner)
			 : sd_bus_message_open_container(m, 'a', type + 1);
	if (r >= 0)
		r = append_words(m, inner, words, pairs);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* ---- calls ---- */

static int answer_all(struct fake *f, sd_bus_message *call)
{
	sd_bus_message *answer;

	check(sd_bus_message_new_method_return(call, &answer), "answer");
	check(sd_bus_message_open_container(answer, 'a', "{sv}"), "answer");
	for (int i = 0; i < f->count; i++) {
		const char *type = f->entries[i].type;

		check(sd_bus_message_open_container(answer, 'e', "sv"), "entry");
		check(sd_bus_message_append(answer, "s", f->entries[i].name), "name");
		check(sd_bus_message_open_container(answer, 'v', type), type);
		check(append_value(answer, type, f->entries[i].value), f->entries[i].name);
		check(sd_bus_message_close_container(answer), "value");
		check(sd_bus_message_close_container(answer), "entry");
	}
	check(sd_bus_message_close_container(answer), "answer");
	check(sd_bus_send(f->bus, answer, NULL), "send");
	sd_bus_message_unref(answer);
	return 1;
}

static int called(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct fake *f = userdata;
	uint32_t ma;
	uint64_t ttl_us;

	(void)error;
	if (f->mute)
		return 1;
	if (sd_bus_message_is_method_call(call, PROPERTIES, "GetAll"))
		return answer_all(f, call);
	if (f->denies)
		return sd_bus_reply_method_errorf(
			call, SD_BUS_ERROR_ACCESS_DENIED, "Only others may");
	if (sd_bus_message_is_method_call(call, INTERFACE, "ClearCap")) {
		printf("ClearCap\n");
		return sd_bus_reply_method_return(call, NULL);
	}
	if (!sd_bus_message_is_method_call(call, INTERFACE, "SetCap"))
		return 0;
	check(sd_bus_message_read(call, "ut", &ma, &ttl_us), "SetCap");
	if (ma == 125000)
		return sd_bus_reply_method_errorf(
			call, SD_BUS_ERROR_LIMITS_EXCEEDED, "16 users have set a cap already");
	printf("SetCap %" PRIu32 " %" PRIu64 "\n", ma, ttl_us);
	return sd_bus_reply_method_return(call, NULL);
}

/* ---- commands ---- */

static void property_set(struct fake *f, const char *name, const char *type, const char *value)
{
	int i = 0;

	while (i < f->count && strcmp(f->entries[i].name, name) != 0)
		i++;
	if (!type) {
		if (i < f->count)
			f->entries[i] = f->entries[--f->count];
		return;
	}
	if (i == ENTRIES)
		check(-ENOSPC, name);
	if (i == f->count)
		f->count++;
	snprintf(f->entries[i].name, sizeof(f->entries[i].name), "%s", name);
	snprintf(f->entries[i].type, sizeof(f->entries[i].type), "%s", type);
	snprintf(f->entries[i].value, sizeof(f->entries[i].value), "%s", value);
}

static void command(struct fake *f, char *line)
{
	char *value = line;
	char *name = strsep(&value, " ");
	char *type = value ? strsep(&value, " ") : NULL;

	if (strcmp(name, "deny") == 0 || strcmp(name, "allow") == 0)
		f->denies = *name == 'd';
	else if (strcmp(name, "mute") == 0 || strcmp(name, "speak") == 0)
		f->mute = *name == 'm';
	else if (strcmp(name, "changed") == 0)
		check(sd_bus_emit_signal(f->bus, PATH, PROPERTIES, "PropertiesChanged", "sa{sv}as",
			      INTERFACE, 0, 1, "State"),
			"announce");
	else
		property_set(f, name, type, value ? value : "");
	printf("ok\n");
}

static int typed(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	static char line[4096];
	static size_t n;
	struct fake *f = userdata;
	char c;

	(void)source;
	(void)events;
	if (read(fd, &c, 1) != 1)
		return sd_event_exit(f->event, 0);
	if (c != '\n' && n < sizeof(line) - 1) {
		line[n++] = c;
		return 0;
	}
	line[n] = '\0';
	n = 0;
	command(f, line);
	return 0;
}

int main(void)
{
	struct fake f = {0};
	int r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	check(sd_event_new(&f.event), "sd_event_new");
	check(sd_bus_open_system(&f.bus), "sd_bus_open_system");
	check(sd_bus_add_object(f.bus, NULL, PATH, called, &f), "sd_bus_add_object");
	check(sd_bus_attach_event(f.bus, f.event, 0), "sd_bus_attach_event");
	check(sd_event_add_io(f.event, NULL, STDIN_FILENO, EPOLLIN, typed, &f), "sd_event_add_io");
	check(sd_bus_request_name(f.bus, BUS_NAME, 0), "sd_bus_request_name");
	printf("ok\n");
	r = sd_event_loop(f.event);
	sd_bus_flush_close_unref(f.bus);
	sd_event_unref(f.event);
	return r < 0;
}
