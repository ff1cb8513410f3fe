/* SPDX-License-Identifier: MIT */
/*
 * Neither many calls nor large ones delay the control.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/bus.h"
#include "sanitized.h"

#define ROUNDS 8
#define LARGE  (31 << 20) /* system.conf's max_message_size is 32 MB */

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	int *answered = userdata;

	(void)error;
	*answered += !sd_bus_message_is_method_error(reply, NULL);
	return 0;
}

/* A thousand calls a second until the pipe is closed; the number of answers is the result. */
static void caller_run(int stop, int result)
{
	struct pollfd end = {.fd = stop};
	int64_t from_ms = clock_ms();
	int called = 0, answered = 0;
	sd_bus *bus = bus_connect(NULL);

	while (bus && poll(&end, 1, 5) == 0) {
		while (called < clock_ms() - from_ms) {
			int r = called % 10
					? sd_bus_call_method_async(bus, NULL, "org.poweroptd",
						  "/org/poweroptd", DBUS ".Properties", "GetAll",
						  on_reply, &answered, "s", OPTIMIZER)
					: sd_bus_call_method_async(bus, NULL, "org.poweroptd",
						  "/org/poweroptd", OPTIMIZER, "SetCap", on_reply,
						  &answered, "ut", 16000, UINT64_C(1000000));

			if (r < 0)
				_exit(1);
			called++;
		}
		while (sd_bus_process(bus, NULL) > 0)
			;
	}
	_exit(write(result, &answered, sizeof(answered)) != sizeof(answered));
}

/*
 * How long an overload takes to stop the charge, counted from when the simulator had the command, and
 * without what a busy machine adds: the median and, for all to see, the worst.
 */
static int64_t reaction_ms(struct house *house, int64_t *ret_worst_ms)
{
	int64_t took_ms[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		struct moment said = house_say(house, "currents 19.9,30,0");
		int j = i;

		took_ms[i] = expect_duty(house, HOUSE_PAUSED) - said.done_ms;
		took_ms[i] -= house_machine_ms(house, said.done_ms);
		if (took_ms[i] < 0)
			took_ms[i] = 0;
		for (; j > 0 && took_ms[j] < took_ms[j - 1]; j--) {
			int64_t swapped_ms = took_ms[j];

			took_ms[j] = took_ms[j - 1];
			took_ms[j - 1] = swapped_ms;
		}
		house_say(house, "currents 3.5,3.5,3.5");
		expect_duty(house, 16000);
	}
	*ret_worst_ms = took_ms[ROUNDS - 1];
	return took_ms[ROUNDS / 2];
}

/* One call after the other, each about as large as the bus lets through; the result is how many were refused. */
static void large_caller_run(int stop, int result)
{
	static const uint8_t ballast[LARGE];
	struct pollfd end = {.fd = stop};
	sd_bus *bus = bus_connect(NULL);
	int refused = 0;

	while (bus && poll(&end, 1, 0) == 0) {
		sd_bus_message *call = NULL;

		if (sd_bus_message_new_method_call(bus, &call, "org.poweroptd", "/org/poweroptd",
			    OPTIMIZER, "SetCap") < 0 ||
			sd_bus_message_append_array(call, 'y', ballast, sizeof(ballast)) < 0)
			_exit(1);
		refused += sd_bus_call(bus, call, 0, NULL, NULL) == -EINVAL;
		sd_bus_message_unref(call);
	}
	_exit(write(result, &refused, sizeof(refused)) != sizeof(refused));
}

/* A process beside the test that calls until it is told to stop. */
struct caller {
	int stop, result;
	pid_t pid;
};

static struct caller caller_start(struct house *house, void (*run)(int stop, int result))
{
	int stop[2], result[2];
	pid_t pid;

	house_check(house, pipe(stop) == 0 && pipe(result) == 0);
	pid = fork();
	house_check(house, pid >= 0);
	if (pid == 0) {
		close(stop[1]);
		run(stop[0], result[1]);
	}
	close(stop[0]);
	close(result[1]);
	return (struct caller){stop[1], result[0], pid};
}

