/* SPDX-License-Identifier: MIT */
/* What becomes of the bytes on the line, and of the port. */
#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "meter/port.h"
#include "meter_rig.h"

/* ---- an answer as it comes in ---- */

static void an_answer_in_single_bytes_is_read_when_it_is_complete(void **state)
{
	const float currents[] = {1, 2, 3};
	uint8_t frame[64];
	size_t size = make_answer(frame, 1, currents, 6);
	unsigned int events = 0;
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	rig_await_request(&rig);
	for (size_t i = 0; i < size; i++) {
		assert_int_equal(events, 0);
		assert_int_equal(write(rig.master, frame + i, 1), 1);
		rig.now_us += 1146;   /* a character at 9600 8E1 */
		await_bytes(&rig, 1); /* the driver has taken those before */
		events |= meter_dispatch(rig.meter, rig.now_us);
	}
	assert_true(events & METER_READING);
	rig_end(&rig);
}

static void nobody_listens_while_the_rest_of_an_answer_is_on_the_wire(void **state)
{
	const float currents[] = {1, 2, 3};
	uint8_t frame[64];
	size_t size = make_answer(frame, 1, currents, 6);
	int64_t first_us;
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	assert_false(meter_listens(rig.meter));
	rig_await_request(&rig);
	assert_true(meter_listens(rig.meter));
	assert_int_equal(rig_send_piece(&rig, frame, 1, 15000), 0);
	assert_false(meter_listens(rig.meter));
	first_us = rig.now_us;
	/* 16 characters of 10 bits at 9600 baud */
	assert_in_range(meter_deadline_us(rig.meter) - first_us, 16 * 1041, 16 * 1042);
	assert_int_equal(write(rig.master, frame + 1, size - 1), (ssize_t)size - 1);
	await_bytes(&rig, (int)size - 1);
	assert_true(rig_advance(&rig) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->current_ma[2], 3000);
	assert_false(meter_listens(rig.meter));
	rig_end(&rig);
}

static void each_byte_counts_once_the_rest_is_late(void **state)
{
	const float currents[] = {1, 2, 3};
	uint8_t frame[64];
	size_t size = make_answer(frame, 1, currents, 6);
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	/* the first byte and then a gap, as of an adapter that collects 16 ms */
	assert_int_equal(rig_send_piece(&rig, frame, 1, 15000), 0);
	assert_int_equal(rig_advance(&rig), 0);
	assert_true(meter_listens(rig.meter));
	assert_int_equal(rig_send_piece(&rig, frame + 1, size - 2, 10000), 0);
	assert_true(meter_listens(rig.meter));
	assert_true(rig_send_piece(&rig, frame + size - 1, 1, 10000) & METER_READING);

	/* of two pieces, the second of one byte is taken when it comes */
	rig_await_request_for(&rig, 0x500c);
	assert_int_equal(rig_send_piece(&rig, frame, size - 1, 15000), 0);
	assert_true(meter_listens(rig.meter));
	assert_true(rig_send_piece(&rig, frame + size - 1, 1, 200) & METER_READING);
	rig_end(&rig);
}

static void a_refusal_after_its_first_byte_is_taken_with_the_next_look(void **state)
{
	uint8_t frame[8] = {1, 0x83, 2};
	size_t size = finish_frame(frame, 3);
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	assert_int_equal(rig_send_piece(&rig, frame, 1, 15000), 0);
	assert_int_equal(write(rig.master, frame + 1, size - 1), (ssize_t)size - 1);
	await_bytes(&rig, (int)size - 1);
	(void)rig_advance(&rig);
	assert_int_equal(meter_status(rig.meter)->counters.exception, 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_REFUSED);
	rig_end(&rig);
}

