/* SPDX-License-Identifier: MIT */
/*
 * An hour of polls as fast as they go, in which the faults of the matrix happen at random by TEST_SEED:
 * the real daemon with poll_interval = 0 against a simulator that does not pace, with switches, a bus
 * and a journal, and now and then told to reach the charger by another output.
 *
 * The house always draws 12.5 A or more on its fullest phase, and the car what it may. So never,
 * whatever happens, more than 7.3 A may be allowed. Memory, descriptors and log must not grow, the
 * process must be the same at the end, and a fault that lasts must find the charger at its safe current.
 *
 *   endurance [FILE]    the figures go there too
 *
 * ENDURANCE_SECONDS, default an hour. Not a part of "make check": run it by "make check-endurance".
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "e2e/bus.h"
#include "faults/matrix.h"

#define SECONDS_DEFAULT 3600
#define GROWTH_MAX_KB	64
#define QUARTERS	4
#define LATE_MS		3000 /* on a machine that has others to serve; the matrix is strict */

static const char configuration[] =
	"[mains]\nlimit = dip\n"
	"[dip]\nchip = %s\nlines = 4 5 6\nactive_low = no\n" /* off ON off: 20 A */
	"[meter]\npoll_interval = 0\nbaud_rate = 115200\n"
	"[sysfs]\npath = %s\n"
	/* longer than it takes to ask for the voltages: zeros are believed until then */
	"[regulator]\nraise_delay = 3s\nsettle = 500ms\n"
	"[charger]\noutput = %s\n";

/* The outputs in turn, and whose rows can happen with them. */
static const struct {
	const char *name, *group;
} outputs[] = {
	{"pwm", "The PWM chip"},
	{"can", "The CAN bus"},
	{"sysfs", "An attribute of sysfs"},
};

#define OUTPUTS (sizeof(outputs) / sizeof(outputs[0]))

struct kind {
	const struct fault_row *row;
	int times;
	int64_t slowest_ms; /* to the safe current; -1: it never lasted so long */
};

struct figures {
	int64_t at_ms;
	struct counters polls;
	long private_kb;
	int descriptors;
	size_t log_lines, log_bytes;
};

struct endurance {
	struct trial trial;
	struct random random;
	uint64_t seed;
	struct kind kinds[ROWS_MAX];
	size_t kind_count;
	size_t output;
	int faults, reloads, greatest_ma;
	pid_t pid;
	struct figures figures[QUARTERS + 1];
	size_t lines_seen, log_bytes;
};

/* ---- its output ---- */

static void configure(struct endurance *e)
{
	struct house *house = e->trial.house;

	house_configure(house, configuration, house_path(house, "switches"),
		house_path(house, "allowed"), outputs[e->output].name);
}

static void change_output(struct endurance *e)
{
	struct house *house = e->trial.house;

	e->output = (e->output + 1) % OUTPUTS;
	e->reloads++;
	configure(e);
	house->daemon.lines.mark = house->daemon.lines.count;
	house_signal(house, SIGHUP);
	expect_log(house, "was read again and is in force");
}

/* ---- the daemon, seen from outside ---- */

static size_t log_bytes(struct endurance *e)
{
	const struct lines *lines = &e->trial.house->daemon.lines;

	for (; e->lines_seen < lines->count; e->lines_seen++)
		e->log_bytes += strlen(lines->list[e->lines_seen].text) + 1;
	return e->log_bytes;
}

/* Until nothing is wrong any more: what is measured then can be compared. */
static void calm_down(struct house *house)
{
	const struct lines *lines = &house->daemon.lines;
	int64_t until_ms = clock_ms() + 2 * PATIENCE_MS;
	size_t from;

	do {
		house_check(house, clock_ms() < until_ms);
		house_quiet(house, 500);
		from = lines->count;
		house_counters(house);
		expect_log(house, "Status: output");
	} while (lines_find(lines, from, "Status: failsafe"));
}

/* Connected again, if it was not. */
static void expect_bus(struct house *house)
{
	sd_bus_unref(bus_join(house));
}

static void measure(struct endurance *e, int quarter)
{
	struct house *house = e->trial.house;

	/* what an output has open differs */
	while (e->output != 0)
		change_output(e);
	calm_down(house);
	expect_bus(house);
	e->figures[quarter] = (struct figures){
		.at_ms = clock_ms(),
		.polls = house_counters(house),
		.private_kb = house_private_kb(house),
		.descriptors = house_descriptors(house),
		.log_lines = house_log_count(house),
		.log_bytes = log_bytes(e),
	};
}

static unsigned long long requests(const struct counters *n)
{
	return n->ok + n->timeout + n->crc + n->exception + n->implausible;
}

/* ---- faults ---- */

