/* SPDX-License-Identifier: MIT */
/*
 * The seam to libgpiod as far as it goes without a GPIO chip: what is no chip is
 * said to be none, whichever libgpiod it is. With chips it is tested in tests/system.
 */
#include <string.h>
#include <unistd.h>

#include "dip/dip_private.h"
#include "support.h"

static void what_is_no_chip_is_said_to_be_none(void **state)
{
	/* Writable, as the source tree is not for everybody: no permission would be another sentence. */
	char file[] = "/tmp/poweropt-no-chip-XXXXXX";
	const char *const paths[] = {"/dev/no-such-gpiochip", "/dev/null", "/dev", file};
	int fd = mkstemp(file);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct dip_trouble trouble = {.kind = DIP_TROUBLE_CHIP, .line = DIP_LINE_NONE};
		struct dip_config config = {0};
		struct chip *chip = NULL;
		char text[512], expected[512];

		strcpy(config.chip, paths[i]);
		trouble.error = take_chip(&chip, "/dev", config.chip);
		assert_true(trouble.error < 0);
		assert_null(chip);
		trouble_sentence(&trouble, &config, text, sizeof(text));
		snprintf(expected, sizeof(expected), "There is no GPIO chip %s for", paths[i]);
		assert_memory_equal(text, expected, strlen(expected));
	}
	unlink(file);
}

static void nothing_can_be_closed(void **state)
{
	(void)state;
	assert_null(chip_close(NULL));
	assert_null(lines_release(NULL));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_chip_is_said_to_be_none),
		cmocka_unit_test(nothing_can_be_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
