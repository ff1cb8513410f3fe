/* SPDX-License-Identifier: MIT */
/*
 * How poweroptctl writes what it knows: for every state, for any text, in 80 columns.
 */
#include <jansson.h>
#include <string.h>

#include "ctl/status.h"
#include "term/wrap.h"
#include "ctl/watch_view.h"
#include "support.h"

#define RUNS 5000

static int width(const char *line)
{
	int columns = 0;

	for (; *line && *line != '\n'; line++)
		columns += ((unsigned char)*line & 0xC0) != 0x80;
	return columns;
}

/* Words of one to a hundred characters, some of two bytes. */
static void random_text(struct random *random, char *buf, size_t size)
{
	size_t length = (size_t)random_between(random, 0, (int64_t)size - 3), n = 0;

	while (n < length) {
		if (random_chance(random, 15)) {
			buf[n++] = ' ';
		} else if (random_chance(random, 10)) {
			buf[n++] = '\xC3';
			buf[n++] = '\xA4';
		} else {
			buf[n++] = (char)random_between(random, '!', '~');
		}
	}
	buf[n] = '\0';
}

static int64_t random_number(struct random *random, int64_t max)
{
	return random_chance(random, 20) ? OPTIMIZER_UNKNOWN : random_between(random, 0, max);
}

static void random_status(struct random *random, struct optimizer_status *s)
{
	static const char *const states[] = {
		"", "starting", "disabled", "charging", "limited", "paused", "failsafe", "new"};
	static const char *const faults[] = {
		"meter-lost", "meter-implausible", "output-failed", "loop-stalled", "new-fault"};
	static const char *const sources[] = {"", "dip", "config", "meter", "new"};

	optimizer_status_init(s);
	s->at_us = random_between(random, 0, INT64_C(1) << 50);
	strcpy(s->state, states[random_between(random, 0, 7)]);
	random_text(random, s->reason, sizeof(s->reason));
	s->allowed_ma = random_number(random, 80000);
	s->limit_ma = random_chance(random, 20) ? OPTIMIZER_UNKNOWN
						: random_between(random, 1, 125000);
	strcpy(s->limit_source, sources[random_between(random, 0, 4)]);
	s->dip_known = random_chance(random, 50);
	s->fault_count = random_chance(random, 50) ? 0 : (int)random_between(random, 1, 5);
	for (int i = 0; i < s->fault_count; i++)
		strcpy(s->faults[i], faults[i]);
	s->phases = (int)random_between(random, 0, 3);
	for (int p = 0; p < s->phases; p++)
		s->current_ma[p] = (int32_t)random_between(random, INT32_MIN, INT32_MAX);
	random_text(random, s->meter_model, sizeof(s->meter_model));
	random_text(random, s->meter_serial, sizeof(s->meter_serial));
	s->meter_online = random_between(random, -1, 1);
	s->last_reading_us = random_number(random, INT64_C(1) << 50);
	for (int i = 0; i < BUS_COUNT_MAX; i++)
		s->bus[i] = random_number(random, INT64_MAX - 1);
	random_text(random, s->output, sizeof(s->output));
	s->charger_ma = random_number(random, 80000);
	s->cap_ma = random_number(random, 125000);
	random_text(random, s->cap_holder, sizeof(s->cap_holder));
}

static char *written(const struct optimizer_status *s, bool colours)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	status_text_write(stream, s, colours);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void no_line_is_longer_than_80_columns(void **state)
{
	struct random random = {random_seed()};
	struct optimizer_status status;

	(void)state;
	for (int i = 0; i < test_runs(RUNS); i++) {
		char *text;

		random_status(&random, &status);
		text = written(&status, false);
		for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
			assert_non_null(strchr(line, '\n'));
			assert_in_range(width(line), 0, 80);
		}
		free(text);
	}
}

