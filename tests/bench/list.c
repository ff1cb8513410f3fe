/* SPDX-License-Identifier: MIT */
#include "bench/table.h"

#include <stdlib.h>
#include <string.h>

#define KEY_MAX	 128
#define LINE_MAX 512

/*
 * The figures come out the same on every machine with IEEE arithmetic. Where the compiler calculates
 * with more digits than asked for (the x87 of an i386), a sample may fall on the other side of a
 * threshold, which is what the tolerances allow.
 */
static const struct {
	const char *name;
	double tolerance;
	bool more_is_better;
} columns[] = {
	{"over_s", 1, false},
	{"longest_s", 1, false},
	{"max_A", 0.02, false},
	{"I2t", 0.02, false},
	{"EV_Ah", 0.02, true},
	{"pauses", 0, false},
	{"changes", 1, false},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void key_make(const struct bench_case *item, char ret[KEY_MAX])
{
	snprintf(ret, KEY_MAX, "%s; %s%s; %gs", item->house->name, item->car->name,
		item->feedback ? " with feedback" : "", (double)item->lag_ms / 1000);
}

static void values_make(const struct figures *figures, double ret[COLUMNS])
{
	ret[0] = figures->over_s;
	ret[1] = figures->longest_s;
	ret[2] = figures->excess_a;
	ret[3] = figures->heat;
	ret[4] = figures->car_ah;
	ret[5] = figures->pauses;
	ret[6] = figures->changes;
}

void list_write(FILE *stream, const struct cases *cases)
{
	fprintf(stream, "# SPDX-License-Identifier: MIT\n"
			"# Figures that the regulator must not fall behind. Made by\n"
			"#     make update-control-figures\n"
			"# house; car; meter lag:");
	for (size_t c = 0; c < COLUMNS; c++)
		fprintf(stream, " %s", columns[c].name);
	fprintf(stream, "\n");
	for (int i = 0; i < cases->count; i++) {
		double values[COLUMNS];
		char key[KEY_MAX];

		key_make(&cases->list[i], key);
		values_make(&cases->list[i].figures, values);
		fprintf(stream, "%s:", key);
		for (size_t c = 0; c < COLUMNS; c++)
			fprintf(stream, " %.7g", values[c]);
		fprintf(stream, "\n");
	}
}

static const struct bench_case *case_find(const struct cases *cases, const char *wanted)
{
	for (int i = 0; i < cases->count; i++) {
		char key[KEY_MAX];

		key_make(&cases->list[i], key);
		if (strcmp(key, wanted) == 0)
			return &cases->list[i];
	}
	return NULL;
}

static int line_compare(
	const struct bench_case *item, const char *key, const char *text, int *better)
{
	double values[COLUMNS];
	int worse = 0;

	values_make(&item->figures, values);
	for (size_t c = 0; c < COLUMNS; c++) {
		char *end;
		double committed = strtod(text, &end);
		double loss = columns[c].more_is_better ? committed - values[c]
							: values[c] - committed;

		if (end == text) {
			printf("%s: no %s in the list\n", key, columns[c].name);
			return worse + 1;
		}
		text = end;
		if (loss > columns[c].tolerance + 1e-9) {
			printf("WORSE %s: %s was %g, is %g\n", key, columns[c].name, committed,
				values[c]);
			worse++;
		} else if (-loss > columns[c].tolerance + 1e-9) {
			(*better)++;
		}
	}
	return worse;
}

int list_compare(FILE *list, const struct cases *cases)
{
	char line[LINE_MAX];
	int worse = 0, better = 0, found = 0;

	while (fgets(line, sizeof(line), list)) {
		const struct bench_case *item;
		char *colon = strrchr(line, ':');

		if (line[0] == '#' || !colon)
			continue;
		*colon = '\0';
		item = case_find(cases, line);
		if (!item) {
			printf("MISSING %s: is in the list, but is no case any more\n", line);
			worse++;
			continue;
		}
		found++;
		worse += line_compare(item, line, colon + 1, &better);
	}
	if (found < cases->count) {
		printf("MISSING %d cases are not in the list\n", cases->count - found);
		worse++;
	}
	printf("%d cases, %d figures better than in the list, %d worse\n", cases->count, better,
		worse);
	return worse;
}
