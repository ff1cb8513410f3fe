/* SPDX-License-Identifier: MIT */
/*
 * Runs the rows, some at a time, each in a process of its own so that one that fails stops no other.
 *
 *   fault_matrix          check; what failed is printed as a whole, then the number of rows
 *   fault_matrix page     the same, and the table in Markdown on stdout
 *   fault_matrix TEXT     only the rows with this text in their group or name
 */
#include "faults/matrix.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT_A_TIME  6
#define ROWS_MAX   160
#define SILENCE_MS 300 /* a duty that stands so long is the one that was decided */

struct outcome {
	int32_t before_ma, greatest_ma, after_ma;
	int64_t safe_ms, back_ms; /* -1: not a part of it */
	char said[512], note[256];
	bool done; /* to the end */
	bool late; /* failed by its times alone, as on a machine that is too busy */
};

static const struct {
	const struct fault_row *rows;
	const size_t *count;
} lists[] = {
	{wire_rows, &wire_rows_count},
	{value_rows, &value_rows_count},
	{device_rows, &device_rows_count},
	{output_rows, &output_rows_count},
	{system_rows, &system_rows_count},
};

static const struct fault_row *rows[ROWS_MAX];
static size_t row_count;
static struct outcome *outcomes; /* shared with the children */

/* ---- one row ---- */

static int32_t ma_of(int64_t duty_ns)
{
	return duty_ns >= HOUSE_PERIOD_NS ? 0 : (int32_t)((duty_ns * 60000 + 999999) / 1000000);
}

static int32_t standing_ma(const struct house *house)
{
	const struct chip *chip = &house->chips[0];

	return chip->count ? ma_of(chip->duties[chip->count - 1].ns) : 0;
}

static int32_t greatest_ma(const struct house *house, int64_t since_ms, int32_t standing_ma)
{
	const struct chip *chip = &house->chips[0];
	int32_t ma = standing_ma;

	for (size_t i = 0; i < chip->count; i++)
		if (chip->duties[i].at_ms >= since_ms && ma_of(chip->duties[i].ns) > ma)
			ma = ma_of(chip->duties[i].ns);
	return ma;
}

