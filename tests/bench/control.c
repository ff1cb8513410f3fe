/* SPDX-License-Identifier: MIT */
/*
 * How well the regulator does, in figures; see the targets bench-control, check-control-figures
 * and update-control-figures in tests/local.mk.
 *
 *   control page PROGRAM [DIR]     all cases as Markdown; DIR: further traces
 *   control list PROGRAM           some cases as a list
 *   control check PROGRAM LIST     the same cases against a list; 1 if one is worse
 *
 * PROGRAM is poweroptsim, which makes up the houses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cases.h"
#include "bench/houses.h"
#include "bench/table.h"

static int usage(void)
{
	fprintf(stderr, "Usage: control page PROGRAM [DIR] | list PROGRAM | "
			"check PROGRAM LIST\n");
	return 2;
}

static int check(const char *path, const struct cases *cases)
{
	FILE *list = fopen(path, "re");
	int worse;

	if (!list) {
		perror(path);
		return EXIT_FAILURE;
	}
	worse = list_compare(list, cases);
	fclose(list);
	if (worse > 0)
		printf("If that is on purpose: make update-control-figures, and say why in the "
		       "commit.\n");
	return worse > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static struct houses houses;
	struct cases cases;
	bool page = (argc == 3 || argc == 4) && strcmp(argv[1], "page") == 0;
	bool list = argc == 3 && strcmp(argv[1], "list") == 0;
	int status = EXIT_FAILURE;

	if (!page && !list && !(argc == 4 && strcmp(argv[1], "check") == 0))
		return usage();
	if (cases_new(&cases) < 0)
		return EXIT_FAILURE;
	if ((page && argc == 4 && houses_read(&houses, argv[3]) < 0) ||
		houses_make(&houses, argv[2]) < 0)
		goto end;
	for (int i = 0; i < houses.count; i++) {
		if (page)
			cases_add_all(&cases, &houses.list[i]);
		else
			cases_add_some(&cases, &houses.list[i]);
	}
	if (cases_run(&cases) < 0) {
		fprintf(stderr, "control: out of memory\n");
		goto end;
	}
	status = EXIT_SUCCESS;
	if (page)
		page_write(stdout, &cases, argc == 4 ? argv[3] : NULL);
	else if (list)
		list_write(stdout, &cases);
	else
		status = check(argv[3], &cases);
	if (fflush(stdout) != 0)
		status = EXIT_FAILURE;
end:
	houses_clear(&houses);
	cases_free(&cases);
	return status;
}
