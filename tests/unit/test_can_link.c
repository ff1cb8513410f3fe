/* SPDX-License-Identifier: MIT */
/*
 * The kernel's answer about an interface, made here byte for byte; and the real kernel's, as far as
 * it has the interfaces.
 */
#include "support.h"

#include <errno.h>
#include <linux/can/netlink.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "output/can_link.h"

static union {
	struct nlmsghdr header;
	uint8_t bytes[512];
} message;
static size_t length;

static void append(const void *data, size_t size)
{
	assert_true(length + size <= sizeof(message));
	memcpy(message.bytes + length, data, size);
	length = (length + size + 3) & ~(size_t)3;
	message.header.nlmsg_len = (uint32_t)length;
}

static void message_begin(uint16_t type)
{
	memset(&message, 0, sizeof(message));
	length = 0;
	message.header.nlmsg_type = type;
	append(&message.header, sizeof(message.header));
}

static void link_begin(uint16_t device, int index, unsigned int flags)
{
	struct ifinfomsg info = {.ifi_type = device, .ifi_index = index, .ifi_flags = flags};

	message_begin(RTM_NEWLINK);
	append(&info, sizeof(info));
}

static void attribute(uint16_t type, const void *data, size_t size)
{
	struct rtattr header = {.rta_type = type, .rta_len = (uint16_t)RTA_LENGTH(size)};

	append(&header, sizeof(header));
	append(data, size);
}

/* A nest runs from nest_begin() to nest_end(). */
static size_t nest_begin(uint16_t type)
{
	size_t at = length;

	attribute(type, "", 0);
	return at;
}

static void nest_end(size_t at)
{
	uint16_t size = (uint16_t)(length - at);

	memcpy(message.bytes + at, &size, sizeof(size));
}

/* As the kernel fills it for a can_dev: other attributes before, beside and behind. */
static void can_dev(unsigned int flags, uint32_t restart_ms)
{
	struct can_bittiming timing = {.bitrate = 250000};
	uint32_t number = 10;
	size_t info, data;

	link_begin(ARPHRD_CAN, 5, flags);
	attribute(IFLA_IFNAME, "can0", 5);
	attribute(IFLA_TXQLEN, &number, sizeof(number));
	info = nest_begin(IFLA_LINKINFO | NLA_F_NESTED);
	attribute(IFLA_INFO_KIND, "can", 4);
	data = nest_begin(IFLA_INFO_DATA);
	attribute(IFLA_CAN_BITTIMING, &timing, sizeof(timing));
	attribute(IFLA_CAN_STATE, &number, sizeof(number));
	attribute(IFLA_CAN_RESTART_MS, &restart_ms, sizeof(restart_ms));
	nest_end(data);
	nest_end(info);
	attribute(IFLA_GROUP, &number, sizeof(number));
}

