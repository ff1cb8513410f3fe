/* SPDX-License-Identifier: MIT */
#include "faults/edge.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/can.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/can_codec.h"
#include "output/attribute.h"
#include "output/can_link.h"
#include "output/can_socket.h"
#include "sanitized.h"

#define JOURNAL "/run/systemd/journal/socket"

static struct edge nothing = {.journal = -1};
static struct edge *edge = &nothing;
static char chip_duty[256];

/* Before main(), but after the first allocations of the C library. */
__attribute__((constructor)) static void edge_open(void)
{
	const char *path = getenv(EDGE_ENVIRONMENT);
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	char stream[64];
	struct stat st;
	void *mapped;

	if (fd < 0)
		return;
	mapped = mmap(NULL, sizeof(*edge), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped == MAP_FAILED)
		return;
	snprintf(chip_duty, sizeof(chip_duty), "%.*s/chip/pwm0/duty_cycle",
		(int)(strlen(path) - strlen("/" EDGE_NAME)), path);
	edge = mapped;
	if (edge->journal >= 0 && fstat(STDERR_FILENO, &st) == 0) {
		snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
			(uintmax_t)st.st_ino);
		setenv("JOURNAL_STREAM", stream, 1);
	}
}

/* What the counting of lines allocates and writes on its way out is none of the program's. */
__attribute__((destructor)) static void edge_close(void)
{
	edge = &nothing;
}

static int fails_with(int error)
{
	errno = error;
	return -1;
}

/* ---- the meter's line ---- */

ssize_t read(int fd, void *buf, size_t size)
{
	if (edge->tty_read && isatty(fd))
		return fails_with(edge->tty_read);
	return syscall(SYS_read, fd, buf, size);
}

ssize_t write(int fd, const void *buf, size_t size)
{
	if (edge->tty_write && isatty(fd))
		return fails_with(edge->tty_write);
	if (edge->tty_short && isatty(fd)) {
		(void)syscall(SYS_write, fd, buf, size / 2);
		return (ssize_t)size;
	}
	return syscall(SYS_write, fd, buf, size);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *argument;

	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	if (edge->tty_look && request == FIONREAD && isatty(fd))
		return fails_with(edge->tty_look);
	return (int)syscall(SYS_ioctl, fd, request, argument);
}

/* ---- time ---- */

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int r = (int)syscall(SYS_clock_gettime, clock, ret);

	if (r == 0 && clock == CLOCK_BOOTTIME)
		ret->tv_sec += edge->suspended_ms / 1000;
	if (r == 0 && clock == CLOCK_REALTIME)
		ret->tv_sec += (time_t)edge->set_by_days * 24 * 3600;
	return r;
}

int timerfd_settime(
	int fd, int flags, const struct itimerspec *new_value, struct itimerspec *old_value)
{
	struct itimerspec value = *new_value;

	if (value.it_value.tv_sec > edge->suspended_ms / 1000)
		value.it_value.tv_sec -= edge->suspended_ms / 1000;
	return (int)syscall(SYS_timerfd_settime, fd, flags, &value, old_value);
}

/* ---- the journal ---- */

/* An entry that is taken is shown, so that a test sees what the journal has. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	const struct sockaddr_un *to = message->msg_name;
	ssize_t n = 0;

	if (!to || to->sun_family != AF_UNIX || strcmp(to->sun_path, JOURNAL) != 0)
		return syscall(SYS_sendmsg, fd, message, flags);
	if (edge->journal > 0)
		return fails_with(edge->journal);
	for (size_t i = 0; i < message->msg_iovlen; i++)
		n += (ssize_t)message->msg_iov[i].iov_len;
	dprintf(STDERR_FILENO, "entry: %.*s", (int)message->msg_iov[0].iov_len,
		(const char *)message->msg_iov[0].iov_base);
	return n;
}

/* ---- attributes ---- */

int __real_attribute_write(const char *path, const char *value);
int __real_attribute_read(const char *path, char ret[static ATTRIBUTE_MAX]);
int __wrap_attribute_write(const char *path, const char *value);
int __wrap_attribute_read(const char *path, char ret[static ATTRIBUTE_MAX]);

static bool tells_the_current(const char *path)
{
	return strstr(path, "/duty_cycle") || strstr(path, "/allowed");
}