/* Nothing gets lost between the lines of a wrapped sentence. */
static void wrapping_keeps_every_word(void **state)
{
	struct random random = {random_seed()};
	char text[256], joined[512];

	(void)state;
	for (int i = 0; i < test_runs(RUNS); i++) {
		int columns = (int)random_between(&random, 1, 90);
		const char *rest = text, *p = text, *q = joined;
		size_t n = 0;

		random_text(&random, text, sizeof(text));
		do {
			const char *from = rest;
			size_t length = text_wrap(rest, columns, &rest);

			assert_true(length > 0 || !*rest || *from == ' ');
			memcpy(joined + n, from, length);
			joined[n + length] = '\0';
			assert_in_range(width(joined + n), 0, columns);
			n += length;
		} while (*rest);
		while (*p && *q) {
			p += strspn(p, " ");
			q += strspn(q, " ");
			assert_int_equal(*p, *q);
			p += *p != '\0';
			q += *q != '\0';
		}
		assert_int_equal(p[strspn(p, " ")], '\0');
	}
}

static void colours_add_nothing_but_colours(void **state)
{
	struct random random = {random_seed()};
	struct optimizer_status status;

	(void)state;
	for (int i = 0; i < test_runs(RUNS); i++) {
		char *plain, *coloured, *to;

		random_status(&random, &status);
		plain = written(&status, false);
		coloured = to = written(&status, true);
		assert_non_null(strchr(coloured, '\033'));
		for (const char *from = coloured; *from; from++) {
			if (*from == '\033')
				from = strchr(from, 'm');
			else
				*to++ = *from;
		}
		*to = '\0';
		assert_string_equal(coloured, plain);
		free(coloured);
		free(plain);
	}
}

static void a_fault_or_failsafe_is_red_and_a_charge_green(void **state)
{
	static const struct {
		const char *state, *colour;
		int faults;
	} cases[] = {
		{"charging", "\033[1;32m", 0},
		{"limited", "\033[1;32m", 0},
		{"limited", "\033[1;31m", 1},
		{"failsafe", "\033[1;31m", 0},
		{"paused", "\033[1;33m", 0},
		{"disabled", "\033[1;33m", 0},
	};
	struct optimizer_status status;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text;

		optimizer_status_init(&status);
		strcpy(status.state, cases[i].state);
		strcpy(status.reason, "So it is");
		status.fault_count = cases[i].faults;
		strcpy(status.faults[0], "meter-lost");
		text = written(&status, true);
		assert_memory_equal(text, cases[i].colour, strlen(cases[i].colour));
		assert_non_null(strstr(text, "So it is\033[0m\n"));
		free(text);
	}
}

static void the_age_of_a_reading_is_never_negative(void **state)
{
	struct optimizer_status status;

	(void)state;
	optimizer_status_init(&status);
	assert_int_equal(optimizer_status_age_ms(&status), OPTIMIZER_UNKNOWN);
	status.at_us = 5000000;
	status.last_reading_us = 4999000;
	assert_int_equal(optimizer_status_age_ms(&status), 1);
	status.last_reading_us = 6000000;
	assert_int_equal(optimizer_status_age_ms(&status), 0);
}

static void old_readings_are_told_in_minutes(void **state)
{
	struct optimizer_status status;
	char *text;

	(void)state;
	optimizer_status_init(&status);
	status.at_us = INT64_C(8000) * 1000000;
	status.last_reading_us = status.at_us - INT64_C(7325) * 1000000;
	status.meter_online = 0;
	text = written(&status, false);
	assert_non_null(
		strstr(text, "Meter    unknown model, offline, last reading 2h 2min ago\n"));
	free(text);
	status.last_reading_us = status.at_us - 119940000;
	text = written(&status, false);
	assert_non_null(strstr(text, "last reading 119.9 s ago\n"));
	free(text);
}

static void whatever_there_is_makes_valid_json(void **state)
{
	struct random random = {random_seed()};
	struct optimizer_status status;
	json_error_t error;

	(void)state;
	for (int i = 0; i < test_runs(RUNS); i++) {
		char *text;
		size_t size;
		FILE *stream = open_memstream(&text, &size);
		json_t *object;

		random_status(&random, &status);
		assert_non_null(stream);
		assert_int_equal(status_json_write(stream, &status), 0);
		assert_int_equal(fclose(stream), 0);
		assert_int_equal(text[size - 1], '\n');
		object = json_loads(text, JSON_REJECT_DUPLICATES, &error);
		assert_non_null(object);
		assert_int_equal(json_object_size(object), 13);
		if (status.reason[0])
			assert_string_equal(json_string_value(json_object_get(object, "reason")),
				status.reason);
		assert_int_equal(
			json_array_size(json_object_get(object, "faults")), status.fault_count);
		json_decref(object);
		free(text);
	}
}