static void a_can_interface_tells_its_state_and_restart(void **state)
{
	static const struct {
		unsigned int flags;
		bool up, carrier;
	} cases[] = {{IFF_UP | IFF_RUNNING | IFF_LOWER_UP, true, true}, {IFF_UP, true, false},
		{0, false, false}, {IFF_NOARP | IFF_ECHO, false, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct can_link link;

		can_dev(cases[i].flags, i == 0 ? 0 : 100);
		assert_int_equal(can_link_parse(&message, length, &link), 0);
		assert_int_equal(link.index, 5);
		assert_int_equal(link.up, cases[i].up);
		assert_int_equal(link.carrier, cases[i].carrier);
		assert_int_equal(link.restart_ms, i == 0 ? 0 : 100);
	}
}

static void a_virtual_interface_has_no_restart(void **state)
{
	struct can_link link;
	size_t info;

	(void)state;
	link_begin(ARPHRD_CAN, 7, IFF_UP | IFF_LOWER_UP);
	info = nest_begin(IFLA_LINKINFO);
	attribute(IFLA_INFO_KIND, "vcan", 5);
	nest_end(info);
	assert_int_equal(can_link_parse(&message, length, &link), 0);
	assert_int_equal(link.index, 7);
	assert_int_equal(link.restart_ms, -1);

	link_begin(ARPHRD_CAN, 7, IFF_UP);
	assert_int_equal(can_link_parse(&message, length, &link), 0);
	assert_int_equal(link.restart_ms, -1);
}

static void another_kind_of_interface_is_refused(void **state)
{
	struct can_link link;

	(void)state;
	link_begin(ARPHRD_ETHER, 2, IFF_UP | IFF_LOWER_UP);
	assert_int_equal(can_link_parse(&message, length, &link), -EMEDIUMTYPE);
}

static void the_kernels_errors_come_through(void **state)
{
	struct nlmsgerr error = {.error = -ENODEV};
	struct can_link link;

	(void)state;
	message_begin(NLMSG_ERROR);
	append(&error, sizeof(error));
	assert_int_equal(can_link_parse(&message, length, &link), -ENODEV);
	/* an acknowledgement, which is no answer */
	message_begin(NLMSG_ERROR);
	error.error = 0;
	append(&error, sizeof(error));
	assert_int_equal(can_link_parse(&message, length, &link), -EBADMSG);
	message_begin(NLMSG_DONE);
	assert_int_equal(can_link_parse(&message, length, &link), -EBADMSG);
}

/* The exact size on the heap, so that a sanitizer sees each byte that is read beyond. */
static int parse_cut(size_t size, struct can_link *ret)
{
	void *copy = malloc(size ? size : 1);
	int error;

	assert_non_null(copy);
	memcpy(copy, &message, size);
	error = can_link_parse(copy, size, ret);
	free(copy);
	return error;
}

static void an_answer_that_is_cut_is_no_answer(void **state)
{
	struct can_link link = {.index = 99};

	(void)state;
	can_dev(IFF_UP, 100);
	for (size_t size = 0; size < length; size++)
		assert_int_equal(parse_cut(size, &link), -EBADMSG);
	assert_int_equal(link.index, 99);

	/* and one that says it is shorter has what it has */
	for (size_t size = 0; size <= length; size++) {
		can_dev(IFF_UP, 100);
		message.header.nlmsg_len = (uint32_t)size;
		if (size < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
			assert_int_equal(parse_cut(length, &link), -EBADMSG);
		else
			assert_int_equal(parse_cut(size, &link), 0);
	}
}

static void wrong_bytes_are_survived(void **state)
{
	struct random random = {random_seed()};

	(void)state;
	for (int run = test_runs(20000); run > 0; run--) {
		struct can_link link;

		can_dev(IFF_UP, 100);
		for (int64_t i = random_between(&random, 1, 8); i > 0; i--) {
			size_t at = (size_t)random_between(&random, 16, (int64_t)length - 1);

			message.bytes[at] = (uint8_t)random_next(&random);
		}
		(void)parse_cut(length, &link);
	}
}

static void the_real_kernel_is_asked(void **state)
{
	struct can_link link;
	int error = can_link_query("poweropt-none", &link);

	(void)state;
	if (error == -EAFNOSUPPORT || error == -EPERM || error == -EOPNOTSUPP) {
		print_message("no rtnetlink here: %s\n", strerror(-error));
		skip();
	}
	assert_int_equal(error, -ENODEV);
	assert_int_equal(can_link_query("lo", &link), -EMEDIUMTYPE);
	assert_int_equal(can_link_query("", &link) < 0, 1);
	assert_int_equal(can_link_query("sixteen-letters-", &link), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_can_interface_tells_its_state_and_restart),
		cmocka_unit_test(a_virtual_interface_has_no_restart),
		cmocka_unit_test(another_kind_of_interface_is_refused),
		cmocka_unit_test(the_kernels_errors_come_through),
		cmocka_unit_test(an_answer_that_is_cut_is_no_answer),
		cmocka_unit_test(wrong_bytes_are_survived),
		cmocka_unit_test(the_real_kernel_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
