/* SPDX-License-Identifier: MIT */
#include "app/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int notify_fd = -1;

bool notify_send(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;
	struct sockaddr_un manager = {.sun_family = AF_UNIX};
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);

	/* A path, or a name of Linux' own, which begins with a zero. */
	if (length < 2 || length >= sizeof(manager.sun_path) || !strchr("/@", path[0]))
		return true;
	memcpy(manager.sun_path, path, length);
	if (path[0] == '@')
		manager.sun_path[0] = '\0';
	if (notify_fd < 0)
		notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (notify_fd < 0)
		return false; /* for want of a descriptor */
	/* Not connected, so that a manager that was started again is found. */
	return sendto(notify_fd, state, strlen(state), MSG_NOSIGNAL,
		       (const struct sockaddr *)&manager, size) >= 0 ||
	       (errno != EAGAIN && errno != ENOBUFS);
}
