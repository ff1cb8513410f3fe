/* SPDX-License-Identifier: MIT */
#include "output/can_link.h"

#include <errno.h>
#include <linux/can/netlink.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than twice the answer for a can_dev without statistics. */
#define ANSWER_BYTES 8192

struct request {
	struct nlmsghdr header;
	struct ifinfomsg info;
	struct rtattr name_header;
	char name[RTA_ALIGN(IFNAMSIZ)];
	struct rtattr mask_header;
	uint32_t mask;
};

struct span {
	const uint8_t *at;
	size_t length;
};

/* The payload of an attribute; empty if it is not there. */
static struct span find(struct span attributes, unsigned int type)
{
	struct rtattr header;
	size_t step;

	while (attributes.length >= sizeof(header)) {
		memcpy(&header, attributes.at, sizeof(header));
		step = RTA_ALIGN(header.rta_len);
		if (header.rta_len < sizeof(header) || header.rta_len > attributes.length)
			break;
		if ((header.rta_type & NLA_TYPE_MASK) == type)
			return (struct span){
				attributes.at + RTA_LENGTH(0), header.rta_len - RTA_LENGTH(0)};
		if (step > attributes.length)
			break;
		attributes.at += step;
		attributes.length -= step;
	}
	return (struct span){NULL, 0};
}

static int64_t restart_ms(struct span attributes)
{
	struct span can = find(find(attributes, IFLA_LINKINFO), IFLA_INFO_DATA);
	struct span restart = find(can, IFLA_CAN_RESTART_MS);
	uint32_t value;

	if (restart.length < sizeof(value))
		return -1;
	memcpy(&value, restart.at, sizeof(value));
	return value;
}

static int parse_error(const struct nlmsghdr *header)
{
	const struct nlmsgerr *error = NLMSG_DATA(header);

	if (header->nlmsg_len < NLMSG_LENGTH(sizeof(*error)))
		return -EBADMSG;
	return error->error < 0 ? error->error : -EBADMSG;
}

int can_link_parse(const void *message, size_t length, struct can_link *ret)
{
	const struct nlmsghdr *header = message;
	const struct ifinfomsg *info;
	struct span attributes;

	if (!NLMSG_OK(header, length))
		return -EBADMSG;
	if (header->nlmsg_type == NLMSG_ERROR)
		return parse_error(header);
	if (header->nlmsg_type != RTM_NEWLINK || header->nlmsg_len < NLMSG_LENGTH(sizeof(*info)))
		return -EBADMSG;
	info = NLMSG_DATA(header);
	if (info->ifi_type != ARPHRD_CAN)
		return -EMEDIUMTYPE;

	attributes.at = (const uint8_t *)message + NLMSG_SPACE(sizeof(*info));
	attributes.length = header->nlmsg_len - NLMSG_LENGTH(sizeof(*info));
	*ret = (struct can_link){
		.index = info->ifi_index,
		.up = info->ifi_flags & IFF_UP,
		.carrier = info->ifi_flags & IFF_LOWER_UP,
		.restart_ms = restart_ms(attributes),
	};
	return 0;
}

static int ask(int fd, const char *interface)
{
	struct request request = {
		.header.nlmsg_len = sizeof(request),
		.header.nlmsg_type = RTM_GETLINK,
		.header.nlmsg_flags = NLM_F_REQUEST,
		.info.ifi_family = AF_UNSPEC,
		.name_header.rta_len = RTA_LENGTH(sizeof(request.name)),
		.name_header.rta_type = IFLA_IFNAME,
		.mask_header.rta_len = RTA_LENGTH(sizeof(request.mask)),
		.mask_header.rta_type = IFLA_EXT_MASK,
		.mask = RTEXT_FILTER_SKIP_STATS,
	};
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	size_t length = strlen(interface);

	if (length >= sizeof(request.name))
		return -ENODEV;
	memcpy(request.name, interface, length);
	if (sendto(fd, &request, sizeof(request), 0, (struct sockaddr *)&kernel, sizeof(kernel)) <
		0)
		return -errno;
	return 0;
}

int can_link_query(const char *interface, struct can_link *ret)
{
	union {
		struct nlmsghdr header;
		char bytes[ANSWER_BYTES];
	} answer;
	ssize_t length;
	int error;
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	error = ask(fd, interface);
	if (error == 0) {
		/* the kernel has put the answer there before sendto() came back */
		length = recv(fd, &answer, sizeof(answer), 0);
		error = length < 0 ? -errno : can_link_parse(&answer, (size_t)length, ret);
	}
	(void)close(fd);
	return error;
}
