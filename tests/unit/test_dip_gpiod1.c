/* SPDX-License-Identifier: MIT */
/*
 * The seam to libgpiod 1 with the library's side of it in the hands of the test: what is asked of it,
 * and what becomes of its answers. With real chips it is tested in tests/system.
 */
#include <errno.h>
#include <gpiod.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "dip/lines.h"
#include "support.h"

#define LINES 8

struct gpiod_line {
	unsigned int offset;
	const char *name;
	bool used;
	const char *consumer;
	int fd;	   /* of its edges */
	int value; /* as the request would have it */
};

struct gpiod_chip {
	struct gpiod_line lines[LINES];
	int open;
	int fails; /* errno of the next call that can fail; 0: none */
	struct gpiod_line_request_config request;
	unsigned int taken;
};

static struct gpiod_chip fake;

static int setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	for (unsigned int i = 0; i < LINES; i++) {
		fake.lines[i].offset = i;
		fake.lines[i].name = "other";
		fake.lines[i].fd = eventfd(0, EFD_CLOEXEC); /* waits, as the library's do */
		assert_true(fake.lines[i].fd >= 0);
	}
	fake.lines[5].name = "DIP4";
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < LINES; i++)
		close(fake.lines[i].fd);
	return fake.open == 0 && fake.taken == 0 ? 0 : -1;
}

static bool fails(void)
{
	errno = fake.fails;
	return fake.fails != 0;
}

/* ---- the library ---- */

struct gpiod_chip *gpiod_chip_open(const char *path)
{
	assert_string_equal(path, "/dev/gpiochip0");
	if (fails())
		return NULL;
	fake.open++;
	return &fake;
}

void gpiod_chip_close(struct gpiod_chip *chip)
{
	assert_ptr_equal(chip, &fake);
	chip->open--;
}

const char *gpiod_chip_label(struct gpiod_chip *chip)
{
	(void)chip;
	return "pinctrl";
}

unsigned int gpiod_chip_num_lines(struct gpiod_chip *chip)
{
	(void)chip;
	return LINES;
}

struct gpiod_line *gpiod_chip_get_line(struct gpiod_chip *chip, unsigned int offset)
{
	if (fails())
		return NULL;
	if (offset < LINES)
		return &chip->lines[offset];
	errno = EINVAL;
	return NULL;
}

struct gpiod_line *gpiod_chip_find_line(struct gpiod_chip *chip, const char *name)
{
	for (unsigned int i = 0; i < LINES; i++)
		if (strcmp(chip->lines[i].name, name) == 0)
			return &chip->lines[i];
	errno = ENOENT;
	return NULL;
}

unsigned int gpiod_line_offset(struct gpiod_line *line)
{
	return line->offset;
}

bool gpiod_line_is_used(struct gpiod_line *line)
{
	return line->used;
}

const char *gpiod_line_consumer(struct gpiod_line *line)
{
	return line->consumer;
}

int gpiod_line_request_bulk(struct gpiod_line_bulk *bulk,
	const struct gpiod_line_request_config *config, const int *default_vals)
{
	(void)default_vals;
	if (fails())
		return -1;
	fake.request = *config;
	fake.taken = bulk->num_lines;
	return 0;
}

void gpiod_line_release_bulk(struct gpiod_line_bulk *bulk)
{
	(void)bulk;
	fake.taken = 0;
}

int gpiod_line_get_value_bulk(struct gpiod_line_bulk *bulk, int *values)
{
	if (fails())
		return -1;
	for (unsigned int i = 0; i < bulk->num_lines; i++)
		values[i] = bulk->lines[i]->value;
	return 0;
}

int gpiod_line_event_get_fd(struct gpiod_line *line)
{
	return line->fd;
}

int gpiod_line_event_read_fd_multiple(
	int fd, struct gpiod_line_event *events, unsigned int num_events)
{
	uint64_t count;

	assert_true(num_events > 0);
	memset(events, 0, sizeof(*events) * num_events);
	return read(fd, &count, sizeof(count)) == sizeof(count) ? 1 : -1;
}

/* ---- tests ---- */

static const int offsets[DIP_SWITCHES] = {5, 2, 7};

static struct chip *chip(void)
{
	struct chip *ret = NULL;

	assert_int_equal(chip_open(&ret, "/dev/gpiochip0"), 0);
	return ret;
}

static void edge(unsigned int offset)
{
	assert_int_equal(eventfd_write(fake.lines[offset].fd, 1), 0);
}

static bool readable(const struct lines *lines)
{
	struct pollfd pfd = {.fd = lines_fd(lines), .events = POLLIN};

	return poll(&pfd, 1, 0) == 1;
}

static void a_chip_tells_its_label_its_lines_and_their_names(void **state)
{
	struct chip *c = chip();

	(void)state;
	assert_true(chip_has_label(c, "pinctrl"));
	assert_false(chip_has_label(c, "pinctrl2"));
	assert_int_equal(chip_line_count(c), LINES);
	assert_int_equal(chip_find_line(c, "DIP4"), 5);
	assert_int_equal(chip_find_line(c, "DIP5"), -ENOENT);
	assert_null(chip_close(c));
}