static void noise_before_an_answer_costs_one_poll(void **state)
{
	const float currents[] = {1, 2, 3};
	uint8_t noisy[64] = {0};
	size_t size = make_answer(noisy + 1, 1, currents, 6);
	unsigned int events = 0;
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	/* the byte alone is not worth an end: the answer may follow */
	assert_int_equal(rig_send_piece(&rig, noisy, 1, 1000), 0);
	assert_int_equal(write(rig.master, noisy + 1, size), (ssize_t)size);
	await_bytes(&rig, (int)size);
	events = rig_advance(&rig);
	assert_false(events & METER_READING);
	assert_int_equal(meter_status(rig.meter)->counters.implausible, 1);
	rig_await_request_for(&rig, 0x500c);
	assert_true(rig_answer_floats(&rig, currents) & METER_READING);
	rig_end(&rig);
}

static void garbage_longer_than_an_answer_is_dropped_with_all_of_it(void **state)
{
	const float currents[] = {1, 2, 3};
	const struct meter_counters *n;
	uint8_t garbage[600];
	struct rig rig;
	uint64_t lost;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	n = &meter_status(rig.meter)->counters;
	for (int first = 0; first < 4; first++) {
		memset(garbage, 0xff, sizeof(garbage));
		memcpy(garbage, (uint8_t[]){1, 3, 255}, (size_t)first);
		rig_await_request_for(&rig, 0x500c);
		lost = n->crc + n->timeout + n->implausible;
		(void)rig_send_piece(&rig, garbage, sizeof(garbage), 15000);
		/* at once: what follows would wake us up without end */
		assert_int_equal(n->crc + n->timeout + n->implausible, lost + 1);
	}
	rig_await_request_for(&rig, 0x500c);
	assert_true(rig_answer_floats(&rig, currents) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->current_ma[1], 2000);
	rig_end(&rig);
}

/* ---- the wire ---- */

static void silence_is_a_timeout_and_the_line_gets_time_afterwards(void **state)
{
	struct rig rig;
	int64_t sent_us, given_up_us;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	sent_us = rig.now_us;
	assert_true(rig_advance(&rig) & METER_TROUBLE);
	given_up_us = rig.now_us;
	/* the response timeout, and the wire time of 25 characters at 9600 8N1 */
	assert_in_range(given_up_us - sent_us, 200000, 200000 + 25 * 1042);
	assert_int_equal(meter_status(rig.meter)->counters.timeout, 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_SILENT);
	assert_non_null(strstr(meter_trouble_text(rig.meter), rig.path));
	rig_await_request(&rig);
	assert_true(rig.now_us - given_up_us >= 200000);
	rig_end(&rig);
}

static void a_late_answer_is_dropped(void **state)
{
	const float late[] = {77, 77, 77}, now[] = {1, 2, 3};
	uint8_t frame[64];
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	(void)rig_advance(&rig); /* timeout */
	rig.now_us += 100000;
	assert_int_equal(rig_send_raw(&rig, frame, make_answer(frame, 1, late, 6)), 0);
	rig_await_request_for(&rig, 0x500c);
	assert_true(rig_answer_floats(&rig, now) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->current_ma[0], 1000);
	rig_end(&rig);
}

static void a_late_answer_to_another_request_never_passes_for_currents(void **state)
{
	const float volts[] = {0, 230, 230, 230};
	uint8_t frame[64];
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	for (int i = 0; i < 40; i++) {
		rig_await_request(&rig);
		if (asked_address(&rig) == 0x5000)
			break;
		(void)rig_answer_healthy(&rig, 10);
	}
	assert_int_equal(asked_address(&rig), 0x5000);
	rig_await_request_for(&rig, 0x500c);
	/* only now, in the middle of the next request, the voltages come */
	assert_false(rig_send_raw(&rig, frame, make_answer(frame, 1, volts, 8)) & METER_READING);
	assert_int_equal(meter_reading(rig.meter)->current_ma[0], 10000);
	rig_end(&rig);
}