/* One family after the other: HELP, TYPE, and samples of that name only; no name comes again. */
static void metrics_are_families_in_one_piece(void **state)
{
	struct random random = {random_seed()};
	struct optimizer_status status;

	(void)state;
	for (int i = 0; i < test_runs(RUNS); i++) {
		char *text, name[64] = "", seen[2048] = "", *save;
		size_t size;
		FILE *stream = open_memstream(&text, &size);

		random_status(&random, &status);
		assert_non_null(stream);
		metrics_write(stream, &status);
		assert_int_equal(fclose(stream), 0);
		for (char *line = strtok_r(text, "\n", &save); line;
			line = strtok_r(NULL, "\n", &save)) {
			if (strncmp(line, "# HELP ", 7) == 0) {
				assert_int_equal(sscanf(line, "# HELP %62s", name), 1);
				strcat(name, " ");
				assert_null(strstr(seen, name));
				strcat(seen, name);
				name[strlen(name) - 1] = '\0';
				continue;
			}
			if (strncmp(line, "# TYPE ", 7) == 0)
				line += 7;
			assert_memory_equal(line, name, strlen(name));
			assert_true(line[strlen(name)] == ' ' || line[strlen(name)] == '{');
		}
		free(text);
	}
}

static void figures_alone_are_no_news(void **state)
{
	struct optimizer_status before, now;

	(void)state;
	optimizer_status_init(&before);
	strcpy(before.reason, "Phase L2 carries 24.4 A of 25 A");
	now = before;
	assert_false(watch_line_changed(&before, &now));
	strcpy(now.reason, "Phase L2 carries 8 A of 25 A");
	now.current_ma[0] = 12;
	now.bus[BUS_COUNT_OK] = 77;
	assert_false(watch_line_changed(&before, &now));
	strcpy(now.reason, "Phase L2 carries 8 A of 25 A, and");
	assert_true(watch_line_changed(&before, &now));

	now = before;
	now.allowed_ma = 6000;
	assert_true(watch_line_changed(&before, &now));
	now = before;
	strcpy(now.state, "paused");
	assert_true(watch_line_changed(&before, &now));
	now = before;
	strcpy(now.faults[now.fault_count++], "meter-lost");
	assert_true(watch_line_changed(&before, &now));
	before = now;
	/* What stands behind the end of a text is none of it. */
	now.faults[0][OPTIMIZER_WORD_MAX - 1] = 'x';
	assert_false(watch_line_changed(&before, &now));
	strcpy(now.faults[0], "output-failed");
	assert_true(watch_line_changed(&before, &now));
}

static void a_span_of_time_that_runs_down_is_no_news(void **state)
{
	static const char *const spans[] = {
		"2min", "1min 59s", "59s", "1h 30min", "250ms", "10h 2s"};
	char a[64], b[64];

	(void)state;
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		snprintf(a, sizeof(a), "at the earliest in %s, after 2 stops", spans[i]);
		for (size_t j = 0; j < sizeof(spans) / sizeof(spans[0]); j++) {
			snprintf(b, sizeof(b), "at the earliest in %s, after 3 stops", spans[j]);
			assert_true(status_same_words(a, b));
		}
	}
	assert_true(status_same_words("for another 1h 5min", "for another 59min"));
	assert_false(status_same_words("in 5s", "in 5s 1 stop"));
	assert_false(status_same_words("24 h ago", "24 A ago"));
	assert_false(status_same_words("2 stops", "2 tops"));
	assert_false(status_same_words("2stops", "2tops"));
	assert_false(status_same_words("in 5s", "in 5s, more"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_line_is_longer_than_80_columns),
		cmocka_unit_test(wrapping_keeps_every_word),
		cmocka_unit_test(colours_add_nothing_but_colours),
		cmocka_unit_test(a_fault_or_failsafe_is_red_and_a_charge_green),
		cmocka_unit_test(the_age_of_a_reading_is_never_negative),
		cmocka_unit_test(old_readings_are_told_in_minutes),
		cmocka_unit_test(whatever_there_is_makes_valid_json),
		cmocka_unit_test(metrics_are_families_in_one_piece),
		cmocka_unit_test(figures_alone_are_no_news),
		cmocka_unit_test(a_span_of_time_that_runs_down_is_no_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
