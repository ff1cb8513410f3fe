/* SPDX-License-Identifier: MIT */
#include "bench/houses.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A busy one, one that is often overloaded by itself, one that exports, one on one phase. */
static const struct {
	const char *name;
	int phases;
	const char *options;
} made_up[] = {
	{"three-phase 1", 3, "--seed=1 --phases=3 --heat-pump"},
	{"three-phase 3", 3, "--seed=3 --phases=3 --heat-pump"},
	{"three-phase 4", 3, "--seed=4 --phases=3 --pv --season=summer"},
	{"one-phase 8", 1, "--seed=8 --phases=1 --heat-pump"},
};

static struct house *house_add(struct houses *houses, const char *name)
{
	struct house *house;

	if (houses->count == HOUSES_MAX) {
		fprintf(stderr, "control: more than %d houses\n", HOUSES_MAX);
		return NULL;
	}
	house = &houses->list[houses->count];
	*house = (struct house){.phases = 3};
	snprintf(house->name, sizeof(house->name), "%s", name);
	return house;
}

static void house_rate(struct house *house)
{
	house->limit_ma = house->phases == 1 ? 40000 : 25000;
	house->max_ma = house->phases == 1 ? 32000 : 16000;
}

int houses_make(struct houses *houses, const char *program)
{
	for (size_t i = 0; i < sizeof(made_up) / sizeof(made_up[0]); i++) {
		struct house *house = house_add(houses, made_up[i].name);
		char command[4096], problem[TRACE_PROBLEM_MAX];
		FILE *pipe;
		int r, status;

		if (!house)
			return -E2BIG;
		snprintf(command, sizeof(command), "'%s' load --days=1 %s", program,
			made_up[i].options);
		pipe = popen(command, "re");
		if (!pipe)
			return -errno;
		r = trace_read(pipe, command, &house->trace, problem);
		status = pclose(pipe);
		if (r < 0 || status != 0) {
			fprintf(stderr, "control: %s\n", r < 0 ? problem : command);
			if (r == 0)
				trace_clear(&house->trace);
			return -EIO;
		}
		house->phases = made_up[i].phases;
		house->made_by = made_up[i].options;
		house_rate(house);
		houses->count++;
	}
	return 0;
}

static int is_csv(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".csv") == 0;
}

static int house_read(struct houses *houses, const char *directory, const char *file)
{
	char path[4096], problem[TRACE_PROBLEM_MAX];
	struct house *house = house_add(houses, file);
	bool one_phase = true;
	int r;

	if (!house)
		return -E2BIG;
	*strrchr(house->name, '.') = '\0';
	snprintf(path, sizeof(path), "%s/%s", directory, file);
	r = trace_load(path, &house->trace, problem);
	if (r < 0) {
		fprintf(stderr, "control: %s\n", problem);
		return r;
	}
	for (size_t i = 0; i < house->trace.count; i++) {
		const double *amps = house->trace.rows[i].amps;

		one_phase = one_phase && amps[1] == 0 && amps[2] == 0;
	}
	house->phases = one_phase ? 1 : 3;
	house_rate(house);
	houses->count++;
	return 0;
}

int houses_read(struct houses *houses, const char *directory)
{
	struct dirent **entries;
	int n = scandir(directory, &entries, is_csv, alphasort);
	int r = n < 0 ? -errno : 0;

	if (r < 0)
		fprintf(stderr, "control: %s: %s\n", directory, strerror(-r));
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = house_read(houses, directory, entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return r;
}

void houses_clear(struct houses *houses)
{
	while (houses->count > 0)
		trace_clear(&houses->list[--houses->count].trace);
}
