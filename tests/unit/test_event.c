/* SPDX-License-Identifier: MIT */
/*
 * The events, their texts in the journal's catalog and their list in the manual page are the same.
 */
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <string.h>

#include "core/event.h"
#include "support.h"

#define CATALOG TEST_SRCDIR "/data/poweroptd.catalog"
#define PAGE	TEST_SRCDIR "/man/poweroptd.8"

/* What "journalctl -x" puts into a text from the entry's own fields. */
static const char *const fields[] = {"POWEROPT_STATE", "POWEROPT_ALLOWED_MA", "POWEROPT_LIMIT_MA",
	"POWEROPT_FAULT", "POWEROPT_I1_MA", "POWEROPT_I2_MA", "POWEROPT_I3_MA"};

static FILE *file_open(const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	return file;
}

static bool line_read(FILE *file, char *line, int size)
{
	if (!fgets(line, size, file))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

/* Version 4 of RFC 9562: systemd-id128 makes such ones, and whoever invents one by hand does not. */
static void every_event_has_a_name_and_a_random_id_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < EVENT_COUNT; i++) {
		const char *id = event_id((enum event)i), *name = event_name((enum event)i);

		assert_non_null(id);
		assert_non_null(name);
		assert_int_equal(strlen(id), 32);
		assert_int_equal(strspn(id, "0123456789abcdef"), 32);
		assert_int_equal(id[12], '4');
		assert_non_null(strchr("89ab", id[16]));
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(id, event_id((enum event)j));
			assert_string_not_equal(name, event_name((enum event)j));
		}
	}
	assert_null(event_id(EVENT_COUNT));
	assert_null(event_id(EVENT_NONE));
	assert_null(event_name(EVENT_NONE));
	assert_null(event_name(EVENT_COUNT));
}

static void every_state_and_every_fault_has_the_event_of_its_name(void **state)
{
	(void)state;
	for (int i = 0; i <= REGULATOR_FAILSAFE; i++)
		assert_string_equal(event_name(event_of_state((enum regulator_state)i)),
			regulator_state_name((enum regulator_state)i));
	for (int i = 0; i < FAULT_COUNT; i++)
		assert_string_equal(
			event_name(event_of_fault((enum fault)i)), fault_name((enum fault)i));
}

/* The other events stand in the source by their own name: "config-error" as EVENT_CONFIG_ERROR. */
static bool source_has(const char *name)
{
	char token[64] = "EVENT_", line[512];
	bool found = false;
	glob_t files;

	for (size_t i = 0, n = strlen(token); i <= strlen(name); i++)
		token[n + i] = name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
	assert_int_equal(glob(TEST_SRCDIR "/src/app/*.c", 0, NULL, &files), 0);
	assert_int_equal(glob(TEST_SRCDIR "/src/poweroptd.c", GLOB_APPEND, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc && !found; i++) {
		FILE *file = file_open(files.gl_pathv[i]);

		while (!found && line_read(file, line, sizeof(line))) {
			const char *at = strstr(line, token);

			found = at && !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", at[strlen(token)]);
		}
		fclose(file);
	}
	globfree(&files);
	return found;
}

static void every_event_is_told_by_the_daemon(void **state)
{
	(void)state;
	for (int i = EVENT_FAULT_OVER; i < EVENT_COUNT; i++) {
		/* Those between are reached by counting. */
		if (i > EVENT_METER_DEVICE && i < EVENT_METER_VALUES)
			continue;
		if (!source_has(event_name((enum event)i)))
			fail_msg("nobody logs the event %s", event_name((enum event)i));
	}
}

static void check_fields(const char *line)
{
	for (const char *at = strchr(line, '@'); at; at = strchr(at, '@')) {
		size_t length = strcspn(at + 1, "@"), i = 0;

		while (i < sizeof(fields) / sizeof(fields[0]) &&
			(strlen(fields[i]) != length || strncmp(at + 1, fields[i], length) != 0))
			i++;
		if (i == sizeof(fields) / sizeof(fields[0]))
			fail_msg("%s: no such field: %s", CATALOG, line);
		at += length + 2;
	}
}

/* What https://systemd.io/CATALOG asks for, and that an entry says more than its headline. */
static void the_catalog_explains_every_event(void **state)
{
	static const char *const headers[] = {"Subject: ", "Defined-By: poweroptd",
		"Support: https://", "Documentation: man:poweroptd(8)", ""};
	FILE *file = file_open(CATALOG);
	size_t header = sizeof(headers) / sizeof(headers[0]);
	int count = 0, text = 100;
	char line[512];

	(void)state;
	while (line_read(file, line, sizeof(line))) {
		if (count == 0 && line[0] == '#')
			continue;
		assert_in_range(strlen(line), 0, 76);
		if (strncmp(line, "-- ", 3) == 0) {
			assert_in_range(text, 80, 4000);
			assert_in_range(count, 0, EVENT_COUNT - 1);
			assert_string_equal(line + 3, event_id((enum event)count++));
			header = 0;
			text = 0;
		} else if (header < sizeof(headers) / sizeof(headers[0])) {
			assert_memory_equal(line, headers[header], strlen(headers[header]));
			assert_true(headers[header][0] || !line[0]);
			header++;
		} else {
			check_fields(line);
			text += (int)strlen(line);
		}
	}
	fclose(file);
	assert_in_range(text, 80, 4000);
	assert_int_equal(count, EVENT_COUNT);
}

static void the_manual_page_lists_every_event(void **state)
{
	FILE *file = file_open(PAGE);
	bool listed = false;
	int count = 0, text = 30;
	char line[512], expected[128];

	(void)state;
	while (line_read(file, line, sizeof(line))) {
		if (strncmp(line, ".Sh ", 4) == 0)
			listed = strcmp(line, ".Sh DIAGNOSTICS") == 0;
		if (!listed || strncmp(line, ".It ", 4) != 0) {
			text += count > 0 && listed ? (int)strlen(line) : 0;
			continue;
		}
		assert_in_range(text, 30, 400);
		assert_in_range(count, 0, EVENT_COUNT - 1);
		snprintf(expected, sizeof(expected), ".It Sy %s Pq Li %s",
			event_name((enum event)count), event_id((enum event)count));
		assert_string_equal(line, expected);
		count++;
		text = 0;
	}
	fclose(file);
	assert_in_range(text, 30, 400);
	assert_int_equal(count, EVENT_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_has_a_name_and_a_random_id_of_its_own),
		cmocka_unit_test(every_state_and_every_fault_has_the_event_of_its_name),
		cmocka_unit_test(every_event_is_told_by_the_daemon),
		cmocka_unit_test(the_catalog_explains_every_event),
		cmocka_unit_test(the_manual_page_lists_every_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
