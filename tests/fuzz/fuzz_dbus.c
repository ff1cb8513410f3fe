/* SPDX-License-Identifier: MIT */
/*
 * The object on the bus: real sd-bus and the daemon's own methods, with this program at the other end
 * of the socket. The bytes are calls of SetCap and of everything else, what the bus says about the
 * caller, and rubbish. No cap without an answer of the bus, and none that is out of range.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/account.h"
#include "app/manager_private.h"
#include "fuzz/fuzz.h"

#define GID_POWEROPT 7
#define STEPS_MAX    64

enum {
	CALL = 1,
	ANSWER,
	ERROR
};

/*
 * libsystemd 257 (Debian 13) keeps 64 bytes of each message that it refuses, such as an answer to no
 * call; 252 does not, so that there our own leaks still show. No bus passes such a message on.
 */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libsystemd.so\n";
}

struct peer {
	struct manager manager;
	int fd;
	bool closed;
	uint32_t serial;   /* of our last message */
	uint32_t question; /* serial of the daemon's last call, 0: none */
	bool answered;	   /* a question was, since the last control cycle */
};

static struct peer peer;

/* A control cycle follows on each change of the caps, and on nothing else. */
void manager_cycle(struct manager *manager, const struct reading *reading)
{
	FUZZ_CHECK(manager == &peer.manager && !reading && peer.answered);
	peer.answered = false;
}

int account_group(const char *path, const char *name, uint32_t *ret_gid)
{
	(void)path;
	(void)name;
	*ret_gid = GID_POWEROPT;
	return 0;
}

char *account_name(const char *path, uint32_t uid, char *buf, size_t size)
{
	(void)path;
	snprintf(buf, size, "%u", uid);
	return buf;
}

/* ---- messages, see the D-Bus specification: little endian, everything aligned to its size ---- */

struct message {
	uint8_t bytes[2048];
	size_t size;
};

static void put_bytes(struct message *m, const void *data, size_t size)
{
	FUZZ_CHECK(size <= sizeof(m->bytes) - m->size);
	if (size > 0)
		memcpy(m->bytes + m->size, data, size);
	m->size += size;
}

static void put_align(struct message *m, size_t align)
{
	while (m->size % align)
		put_bytes(m, "", 1);
}

static void put_u32(struct message *m, uint32_t value)
{
	const uint8_t bytes[] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
		(uint8_t)(value >> 24)};

	put_align(m, 4);
	put_bytes(m, bytes, sizeof(bytes));
}

static void put_string(struct message *m, const char *text)
{
	put_u32(m, (uint32_t)strlen(text));
	put_bytes(m, text, strlen(text) + 1);
}

static void put_signature(struct message *m, const char *text)
{
	const uint8_t length = (uint8_t)strlen(text);

	put_bytes(m, &length, 1);
	put_bytes(m, text, length + 1u);
}

/* A field of the header: its code, and a variant. */
static void put_field(struct message *m, uint8_t code, const char *type, const char *value)
{
	put_align(m, 8);
	put_bytes(m, &code, 1);
	put_signature(m, type);
	if (type[0] == 'g')
		put_signature(m, value);
	else
		put_string(m, value);
}

static void send_bytes(const void *data, size_t size)
{
	if (!peer.closed && size > 0 && send(peer.fd, data, size, MSG_NOSIGNAL) != (ssize_t)size)
		peer.closed = true;
}

/* @interface, @member: NULL for an answer to the daemon's last question. */
static void send_message(uint8_t type, const char *interface, const char *member,
	const char *signature, const uint8_t *body, size_t body_size)
{
	const uint8_t head[] = {'l', type, 0, 1};
	struct message m = {.size = 0};
	uint32_t fields;

	put_bytes(&m, head, sizeof(head));
	put_u32(&m, (uint32_t)body_size);
	put_u32(&m, ++peer.serial);
	put_u32(&m, 0); /* the size of the fields, later */
	if (type == CALL) {
		put_field(&m, 1, "o", DBUS_PATH);
		put_field(&m, 2, "s", interface);
		put_field(&m, 3, "s", member);
	} else {
		if (type == ERROR)
			put_field(&m, 4, "s", "org.freedesktop.DBus.Error.NoReply");
		put_align(&m, 8);
		put_bytes(&m, "\5\1u", 4);
		put_u32(&m, peer.question);
		peer.question = 0;
		peer.answered |= type == ANSWER;
	}
	put_field(&m, 7, "s", ":1.7");
	if (signature[0])
		put_field(&m, 8, "g", signature);
	fields = (uint32_t)m.size - 16;
	for (int i = 0; i < 4; i++)
		m.bytes[12 + i] = (uint8_t)(fields >> 8 * i);
	put_align(&m, 8);
	put_bytes(&m, body, body_size);
	send_bytes(m.bytes, m.size);
}

/* What the bus says about who calls: a{sv}, as it should be. */
static void send_credentials(uint32_t uid, uint32_t gid)
{
	struct message m = {.size = 0};
	uint32_t size;

	put_u32(&m, 0);
	put_align(&m, 8);
	put_string(&m, "UnixUserID");
	put_signature(&m, "u");
	put_u32(&m, uid);
	put_align(&m, 8);
	put_string(&m, "UnixGroupIDs");
	put_signature(&m, "au");
	put_u32(&m, 4);
	put_u32(&m, gid);
	size = (uint32_t)m.size - 8;
	m.bytes[0] = (uint8_t)size;
	send_message(ANSWER, NULL, NULL, "a{sv}", m.bytes, m.size);
}

