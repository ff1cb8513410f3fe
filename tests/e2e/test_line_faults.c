/* SPDX-License-Identifier: MIT */
/*
 * What the wire and the meter's manners can do to the daemon: no answer, or not a good one.
 * Each: what is allowed meanwhile, what is counted and said, and that it is over by itself.
 *
 * Every test has its own house, and all faults begin at once: most of the time is waiting.
 */
#include <inttypes.h>
#include <signal.h>

#include "e2e/harness.h"

enum test_house {
	SILENT,
	SILENT_FAILSAFE,
	SILENT_PAUSED,
	CRC,
	TRUNCATED,
	ECHO_OWN,
	WRONG_UNIT,
	EXCEPTION,
	NOISE,
	LATE,
	LATE_A_LITTLE,
	LATE_AT_FIRST,
	LATE_AT_FIRST_LAST = LATE_AT_FIRST + 2,
	HANGUP,
	HOUSES,
};

#define IDENTITY                                                                                   \
	"serial number 22091039, code 0x0102, software 2.18, rated 100 A, parity even, error "     \
	"register 0x0000"

#define FIXED "[charger]\nfailsafe_current = 7.3\nmax_current = 7.3\n"

static struct {
	const char *fault, *currents, *configuration;
	const char *option; /* of the simulator, if not NULL */
	int32_t begin_ma;   /* allowed before the fault */
	struct house *house;
	struct moment said; /* when the fault began */
} houses[HOUSES] = {
	[SILENT] = {"silent", "3.5,3.5,3.5", "", NULL, 16000, NULL, {0}},
	[SILENT_FAILSAFE] = {"silent", "3.5,3.5,3.5", "[charger]\nfailsafe_current = 6\n", NULL,
		16000, NULL, {0}},
	[SILENT_PAUSED] = {"silent", "4,15,4", "[charger]\nfailsafe_current = 16\n", NULL, 0, NULL,
		{0}},
	[CRC] = {"crc", "3.5,3.5,3.5", "", NULL, 16000, NULL, {0}},
	[TRUNCATED] = {"truncated", "3.5,3.5,3.5", "", NULL, 16000, NULL, {0}},
	[ECHO_OWN] = {"echo", "3.5,3.5,3.5", "", NULL, 16000, NULL, {0}},
	[WRONG_UNIT] = {"wrong-unit", "3.5,3.5,3.5", "", NULL, 16000, NULL, {0}},
	[EXCEPTION] = {"exception", "3.5,3.5,3.5", "", NULL, 16000, NULL, {0}},
	[NOISE] = {"noise", "12.5,12.5,12.5", FIXED, NULL, 7300, NULL, {0}},
	[LATE] = {"late", "12.5,12.5,12.5", FIXED, "--late=300ms", 7300, NULL, {0}},
	[LATE_A_LITTLE] = {"late", "12.5,12.5,12.5", FIXED, "--late=100ms", 7300, NULL, {0}},
	[LATE_AT_FIRST] = {NULL, "3.5,3.5,3.5", "", "--late=175ms", 0, NULL, {0}},
	[LATE_AT_FIRST + 1] = {NULL, "3.5,3.5,3.5", "", "--late=194ms", 0, NULL, {0}},
	[LATE_AT_FIRST + 2] = {NULL, "3.5,3.5,3.5", "", "--late=217ms", 0, NULL, {0}},
	[HANGUP] = {"hangup", "3.5,3.5,3.5", "", NULL, 16000, NULL, {0}},
};

static int start_houses(void **state)
{
	(void)state;
	for (int i = 0; i < HOUSES; i++) {
		const char *first = houses[i].fault ? NULL : "--fault=late:0:1500ms";
		char currents[64];

		houses[i].house = house_new();
		house_configure(houses[i].house, "%s", houses[i].configuration);
		snprintf(currents, sizeof(currents), "--currents=%s", houses[i].currents);
		house_meter_start(houses[i].house, currents, houses[i].option, first, NULL);
		house_daemon_start(houses[i].house);
	}
	for (int i = 0; i < HOUSES; i++) {
		if (!houses[i].fault)
			continue;
		expect_duty(houses[i].house, houses[i].begin_ma);
		if (houses[i].begin_ma == 0)
			expect_log(houses[i].house, "Charging is paused");
		else
			expect_status(houses[i].house, IDENTITY);
	}
	for (int i = 0; i < HOUSES; i++)
		if (houses[i].fault)
			houses[i].said = house_say(houses[i].house, "fault %s on", houses[i].fault);
	return 0;
}

