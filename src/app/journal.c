/* SPDX-License-Identifier: MIT */
#include "app/journal.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

static int journal_fd = -1;

int journal_open(void)
{
	if (journal_fd < 0)
		journal_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return journal_fd < 0 ? -errno : 0;
}

int journal_send(struct iovec fields[], size_t count)
{
	/* Not connected, so that a journald that was started again is found. */
	struct sockaddr_un journal = {AF_UNIX, "/run/systemd/journal/socket"};
	struct msghdr message = {
		.msg_name = &journal,
		.msg_namelen = sizeof(journal),
		.msg_iov = fields,
		.msg_iovlen = count,
	};

	return sendmsg(journal_fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}
