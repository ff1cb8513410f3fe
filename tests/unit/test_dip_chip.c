/* SPDX-License-Identifier: MIT */
/*
 * Which GPIO chip is meant: by path, by name, by a label that only one of them has.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "dip/dip_private.h"
#include "fake_lines.h"
#include "support.h"

/* A directory with the devices gpiochip0 to 2, and gpiochip9 that is another name of the first. */
struct rig {
	char dev[32];
	char *paths[FAKE_CHIPS];
	char *link;
};

static void rig_begin(struct rig *rig)
{
	static const char *const labels[FAKE_CHIPS] = {"soc", "expander", "expander"};

	fake_gpio_begin();
	strcpy(rig->dev, "/tmp/test_dip_chip.XXXXXX");
	assert_non_null(mkdtemp(rig->dev));
	for (int i = 0; i < FAKE_CHIPS; i++) {
		int fd;

		assert_true(asprintf(&rig->paths[i], "%s/gpiochip%d", rig->dev, i) > 0);
		fd = open(rig->paths[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		close(fd);
		fake_gpio.chips[i] = (struct fake_chip){.path = rig->paths[i], .label = labels[i]};
	}
	assert_true(asprintf(&rig->link, "%s/gpiochip9", rig->dev) > 0);
	assert_int_equal(symlink("gpiochip0", rig->link), 0);
}

static void rig_end(struct rig *rig)
{
	for (int i = 0; i < FAKE_CHIPS; i++) {
		unlink(rig->paths[i]);
		free(rig->paths[i]);
	}
	unlink(rig->link);
	free(rig->link);
	assert_int_equal(rmdir(rig->dev), 0);
	fake_gpio_end();
}

/* What finding a chip gives, and that exactly the one that is found stays open. */
static int take(const struct rig *rig, const char *name, const char *label)
{
	struct chip *chip = NULL;
	int r = take_chip(&chip, rig->dev, name);

	assert_int_equal(fake_gpio.chips_open, r == 0);
	assert_int_equal(chip != NULL, r == 0);
	if (r == 0)
		assert_true(chip_has_label(chip, label));
	chip_close(chip);
	return r;
}

static void a_chip_is_found_by_path_name_and_label(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	assert_int_equal(take(&rig, rig.paths[1], "expander"), 0);
	assert_int_equal(take(&rig, "gpiochip0", "soc"), 0);
	assert_int_equal(take(&rig, "gpiochip2", "expander"), 0);
	assert_int_equal(take(&rig, "soc", "soc"), 0);
	assert_int_equal(take(&rig, "gpiochip3", ""), -ENOENT);
	assert_int_equal(take(&rig, "so", ""), -ENOENT);
	assert_int_equal(take(&rig, "/nowhere/gpiochip0", ""), -ENOENT);
	rig_end(&rig);
}

static void a_label_that_two_chips_have_is_refused(void **state)
{
	struct rig rig;
	struct dip_trouble trouble = {.kind = DIP_TROUBLE_CHIP, .line = DIP_LINE_NONE};
	struct dip_config config = {.chip = "expander"};
	char text[512];

	(void)state;
	rig_begin(&rig);
	trouble.error = take(&rig, "expander", "");
	assert_int_equal(trouble.error, -ENOTUNIQ);
	trouble_sentence(&trouble, &config, text, sizeof(text));
	assert_non_null(strstr(text, "More than one GPIO chip has the label expander"));
	rig_end(&rig);
}

static void another_name_of_a_chip_is_no_second_chip(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	fake_gpio.chips[1].path = rig.link;
	fake_gpio.chips[1].label = "soc";
	assert_int_equal(take(&rig, "soc", "soc"), 0);
	assert_int_equal(take(&rig, "gpiochip9", "soc"), 0);
	rig_end(&rig);
}

static void a_chip_that_may_not_be_opened_may_be_the_one(void **state)
{
	struct rig rig;

	(void)state;
	rig_begin(&rig);
	fake_gpio.chips[1].open_error = -EACCES;
	assert_int_equal(take(&rig, "gpiochip1", ""), -EACCES);
	assert_int_equal(take(&rig, "soc", "soc"), 0);
	assert_int_equal(take(&rig, "other", ""), -EACCES);
	fake_gpio.chips[1].open_error = -ENODEV;
	assert_int_equal(take(&rig, "other", ""), -ENOENT);
	rig_end(&rig);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chip_is_found_by_path_name_and_label),
		cmocka_unit_test(a_label_that_two_chips_have_is_refused),
		cmocka_unit_test(another_name_of_a_chip_is_no_second_chip),
		cmocka_unit_test(a_chip_that_may_not_be_opened_may_be_the_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
