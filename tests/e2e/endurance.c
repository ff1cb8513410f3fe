/* SPDX-License-Identifier: MIT */
/*
 * A day of polls as fast as they go: the real daemon with poll_interval = 0 against a simulator that
 * does not pace, playing a made-up house. Neither memory nor descriptors may grow.
 *
 * Then the same with everything that the simulator can do wrong, at random by TEST_SEED: neither may
 * the log become more as time goes by, and at the end all is as at the beginning.
 *
 * ENDURANCE_POLLS polls (default: 24 hours of one each 250 ms), ENDURANCE_SECONDS with faults
 * (default: 600). Not a part of "make check": run it by "make check-endurance". With
 * TEST_DAEMON_WRAPPER="/usr/bin/valgrind --error-exitcode=9
 * --leak-check=full" and a few thousand polls, it is a check of another kind.
 */
#include <dirent.h>
#include <inttypes.h>
#include <string.h>

#include "e2e/harness_private.h"

#define POLLS_DEFAULT	 345600
#define POLLS_WARM_UP	 1000
#define GROWTH_MAX_KB	 64
#define LOOK_INTERVAL_MS 2000

/* A quarter of an hour with cooking, with short overloads that lower the charge. */
static void trace_write(struct house *house)
{
	struct random random = {.state = 1};
	double base = 2;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	house_check(house, file);
	fprintf(file, "t,l1,l2,l3\n");
	for (int t = 0; t < 900; t++) {
		if (random_chance(&random, 3))
			base = (double)random_between(&random, 1, 12);
		fprintf(file, "%d,%.2f,%.2f,%.2f\n", t,
			random_chance(&random, 3)
				? 20.5
				: base + (double)random_between(&random, 0, 99) / 100,
			base / 2, base / 3);
	}
	fclose(file);
	house_write(house, "trace.csv", "%s", text);
	free(text);
}

/* Private_Dirty of everything the daemon has mapped, in kB. */
static long private_kb(struct house *house)
{
	char path[64], line[256];
	long kb = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)house_daemon_pid(house));
	file = fopen(path, "re");
	house_check(house, file);
	while (fgets(line, sizeof(line), file))
		(void)sscanf(line, "Private_Dirty: %ld kB", &kb);
	fclose(file);
	house_check(house, kb > 0);
	return kb;
}

static int descriptors(struct house *house)
{
	char path[64];
	int count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)house_daemon_pid(house));
	dir = opendir(path);
	house_check(house, dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2; /* . and .. */
}

/* Returns how many there were. */
static unsigned long long await_polls(struct house *house, unsigned long long polls)
{
	struct counters n = house_counters(house);

	while (n.ok < polls) {
		unsigned long long before = n.ok;

		house_quiet(house, LOOK_INTERVAL_MS);
		n = house_counters(house);
		house_check(house, n.ok > before);
	}
	house_check(house, n.crc == 0 && n.exception == 0 && n.implausible == 0);
	return n.ok;
}

static void a_day_of_polls_takes_no_memory_and_no_descriptors(void **state)
{
	struct house *house = *state;
	const char *wanted = getenv("ENDURANCE_POLLS");
	unsigned long long polls = wanted ? strtoull(wanted, NULL, 10) : POLLS_DEFAULT;
	unsigned long long done;
	char trace[128];
	int64_t began_ms;
	int files_before, files_after;
	long kb_before, kb_after;

	trace_write(house);
	snprintf(trace, sizeof(trace), "--trace=%s", house_path(house, "trace.csv"));
	house_configure(house, "[meter]\npoll_interval = 0\nbaud_rate = 115200\nlost_after = 5s\n"
			       "[regulator]\nresume_delay = 1s\n");
	house_meter_start(house, trace, "--loop", "--speed=30", NULL);
	house_daemon_start(house);
	expect_duty(house, 6000);

	began_ms = clock_ms();
	await_polls(house, POLLS_WARM_UP);
	kb_before = private_kb(house);
	files_before = descriptors(house);
	done = await_polls(house, polls);
	kb_after = private_kb(house);
	files_after = descriptors(house);

	print_message("polls %llu, seconds %.1f, private memory %ld kB then %ld kB, "
		      "descriptors %d then %d, duty written %d times\n",
		done, (double)(clock_ms() - began_ms) / 1000, kb_before, kb_after, files_before,
		files_after, house_writes(house, "duty_cycle"));
	house_check(house, done >= polls);
	house_check(house, kb_after - kb_before <= GROWTH_MAX_KB);
	house_check(house, files_after <= files_before);
}

/* ---- with faults ---- */

