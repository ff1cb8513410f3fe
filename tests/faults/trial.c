/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "faults/matrix.h"

#define USUAL_MA   7300
#define MIN_MA	   6000
#define SILENCE_MS 300 /* a duty that stands so long is the one that was decided */

/* ---- the rows ---- */

size_t rows_find(const char *text, const struct fault_row *ret[static ROWS_MAX])
{
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
	size_t n = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (size_t j = 0; j < *lists[i].count; j++)
			if (strstr(lists[i].rows[j].group, text) ||
				strstr(lists[i].rows[j].what, text)) {
				assert_true(n < ROWS_MAX);
				ret[n++] = &lists[i].rows[j];
			}
	return n;
}

int32_t row_before_ma(const struct fault_row *row)
{
	if (row->before_ma == NONE_MA)
		return 0;
	return row->before_ma ? row->before_ma : USUAL_MA;
}

int32_t row_most_ma(const struct fault_row *row)
{
	return row->greatest_ma ? row->greatest_ma : row_before_ma(row);
}

/* ---- what is allowed ---- */

static int32_t ma_of(int64_t duty_ns)
{
	return duty_ns >= HOUSE_PERIOD_NS ? 0 : (int32_t)((duty_ns * 60000 + 999999) / 1000000);
}

int32_t standing_ma(const struct house *house)
{
	const struct chip *chip = &house->chips[0];

	return chip->count ? ma_of(chip->duties[chip->count - 1].ns) : 0;
}

int32_t greatest_ma(const struct house *house, int64_t since_ms, int32_t standing_ma)
{
	const struct chip *chip = &house->chips[0];
	int32_t ma = standing_ma;

	for (size_t i = chip->count; i > 0 && chip->duties[i - 1].at_ms >= since_ms; i--)
		if (ma_of(chip->duties[i - 1].ns) > ma)
			ma = ma_of(chip->duties[i - 1].ns);
	return ma;
}

int32_t least_ma(const struct house *house, int64_t since_ms, int32_t standing_ma)
{
	const struct chip *chip = &house->chips[0];
	int32_t ma = standing_ma;

	for (size_t i = chip->count; i > 0 && chip->duties[i - 1].at_ms >= since_ms; i--)
		if (ma_of(chip->duties[i - 1].ns) < ma)
			ma = ma_of(chip->duties[i - 1].ns);
	return ma;
}

/* ---- the house ---- */

void trial_edge(struct trial *trial)
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
		trial_edge(trial);
	house_meter_start(house, "--currents=12.5,12.5,12.5", row->option, NULL);
	if (row->prepare)
		row->prepare(trial);
	if (!row->run)
		house_daemon_start(house);
}

/* ---- the fault ---- */

void trial_begin(struct trial *trial)
{
	const struct fault_row *row = trial->row;

	if (row->begin || row->kind)
		trial->first_line = trial->house->daemon.lines.count;
	if (row->setting)
		house_say(trial->house, "%s", row->setting);
	trial->began_ms = clock_ms();
	if (row->begin)
		row->begin(trial);
	if (row->kind)
		trial->began_ms = house_say(trial->house, "fault %s on", row->kind).done_ms;
}

void trial_end(struct trial *trial)
{
	const struct fault_row *row = trial->row;

	if (row->kind)
		house_say(trial->house, "fault %s off", row->kind);
	if (row->end)
		row->end(trial);
}

int64_t trial_after_the_end(struct trial *trial)
{
	struct house *house = trial->house;
	char config[PATH_BYTES + 16];

	snprintf(config, sizeof(config), "--config=%s", house_path(house, "poweroptd.conf"));
	house_check(house, house_run(house, config, "--failsafe", NULL) == 0);
	house_check(house, standing_ma(house) == 0);
	return clock_ms();
}

/* ---- what is promised ---- */

/* Since the fault began: before, the same may have been said for another reason. */
static const struct line *expect_since(struct trial *trial, const char *text)
{
	struct lines *lines = &trial->house->daemon.lines;

	lines->mark = trial->first_line;
	expect_log(trial->house, text);
	return &lines->list[lines->mark - 1];
}

static const char *fault_text(const struct fault_row *row, char buf[64])
{
	snprintf(buf, 64, "Fault %s: ", row->fault);
	return buf;
}

static void expect_fail_safe(struct trial *trial, struct outcome *outcome)
{
	const struct fault_row *row = trial->row;
	struct house *house = trial->house;
	int64_t at_ms = trial->began_ms;
	char text[64];

	if (row->safe_ma == SAFE_ANY || row->safe_ma == SAFE_SAME)
		return;
	if (row->fault)
		at_ms = expect_since(trial, fault_text(row, text))->at_ms;
	if (row->ends) {
		house_check(house, house_daemon_wait(house) == 1);
		at_ms = trial_after_the_end(trial);
	} else if (row->safe_ma != SAFE_UNTOLD) {
		at_ms = expect_duty(house, row->safe_ma);
	}
	/* the simulator's ok may be read after what it led to */
	outcome->safe_ms = at_ms > trial->began_ms ? at_ms - trial->began_ms : 0;
	outcome->late = outcome->safe_ms >
			row->within_ms + house_machine_ms(house, trial->began_ms);
	if (outcome->late)
		house_fail(house, "safe only after %" PRId64 " ms, %" PRId64 " were promised",
			outcome->safe_ms, row->within_ms);
	/* and there it stays */
	if (row->safe_ma >= 0)
		house_ceiling(house, row->safe_ma);
}

