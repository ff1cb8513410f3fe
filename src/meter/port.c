/* SPDX-License-Identifier: MIT */
#include "meter/port.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "core/text.h"

/* The device numbers of pseudo-terminals (pts) count anew in each mounted instance of devpts. */
static bool same_device(const struct stat *a, const struct stat *b)
{
	bool is_pts = major(a->st_rdev) >= 136 && major(a->st_rdev) <= 143;

	return S_ISCHR(a->st_mode) && S_ISCHR(b->st_mode) && a->st_rdev == b->st_rdev &&
	       (!is_pts || a->st_dev == b->st_dev);
}

/* Whether one of a process's descriptors is the device. */
static bool process_has_open(const char *pid, const struct stat *device)
{
	char path[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		char target[5];
		struct stat st;

		/* Not what hangs on a file system that does not answer. */
		if (readlinkat(dirfd(dir), entry->d_name, target, sizeof(target)) < 5 ||
			memcmp(target, "/dev/", 5) != 0)
			continue;
		found = fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && same_device(&st, device);
	}
	closedir(dir);
	return found;
}

/* A program may call itself anything. */
static void process_name(const char *pid, char *buf, size_t size)
{
	char path[64], name[32];
	ssize_t length = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, name, sizeof(name) - 1);
		close(fd);
	}
	name[length > 0 ? length - 1 : 0] = '\0'; /* without the newline at its end */
	text_echo(name, buf, size);
}

char *port_holder(const char *device, char *buf, size_t size)
{
	char self[16], name[64];
	struct dirent *entry;
	struct stat st;
	DIR *proc;

	buf[0] = '\0';
	if (stat(device, &st) < 0 || !S_ISCHR(st.st_mode))
		return buf;
	proc = opendir("/proc");
	if (!proc)
		return buf;
	snprintf(self, sizeof(self), "%d", (int)getpid());
	while ((entry = readdir(proc))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
			strcmp(entry->d_name, self) == 0 || !process_has_open(entry->d_name, &st))
			continue;
		process_name(entry->d_name, name, sizeof(name));
		snprintf(buf, size, "%s (process %.20s)", name, entry->d_name);
		break;
	}
	closedir(proc);
	return buf;
}

static int explain(int error, const char *device, char *why, size_t size)
{
	char holder[96];

	switch (error) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		snprintf(why, size,
			"The meter's serial device %s does not exist: plug the RS485 adapter in, or "
			"correct [meter] device",
			device);
		break;
	case EPERM:
		/* Not the file's mode: the list of devices of the service. */
		snprintf(why, size,
			"The service may not open the meter's serial device %s: if its driver was "
			"loaded after the start of the service, restart the service; else allow the "
			"device with DeviceAllow= in a drop-in of poweroptd.service",
			device);
		break;
	case EACCES:
		snprintf(why, size,
			"No permission to open the meter's serial device %s: the user of this "
			"service must be in the device's group (usually dialout)",
			device);
		break;
	case EISDIR:
		snprintf(why, size,
			"[meter] device = %s is a directory: name the serial device in it", device);
		break;
	case ENOTTY:
		snprintf(why, size,
			"[meter] device = %s is not a serial device: name the RS485 port, such as "
			"/dev/ttyUSB0",
			device);
		break;
	case EBUSY:
		port_holder(device, holder, sizeof(holder));
		snprintf(why, size,
			"The meter's serial device %s is in use by %s: a Modbus line has one "
			"master, stop the other one",
			device,
			holder[0] ? holder : "another program (as root, fuser -v names it)");
		break;
	default:
		snprintf(why, size,
			"The meter's serial device %s cannot be opened: %s; look for its adapter in "
			"the kernel's log (journalctl -k)",
			device, strerror(error));
	}
	return -error;
}

int port_claim(const char *device, int *ret_fd, char *why, size_t why_size)
{
	int exclusive = 0, error = 0;
	struct stat st;
	int fd;

	/* Looked at before it is opened: opening a FIFO would wait, and some devices act on it. */
	if (stat(device, &st) < 0)
		return explain(errno, device, why, why_size);
	if (S_ISDIR(st.st_mode))
		return explain(EISDIR, device, why, why_size);
	if (!S_ISCHR(st.st_mode))
		return explain(ENOTTY, device, why, why_size);

	fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return explain(errno, device, why, why_size);
	if (!isatty(fd))
		error = ENOTTY;
	/* Root is let in in spite of TIOCEXCL, so ask. */
	else if (ioctl(fd, TIOCGEXCL, &exclusive) == 0 && exclusive)
		error = EBUSY;
	else if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		error = errno == EWOULDBLOCK ? EBUSY : errno;
	if (error) {
		close(fd);
		return explain(error, device, why, why_size);
	}
	*ret_fd = fd;
	return 0;
}