static const char *const kinds[] = {"silent", "crc", "truncated", "late", "echo", "noise",
	"noise-before", "noise-within", "noise-after", "garbage", "bytewise", "wrong-unit",
	"exception", "nan", "inf", "huge", "denormal", "signs", "jumps", "swapped-bytes",
	"swapped-words", "zeros", "frozen", "selftest", "phase-missing", "hangup", "hangup-asked",
	"hangup-halfway"};

#define KINDS	 ((int)(sizeof(kinds) / sizeof(kinds[0])))
#define QUARTERS 4

/* A fault for a while, sometimes a second one within it, and a while without. */
static void disturb(struct house *house, struct random *random, int which)
{
	int other = (int)random_between(random, 0, KINDS - 1);
	bool two = random_chance(random, 30) && other != which;

	house_say(house, "fault %s on", kinds[which]);
	if (two)
		house_say(house, "fault %s on", kinds[other]);
	/* now and then long enough to be lost, mostly not */
	house_quiet(house, random_chance(random, 25) ? random_between(random, 900, 1800)
						     : random_between(random, 0, 300));
	house_say(house, "fault %s off", kinds[which]);
	if (two)
		house_say(house, "fault %s off", kinds[other]);
	house_quiet(house, random_between(random, 0, 2000));
}

/* Until nothing is wrong any more: what is measured then can be compared. */
static void calm_down(struct house *house)
{
	const struct lines *lines = &house->daemon.lines;
	int64_t until_ms = clock_ms() + PATIENCE_MS;
	size_t from;

	do {
		house_check(house, clock_ms() < until_ms);
		house_quiet(house, 500);
		from = lines->count;
		house_counters(house);
		expect_log(house, "Status: output");
	} while (lines_find(lines, from, "Status: failsafe"));
}

static void random_faults_take_no_memory_no_descriptors_and_no_more_log(void **state)
{
	struct house *house = *state;
	struct random random = {.state = random_seed()};
	const char *wanted = getenv("ENDURANCE_SECONDS");
	int64_t limit_ms = 1000 * (wanted ? strtoll(wanted, NULL, 10) : 600);
	size_t lines[QUARTERS + 1];
	int64_t began_ms;
	int files_before, files_after, faults = 0;
	long kb_before, kb_after;
	struct counters n;
	char trace[128];

	trace_write(house);
	snprintf(trace, sizeof(trace), "--trace=%s", house_path(house, "trace.csv"));
	house_configure(house, "[meter]\npoll_interval = 0\nbaud_rate = 115200\n");
	house_meter_start(house, trace, "--loop", "--speed=30", NULL);
	house_daemon_start(house);
	expect_duty(house, 6000);

	/* Each once, so that the first of its kind is behind us. */
	for (int i = 0; i < KINDS; i++)
		disturb(house, &random, i);
	calm_down(house);
	kb_before = private_kb(house);
	files_before = descriptors(house);
	lines[0] = house_log_count(house);
	began_ms = clock_ms();
	for (int quarter = 1; quarter <= QUARTERS; quarter++) {
		for (; clock_ms() < began_ms + limit_ms * quarter / QUARTERS; faults++)
			disturb(house, &random, (int)random_between(&random, 0, KINDS - 1));
		calm_down(house);
		lines[quarter] = house_log_count(house);
	}
	kb_after = private_kb(house);
	files_after = descriptors(house);
	n = house_counters(house);

	print_message("seconds %.1f, faults %d, readings %llu, timeouts %llu, damaged %llu, "
		      "exceptions %llu, implausible %llu\n"
		      "private memory %ld kB then %ld kB, descriptors %d then %d, duty written %d "
		      "times\nlines logged in each quarter: %zu %zu %zu %zu\n",
		(double)(clock_ms() - began_ms) / 1000, faults, n.ok, n.timeout, n.crc, n.exception,
		n.implausible, kb_before, kb_after, files_before, files_after,
		house_writes(house, "duty_cycle"), lines[1] - lines[0], lines[2] - lines[1],
		lines[3] - lines[2], lines[4] - lines[3]);
	house_check(house, n.timeout > 0 && n.crc > 0 && n.exception > 0 && n.implausible > 0);
	house_check(house, kb_after - kb_before <= GROWTH_MAX_KB);
	house_check(house, files_after <= files_before);
	/* by chance one quarter has more than the other, but never by half */
	house_check(house, 2 * (lines[4] - lines[3]) <= 3 * (lines[1] - lines[0]) + 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_day_of_polls_takes_no_memory_and_no_descriptors,
			house_setup, house_teardown),
		cmocka_unit_test_setup_teardown(
			random_faults_take_no_memory_no_descriptors_and_no_more_log, house_setup,
			house_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