static int stop_houses(void **state)
{
	int r = 0;

	(void)state;
	for (int i = 0; i < HOUSES; i++)
		r |= house_free(houses[i].house);
	return r;
}

/* lost_after without a valid reading, and not a moment earlier, the car gets what is safe. */
static void expect_loss(enum test_house which, int32_t safe_ma)
{
	struct house *house = houses[which].house;
	int64_t fell_ms, reading_ms;

	fell_ms = expect_duty(house, safe_ma);
	expect_log(house, "error: Fault meter-lost: The meter is lost, no reading for 800ms. ");
	reading_ms = house_reading_ms(house);
	house_check(house, fell_ms >= reading_ms + HOUSE_LOST_MS);
	house_check_within(house, fell_ms, houses[which].said.done_ms, HOUSE_LOST_MS + PROMPT_MS);
}

static void expect_recovery(enum test_house which)
{
	struct house *house = houses[which].house;
	struct moment said = house_say(house, "fault %s off", houses[which].fault);

	house_check(house, expect_duty(house, 6000) >= said.sent_ms + HOUSE_RECOVER_MS);
	expect_log(house, "notice: Fault meter-lost is over");
	expect_duty(house, 16000);
}

static void a_silent_meter_is_lost_after_lost_after(void **state)
{
	struct house *house = houses[SILENT].house;
	struct counters n;

	(void)state;
	expect_logged(house, "warning: The meter does not answer on /");
	house_check(house, house_logged(house, "check its power, the wires A and B of the RS485"));
	expect_loss(SILENT, HOUSE_PAUSED);
	n = house_counters(house);
	house_check(house, n.timeout >= 3 && n.crc == 0 && n.exception == 0 && n.implausible == 0);
	expect_recovery(SILENT);
}

static void a_fault_leaves_failsafe_current(void **state)
{
	struct house *house = houses[SILENT_FAILSAFE].house;

	(void)state;
	expect_loss(SILENT_FAILSAFE, 6000);
	house_check(house, house_logged(house, "The car may draw 6 A"));
	expect_steady(house, 6000, 200);
	house_say(house, "fault silent off");
	expect_duty(house, 16000);
}

static void a_fault_does_not_raise_a_paused_charge_to_failsafe_current(void **state)
{
	struct house *house = houses[SILENT_PAUSED].house;

	(void)state;
	expect_log(house, "Fault meter-lost: ");
	expect_steady(house, HOUSE_PAUSED, 100);
}

static void damaged_answers_are_no_readings(void **state)
{
	struct house *house = houses[CRC].house;

	(void)state;
	expect_logged(house, "warning: The meter's answers arrive damaged on /");
	house_check(house, house_logged(house, "check baud rate and parity"));
	expect_loss(CRC, HOUSE_PAUSED);
	house_check(house, house_counters(house).crc >= 3);
	expect_recovery(CRC);
}

static void half_answers_are_no_readings(void **state)
{
	struct house *house = houses[TRUNCATED].house;

	(void)state;
	expect_logged(house, "warning: The meter does not answer on /");
	expect_loss(TRUNCATED, HOUSE_PAUSED);
	house_check(house, house_counters(house).timeout >= 3);
	expect_recovery(TRUNCATED);
}

static void an_echoing_adapter_is_named(void **state)
{
	struct house *house = houses[ECHO_OWN].house;

	(void)state;
	expect_logged(
		house, "warning: Instead of the meter's answer our own requests come back on /");
	house_check(house, house_logged(house, "switch the echo of the RS485 adapter off"));
	expect_loss(ECHO_OWN, HOUSE_PAUSED);
	expect_recovery(ECHO_OWN);
}

static void another_device_on_the_line_is_not_the_meter(void **state)
{
	struct house *house = houses[WRONG_UNIT].house;

	(void)state;
	expect_logged(
		house, "something answers that is not the meter with address 1: check the address");
	expect_loss(WRONG_UNIT, HOUSE_PAUSED);
	house_check(house, house_counters(house).implausible >= 3);
	expect_recovery(WRONG_UNIT);
}

static void a_meter_that_refuses_is_lost(void **state)
{
	struct house *house = houses[EXCEPTION].house;

	(void)state;
	expect_logged(house, "warning: The meter on /");
	house_check(house, house_logged(house, "refuses to tell its currents"));
	expect_loss(EXCEPTION, HOUSE_PAUSED);
	house_check(house, house_counters(house).exception >= 3);
	expect_recovery(EXCEPTION);
}