static bool can_happen(const struct endurance *e, const struct fault_row *row)
{
	for (size_t i = 0; i < OUTPUTS; i++)
		if (i != e->output && strcmp(row->group, outputs[i].group) == 0)
			return false;
	return true;
}

/* A row that needs a start or a fail-safe of its own, or ends the process, is not for one that has to
 * last; nor is another writer whose current is more than there ever is. */
static bool can_ever_happen(const struct fault_row *row)
{
	return !row->run && !row->ends && row->before_ma != NONE_MA && (row->begin || row->kind) &&
	       (row->safe_ma <= 0 || row->safe_ma == row_most_ma(row));
}

static struct kind *another(struct endurance *e)
{
	struct kind *kind;

	do
		kind = &e->kinds[random_between(&e->random, 0, (int64_t)e->kind_count - 1)];
	while (!can_happen(e, kind->row));
	return kind;
}

/* How long until what is promised while a fault lasts is there; -1: it was not in time. */
static int64_t time_to_safe(struct endurance *e)
{
	struct trial *trial = &e->trial;
	const struct chip *chip = trial->house->chips;
	int64_t until_ms = trial->began_ms + trial->row->within_ms + LATE_MS;

	while (standing_ma(trial->house) > trial->row->safe_ma) {
		if (clock_ms() >= until_ms)
			house_fail(trial->house, "not safe in time: %s: %s", trial->row->group,
				trial->row->what);
		look_and_check(trial->house, until_ms);
	}
	/* perhaps while the fault was still being made, or before */
	if (chip->count == 0 || chip->duties[chip->count - 1].at_ms < trial->began_ms)
		return 0;
	return chip->duties[chip->count - 1].at_ms - trial->began_ms;
}

/* A fault for a while, sometimes one of the meter's within it. */
static void disturb(struct endurance *e, struct kind *kind, bool lasts)
{
	struct house *house = e->trial.house;
	struct random *random = &e->random;
	const struct fault_row *second = another(e)->row, *row = e->trial.row = kind->row;
	/* not where the simulator itself was stopped, or taken away */
	bool two = !lasts && random_chance(random, 30) && (row->kind || row->on_edge) &&
		   !row->greatest_ma && !second->greatest_ma && second->kind && !second->begin &&
		   !(row->kind && strcmp(second->kind, row->kind) == 0);
	/* then it takes no time, which says nothing */
	bool was_safe = standing_ma(house) <= row->safe_ma;
	int64_t safe_ms;

	trial_begin(&e->trial);
	if (two)
		house_say(house, "fault %s on", second->kind);
	if (lasts && row->safe_ma >= 0 && row->within_ms) {
		safe_ms = time_to_safe(e);
		if (!was_safe && safe_ms > kind->slowest_ms)
			kind->slowest_ms = safe_ms;
	}
	house_quiet(house, random_between(random, 0, 300));
	if (two)
		house_say(house, "fault %s off", second->kind);
	trial_end(&e->trial);
	house_quiet(house, random_between(random, 0, 500));
	kind->times++;
	e->faults++;
	house_check(house, house_daemon_pid(house) == e->pid && house->daemon.out >= 0);
}

/* ---- the house ---- */

/* Never less than 12.5 A on the fullest phase, so never more than 7.3 A for the car. */
static void change_load(struct endurance *e)
{
	struct random *random = &e->random;
	int64_t most = random_chance(random, 70) ? 125 : random_between(random, 125, 215);
	int64_t other = random_between(random, 0, 125), third = random_between(random, 0, 125);

	house_say(e->trial.house, "currents %.1f,%.1f,%.1f", (double)other / 10, (double)most / 10,
		(double)third / 10);
}

static void begin(struct endurance *e)
{
	const struct fault_row *rows[ROWS_MAX];
	size_t count = rows_find("", rows);
	struct house *house = e->trial.house;

	for (size_t i = 0; i < count; i++)
		if (can_ever_happen(rows[i]))
			e->kinds[e->kind_count++] = (struct kind){rows[i], 0, -1};
	house_write(house, "switches", "00000100");
	house_write(house, "allowed", "0\n");
	trial_edge(&e->trial);
	e->trial.edge->journal = 0;
	bus_start_open(house);
	configure(e);
	house_meter_start(house, "--currents=12.5,12.5,12.5", NULL);
	house_car(house);
	house_daemon_start(house);
	e->pid = house_daemon_pid(house);
	expect_duty(house, 7300);
	house_ceiling(house, 7300);
}

/* Each once, with each output, so that the first of its kind is behind us. */
static void warm_up(struct endurance *e)
{
	for (size_t i = 0; i < OUTPUTS; i++) {
		for (size_t j = 0; j < e->kind_count; j++)
			if (e->kinds[j].times == 0 && can_happen(e, e->kinds[j].row))
				disturb(e, &e->kinds[j], false);
		change_output(e);
	}
}