/* While it lasts: the current stays where it should, and nothing else is raised. */
static void expect_nothing_else(struct trial *trial, struct outcome *outcome)
{
	const struct fault_row *row = trial->row;
	struct house *house = trial->house;
	const struct lines *lines = &house->daemon.lines;
	char text[64] = "";

	if (row->fault)
		snprintf(text, sizeof(text), "Fault %s", row->fault);
	outcome->late = row->safe_ma == SAFE_SAME &&
			least_ma(house, trial->began_ms, row_before_ma(row)) < row_before_ma(row);
	if (outcome->late)
		house_fail(house, "the current is not what it was");
	if (row->safe_ma >= 0 && standing_ma(house) != row->safe_ma)
		house_fail(house, "the current does not stay at what is safe");
	for (size_t i = 0; i < lines->count; i++) {
		const char *said = strstr(lines->list[i].text, "Fault ");

		if (!said || lines->list[i].at_ms < trial->began_ms ||
			(row->fault && strncmp(said, text, strlen(text)) == 0))
			continue;
		/* a machine that is too busy for daemon or simulator raises these as well */
		outcome->late = strstr(said, "loop-stalled") || strstr(said, "meter-lost");
		house_fail(house, "another fault than was promised");
	}
}

static void expect_said(struct trial *trial, struct outcome *outcome)
{
	const struct fault_row *row = trial->row;
	struct house *house = trial->house;
	const char *said = row->sentence;
	char text[64];

	look_and_check(house, clock_ms());
	outcome->raised = row->fault && lines_find(&house->daemon.lines, trial->first_line,
						fault_text(row, text));
	if (row->safe_ma == SAFE_ANY && row->fault && !outcome->raised)
		return;
	if (!said && row->fault)
		said = fault_text(row, text);
	if (said)
		snprintf(outcome->said, sizeof(outcome->said), "%s",
			expect_since(trial, said)->text);
}

/* The usual current stands again, and if there was a fault, the safe one came in between. */
static bool is_back(struct trial *trial, const struct outcome *outcome)
{
	int32_t safe_ma = trial->row->safe_ma > 0 ? trial->row->safe_ma : 0;

	return standing_ma(trial->house) == USUAL_MA &&
	       (!outcome->raised || least_ma(trial->house, trial->began_ms, USUAL_MA) <= safe_ma);
}

static void expect_recovery(struct trial *trial, struct outcome *outcome)
{
	const struct fault_row *row = trial->row;
	struct house *house = trial->house;
	int64_t ended_ms = clock_ms();
	char text[64];

	house_ceiling(house, row_most_ma(row));
	trial_end(trial);
	/* On a busy machine the car is late, and what it draws at min_current not in the readings yet. */
	house_ceiling(house, USUAL_MA + MIN_MA);
	if (row->ends) {
		house_daemon_start(house);
	} else if (outcome->raised) {
		snprintf(text, sizeof(text), "Fault %s is over", row->fault);
		expect_since(trial, text);
	}
	if (row->over)
		expect_since(trial, row->over);
	while (!is_back(trial, outcome)) {
		if (clock_ms() > ended_ms + PATIENCE_MS)
			house_fail(house, "the current does not come back");
		look_and_check(house, ended_ms + PATIENCE_MS);
	}
	outcome->back_ms = row->safe_ma == SAFE_SAME ? -1 : clock_ms() - ended_ms;
}

static void promises_hold(struct trial *trial, struct outcome *outcome)
{
	const struct fault_row *row = trial->row;
	struct house *house = trial->house;

	trial->began_ms = clock_ms();
	if (row->before_ma != NONE_MA) {
		expect_duty(house, row_before_ma(row));
		house_quiet(house, SILENCE_MS);
		house_check(house, standing_ma(house) == row_before_ma(row));
		house_ceiling(house, row_most_ma(row));
		house->chip->mark = house->chip->count;
		trial_begin(trial);
	}
	expect_fail_safe(trial, outcome);
	house_quiet(house, row->lasts_ms ? row->lasts_ms : 1000);
	expect_nothing_else(trial, outcome);
	outcome->greatest_ma = greatest_ma(house, trial->began_ms, outcome->before_ma);
	house_check(house, outcome->greatest_ma <= row_most_ma(row));
	expect_said(trial, outcome);
	expect_recovery(trial, outcome);
}

void trial_run(const struct fault_row *row, struct outcome *ret)
{
	struct trial trial = {.row = row, .other.in = -1, .other.out = -1};

	trial.house = house_new();
	*ret = (struct outcome){.before_ma = row_before_ma(row), .safe_ms = -1, .back_ms = -1};
	trial_start(&trial);
	if (row->run)
		row->run(&trial, ret);
	else
		promises_hold(&trial, ret);
	process_end(&trial.other);
	if (house_free(trial.house) < 0)
		fail_msg("the daemon did not end as it should");
	ret->done = true;
}