static void edge_make(struct trial *trial)
{
	const char *path = house_path(trial->house, EDGE_NAME);
	const struct edge none = {.journal = -1};
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	house_check(trial->house, fd >= 0 && write(fd, &none, sizeof(none)) == sizeof(none));
	trial->edge = mmap(NULL, sizeof(none), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	house_check(trial->house, trial->edge != MAP_FAILED);
	close(fd);
	setenv(EDGE_ENVIRONMENT, path, 1);
	house_program(trial->house, TEST_BUILDDIR "/tests/faults/poweroptd_edge");
}

static void trial_start(struct trial *trial)
{
	const struct fault_row *row = trial->row;
	struct house *house = trial->house;

	if (row->configuration)
		house_configure(house, "%s", row->configuration);
	if (row->on_edge)
		edge_make(trial);
	if (row->prepare)
		row->prepare(trial);
	if (row->run)
		return;
	house_meter_start(house, "--currents=12.5,12.5,12.5", row->options[0], row->options[1],
		row->options[2], NULL);
	house_daemon_start(house);
}

static void fault_begin(struct trial *trial)
{
	const struct fault_row *row = trial->row;

	trial->began_ms = clock_ms();
	if (row->begin)
		row->begin(trial);
	if (row->kind)
		trial->began_ms = house_say(trial->house, "fault %s on", row->kind).done_ms;
}

static void fault_end(struct trial *trial)
{
	const struct fault_row *row = trial->row;

	if (row->kind)
		house_say(trial->house, "fault %s off", row->kind);
	if (row->end)
		row->end(trial);
}

static void keep_line(struct house *house, const char *part, char *ret, size_t size)
{
	const struct line *line = lines_find(&house->daemon.lines, 0, part);

	snprintf(ret, size, "%s", line ? line->text : "");
}

static void expect_fail_safe(struct trial *trial, struct outcome *outcome)
{
	const struct fault_row *row = trial->row;
	struct house *house = trial->house;
	char text[64];
	int64_t at_ms = trial->began_ms;

	if (row->safe_ma == SAFE_ANY || row->safe_ma == SAFE_SAME) {
		if (row->fault)
			house_fail(house, "a row that raises a fault has a safe current");
		return;
	}
	if (row->fault) {
		snprintf(text, sizeof(text), "Fault %s: ", row->fault);
		at_ms = expect_log(house, text);
	}
	if (row->safe_ma != SAFE_UNTOLD)
		at_ms = expect_duty(house, row->safe_ma);
	outcome->safe_ms = at_ms - trial->began_ms;
	outcome->late = outcome->safe_ms > row->within_ms;
	if (outcome->late)
		house_fail(house, "safe only after %" PRId64 " ms, %" PRId64 " were promised",
			outcome->safe_ms, row->within_ms);
}

static void trial_run(struct trial *trial, struct outcome *outcome)
{
	const struct fault_row *row = trial->row;
	int32_t before_ma = row->before_ma ? row->before_ma : 7300;
	int32_t most_ma = row->greatest_ma ? row->greatest_ma : before_ma;
	struct house *house = trial->house;
	int64_t ended_ms;
	char text[64];

	outcome->before_ma = before_ma == NONE_MA ? 0 : before_ma;
	if (before_ma == NONE_MA) {
		most_ma = row->greatest_ma;
		trial->began_ms = clock_ms();
	} else {
		expect_duty(house, before_ma);
		house_quiet(house, SILENCE_MS);
		house_ceiling(house, most_ma);
		fault_begin(trial);
	}
	expect_fail_safe(trial, outcome);
	house_quiet(house, row->lasts_ms ? row->lasts_ms : 1000);
	outcome->late = row->safe_ma == SAFE_SAME && standing_ma(house) < before_ma;
	if (outcome->late)
		house_fail(house, "the current is not what it was");
	if (row->safe_ma >= 0 && standing_ma(house) != row->safe_ma)
		house_fail(house, "the current does not stay at what is safe");
	outcome->greatest_ma = greatest_ma(
		house, trial->began_ms, before_ma == NONE_MA ? 0 : before_ma);
	house_check(house, outcome->greatest_ma <= most_ma);
	if (row->sentence) {
		expect_logged(house, row->sentence);
		keep_line(house, row->sentence, outcome->said, sizeof(outcome->said));
	} else if (row->safe_ma == SAFE_SAME) {
		house_check(house, !house_logged(house, "Fault "));
	}

	house_ceiling(house, HOUSE_CEILING_MA);
	ended_ms = clock_ms();
	fault_end(trial);
	if (row->fault) {
		snprintf(text, sizeof(text), "Fault %s is over", row->fault);
		expect_logged(house, text);
	}
	if (row->over)
		expect_logged(house, row->over);
	while (standing_ma(house) != 7300) {
		if (clock_ms() > ended_ms + PATIENCE_MS)
			house_fail(house, "the current does not come back");
		look_and_check(house, ended_ms + PATIENCE_MS);
	}
	outcome->after_ma = 7300;
	outcome->back_ms = row->safe_ma == SAFE_SAME ? -1 : clock_ms() - ended_ms;
}

static void the_row_holds(void **state)
{
	struct trial trial = {.row = rows[*(size_t *)*state], .other.in = -1, .other.out = -1};
	struct outcome *outcome = &outcomes[*(size_t *)*state];

	trial.house = house_new();
	outcome->safe_ms = outcome->back_ms = -1;
	trial_start(&trial);
	if (trial.row->run)
		trial.row->run(&trial, outcome->note);
	else
		trial_run(&trial, outcome);
	process_end(&trial.other);
	if (house_free(trial.house) < 0)
		fail_msg("the daemon did not end as it should");
	outcome->done = true;
}

/* ---- all rows ---- */

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

/* ---- the page ---- */

static const char *amps(int32_t ma, char buf[16])
{
	snprintf(buf, 16, ma % 1000 ? "%d.%d A" : "%d A", ma / 1000, ma % 1000 / 100);
	return buf;
}

/* Paths of the test's directory are not for a page. */
static void print_sentence(const char *said)
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

static void print_row(const struct fault_row *row, const struct outcome *o)
{
	char before[16], greatest[16];

	printf("| %s | ", row->what);
	if (row->run) {
		printf("| | | | %s | |\n", o->note);
		return;
	}
	printf("%s | %s | ", amps(o->before_ma, before), amps(o->greatest_ma, greatest));
	if (o->safe_ms >= 0)
		printf("%s %.2f s (%.2f s) | ",
			row->safe_ma == SAFE_UNTOLD ? "known after"
			: row->safe_ma > 0	    ? "6 A after"
						    : "0 A after",
			(double)o->safe_ms / 1000, (double)row->within_ms / 1000);
	else
		printf("%s | ", row->safe_ma == SAFE_ANY ? "by chance" : "goes on");
	printf("%s | ", row->fault ? row->fault : "-");
	print_sentence(o->said);
	if (o->back_ms >= 0)
		printf(" | %.1f s |\n", (double)o->back_ms / 1000);
	else
		printf(" | - |\n");
}

static void print_page(void)
{
	int64_t worst_ms = 0;
	int32_t worst_ma = 0;

	for (size_t i = 0; i < row_count; i++) {
		if (i == 0 || strcmp(rows[i]->group, rows[i - 1]->group) != 0)
			printf("\n## %s\n\n| what happens | allowed before | greatest allowed while it "
			       "lasts | safe (promised) | fault | what is said | back after "
			       "|\n|---|---|---|---|---|---|---|\n",
				rows[i]->group);
		print_row(rows[i], &outcomes[i]);
		if (outcomes[i].safe_ms > worst_ms)
			worst_ms = outcomes[i].safe_ms;
		if (outcomes[i].greatest_ma > worst_ma)
			worst_ma = outcomes[i].greatest_ma;
	}
	printf("\n%zu faults; the slowest was safe after %.2f s.\n", row_count,
		(double)worst_ms / 1000);
}

int main(int argc, char *argv[])
{
	bool page = argc > 1 && strcmp(argv[1], "page") == 0;
	const char *text = argc > 1 && !page ? argv[1] : "";
	int failed;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (size_t j = 0; j < *lists[i].count && row_count < ROWS_MAX; j++)
			if (strstr(lists[i].rows[j].group, text) ||
				strstr(lists[i].rows[j].what, text))
				rows[row_count++] = &lists[i].rows[j];
	outcomes = mmap(NULL, ROWS_MAX * sizeof(*outcomes), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (outcomes == MAP_FAILED || row_count == 0)
		return EXIT_FAILURE;
	failed = rows_run();
	if (page)
		print_page();
	fprintf(stderr, "%zu faults, %d not as they should be\n", row_count, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
