/* SPDX-License-Identifier: MIT */
/*
 * Files: drop-ins, what is missing or cannot be read, and contents that nobody would write.
 */
#include "config_fixture.h"

static struct random rng;

static void drop_ins_override_in_the_order_of_their_names(void **state)
{
	struct fixture *f = *state;

	drop_in_write(f, "20-b.conf", "[mains]\nlimit = 20\n");
	drop_in_write(f, "10-a.conf", "[mains]\nlimit = 16\nmargin = 1\n");
	drop_in_write(f, "Z.conf", "[charger]\nmax_current = 10\n");
	drop_in_write(f, "a.conf", "[charger]\nmax_current = 13\n"); /* after Z: by byte */
	drop_in_write(f, ".hidden.conf", "rubbish\n");
	drop_in_write(f, ".conf", "rubbish\n");
	drop_in_write(f, "editor.conf~", "rubbish\n");
	drop_in_write(f, "README", "rubbish\n");
	assert_good(f, "[mains]\nlimit = 25\nexport = yes\n");
	assert_int_equal(f->config.mains.limit_ma, 20000);
	assert_int_equal(f->config.mains.margin_ma, 1000);
	assert_true(f->config.mains.export_is_room);
	assert_int_equal(f->config.charger.max_ma, 13000);
}

static void errors_name_the_drop_in_they_are_in(void **state)
{
	struct fixture *f = *state;

	drop_in_write(f, "10.conf", "[charger]\nmin_current = 20\n[mains]\nlimit = x\n");
	drop_in_write(f, "20.conf", "[charger]\n\nmax_current = 16\n");
	assert_int_equal(
		load(f, "[charger]\nmin_current = 8\nmax_current = 6\nphases = x\n"), -EBADMSG);
	assert_int_equal(f->errors, 3);
	assert_non_null(strstr(f->said, "test.conf:4: [charger] phases: "));
	assert_non_null(strstr(f->said, "test.conf.d/10.conf:4: [mains] limit: "));
	assert_non_null(strstr(f->said, "test.conf.d/10.conf:2: [charger] min_current: 20 does not "
					"fit, allowed: at most max_current = 16 (/tmp/"));
	assert_non_null(strstr(f->said, "test.conf.d/20.conf:3)"));
}

static void a_good_drop_in_heals_a_contradiction_but_no_bad_line(void **state)
{
	struct fixture *f = *state;

	drop_in_write(f, "10.conf", "[charger]\nmax_current = 16\n");
	assert_good(f, "[charger]\nmin_current = 10\nmax_current = 8\n");
	assert_int_equal(load(f, "[charger]\nmax_current = x\n"), -EBADMSG);
	assert_int_equal(f->errors, 1);
}

static void a_drop_in_may_be_masked(void **state)
{
	struct fixture *f = *state;
	char path[256];

	drop_in_write(f, "10.conf", "");
	snprintf(path, sizeof(path), "%s/20.conf", f->drop_ins);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_good(f, "[mains]\nlimit = 25\n");
	assert_int_equal(f->config.mains.limit_ma, 25000);
}

static void a_named_file_must_exist(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load_path(f, f->path), -ENOENT);
	assert_said(f, "test.conf: cannot be read: No such file or directory");
}

static void the_default_file_may_be_missing(void **state)
{
	struct fixture *f = *state;
	struct config defaults;

	if (access(CONFIG_FILE_DEFAULT, F_OK) == 0 || access(CONFIG_FILE_DEFAULT ".d", F_OK) == 0) {
		printf("skipped: %s exists here\n", CONFIG_FILE_DEFAULT);
		skip();
	}
	config_defaults(&defaults);
	assert_int_equal(load_path(f, CONFIG_FILE_DEFAULT), 0);
	assert_memory_equal(&f->config, &defaults, sizeof(defaults));
}

static void what_is_no_file_is_told(void **state)
{
	struct fixture *f = *state;
	char path[256];

	assert_int_equal(load_path(f, f->directory), -EISDIR);
	assert_non_null(strstr(f->said, ": is a directory, allowed: a file\n"));

	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(load_path(f, f->path), -EINVAL);
	assert_int_equal(unlink(f->path), 0);

	assert_int_equal(load_path(f, "/dev/null"), 0);

	file_write(f->drop_ins, "", 0); /* not a directory */
	assert_int_equal(load(f, ""), -ENOTDIR);
	assert_int_equal(unlink(f->drop_ins), 0);

	drop_in_write(f, "10.conf", "[mains]\nlimit = x\n");
	snprintf(path, sizeof(path), "%s/20.conf", f->drop_ins);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(load(f, "rubbish\n"), -EISDIR);
	assert_int_equal(f->errors, 3);
}

