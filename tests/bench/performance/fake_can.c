/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into the daemon on a machine without CAN, it answers for an interface that is up and takes
 * every frame: the daemon's side of CAN, without that of the kernel.
 */
#include <dlfcn.h>
#include <linux/can.h>
#include <linux/can/raw.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define INDEX 3

static int can_fd = -1, link_fd = -1, link_peer = -1;

static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

int socket(int domain, int type, int protocol)
{
	int (*next)(int, int, int);
	int pair[2];

	*(void **)&next = real("socket");
	if (domain != PF_CAN && domain != AF_NETLINK)
		return next(domain, type, protocol);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | (type & (SOCK_CLOEXEC | SOCK_NONBLOCK)), 0, pair) <
		0)
		return -1;
	if (domain == PF_CAN) {
		can_fd = pair[0];
	} else {
		if (link_peer >= 0)
			close(link_peer);
		link_fd = pair[0];
		link_peer = pair[1];
	}
	return pair[0];
}

ssize_t sendto(
	int fd, const void *bytes, size_t n, int flags, const struct sockaddr *to, socklen_t length)
{
	ssize_t (*next)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
	} answer = {
		.header = {.nlmsg_len = sizeof(answer), .nlmsg_type = RTM_NEWLINK},
		.info = {.ifi_type = ARPHRD_CAN,
			.ifi_index = INDEX,
			.ifi_flags = IFF_UP | IFF_LOWER_UP},
	};

	*(void **)&next = real("sendto");
	if (fd != link_fd)
		return next(fd, bytes, n, flags, to, length);
	return write(link_peer, &answer, sizeof(answer)) < 0 ? -1 : (ssize_t)n;
}

ssize_t send(int fd, const void *bytes, size_t n, int flags)
{
	ssize_t (*next)(int, const void *, size_t, int);

	*(void **)&next = real("send");
	return fd == can_fd ? (ssize_t)n : next(fd, bytes, n, flags);
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	int (*next)(int, const struct sockaddr *, socklen_t);

	*(void **)&next = real("bind");
	return fd == can_fd ? 0 : next(fd, address, length);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	int (*next)(int, int, int, const void *, socklen_t);

	*(void **)&next = real("setsockopt");
	return level == SOL_CAN_RAW ? 0 : next(fd, level, name, value, length);
}