static void broken_answers_are_counted_by_kind_and_never_read(void **state)
{
	const float currents[] = {5, 5, 5};
	uint8_t frame[64];
	size_t size;
	struct rig rig;
	const struct meter_counters *counters;
	uint64_t timeouts;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	counters = &meter_status(rig.meter)->counters;

	rig_await_request_for(&rig, 0x500c);
	size = make_answer(frame, 1, currents, 6);
	frame[size - 1] ^= 0x55;
	assert_false(rig_send_raw(&rig, frame, size) & METER_READING);
	assert_int_equal(counters->crc, 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_DAMAGED);

	rig_await_request_for(&rig, 0x500c);
	size = make_answer(frame, 2, currents, 6);
	assert_false(rig_send_raw(&rig, frame, size) & METER_READING);
	assert_int_equal(counters->implausible, 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_FOREIGN);

	rig_await_request_for(&rig, 0x500c);
	assert_false(rig_refuse(&rig, 4) & METER_READING);
	assert_int_equal(counters->exception, 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_REFUSED);

	rig_await_request_for(&rig, 0x500c);
	timeouts = counters->timeout;
	size = make_answer(frame, 1, currents, 6);
	(void)rig_send_raw(&rig, frame, size / 2);
	assert_false(rig_advance(&rig) & METER_READING); /* when the rest should be there */
	assert_int_equal(counters->timeout, timeouts);
	assert_false(rig_advance(&rig) & METER_READING); /* when none has come for long enough */
	assert_int_equal(counters->timeout, timeouts + 1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_SILENT);
	assert_int_equal(counters->ok, 0);

	rig_await_request_for(&rig, 0x500c);
	assert_true(rig_answer_floats(&rig, currents) & METER_TROUBLE);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_NONE);
	assert_int_equal(counters->ok, 1);
	rig_end(&rig);
}

static void our_own_echo_is_named(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	(void)rig_send_raw(&rig, rig.request, sizeof(rig.request));
	(void)rig_advance(&rig);
	assert_non_null(strstr(meter_trouble_text(rig.meter), "echo"));
	rig_end(&rig);
}

static void rubbish_never_makes_a_reading_and_never_stops_the_polls(void **state)
{
	struct random random = {.state = random_seed()};
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	for (int i = 0; i < 300; i++) {
		uint8_t bytes[256];
		size_t size = (size_t)random_between(
			&random, 1, random_chance(&random, 10) ? 256 : 40);

		rig_await_request(&rig);
		for (size_t k = 0; k < size; k++)
			bytes[k] = (uint8_t)random_next(&random);
		if (random_chance(&random, 30) && size > 3) {
			bytes[0] = 1;
			bytes[1] = 3;
			bytes[2] = (uint8_t)(2 * asked_count(&rig));
		}
		assert_false(rig_send_raw(&rig, bytes, size) & METER_READING);
	}
	rig_await_request_for(&rig, 0x500c);
	assert_true(rig_answer_healthy(&rig, 10) & METER_READING);
	rig_end(&rig);
}

/* ---- the port ---- */

static void a_device_that_vanishes_is_closed_and_opened_again(void **state)
{
	struct rig rig;
	unsigned int events = 0;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_run_healthy(&rig, 3);
	close(rig.slave);
	close(rig.master);
	rig.slave = rig.master = -1;
	for (int i = 0; i < 20 && !(events & METER_REOPENED); i++)
		events |= rig_advance(&rig);
	assert_true(events & METER_REOPENED);
	assert_int_equal(meter_fd(rig.meter), -1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_DEVICE);
	(void)rig_advance(&rig); /* tries again after a second, and a second later */
	assert_in_range(meter_deadline_us(rig.meter) - rig.now_us, 900000, 1100000);
	rig_end(&rig);
}

static void a_device_that_vanishes_while_nobody_listens_is_noticed(void **state)
{
	static const uint8_t first[] = {1};
	struct rig rig;

	(void)state;
	rig_begin(&rig, METER_MODEL_KLEFR_6934);
	rig_await_request(&rig);
	assert_int_equal(rig_send_piece(&rig, first, sizeof(first), 15000), 0);
	assert_false(meter_listens(rig.meter));
	close(rig.slave);
	close(rig.master);
	rig.slave = rig.master = -1;
	assert_true(rig_advance(&rig) & METER_REOPENED);
	assert_int_equal(meter_fd(rig.meter), -1);
	assert_int_equal(meter_status(rig.meter)->trouble, METER_TROUBLE_DEVICE);
	rig_end(&rig);
}