static void a_chip_that_cannot_be_opened_is_told(void **state)
{
	struct chip *c = NULL;

	(void)state;
	fake.fails = EACCES;
	assert_int_equal(chip_open(&c, "/dev/gpiochip0"), -EACCES);
	assert_null(c);
}

static void who_uses_a_line_is_told(void **state)
{
	struct chip *c = chip();
	char text[32] = "untouched";

	(void)state;
	assert_false(chip_consumer(c, 5, text, sizeof(text)));
	assert_string_equal(text, "untouched");
	fake.lines[5].used = true;
	assert_true(chip_consumer(c, 5, text, sizeof(text)));
	assert_string_equal(text, "");
	fake.lines[5].consumer = "sysfs";
	assert_true(chip_consumer(c, 5, text, sizeof(text)));
	assert_string_equal(text, "sysfs");
	assert_false(chip_consumer(c, LINES, text, sizeof(text)));
	chip_close(c);
}

static void lines_are_taken_as_they_are_configured(void **state)
{
	static const struct {
		enum dip_bias bias;
		int flag;
	} biases[] = {{DIP_BIAS_AS_IS, 0},
		{DIP_BIAS_DISABLED, GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE},
		{DIP_BIAS_PULL_UP, GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP},
		{DIP_BIAS_PULL_DOWN, GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN}};
	struct chip *c = chip();

	(void)state;
	for (size_t i = 0; i < sizeof(biases) / sizeof(biases[0]); i++) {
		for (int low = 0; low < 2; low++) {
			struct dip_config config = {.bias = biases[i].bias, .active_low = low};
			struct lines *lines = NULL;

			assert_int_equal(lines_request(&lines, c, offsets, &config, false), 0);
			assert_int_equal(fake.taken, DIP_SWITCHES);
			assert_string_equal(fake.request.consumer, "poweroptd");
			assert_int_equal(
				fake.request.request_type, GPIOD_LINE_REQUEST_DIRECTION_INPUT);
			assert_int_equal(fake.request.flags,
				biases[i].flag | (low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0));
			assert_int_equal(lines_fd(lines), -1);
			lines_drain(lines); /* nothing to drain, and nothing to wait for */
			assert_null(lines_release(lines));
			assert_int_equal(fake.taken, 0);
		}
	}
	chip_close(c);
}

static void levels_come_in_the_order_of_the_request(void **state)
{
	struct dip_config config = {0};
	bool active[DIP_SWITCHES] = {false};
	struct chip *c = chip();
	struct lines *lines = NULL;

	(void)state;
	assert_int_equal(lines_request(&lines, c, offsets, &config, false), 0);
	for (int i = 0; i < DIP_SWITCHES; i++) {
		for (int n = 0; n < DIP_SWITCHES; n++)
			fake.lines[offsets[n]].value = n == i;
		assert_int_equal(lines_read(lines, active), 0);
		for (int n = 0; n < DIP_SWITCHES; n++)
			assert_int_equal(active[n], n == i);
	}
	/* a chip that is gone changes nothing of what was read */
	fake.fails = ENODEV;
	fake.lines[offsets[0]].value = 1;
	assert_int_equal(lines_read(lines, active), -ENODEV);
	assert_false(active[0]);
	lines_release(lines);
	chip_close(c);
}

static void an_edge_on_any_line_is_seen_until_it_is_drained(void **state)
{
	struct dip_config config = {0};
	struct chip *c = chip();
	struct lines *lines = NULL;

	(void)state;
	assert_int_equal(lines_request(&lines, c, offsets, &config, true), 0);
	assert_int_equal(fake.request.request_type, GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES);
	assert_false(readable(lines));
	for (int i = 0; i < DIP_SWITCHES; i++) {
		edge((unsigned int)offsets[i]);
		assert_true(readable(lines));
		assert_true(readable(lines)); /* level-triggered */
		lines_drain(lines);
		assert_false(readable(lines));
	}
	edge(0); /* is none of ours */
	assert_false(readable(lines));
	lines_drain(lines);
	lines_release(lines);
	chip_close(c);
}

static void what_cannot_be_taken_is_told_and_given_back(void **state)
{
	static const int beyond[DIP_SWITCHES] = {5, 2, LINES};
	struct dip_config config = {0};
	struct chip *c = chip();
	struct lines *lines = NULL;
	int fd = fake.lines[2].fd;

	(void)state;
	assert_int_equal(lines_request(&lines, c, beyond, &config, false), -EINVAL);
	fake.fails = EBUSY;
	assert_int_equal(lines_request(&lines, c, offsets, &config, true), -EBUSY);
	fake.fails = 0;
	fake.lines[2].fd = 9999; /* edges that cannot be waited for */
	assert_int_equal(lines_request(&lines, c, offsets, &config, true), -EBADF);
	fake.lines[2].fd = fd;
	assert_int_equal(fake.taken, 0);
	assert_null(lines);
	chip_close(c);
}

#define fake_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		fake_test(a_chip_tells_its_label_its_lines_and_their_names),
		fake_test(a_chip_that_cannot_be_opened_is_told),
		fake_test(who_uses_a_line_is_told),
		fake_test(lines_are_taken_as_they_are_configured),
		fake_test(levels_come_in_the_order_of_the_request),
		fake_test(an_edge_on_any_line_is_seen_until_it_is_drained),
		fake_test(what_cannot_be_taken_is_told_and_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
