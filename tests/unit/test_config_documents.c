/* SPDX-License-Identifier: MIT */
/*
 * The manual page and the shipped file say about every key what the table says, and name no key
 * that it lacks.
 */
#include "config_fixture.h"

struct document {
	const char *path;
	const char *section_start; /* of a line, before the name of a section */
	const char *key_start;	   /* of a line, before a key that has a default */
	bool text_follows;	   /* after the key, or it stands before it */
	void (*text_clean)(char *line);
};

/* A line of the shipped file: what comes after "# ". */
static void comment_clean(char *line)
{
	if (line[0] == '#')
		memmove(line, line + (line[1] == ' ' ? 2 : 1), strlen(line));
}

static void page_clean(char *line)
{
	if (line[0] == '.')
		line[0] = '\0'; /* a macro; what the table says needs none */
}

static const struct document shipped_file = {
	TEST_SRCDIR "/etc/poweroptd.conf", "[", "#", false, comment_clean};
static const struct document manual_page = {
	TEST_SRCDIR "/man/poweroptd.conf.5", ".Ss [", ".It Cm ", true, page_clean};

/* Whether a line is such a thing as "#limit = dip"; splits it. */
static bool key_split(const struct document *d, const char *line, char *name, char *value)
{
	size_t len = strlen(d->key_start), end;

	if (strncmp(line, d->key_start, len) != 0)
		return false;
	line += len;
	end = strspn(line, "abcdefghijklmnopqrstuvwxyz_0123456789");
	if (end == 0 || strncmp(line + end, " =", 2) != 0)
		return false;
	sprintf(name, "%.*s", (int)end, line);
	sprintf(value, "%s", line[end + 2] == ' ' ? line + end + 3 : "");
	return true;
}

/* What the document says of a key must begin (or, before the key, end) with what the table says. */
static void text_compare(const struct document *d, const struct config_key *key, const char *text)
{
	char allowed[128], expected[512];
	size_t len, expected_len;

	snprintf(expected, sizeof(expected), "%s. Allowed: %s. ", key->help,
		config_key_allowed(key, allowed, sizeof(allowed)));
	len = strlen(text);
	expected_len = strlen(expected);
	if (len < expected_len || memcmp(d->text_follows ? text : text + len - expected_len,
					  expected, expected_len) != 0)
		fail_msg("%s: [%s] %s\nsays   \"%s\"\nshould \"%s\"", d->path, key->section,
			key->name, text, expected);
}

/* How far a document was read. */
struct place {
	char section[64];
	const struct config_key *key; /* whose text is being read; NULL where it stands before */
	char text[8192];
	size_t keys;
};

static void text_end(const struct document *d, struct place *place)
{
	if (place->key)
		text_compare(d, place->key, place->text);
	place->key = NULL;
	place->text[0] = '\0';
}

static void key_compare(
	const struct document *d, struct place *place, const char *name, const char *value)
{
	const struct config_key *key = config_key_find(place->section, name);

	if (!key)
		fail_msg("%s: [%s] %s is in no table", d->path, place->section, name);
	if (strcmp(value, key->standard) != 0)
		fail_msg("%s: [%s] %s has the default \"%s\", not \"%s\"", d->path, place->section,
			name, key->standard, value);
	/* The order of the table, so none is missing and none stands there twice. */
	if (key != config_key_at(place->keys))
		fail_msg("%s: [%s] %s stands where %s should", d->path, place->section, name,
			config_key_at(place->keys) ? config_key_at(place->keys)->name : "the end");
	place->keys++;
	if (!d->text_follows) {
		place->key = key;
		text_end(d, place);
	} else {
		text_end(d, place);
		place->key = key;
	}
}

