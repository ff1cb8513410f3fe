/* SPDX-License-Identifier: MIT */
/*
 * The types of configuration values: from text into the struct and back.
 */
#include "config/config_table.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/quantity.h"

static const char *const true_words[] = {"yes", "true", "on", "1", NULL};
static const char *const false_words[] = {"no", "false", "off", "0", NULL};

static int list_find(const char *const *list, const char *text)
{
	for (int i = 0; list[i]; i++)
		if (strcmp(list[i], text) == 0)
			return i;
	return -EINVAL;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int integer_parse(const char *text, bool hex_allowed, int64_t *ret)
{
	int base = 10;
	int64_t n = 0;

	if (hex_allowed && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	if (*text == '\0')
		return -EINVAL;
	for (; *text; text++) {
		int digit = digit_value(*text);

		if (digit < 0 || digit >= base)
			return -EINVAL;
		if (n <= INT32_MAX) /* above, it is out of range already */
			n = n * base + digit;
	}
	*ret = n;
	return 0;
}

static int number_parse(const struct config_key *key, const char *text, int64_t *ret)
{
	int32_t ma;
	int r;

	if (key->type == CONFIG_TIMESPAN)
		return timespan_parse(text, ret);
	if (key->type == CONFIG_AMPS || key->type == CONFIG_LIMIT) {
		r = amps_parse(text, &ma);
		if (r == 0)
			*ret = ma;
		return r;
	}
	return integer_parse(
		text, key->type == CONFIG_CAN_ID || key->type == CONFIG_CAN_ID_OR_NONE, ret);
}

static int number_set(const struct config_key *key, const char *text, void *field)
{
	int64_t n = 0;
	int32_t n32;
	int r = number_parse(key, text, &n);

	if (r < 0)
		return r;
	if (n < key->min || n > key->max)
		return -ERANGE;
	if (key->type == CONFIG_TIMESPAN) {
		memcpy(field, &n, sizeof(n));
		return 0;
	}
	n32 = (int32_t)n;
	memcpy(field, &n32, sizeof(n32));
	return 0;
}

/* For words that stand for a number, and for integers that were found in a list. */
static int int32_set(int32_t n, void *field)
{
	memcpy(field, &n, sizeof(n));
	return 0;
}

static int bool_set(const char *text, bool *field)
{
	if (list_find(true_words, text) >= 0)
		*field = true;
	else if (list_find(false_words, text) >= 0)
		*field = false;
	else
		return -EINVAL;
	return 0;
}

static int enum_set(const struct config_key *key, const char *text, void *field)
{
	int value = list_find(key->values, text);

	if (value < 0)
		return -EINVAL;
	memcpy(field, &value, sizeof(value));
	return 0;
}

static int integer_of_set(const struct config_key *key, const char *text, void *field)
{
	int64_t n;
	int r = integer_parse(text, false, &n);

	if (r < 0)
		return r;
	if (list_find(key->values, text) < 0)
		return -ERANGE;
	return int32_set((int32_t)n, field);
}

/* Pads with zeros, so that equal configurations are equal bytes. */
static int text_set(const char *text, size_t len, char field[CONFIG_TEXT_MAX])
{
	memset(field, 0, CONFIG_TEXT_MAX);
	memcpy(field, text, len);
	return 0;
}

static int path_set(const char *text, char field[CONFIG_TEXT_MAX])
{
	if (text[0] != '/' && text[0] != '\0')
		return -EINVAL;
	return text_set(text, strlen(text), field);
}

/* Takes the next word from *p; returns its length, 0 at the end. */
static size_t word_take(const char **p, const char **ret_word)
{
	size_t len;

	*ret_word = *p + strspn(*p, " \t");
	len = strcspn(*ret_word, " \t");
	*p = *ret_word + len;
	return len;
}

static int dip_lines_set(const char *text, char field[3][CONFIG_TEXT_MAX])
{
	const char *word[3];
	const char *rest;
	size_t len[3];

	for (int i = 0; i < 3; i++) {
		len[i] = word_take(&text, &word[i]);
		if (len[i] == 0 || word[i][len[i] - 1] == ',')
			return -EINVAL;
	}
	if (word_take(&text, &rest) > 0)
		return -EINVAL;
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < i; j++)
			if (len[i] == len[j] && memcmp(word[i], word[j], len[i]) == 0)
				return -ENOTUNIQ;
	for (int i = 0; i < 3; i++)
		text_set(word[i], len[i], field[i]);
	return 0;
}

static int phases_set(const char *text, struct phase_map *field)
{
	struct phase_map map = {.count = 0};
	const char *word;
	size_t len;

	if (strcmp(text, "auto") == 0) {
		*field = map;
		return 0;
	}
	while ((len = word_take(&text, &word)) > 0) {
		if (map.count == PHASES_MAX || len != 2 || word[0] != 'L' || word[1] < '1' ||
			word[1] > '3')
			return -EINVAL;
		map.mains[map.count++] = (uint8_t)(word[1] - '1');
	}
	for (int i = 0; i < map.count; i++)
		for (int j = 0; j < i; j++)
			if (map.mains[i] == map.mains[j])
				return -ENOTUNIQ;
	*field = map;
	return 0;
}

int config_key_parse(const struct config_key *key, const char *text, struct config *config)
{
	void *field = (char *)config + key->offset;

	if (text[0] == '\0' && key->type != CONFIG_PATH_OR_NOTHING)
		return -ENODATA;
	if (strlen(text) > CONFIG_VALUE_MAX)
		return -E2BIG;

	switch (key->type) {
	case CONFIG_LIMIT:
		if (strcmp(text, "dip") == 0)
			return int32_set(0, field);
		return number_set(key, text, field);
	case CONFIG_CAN_ID_OR_NONE:
		if (strcmp(text, "none") == 0)
			return int32_set(CAN_ID_NONE, field);
		return number_set(key, text, field);
	case CONFIG_AMPS:
	case CONFIG_TIMESPAN:
	case CONFIG_INTEGER:
	case CONFIG_CAN_ID:
		return number_set(key, text, field);
	case CONFIG_INTEGER_OF:
		return integer_of_set(key, text, field);
	case CONFIG_BOOL:
		return bool_set(text, field);
	case CONFIG_ENUM:
		return enum_set(key, text, field);
	case CONFIG_TEXT:
		if (key->max > 0 && strlen(text) > (size_t)key->max)
			return -ERANGE;
		return text_set(text, strlen(text), field);
	case CONFIG_PATH:
	case CONFIG_PATH_OR_NOTHING:
		return path_set(text, field);
	case CONFIG_DIP_LINES:
		return dip_lines_set(text, field);
	case CONFIG_PHASES:
		return phases_set(text, field);
	}
	assert(!"a type of the table");
	return -EINVAL;
}

static int32_t int32_get(const void *field)
{
	int32_t n;

	memcpy(&n, field, sizeof(n));
	return n;
}

/* A number in the unit of its field; also for the ends of a range. */
static char *number_format(enum config_type type, int64_t n, char *buf, size_t size)
{
	if (type == CONFIG_TIMESPAN)
		return timespan_format(n, buf, size);
	if (type == CONFIG_AMPS || type == CONFIG_LIMIT)
		return amps_format((int32_t)n, buf, size);
	if (type == CONFIG_CAN_ID || type == CONFIG_CAN_ID_OR_NONE)
		snprintf(buf, size, "0x%03" PRIx64, (uint64_t)n);
	else
		snprintf(buf, size, "%" PRId64, n);
	return buf;
}

static void phases_format(const struct phase_map *map, char *buf, size_t size)
{
	size_t len = 0;

	snprintf(buf, size, "auto");
	for (int i = 0; i < map->count && len < size; i++)
		len += (size_t)snprintf(
			buf + len, size - len, "%sL%d", i > 0 ? " " : "", map->mains[i] + 1);
}

char *config_key_format(
	const struct config_key *key, const struct config *config, char *buf, size_t size)
{
	const void *field = (const char *)config + key->offset;
	const char(*lines)[CONFIG_TEXT_MAX] = field;
	int64_t ms;

	switch (key->type) {
	case CONFIG_LIMIT:
		if (int32_get(field) == 0) {
			snprintf(buf, size, "dip");
			return buf;
		}
		return number_format(key->type, int32_get(field), buf, size);
	case CONFIG_CAN_ID_OR_NONE:
		if (int32_get(field) == CAN_ID_NONE) {
			snprintf(buf, size, "none");
			return buf;
		}
		return number_format(key->type, int32_get(field), buf, size);
	case CONFIG_AMPS:
	case CONFIG_INTEGER:
	case CONFIG_INTEGER_OF:
	case CONFIG_CAN_ID:
		return number_format(key->type, int32_get(field), buf, size);
	case CONFIG_TIMESPAN:
		memcpy(&ms, field, sizeof(ms));
		return number_format(key->type, ms, buf, size);
	case CONFIG_BOOL:
		snprintf(buf, size, "%s", *(const bool *)field ? "yes" : "no");
		return buf;
	case CONFIG_ENUM:
		snprintf(buf, size, "%s", key->values[int32_get(field)]);
		return buf;
	case CONFIG_TEXT:
	case CONFIG_PATH:
	case CONFIG_PATH_OR_NOTHING:
		snprintf(buf, size, "%s", (const char *)field);
		return buf;
	case CONFIG_DIP_LINES:
		snprintf(buf, size, "%s %s %s", lines[0], lines[1], lines[2]);
		return buf;
	case CONFIG_PHASES:
		phases_format(field, buf, size);
		return buf;
	}
	assert(!"a type of the table");
	return buf;
}

static void range_format(const struct config_key *key, const char *unit, char *buf, size_t size)
{
	char min[32], max[32];

	snprintf(buf, size, "%s%s to %s%s", key->type == CONFIG_LIMIT ? "dip, or " : "",
		number_format(key->type, key->min, min, sizeof(min)),
		number_format(key->type, key->max, max, sizeof(max)), unit);
}

static void values_format(const char *const *values, char *buf, size_t size)
{
	size_t len = 0;

	for (int i = 0; values[i] && len < size; i++)
		len += (size_t)snprintf(
			buf + len, size - len, "%s%s", i > 0 ? ", " : "", values[i]);
}

char *config_key_allowed(const struct config_key *key, char *buf, size_t size)
{
	switch (key->type) {
	case CONFIG_AMPS:
	case CONFIG_LIMIT:
		range_format(key, " A", buf, size);
		return buf;
	case CONFIG_TIMESPAN:
	case CONFIG_INTEGER:
	case CONFIG_CAN_ID:
		range_format(key, "", buf, size);
		return buf;
	case CONFIG_CAN_ID_OR_NONE:
		range_format(key, ", or none", buf, size);
		return buf;
	case CONFIG_INTEGER_OF:
	case CONFIG_ENUM:
		values_format(key->values, buf, size);
		return buf;
	case CONFIG_BOOL:
		snprintf(buf, size, "yes, no");
		return buf;
	case CONFIG_TEXT:
		snprintf(buf, size, "a name of at most %d characters",
			key->max > 0 ? (int)key->max : CONFIG_VALUE_MAX);
		return buf;
	case CONFIG_PATH:
		snprintf(buf, size, "a path that begins with /");
		return buf;
	case CONFIG_PATH_OR_NOTHING:
		snprintf(buf, size, "a path that begins with /, or nothing");
		return buf;
	case CONFIG_DIP_LINES:
		snprintf(buf, size, "three different words, separated by blanks");
		return buf;
	case CONFIG_PHASES:
		snprintf(buf, size, "auto, or one to three of L1 L2 L3, separated by blanks");
		return buf;
	}
	assert(!"a type of the table");
	return buf;
}
