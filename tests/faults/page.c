/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "faults/matrix.h"

const char *page_amps(int32_t ma, char buf[16])
{
	snprintf(buf, 16, ma % 1000 ? "%d.%d A" : "%d A", ma / 1000, ma % 1000 / 100);
	return buf;
}

void page_sentence(const char *said)
{
	for (; *said; said++) {
		const char *path = strstr(said, "/poweropt-e2e-");

		if (strncmp(said, "/tmp/poweropt-e2e-", 18) == 0 && path) {
			said = strchr(path + 1, '/');
			fputs("...", stdout);
		}
		putchar(*said == '|' ? '/' : *said);
	}
}

/* When what is safe was reached: "0 A after 0.78 s (1.20 s)". */
static void print_safe(const struct fault_row *row, const struct outcome *o)
{
	char amps[16];

	page_amps(row->safe_ma > 0 ? row->safe_ma : 0, amps);
	if (o->safe_ms >= 0)
		printf("%s after %.2f s (%.2f s)",
			row->safe_ma == SAFE_UNTOLD && !row->ends ? "known" : amps,
			(double)o->safe_ms / 1000, (double)row->within_ms / 1000);
	else if (row->safe_ma != SAFE_ANY)
		printf("goes on");
	else if (!row->fault)
		printf("believed");
	else
		printf("by chance: %s", o->raised ? "0 A this time" : "goes on this time");
}

static void print_row(const struct fault_row *row, const struct outcome *o)
{
	char before[16], greatest[16];

	printf("| %s | %s | %s | ", row->what, page_amps(o->before_ma, before),
		page_amps(o->greatest_ma, greatest));
	print_safe(row, o);
	printf(" | %s%s | ", row->fault ? row->fault : "-",
		row->fault && row->safe_ma == SAFE_ANY ? " or none" : "");
	page_sentence(o->said);
	if (o->back_ms >= 0)
		printf(" | %.1f s |\n", (double)o->back_ms / 1000);
	else
		printf(" | - |\n");
}

/* The worst of the rows from one on that are of its group. Returns the first that is not. */
static size_t group_sum(const struct fault_row *const rows[], const struct outcome *outcomes,
	size_t count, size_t from, struct outcome *ret)
{
	size_t i;

	*ret = (struct outcome){.safe_ms = -1, .back_ms = -1};
	for (i = from; i < count && strcmp(rows[i]->group, rows[from]->group) == 0; i++) {
		const struct outcome *o = &outcomes[i];

		if (o->greatest_ma > ret->greatest_ma)
			ret->greatest_ma = o->greatest_ma;
		if (o->safe_ms > ret->safe_ms)
			ret->safe_ms = o->safe_ms;
		if (o->back_ms > ret->back_ms)
			ret->back_ms = o->back_ms;
	}
	return i;
}

static void print_sum(
	const struct fault_row *const rows[], const struct outcome *outcomes, size_t count)
{
	struct outcome worst;
	char amps[16];

	printf("\n## The worst of each\n\n| | faults | greatest allowed | safe, or known, after | "
	       "back after |\n|---|---|---|---|---|\n");
	for (size_t from = 0, next; from < count; from = next) {
		next = group_sum(rows, outcomes, count, from, &worst);
		printf("| %s | %zu | %s | ", rows[from]->group, next - from,
			page_amps(worst.greatest_ma, amps));
		printf(worst.safe_ms >= 0 ? "%.2f s | " : "- | ", (double)worst.safe_ms / 1000);
		printf(worst.back_ms >= 0 ? "%.1f s |\n" : "- |\n", (double)worst.back_ms / 1000);
	}
	printf("\n%zu faults.\n", count);
}

void page_print(const struct fault_row *const rows[], const struct outcome *outcomes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || strcmp(rows[i]->group, rows[i - 1]->group) != 0)
			printf("\n## %s\n\n| what happens | allowed before | greatest allowed while it "
			       "lasts | safe (promised) | fault | what is said | back after "
			       "|\n|---|---|---|---|---|---|---|\n",
				rows[i]->group);
		print_row(rows[i], &outcomes[i]);
	}
	print_sum(rows, outcomes, count);
}