static void document_compare(const struct document *d)
{
	FILE *stream = fopen(d->path, "r");
	size_t start = strlen(d->section_start);
	char line[512], name[512], value[512];
	struct place place = {.keys = 0};

	if (!stream)
		fail_msg("%s: %s", d->path, strerror(errno));
	while (fgets(line, sizeof(line), stream)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, d->section_start, start) == 0) {
			text_end(d, &place);
			snprintf(place.section, sizeof(place.section), "%.*s",
				(int)strcspn(line + start, "]"), line + start);
		} else if (place.section[0] && key_split(d, line, name, value)) {
			key_compare(d, &place, name, value);
		} else {
			d->text_clean(line);
			assert_true(strlen(place.text) + strlen(line) + 2 < sizeof(place.text));
			if (line[0])
				strcat(strcat(place.text, line), " ");
		}
	}
	text_end(d, &place);
	fclose(stream);
	assert_int_equal(place.keys, config_key_count());
}

static void the_shipped_file_has_every_key_with_its_default(void **state)
{
	(void)state;
	document_compare(&shipped_file);
}

static void the_manual_page_has_every_key_with_its_default(void **state)
{
	(void)state;
	document_compare(&manual_page);
}

static void the_shipped_file_sets_nothing(void **state)
{
	struct fixture *f = *state;
	struct config defaults;

	config_defaults(&defaults);
	assert_int_equal(load_path(f, shipped_file.path), 0);
	assert_memory_equal(&f->config, &defaults, sizeof(defaults));
	assert_int_equal(f->warnings, 0);
}

/* Every default is a value that the loader takes; only pause excludes another key by standing. */
static void the_shipped_file_with_every_key_set_is_good(void **state)
{
	struct fixture *f = *state;
	struct config defaults;
	char line[512], name[512], value[512], text[32768] = "";
	FILE *stream = fopen(shipped_file.path, "r");

	assert_non_null(stream);
	while (fgets(line, sizeof(line), stream)) {
		line[strcspn(line, "\n")] = '\0';
		strcat(text, line + (key_split(&shipped_file, line, name, value) ? 1 : 0));
		strcat(text, "\n");
	}
	fclose(stream);
	config_defaults(&defaults);
	assert_good(f, text);
	assert_memory_equal(&f->config, &defaults, sizeof(defaults));
}

/* What stands between .Bd and .Ed of the manual page is a configuration that works. */
static void the_examples_of_the_manual_page_are_good(void **state)
{
	struct fixture *f = *state;
	char line[512], text[4096] = "";
	FILE *stream = fopen(manual_page.path, "r");
	bool in_example = false;
	int examples = 0;

	assert_non_null(stream);
	while (fgets(line, sizeof(line), stream)) {
		if (strncmp(line, ".Bd", 3) == 0) {
			in_example = true;
			text[0] = '\0';
		} else if (strncmp(line, ".Ed", 3) == 0) {
			in_example = false;
			examples++;
			assert_good(f, text);
			assert_int_equal(f->warnings, 0);
		} else if (in_example) {
			strcat(text, line);
		}
	}
	fclose(stream);
	assert_in_range(examples, 3, 20);
}

/* A key must fit a line with the longest value, and the search for a similar name (32 bytes). */
static void the_table_is_sound(void **state)
{
	const struct config_key *key;

	(void)state;
	for (size_t i = 0; (key = config_key_at(i)); i++) {
		char allowed[128];

		assert_in_range(strlen(key->name), 1, 24);
		assert_in_range(strlen(key->section), 1, 24);
		assert_int_not_equal(key->help[strlen(key->help) - 1], '.');
		assert_in_range(strlen(config_key_allowed(key, allowed, sizeof(allowed))), 1, 126);
		assert_ptr_equal(config_key_find(key->section, key->name), key);
		assert_ptr_equal(config_key_of(key->offset), key);
		assert_int_equal(config_key_index(key), i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_sound),
		cmocka_unit_test(the_shipped_file_has_every_key_with_its_default),
		cmocka_unit_test(the_manual_page_has_every_key_with_its_default),
		cmocka_unit_test(the_shipped_file_sets_nothing),
		cmocka_unit_test(the_shipped_file_with_every_key_set_is_good),
		cmocka_unit_test(the_examples_of_the_manual_page_are_good),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
