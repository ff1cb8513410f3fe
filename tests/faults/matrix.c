/* SPDX-License-Identifier: MIT */
/*
 * Runs the rows, some at a time, each in a process of its own so that one that fails stops no other.
 *
 *   fault_matrix          check; what failed is printed as a whole, then the number of rows
 *   fault_matrix page     the same, and the table in Markdown on stdout
 *   fault_matrix TEXT     only the rows with this text in their group or name
 */
#include "faults/matrix.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT_A_TIME 6

static const struct fault_row *rows[ROWS_MAX];
static size_t row_count;
static struct outcome *outcomes; /* shared with the children */

static void the_row_holds(void **state)
{
	size_t i = *(size_t *)*state;

	trial_run(rows[i], &outcomes[i]);
}

static int child_run(size_t i, int output)
{
	struct CMUnitTest tests[] = {cmocka_unit_test_prestate(the_row_holds, &i)};

	(void)dup2(output, STDOUT_FILENO);
	(void)dup2(output, STDERR_FILENO);
	tests[0].name = rows[i]->what;
	return cmocka_run_group_tests_name(rows[i]->group, tests, NULL, NULL);
}

static void print_file(int fd)
{
	char bytes[4096];
	ssize_t n;

	while ((n = pread(fd, bytes, sizeof(bytes), lseek(fd, 0, SEEK_CUR))) > 0) {
		(void)fwrite(bytes, 1, (size_t)n, stderr);
		(void)lseek(fd, n, SEEK_CUR);
	}
}

static struct running {
	pid_t pid;
	size_t row;
	int output;
} running[AT_A_TIME];

static void row_start(struct running *slot, size_t row)
{
	char name[] = "/tmp/poweropt-matrix-XXXXXX";

	slot->row = row;
	slot->output = mkstemp(name);
	(void)unlink(name);
	fflush(NULL);
	slot->pid = fork();
	if (slot->pid == 0) {
		int status = child_run(row, slot->output);

		fflush(NULL);
		_exit(status ? 1 : 0);
	}
}

/* Wait for one that ends. Returns 1 if it failed. */
static int row_end(void)
{
	int status, failed;
	pid_t pid = wait(&status);

	for (int i = 0; i < AT_A_TIME; i++) {
		if (running[i].pid != pid || pid <= 0)
			continue;
		failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0 ||
			 !outcomes[running[i].row].done;
		if (failed) {
			fprintf(stderr, "==== %s: %s ====\n", rows[running[i].row]->group,
				rows[running[i].row]->what);
			(void)lseek(running[i].output, 0, SEEK_SET);
			print_file(running[i].output);
		}
		close(running[i].output);
		running[i].pid = 0;
		return failed;
	}
	return 0;
}

/* What was late only is tried once more, alone. Nothing else has a second chance. */
static int rows_again(void)
{
	int failed = 0;

	for (size_t i = 0; i < row_count; i++) {
		if (!outcomes[i].late)
			continue;
		fprintf(stderr, "once more, alone: %s: %s\n", rows[i]->group, rows[i]->what);
		memset(&outcomes[i], 0, sizeof(outcomes[i]));
		row_start(&running[0], i);
		if (row_end() == 0)
			failed--;
	}
	return failed;
}

static int rows_run(void)
{
	int failed = 0, busy = 0;

	for (size_t next = 0; next < row_count; busy++) {
		int slot = 0;

		if (busy == AT_A_TIME) {
			failed += row_end();
			busy--;
		}
		while (running[slot].pid > 0)
			slot++;
		row_start(&running[slot], next++);
	}
	for (; busy > 0; busy--)
		failed += row_end();
	return failed + rows_again();
}

int main(int argc, char *argv[])
{
	bool page = argc > 1 && strcmp(argv[1], "page") == 0;
	const char *text = argc > 1 && !page ? argv[1] : "";
	int failed;

	row_count = rows_find(text, rows);
	outcomes = mmap(NULL, ROWS_MAX * sizeof(*outcomes), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (outcomes == MAP_FAILED || row_count == 0)
		return EXIT_FAILURE;
	failed = rows_run();
	if (page)
		page_print(rows, outcomes, row_count);
	fprintf(stderr, "%zu faults, %d not as they should be\n", row_count, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