static void a_file_that_may_not_be_read_is_told(void **state)
{
	struct fixture *f = *state;
	uid_t uid = geteuid();
	int r;

	assert_good(f, "");
	assert_int_equal(chmod(f->directory, 0755), 0);
	assert_int_equal(chmod(f->path, 0), 0);
	if (uid == 0 && seteuid(65534) < 0) {
		printf("skipped: root that cannot become another user\n");
		skip();
	}
	r = load_path(f, f->path);
	assert_int_equal(seteuid(uid), 0);
	assert_int_equal(r, -EACCES);
	assert_said(f, "test.conf: cannot be read: Permission denied");
}

static void a_name_with_control_characters_is_shown_without_them(void **state)
{
	struct fixture *f = *state;

	drop_in_write(f, "\033[2J\n\xff.conf", "x\n");
	assert_int_equal(load(f, ""), -EBADMSG); /* the fixture looks for control characters */
	assert_non_null(strstr(f->said, "/\\x1b[2J\\x0a\\xff.conf:1: x: there is no ="));
}

static void a_large_file_is_refused_without_a_flood(void **state)
{
	struct fixture *f = *state;
	size_t size = 10 * 1024 * 1024;
	char *bytes = malloc(size);

	assert_non_null(bytes);
	memset(bytes, '\n', size);
	assert_int_equal(load_bytes(f, bytes, size), -EFBIG);
	assert_int_equal(f->errors, 1);
	assert_said(f, "test.conf: is far too large for a configuration, allowed: 1 MiB");
	assert_int_equal(load_bytes(f, bytes, 1024 * 1024 + 1), -EFBIG);
	assert_int_equal(load_bytes(f, bytes, 1024 * 1024), 0);

	for (size_t i = 0; i < size; i++)
		bytes[i] = i % 2 ? '\n' : 'x';
	assert_int_equal(load_bytes(f, bytes, 1024 * 1024), -EBADMSG);
	assert_in_range(f->errors, 2, 1000);
	assert_non_null(strstr(f->said, "more errors than can be shown\n"));
	free(bytes);
}

static void a_zero_byte_does_not_hide_what_follows(void **state)
{
	static const char text[] = "[mains]\nlimit\0 = 3\nmargin = 99\n\0";
	struct fixture *f = *state;

	assert_int_equal(load_bytes(f, text, sizeof(text) - 1), -EBADMSG);
	assert_int_equal(f->errors, 3);
	assert_said(f, "test.conf:2: byte 6 (0x00) is a control character, allowed: text and tabs");
	assert_said(f, "test.conf:3: [mains] margin: \"99\" is out of range, allowed: 0 to 25 A");
	assert_said(f, "test.conf:4: byte 1 (0x00) is a control character, allowed: text and tabs");
}

static void binary_files_are_refused(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 200; i++) {
		unsigned char bytes[4096];

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (unsigned char)random_next(&rng);
		assert_int_equal(load_bytes(f, bytes, sizeof(bytes)), -EBADMSG);
	}
}

static void only_well_formed_utf8_is_text(void **state)
{
	static const char *const good[] = {
		"\xc2\xa0",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
	};
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc2",
		"\xc2\x41",
		"\xe0\x9f\xbf",
		"\xe0\xa0",
		"\xe1\x80\x41",
		"\xed\xa0\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf1\x80\x80",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
	};
	struct fixture *f = *state;
	char text[64];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(text, sizeof(text), "[dip]\nchip = %s\n", good[i]);
		assert_good(f, text);
		assert_string_equal(f->config.dip.chip, good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "[dip]\nchip = %s\n", bad[i]);
		assert_int_equal(load(f, text), -EBADMSG);
		assert_non_null(strstr(f->said, "test.conf:2: byte 8 "));
	}
}

