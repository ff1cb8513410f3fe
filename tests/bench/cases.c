/* SPDX-License-Identifier: MIT */
#include "bench/cases.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/replay.h"

static const int64_t lags_ms[] = {250, 1000, 2000, 5000, 10000};

/* The default of settle, 6 s, covers a meter that is up to 5 s late; here is another one to be set. */
#define SLOW_METER_MS  10000
#define SLOW_SETTLE_MS 14000

#define LAGS	      (sizeof(lags_ms) / sizeof(lags_ms[0]))
#define PROCESSES_MAX 64

int cases_new(struct cases *cases)
{
	void *list = mmap(NULL, CASES_MAX * sizeof(cases->list[0]), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (list == MAP_FAILED)
		return -errno;
	*cases = (struct cases){.list = list};
	return 0;
}

void cases_free(struct cases *cases)
{
	munmap(cases->list, CASES_MAX * sizeof(cases->list[0]));
}

static void add(struct cases *cases, const struct house *house, const struct car_preset *car,
	int64_t lag_ms, bool feedback)
{
	if (cases->count < CASES_MAX)
		cases->list[cases->count++] = (struct bench_case){
			.house = house, .car = car, .lag_ms = lag_ms, .feedback = feedback};
}

void cases_add_all(struct cases *cases, const struct house *house)
{
	add(cases, house, NULL, 0, false);
	for (size_t c = 0; car_preset_at(c); c++) {
		for (size_t l = 0; l < LAGS; l++) {
			add(cases, house, car_preset_at(c), lags_ms[l], false);
			if (lags_ms[l] == 1000 || lags_ms[l] == 5000)
				add(cases, house, car_preset_at(c), lags_ms[l], true);
		}
	}
}

void cases_add_some(struct cases *cases, const struct house *house)
{
	for (size_t c = 0; car_preset_at(c); c++) {
		for (size_t l = 0; l < LAGS; l++) {
			if (c == 0 || lags_ms[l] == 1000)
				add(cases, house, car_preset_at(c), lags_ms[l], false);
		}
		if (c % 2 == 0)
			add(cases, house, car_preset_at(c), 1000, true);
	}
}

static int house_alone(const struct house *house, struct tally *ret)
{
	int64_t seconds = replay_seconds(&house->trace);

	if (seconds < 0)
		return (int)seconds;
	tally_init(ret, house->limit_ma / 1000.0, house->phases);
	for (int64_t s = 0; s < seconds; s++)
		tally_add(ret, trace_at(&house->trace, (double)s, false)->amps, 0, 0, 1);
	return 0;
}

static int replay(const struct bench_case *item, struct replay_result *ret)
{
	struct replay_setup setup = {
		.trace = &item->house->trace,
		.car = item->car,
		.limit_ma = item->house->limit_ma,
		.phases = item->house->phases,
		.lag_ms = item->lag_ms,
		.feedback = item->feedback,
	};
	struct config config;

	config_defaults(&config);
	config.charger.max_ma = item->house->max_ma;
	if (item->lag_ms >= SLOW_METER_MS)
		config.regulator.settle_ms = SLOW_SETTLE_MS;
	config_regulator(&config, &setup.regulator);
	setup.poll_ms = config.meter.poll_interval_ms;
	return replay_run(&setup, ret);
}

static int case_run(struct bench_case *item)
{
	struct replay_result result = {0};
	const struct tally *tally = &result.tally;
	int r = item->car ? replay(item, &result) : house_alone(item->house, &result.tally);

	if (r < 0)
		return r;
	item->figures = (struct figures){
		.over_s = tally->over_s,
		.longest_s = tally->longest_s,
		.excess_a = tally->excess_a,
		.heat = tally->heat,
		.car_ah = tally->car_ah,
		.optimum_ah = tally->optimum_ah,
		.pauses = tally->pauses,
		.changes = tally->changes,
		.faults = result.faults,
	};
	return 0;
}

int cases_run(struct cases *cases)
{
	long processes = sysconf(_SC_NPROCESSORS_ONLN);
	int started = 0, status, r = 0;

	if (processes < 1)
		processes = 1;
	if (processes > PROCESSES_MAX)
		processes = PROCESSES_MAX;
	fflush(NULL);
	for (; started < processes; started++) {
		pid_t pid = fork();

		if (pid < 0) {
			r = -errno;
			break;
		}
		if (pid > 0)
			continue;
		for (int i = started; i < cases->count; i += (int)processes) {
			if (case_run(&cases->list[i]) < 0)
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0; i < started; i++) {
		if (wait(&status) < 0)
			r = -errno;
		else if (status != 0)
			r = -ENOMEM;
	}
	return r;
}