static void what_is_no_free_serial_device_is_refused_with_a_remedy(void **state)
{
	char directory[] = "/tmp/poweropt-test-XXXXXX", why[512], file[64];
	struct rig rig;
	int fd, other;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(port_claim("/dev/no-such-tty", &fd, why, sizeof(why)), -ENOENT);
	assert_non_null(strstr(why, "/dev/no-such-tty"));
	assert_non_null(strstr(why, "[meter] device"));

	assert_int_equal(port_claim(directory, &fd, why, sizeof(why)), -EISDIR);
	assert_non_null(strstr(why, "is a directory"));

	snprintf(file, sizeof(file), "%s/file", directory);
	fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(port_claim(file, &fd, why, sizeof(why)), -ENOTTY);
	assert_int_equal(mkfifo(strcat(file, "o"), 0600), 0);
	assert_int_equal(port_claim(file, &fd, why, sizeof(why)), -ENOTTY);
	assert_int_equal(port_claim("/dev/null", &fd, why, sizeof(why)), -ENOTTY);

	rig_begin(&rig, METER_MODEL_AUTO);
	other = open(rig.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(other >= 0);
	assert_int_equal(flock(other, LOCK_EX), 0);
	assert_int_equal(port_claim(rig.path, &fd, why, sizeof(why)), -EBUSY);
	assert_non_null(strstr(why, "in use by"));
	close(other);
	assert_int_equal(port_claim(rig.path, &fd, why, sizeof(why)), 0);
	close(fd);
	rig_end(&rig);

	(void)unlink(file);
	file[strlen(file) - 1] = '\0';
	(void)unlink(file);
	(void)rmdir(directory);
}

static void the_line_is_ours_alone(void **state)
{
	struct rig rig;
	int exclusive = 0;

	(void)state;
	rig_begin(&rig, METER_MODEL_AUTO);
	(void)rig_advance(&rig);
	assert_true(meter_fd(rig.meter) >= 0);
	if (ioctl(rig.slave, TIOCGEXCL, &exclusive) == 0)
		assert_true(exclusive);
	else /* qemu's user mode does not know that question */
		assert_int_equal(errno, ENOSYS);
	assert_int_equal(flock(rig.slave, LOCK_EX | LOCK_NB), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	rig_end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_in_single_bytes_is_read_when_it_is_complete),
		cmocka_unit_test(nobody_listens_while_the_rest_of_an_answer_is_on_the_wire),
		cmocka_unit_test(each_byte_counts_once_the_rest_is_late),
		cmocka_unit_test(a_refusal_after_its_first_byte_is_taken_with_the_next_look),
		cmocka_unit_test(noise_before_an_answer_costs_one_poll),
		cmocka_unit_test(garbage_longer_than_an_answer_is_dropped_with_all_of_it),
		cmocka_unit_test(silence_is_a_timeout_and_the_line_gets_time_afterwards),
		cmocka_unit_test(a_late_answer_is_dropped),
		cmocka_unit_test(a_late_answer_to_another_request_never_passes_for_currents),
		cmocka_unit_test(broken_answers_are_counted_by_kind_and_never_read),
		cmocka_unit_test(our_own_echo_is_named),
		cmocka_unit_test(rubbish_never_makes_a_reading_and_never_stops_the_polls),
		cmocka_unit_test(a_device_that_vanishes_is_closed_and_opened_again),
		cmocka_unit_test(a_device_that_vanishes_while_nobody_listens_is_noticed),
		cmocka_unit_test(what_is_no_free_serial_device_is_refused_with_a_remedy),
		cmocka_unit_test(the_line_is_ours_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