/*
 * As the chip would have it: 6 to 51 A in parts of 60 A, and no PWM for 0 A. Returns false if it cannot, for
 * want of a descriptor.
 */
static bool show(int32_t allowed_ma)
{
	char duty[32];

	snprintf(duty, sizeof(duty), "%d",
		allowed_ma ? (int)(INT64_C(1000000) * allowed_ma / 60000) : 1000000);
	return __real_attribute_write(chip_duty, duty) == 0;
}

int __wrap_attribute_write(const char *path, const char *value)
{
	int once = edge->attribute_write_once;

	if (edge->attribute_write && tells_the_current(path))
		return -edge->attribute_write;
	if (once && tells_the_current(path)) {
		edge->attribute_write_once = 0;
		return -once;
	}
	if (strstr(path, "/allowed"))
		(void)show((int32_t)strtol(value, NULL, 10));
	return __real_attribute_write(path, value);
}

int __wrap_attribute_read(const char *path, char ret[static ATTRIBUTE_MAX])
{
	if (edge->attribute_read && tells_the_current(path))
		return -edge->attribute_read;
	if (edge->attribute_other && tells_the_current(path)) {
		snprintf(ret, ATTRIBUTE_MAX, "%d", edge->attribute_other);
		return 0;
	}
	return __real_attribute_read(path, ret);
}

/* ---- CAN ---- */

#define STATUS_ID 0x211

static int32_t shown_ma = -1; /* what the charger was told last */

int can_link_query(const char *interface, struct can_link *ret)
{
	(void)interface;
	if (edge->can_missing)
		return -edge->can_missing;
	*ret = (struct can_link){
		.index = 3,
		.up = !edge->can_down,
		.carrier = !edge->can_down && !edge->can_off_the_bus,
		.restart_ms = 100,
	};
	return 0;
}

int can_socket_open(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

int can_socket_bind(int fd, int index, int32_t status_id)
{
	(void)fd;
	(void)index;
	(void)status_id;
	return edge->can_missing ? -edge->can_missing : 0;
}

int can_socket_send(int fd, uint16_t id, const uint8_t data[static CAN_MAX_DLEN])
{
	int32_t ma = 100 * (data[2] | data[3] << 8);

	(void)fd;
	(void)id;
	if (edge->can_missing)
		return -ENXIO;
	if (edge->can_down)
		return -ENETDOWN;
	if (edge->can_send)
		return -edge->can_send;
	if (!edge->can_off_the_bus && ma != shown_ma && show(ma))
		shown_ma = ma;
	return 0;
}

/* The charger's own word, ten times a second. */
int can_socket_receive(int fd, struct can_frame *ret)
{
	static int64_t last_ms;
	static uint8_t alive;
	int tenths = (edge->charger_ma < 0 ? shown_ma : edge->charger_ma) / 100;
	struct timespec now;
	int64_t now_ms;

	(void)fd;
	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (edge->charger == CHARGER_SILENT || now_ms - last_ms < 100)
		return 0;
	last_ms = now_ms;
	if (edge->charger != CHARGER_FROZEN)
		alive = (uint8_t)((alive + 1) % CAN_ALIVE_COUNT);
	*ret = (struct can_frame){.can_id = STATUS_ID, .len = CAN_CODEC_BYTES};
	ret->data[0] = (uint8_t)(2 | alive << 4); /* state C */
	for (int i = 0; i < 3; i++) {
		ret->data[1 + 2 * i] = (uint8_t)(tenths & 0xff);
		ret->data[2 + 2 * i] = (uint8_t)(tenths >> 8);
	}
	ret->data[7] = can_crc8(STATUS_ID, ret->data);
	if (edge->charger == CHARGER_WRONG_CRC)
		ret->data[7] ^= 1;
	return 1;
}

/* ---- memory ---- */

/* The sanitizers have an allocator of their own. */
#if !SANITIZED

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static bool allocation_fails(void)
{
	if (edge == &nothing)
		return false;
	if (++edge->allocations != edge->allocation_fails && edge->allocation_fails >= 0)
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return allocation_fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return allocation_fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return allocation_fails() ? NULL : __libc_realloc(memory, size);
}

#endif