static void run_until(struct endurance *e, int64_t until_ms)
{
	while (clock_ms() < until_ms) {
		change_load(e);
		house_quiet(e->trial.house, random_between(&e->random, 0, 6000));
		disturb(e, another(e), random_chance(&e->random, 25));
		if (random_chance(&e->random, 3))
			change_output(e);
	}
}

/* ---- figures ---- */

static void print_figures(const struct endurance *e, FILE *out)
{
	const struct figures *first = &e->figures[0], *last = &e->figures[QUARTERS];
	char amps[16];

	fprintf(out,
		"Seed %" PRIu64
		": %.0f s, %llu polls, %d faults, %d reloads, no restart; never more "
		"than %s was allowed.\n\n"
		"| | at the beginning | after 1/4 | 1/2 | 3/4 | at the end |\n"
		"|---|---|---|---|---|---|\n",
		e->seed, (double)(last->at_ms - first->at_ms) / 1000,
		requests(&last->polls) - requests(&first->polls), e->faults, e->reloads,
		page_amps(e->greatest_ma, amps));
#define LINE(name, format, value)                                                                  \
	do {                                                                                       \
		fprintf(out, "| %s |", name);                                                      \
		for (const struct figures *f = first; f <= last; f++)                              \
			fprintf(out, " " format " |", value);                                      \
		fprintf(out, "\n");                                                                \
	} while (0)
	LINE("polls", "%llu", requests(&f->polls));
	LINE("of these without an answer", "%llu", f->polls.timeout);
	LINE("damaged", "%llu", f->polls.crc);
	LINE("refused", "%llu", f->polls.exception);
	LINE("no reading", "%llu", f->polls.implausible);
	LINE("private memory", "%ld kB", f->private_kb);
	LINE("descriptors", "%d", f->descriptors);
	LINE("lines logged", "%zu", f->log_lines);
	LINE("bytes logged", "%zu", f->log_bytes);
#undef LINE
	fprintf(out, "\n| fault | times | slowest to the safe current, if it lasted (promised) |\n"
		     "|---|---|---|\n");
	for (size_t i = 0; i < e->kind_count; i++) {
		const struct kind *kind = &e->kinds[i];

		fprintf(out, "| %s: %s | %d | ", kind->row->group, kind->row->what, kind->times);
		if (kind->slowest_ms >= 0)
			fprintf(out, "%.2f s (%.2f s) |\n", (double)kind->slowest_ms / 1000,
				(double)kind->row->within_ms / 1000);
		else
			fprintf(out, "- |\n");
	}
}

static const char *page; /* a file, or NULL */

static void an_hour_of_polls_and_faults_takes_no_memory_no_descriptors_and_no_more_log(void **state)
{
	struct endurance *e = calloc(1, sizeof(*e));
	const char *wanted = getenv("ENDURANCE_SECONDS");
	int64_t limit_ms = 1000 * (wanted ? strtoll(wanted, NULL, 10) : SECONDS_DEFAULT);
	const struct figures *f = e->figures;
	int64_t began_ms;
	FILE *file;

	assert_non_null(e);
	e->trial = (struct trial){.house = *state, .other.in = -1, .other.out = -1};
	e->seed = e->random.state = random_seed();
	fflush(stdout);
	begin(e);
	warm_up(e);
	measure(e, 0);
	began_ms = clock_ms();
	for (int quarter = 1; quarter <= QUARTERS; quarter++) {
		run_until(e, began_ms + limit_ms * quarter / QUARTERS);
		measure(e, quarter);
	}
	process_end(&e->trial.other);
	e->greatest_ma = greatest_ma(e->trial.house, 0, 0);

	print_figures(e, stdout);
	file = page ? fopen(page, "we") : NULL;
	if (file) {
		print_figures(e, file);
		house_check(e->trial.house, fclose(file) == 0);
	}
	house_check(e->trial.house, !page || file);
	/* the heap keeps what its highest peak took, such as a bus that hangs while all is told */
	house_check(e->trial.house, f[QUARTERS].private_kb - f[1].private_kb <= GROWTH_MAX_KB);
	house_check(e->trial.house, f[QUARTERS].descriptors <= f[0].descriptors);
	/* by chance one quarter has more than the other, but never by half */
	house_check(e->trial.house, 2 * (f[QUARTERS].log_lines - f[QUARTERS - 1].log_lines) <=
					    3 * (f[1].log_lines - f[0].log_lines) + 100);
	free(e);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			an_hour_of_polls_and_faults_takes_no_memory_no_descriptors_and_no_more_log,
			house_setup, house_teardown),
	};

	page = argc > 1 ? argv[1] : NULL;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