/*
 * Where a fault changes nothing (failsafe_current = max_current), whatever moves the duty, or a
 * current that was read, is a reading that was never there.
 */
static void expect_no_other_reading(struct house *house)
{
	expect_steady(house, 7300, 100);
	expect_status(house, "Status: currents 12500 12500 12500 mA");
	expect_status(house, IDENTITY);
	house_check(house, !house_logged(house, "meter-implausible"));
	house_check(house, !house_logged(house, "error register is"));
}

static void noise_is_never_a_reading(void **state)
{
	struct house *house = houses[NOISE].house;
	struct counters n;

	(void)state;
	expect_log(house, "Fault meter-lost: ");
	expect_no_other_reading(house);
	n = house_counters(house);
	house_check(house, n.timeout + n.crc + n.implausible >= 3);
	house_say(house, "fault noise off");
	expect_log(house, "Fault meter-lost is over");
	expect_steady(house, 7300, 100);
}

/*
 * Nothing in an answer tells what it answers, so 230 V, 50 Hz, or a serial number could be taken for
 * currents, and would take the car down; 0.0 would be room.
 */
static void expect_no_mix_up(enum test_house which)
{
	struct house *house = houses[which].house;
	struct moment said;

	house_quiet(house, houses[which].said.done_ms + 2000 - clock_ms());
	house_check(house, house_counters(house).timeout >= 3);
	expect_no_other_reading(house);
	said = house_say(house, "fault late off");
	while (house_reading_ms(house) <= said.done_ms) {
		house_check(house, clock_ms() < said.done_ms + PATIENCE_MS);
		house_quiet(house, 50);
	}
	expect_no_other_reading(house);
}

static void a_late_answer_is_never_taken_for_another_register(void **state)
{
	(void)state;
	expect_no_mix_up(LATE);
}

static void an_answer_just_too_late_is_never_taken_for_another_register(void **state)
{
	(void)state;
	expect_no_mix_up(LATE_A_LITTLE);
}

/* Some latenesses make two requests change places: 100 A, 0x64, would be an error register. */
static void a_meter_that_is_late_at_first_is_identified_rightly(void **state)
{
	(void)state;
	for (int i = LATE_AT_FIRST; i <= LATE_AT_FIRST_LAST; i++) {
		struct house *house = houses[i].house;
		struct counters n;

		expect_status(
			house, "software 2.18, rated 100 A, parity even, error register 0x0000");
		house_check(house, !house_logged(house, "0x0064"));
		house_check(house, !house_logged(house, "error register is"));
		n = house_counters(house);
		/* A daemon that has to wait for a processor finds one there before it asks again. */
		house_check(house, n.timeout + n.implausible >= 3);
		expect_duty(house, 16000);
	}
}

static void an_adapter_that_is_unplugged_and_plugged_in_again_is_survived(void **state)
{
	struct house *house = houses[HANGUP].house;

	(void)state;
	expect_log(house, "warning: The meter's serial device /");
	house_check(house, house_logged(house, "has gone away: plug the RS485 adapter in again"));
	expect_loss(HANGUP, HOUSE_PAUSED);
	house_say(house, "fault hangup off");
	expect_log(house, "info: The meter's serial device /");
	expect_log(house, "notice: The meter answers again");
	expect_duty(house, 6000);
	expect_log(house, "Fault meter-lost is over");
	expect_duty(house, 16000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_meter_that_is_late_at_first_is_identified_rightly),
		cmocka_unit_test(a_silent_meter_is_lost_after_lost_after),
		cmocka_unit_test(a_fault_leaves_failsafe_current),
		cmocka_unit_test(a_fault_does_not_raise_a_paused_charge_to_failsafe_current),
		cmocka_unit_test(damaged_answers_are_no_readings),
		cmocka_unit_test(half_answers_are_no_readings),
		cmocka_unit_test(an_echoing_adapter_is_named),
		cmocka_unit_test(another_device_on_the_line_is_not_the_meter),
		cmocka_unit_test(a_meter_that_refuses_is_lost),
		cmocka_unit_test(noise_is_never_a_reading),
		cmocka_unit_test(a_late_answer_is_never_taken_for_another_register),
		cmocka_unit_test(an_answer_just_too_late_is_never_taken_for_another_register),
		cmocka_unit_test(an_adapter_that_is_unplugged_and_plugged_in_again_is_survived),
	};

	return cmocka_run_group_tests(tests, start_houses, stop_houses);
}