/* Returns what it has counted. */
static int caller_stop(struct house *house, const struct caller *caller)
{
	int count = 0;

	close(caller->stop);
	house_check(house, read(caller->result, &count, sizeof(count)) == sizeof(count));
	close(caller->result);
	house_check(house, waitpid(caller->pid, NULL, 0) == caller->pid);
	return count;
}

static void a_thousand_calls_a_second_do_not_delay_the_control(void **state)
{
	struct house *house = *state;
	int64_t calm_ms, busy_ms, calm_worst_ms, busy_worst_ms, from_ms, for_ms;
	struct counters before, after;
	struct caller caller;
	int answered;
	sd_bus *bus;

	/* The simulator has to share the machine with the calls, too. */
	house_configure(house, "[meter]\nresponse_timeout = 400ms\nlost_after = 5s\n");
	bus = bus_house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	calm_ms = reaction_ms(house, &calm_worst_ms);
	caller = caller_start(house, caller_run);
	before = house_counters(house);
	from_ms = clock_ms();
	busy_ms = reaction_ms(house, &busy_worst_ms);
	house_quiet(house, 1000);
	/* What the machine keeps them waiting is no time in which anything could be answered. */
	for_ms = clock_ms() - from_ms - house_machine_ms(house, from_ms);
	after = house_counters(house);
	answered = caller_stop(house, &caller);

	print_message("%d calls answered in %" PRId64
		      " ms; an overload was answered within %" PRId64 " ms, %" PRId64
		      " ms at worst (%" PRId64 " and %" PRId64
		      " ms without calls); %llu readings\n",
		answered, for_ms, busy_ms, busy_worst_ms, calm_ms, calm_worst_ms,
		after.ok - before.ok);
	house_check(house, answered >= for_ms / 2);
	house_check(house, busy_ms <= PROMPT_MS / 2);
	house_check(house, busy_worst_ms <= 2 * PROMPT_MS);
	house_check(house, (int64_t)(after.ok - before.ok) >= for_ms / 60);
	house_check(house, !house_logged(house, "Fault "));
	sd_bus_unref(bus);
}

static void large_messages_do_not_delay_the_control_and_leave_no_memory_taken(void **state)
{
	struct house *house = *state;
	int64_t busy_ms, busy_worst_ms;
	long before_kb, after_kb;
	struct caller caller;
	int refused;
	sd_bus *bus;

	if (SANITIZED) {
		puts("skipped: the sanitizer's realloc() copies all of such a message with each piece of it");
		skip();
	}
	house_configure(house, "[meter]\nresponse_timeout = 400ms\nlost_after = 5s\n");
	bus = bus_house_start(house, "3.5,3.5,3.5");
	expect_duty(house, 16000);
	before_kb = house_private_kb(house);
	caller = caller_start(house, large_caller_run);
	busy_ms = reaction_ms(house, &busy_worst_ms);
	refused = caller_stop(house, &caller);
	after_kb = house_private_kb(house);

	print_message("%d calls of %d MB refused; an overload was answered within %" PRId64
		      " ms, %" PRId64 " ms at worst; %ld kB, then %ld kB\n",
		refused, LARGE >> 20, busy_ms, busy_worst_ms, before_kb, after_kb);
	house_check(house, refused > 0);
	house_check(house, after_kb <= before_kb + 200);
	house_check(house, busy_ms <= PROMPT_MS / 2);
	house_check(house, busy_worst_ms <= 2 * PROMPT_MS);
	house_check(house, !house_logged(house, "Fault "));
	sd_bus_unref(bus);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_thousand_calls_a_second_do_not_delay_the_control),
		TEST(large_messages_do_not_delay_the_control_and_leave_no_memory_taken),
	};
	int skipped = bus_setup(true);

	return skipped ? skipped : cmocka_run_group_tests(tests, NULL, NULL);
}