/* One small accident: a byte changed, dropped, doubled, or a piece copied over another. */
static size_t mutate(char *text, size_t len, size_t size)
{
	static const char nasty[] = "=[]#;: \t\n\r\0\x1b\xff\xc3.09x-";
	size_t at = (size_t)random_between(&rng, 0, (int64_t)len - 1);
	size_t from = (size_t)random_between(&rng, 0, (int64_t)len - 1);
	size_t n = (size_t)random_between(&rng, 1, 40);

	switch (random_between(&rng, 0, 3)) {
	case 0:
		text[at] = nasty[random_between(&rng, 0, sizeof(nasty) - 2)];
		return len;
	case 1:
		if (len < 2)
			return len;
		memmove(text + at, text + at + 1, len - at - 1);
		return len - 1;
	case 2:
		if (len == size)
			return len;
		memmove(text + at + 1, text + at, len - at);
		return len + 1;
	default:
		if (at + n <= len && from + n <= len)
			memmove(text + at, text + from, n);
		return len;
	}
}

static void a_mutated_file_is_taken_whole_or_not_at_all(void **state)
{
	struct fixture *f = *state;
	struct config defaults;
	char valid[16384], text[sizeof(valid)];
	int taken = 0, refused = 0;
	FILE *stream = fmemopen(valid, sizeof(valid), "w");

	assert_non_null(stream);
	config_defaults(&defaults);
	config_print(&defaults, stream);
	assert_int_equal(fclose(stream), 0);

	for (int i = 0; i < 4000; i++) {
		size_t len = strlen(valid);
		int r;

		memcpy(text, valid, len);
		for (int64_t n = random_between(&rng, 1, 4); n > 0; n--)
			len = mutate(text, len, sizeof(text));
		r = load_bytes(f, text, len); /* asserts that a refusal changes nothing */
		assert_true(r == 0 || r == -EBADMSG);
		if (r == 0)
			taken++;
		else
			refused++;
		/* What was taken is within what the regulator is made for. */
		if (r == 0) {
			assert_in_range(f->config.charger.min_ma, 6000, 80000);
			assert_in_range(f->config.charger.max_ma, f->config.charger.min_ma, 80000);
			assert_in_range(f->config.charger.failsafe_ma, 0, f->config.charger.max_ma);
			assert_true(f->config.charger.output <= OUTPUT_SYSFS);
		}
	}
	assert_true(taken > 50 && refused > 50);
}

static void what_can_be_read_is_salvaged(void **state)
{
	struct fixture *f = *state;
	struct config c;
	static const char text[] = "[charger]\noutput = pwm\nfailsafe_current = 6\nrubbish\n"
				   "[pwm]\nchannel = 3\npolarity = upside-down\n";

	drop_in_write(f, "10.conf", "[pwm]\nchip = /sys/class/pwm/pwmchip4\n");
	file_write(f->path, text, strlen(text));
	assert_int_equal(config_salvage(f->path, &c, NULL), -EBADMSG);
	assert_int_equal(c.charger.output, OUTPUT_PWM);
	assert_int_equal(c.pwm.channel, 3);
	assert_int_equal(c.pwm.polarity, PWM_POLARITY_NORMAL);
	assert_string_equal(c.pwm.chip, "/sys/class/pwm/pwmchip4");
	assert_int_equal(c.charger.failsafe_ma, 0);

	file_write(f->path, text, (size_t)(strstr(text, "rubbish") - text));
	assert_int_equal(config_salvage(f->path, &c, NULL), 0);
	assert_int_equal(c.charger.failsafe_ma, 6000);

	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(config_salvage(f->path, &c, &f->sink), -ENOENT);
	assert_string_equal(c.pwm.chip, "/sys/class/pwm/pwmchip4");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(drop_ins_override_in_the_order_of_their_names),
		TEST(errors_name_the_drop_in_they_are_in),
		TEST(a_good_drop_in_heals_a_contradiction_but_no_bad_line),
		TEST(a_drop_in_may_be_masked),
		TEST(a_named_file_must_exist),
		TEST(the_default_file_may_be_missing),
		TEST(what_is_no_file_is_told),
		TEST(a_file_that_may_not_be_read_is_told),
		TEST(a_name_with_control_characters_is_shown_without_them),
		TEST(a_large_file_is_refused_without_a_flood),
		TEST(a_zero_byte_does_not_hide_what_follows),
		TEST(binary_files_are_refused),
		TEST(only_well_formed_utf8_is_text),
		TEST(a_mutated_file_is_taken_whole_or_not_at_all),
		TEST(what_can_be_read_is_salvaged),
	};

	rng.state = random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