/* ---- the daemon's end ---- */

/* Take in what it sends, and remember what it asks for. */
static void take_questions(void)
{
	uint8_t bytes[65536];
	ssize_t size = recv(peer.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	ssize_t at = 0;

	if (size <= 0)
		return;
	while (at + 16 <= size && (bytes[at] == 'l' || bytes[at] == 'B')) {
		uint32_t words[3];

		memcpy(words, bytes + at + 4, sizeof(words));
		if (bytes[at + 1] == CALL)
			peer.question = words[1];
		at += 16 + (ssize_t)((words[2] + 7) / 8 * 8 + words[0]);
	}
}

static void check_caps(void)
{
	const struct caps *caps = &peer.manager.caps;

	FUZZ_CHECK(caps->count >= 0 && caps->count <= CAPS_MAX);
	for (int i = 0; i < caps->count; i++) {
		FUZZ_CHECK(caps->list[i].ma >= 0 && caps->list[i].ma <= CAP_MA_MAX);
		FUZZ_CHECK(caps->list[i].until_us > 0);
	}
}

static void serve(void)
{
	for (int i = 0; i < STEPS_MAX && !peer.closed; i++) {
		int r = sd_bus_process(peer.manager.dbus.bus, NULL);

		take_questions();
		check_caps();
		if (r < 0)
			peer.closed = true;
		if (r <= 0)
			return;
	}
}

static bool start(void)
{
	static const char welcome[] =
		"DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n";
	struct dbus *d = &peer.manager.dbus;
	int fds[2];

	memset(&peer, 0, sizeof(peer));
	d->manager = &peer.manager;
	strcpy(d->view.state, "charging");
	d->view.phases = 3;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return false;
	peer.fd = fds[0];
	FUZZ_CHECK(sd_bus_new(&d->bus) >= 0 && sd_bus_set_fd(d->bus, fds[1], fds[1]) >= 0);
	FUZZ_CHECK(sd_bus_start(d->bus) >= 0 && dbus_object_add(d) >= 0);
	send_bytes(welcome, sizeof(welcome) - 1);
	serve();
	FUZZ_CHECK(sd_bus_is_ready(d->bus) > 0);
	return true;
}

static void stop(void)
{
	dbus_drop_requests(&peer.manager.dbus);
	sd_bus_close_unref(peer.manager.dbus.bus);
	close(peer.fd);
}

/* ---- what the bytes say ---- */

static void call_something(struct fuzz_bytes *bytes)
{
	static const char *const members[][2] = {
		{DBUS_INTERFACE, "SetCap"},
		{DBUS_INTERFACE, "ClearCap"},
		{"org.freedesktop.DBus.Properties", "Get"},
		{"org.freedesktop.DBus.Properties", "GetAll"},
		{"org.freedesktop.DBus.Properties", "Set"},
		{"org.freedesktop.DBus.Introspectable", "Introspect"},
		{"org.freedesktop.DBus.Peer", "Ping"},
		{DBUS_INTERFACE, "NoSuchMethod"},
	};
	const char *const *which = members[fuzz_u8(bytes) & 7];
	char signature[9] = "";
	const uint8_t *data;
	size_t size = fuzz_take(bytes, fuzz_u8(bytes) & 7, &data);

	if (size > 0)
		memcpy(signature, data, size);
	size = fuzz_take(bytes, fuzz_u8(bytes), &data);
	send_message(CALL, which[0], which[1], signature, data, size);
}

static void do_something(struct fuzz_bytes *bytes)
{
	uint8_t what = fuzz_u8(bytes) & 7;
	const uint8_t *data;
	size_t size;
	uint32_t uid;

	switch (what) {
	case 0:
	case 1:
		size = fuzz_take(bytes, 16, &data);
		send_message(CALL, DBUS_INTERFACE, "SetCap", "ut", data, size);
		break;
	case 2:
		send_message(CALL, DBUS_INTERFACE, "ClearCap", "", NULL, 0);
		break;
	case 3:
		call_something(bytes);
		break;
	case 4:
		uid = fuzz_u8(bytes);
		send_credentials(uid, fuzz_u8(bytes));
		break;
	case 5:
		size = fuzz_take(bytes, fuzz_u8(bytes), &data);
		send_message(ANSWER, NULL, NULL, "a{sv}", data, size);
		break;
	case 6:
		send_message(ERROR, NULL, NULL, "", NULL, 0);
		break;
	case 7:
		/*
		 * They may announce up to 128 MB, for which libsystemd makes room with each piece that comes:
		 * nothing but that would happen. A bus passes on whole messages, so they are the last.
		 */
		size = fuzz_take(bytes, fuzz_u8(bytes), &data);
		send_bytes(data, size);
		serve();
		peer.closed = true;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {.data = data, .size = size};

	if (!start())
		return 0;
	while (bytes.size > 0 && !peer.closed) {
		do_something(&bytes);
		serve();
	}
	stop();
	return 0;
}
