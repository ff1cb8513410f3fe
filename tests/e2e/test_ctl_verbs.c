/* SPDX-License-Identifier: MIT */
/*
 * `poweroptctl cap`, `uncap` and `metrics`, and what all verbs have in common.
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/ctl_rig.h"

static void assert_starts(const char *text, const char *start)
{
	if (strncmp(text, start, strlen(start)) != 0)
		fail_msg("'%s' does not begin with '%s'", text, start);
}

static void a_cap_reaches_the_daemon_with_its_time(void **state)
{
	static const struct {
		const char *arguments, *call, *out;
	} cases[] = {
		{"cap 10 --for=30min", "SetCap 10000 1800000000",
			"The car may draw 10 A at most, for 30min\n"},
		{"cap --for 90s 13.5", "SetCap 13500 90000000",
			"The car may draw 13.5 A at most, for 1min 30s\n"},
		{"cap 0", "SetCap 0 0",
			"The car may draw 0 A at most, until 'poweroptctl uncap' or a restart of poweroptd\n"},
	};
	struct ctl_result result;

	ctl_daemon_start(*state);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ctl_run(cases[i].arguments, &result);
		assert_string_equal(result.err, "");
		assert_int_equal(result.status, 0);
		assert_string_equal(result.out, cases[i].out);
		assert_true(ctl_called(*state, cases[i].call));
	}
}

static void whose_cap_is_taken_away_is_told(void **state)
{
	struct ctl_result result;

	ctl_daemon_start(*state);
	ctl_tell(*state, "Cap u 4294967295");
	ctl_tell(*state, "CapHolder s ");
	ctl_run("uncap", &result);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.out, "There was no cap to take away\n");
	assert_true(ctl_called(*state, "ClearCap"));
	ctl_tell(*state, "Cap u 6000");
	ctl_tell(*state, "CapHolder s hems");
	ctl_run("uncap", &result);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.out, "You have no cap now\nThe cap of hems is in force: 6 A\n");
}

static void the_lower_cap_of_another_is_told(void **state)
{
	struct ctl_result result;

	ctl_daemon_start(*state);
	ctl_tell(*state, "Cap u 6000");
	ctl_tell(*state, "CapHolder s hems");
	ctl_run("cap 10", &result);
	assert_non_null(strstr(result.out, "\nThe cap of hems is in force: 6 A\n"));
	ctl_run("cap 6", &result);
	assert_null(strstr(result.out, "hems"));
}

static void whoever_may_not_is_told_who_may(void **state)
{
	struct ctl_result result;

	ctl_daemon_start(*state);
	ctl_tell(*state, "deny");
	ctl_run("cap 10", &result);
	assert_int_equal(result.status, 1);
	assert_string_equal(result.out, "");
	assert_starts(result.err,
		"poweroptctl cap: only root and members of the group poweropt may do that");
	ctl_run("uncap", &result);
	assert_int_equal(result.status, 1);
	assert_starts(result.err,
		"poweroptctl uncap: only root and members of the group poweropt may do that");
}

static void what_the_daemon_refuses_is_told_in_its_words(void **state)
{
	struct ctl_result result;

	ctl_daemon_start(*state);
	ctl_run("cap 125", &result);
	assert_int_equal(result.status, 1);
	assert_string_equal(result.err,
		"poweroptctl cap: poweroptd refuses: 16 users have set a cap already\n");
}

static void without_the_daemon_a_cap_is_exit_3(void **state)
{
	static const char *const arguments[] = {"cap 10", "uncap"};
	struct ctl_result result;

	ctl_need_bus(*state);
	for (size_t i = 0; i < 2; i++) {
		ctl_run(arguments[i], &result);
		assert_int_equal(result.status, 3);
		assert_string_equal(result.out, "");
		assert_non_null(strstr(result.err, "systemctl status poweroptd"));
	}
}

static void metrics_have_base_units_and_all_states_and_faults(void **state)
{
	static const char *const expected[] = {"poweropt_up 1\n",
		"\npoweropt_allowed_current_amperes 9.437\n",
		"\npoweropt_mains_limit_amperes 25.000\n",
		"\npoweropt_state{state=\"starting\"} 0\n",
		"\npoweropt_state{state=\"limited\"} 1\n",
		"\npoweropt_fault{fault=\"meter-lost\"} 0\n",
		"\npoweropt_fault{fault=\"output-failed\"} 1\n",
		"\npoweropt_phase_current_amperes{phase=\"L2\"} 24.390\n",
		"\npoweropt_phase_current_amperes{phase=\"L3\"} -0.850\n",
		"\npoweropt_meter_info{model=\"klefr-6934\",serial=\"a\\\"b\\\\c\"} 1\n",
		"\npoweropt_meter_online 1\n", "\npoweropt_reading_age_seconds ",
		"\npoweropt_bus_requests_total{result=\"ok\"} 123456\n",
		"\npoweropt_bus_requests_total{result=\"implausible\"} 2\n",
		"\npoweropt_charger_current_amperes 9.300\n", "\npoweropt_cap_amperes 10.000\n"};
	struct ctl_result result;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	ctl_tell(*state, "Faults as output-failed");
	ctl_tell(*state, "MeterSerial s a\"b\\c");
	ctl_run("metrics", &result);
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, 0);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (!strstr(result.out, expected[i]))
			fail_msg("no '%s' in\n%s", expected[i], result.out);
}

/* A figure of a minute ago that stays would be a lie. */
static void metrics_without_a_daemon_say_so_and_are_no_error(void **state)
{
	struct ctl_result result;

	ctl_need_bus(*state);
	ctl_run("metrics", &result);
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "\npoweropt_up 0\n"));
	assert_null(strstr(result.out, "amperes"));

	setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
	ctl_run("metrics", &result);
	assert_non_null(strstr(result.err, "cannot be reached"));
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "\npoweropt_up 0\n"));
}

static void metrics_leave_out_what_is_unknown(void **state)
{
	struct ctl_result result;

	ctl_daemon_start(*state);
	ctl_run("metrics", &result);
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "\npoweropt_up 1\n"));
	assert_null(strstr(result.out, "amperes"));
	assert_null(strstr(result.out, "poweropt_state"));
	assert_null(strstr(result.out, "seconds"));
	assert_null(strstr(result.out, "_total"));
}

static void metrics_of_a_silent_meter_have_no_currents_of_the_house(void **state)
{
	struct ctl_result result;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	ctl_tell(*state, "MeterOnline b 0");
	ctl_run("metrics", &result);
	assert_non_null(strstr(result.out, "\npoweropt_meter_online 0\n"));
	assert_non_null(strstr(result.out, "\npoweropt_allowed_current_amperes 9.437\n"));
	assert_null(strstr(result.out, "phase_current"));
	ctl_run("status", &result);
	assert_non_null(strstr(result.out, " 97 %, at the last reading\n"));
}

static void promtool_finds_nothing_wrong_with_the_metrics(void **state)
{
	struct ctl_result result;
	FILE *promtool;

	if (system("command -v promtool >/dev/null") != 0) {
		print_message("skipped: there is no promtool (package prometheus)\n");
		skip();
	}
	ctl_daemon_start(*state);
	for (int i = 0; i < 2; i++) {
		ctl_run("metrics", &result);
		promtool = popen("promtool check metrics 2>&1", "w");
		assert_non_null(promtool);
		fputs(result.out, promtool);
		assert_int_equal(pclose(promtool), 0);
		ctl_tell_usual(*state);
	}
}

static void wrong_usage_is_exit_2_and_says_where_to_read_on(void **state)
{
	static const struct {
		const char *arguments, *error;
	} cases[] = {
		{"status --jsn", "poweroptctl status: unrecognized option '--jsn'\n"},
		{"status now", "poweroptctl status: unexpected argument 'now'\n"},
		{"watch L1", "poweroptctl watch: unexpected argument 'L1'\n"},
		{"uncap me", "poweroptctl uncap: unexpected argument 'me'\n"},
		{"metrics -x", "poweroptctl metrics: invalid option -- 'x'\n"},
		{"cap", "poweroptctl cap: say how many ampere"},
		{"cap 10 12", "poweroptctl cap: unexpected argument '12'\n"},
		{"cap 10A", "poweroptctl cap: '10A': must be a current"},
		{"cap 126", "poweroptctl cap: '126': at most 125 A\n"},
		{"cap 99999999", "poweroptctl cap: '99999999': at most 125 A\n"},
		{"cap -- -6", "poweroptctl cap: '-6': must be a current"},
		{"cap 10 --for", "poweroptctl cap: option '--for' requires an argument\n"},
		{"cap 10 --for=0", "poweroptctl cap: --for=0: must be a time span"},
		{"cap 10 --for=9000h", "poweroptctl cap: --for=9000h: at most 24 days"},
		{"cap 10 --for=577h", "poweroptctl cap: --for=577h: at most 24 days"},
		{"cap 10 --for=soon", "poweroptctl cap: --for=soon: must be a time span"},
	};
	struct ctl_result result;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ctl_run(cases[i].arguments, &result);
		assert_int_equal(result.status, 2);
		assert_string_equal(result.out, "");
		assert_starts(result.err, cases[i].error);
		assert_non_null(strstr(result.err, " --help'.\n"));
	}
	ctl_run("", &result);
	assert_int_equal(result.status, 2);
	assert_starts(result.err, "Usage: poweroptctl VERB");
	ctl_run("stats", &result);
	assert_int_equal(result.status, 2);
	assert_starts(result.err, "poweroptctl: unknown verb 'stats'\n");
}

/* The verbs, as the program itself lists them: two spaces and a name. */
static void each_verb_has_a_help_of_its_own(void **state)
{
	struct ctl_result list, result;
	char arguments[64], start[64], *line, *save;
	int verbs = 0;

	(void)state;
	ctl_run("--help", &list);
	assert_int_equal(list.status, 0);
	for (line = strtok_r(list.out, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "  ", 2) != 0)
			continue;
		verbs++;
		line[2 + strcspn(line + 2, " ")] = '\0';
		snprintf(arguments, sizeof(arguments), "%s --help", line + 2);
		snprintf(start, sizeof(start), "Usage: poweroptctl %s", line + 2);
		ctl_run(arguments, &result);
		assert_int_equal(result.status, 0);
		assert_string_equal(result.err, "");
		assert_starts(result.out, start);
	}
	assert_true(verbs >= 5);
	ctl_run("--version", &result);
	assert_int_equal(result.status, 0);
	assert_starts(result.out, "poweroptctl ");
}

static void what_cannot_be_written_is_an_error(void **state)
{
	static const char *const arguments[] = {"--help", "--version", "status --help", "status",
		"status --json", "metrics", "cap 10", "uncap", "watch"};
	struct ctl_result result;

	if (access("/dev/full", W_OK) < 0) {
		print_message("skipped: there is no /dev/full\n");
		skip();
	}
	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		ctl_run_into(arguments[i], "/dev/full", &result);
		assert_int_equal(result.status, 1);
		assert_string_equal(result.err,
			"poweroptctl: standard output cannot be written: No "
			"space left on device\n");
	}
}

/* The socket to the bus must not take its place. */
static void a_closed_stdout_is_an_error(void **state)
{
	int status;

	ctl_daemon_start(*state);
	ctl_tell_usual(*state);
	status = system(CTL_PROGRAM " status >&- 2>/dev/null");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	status = system(CTL_PROGRAM " status <&- 2>&- >/dev/null");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define WITH_BUS(test) cmocka_unit_test_setup_teardown(test, ctl_rig_setup, ctl_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BUS(a_cap_reaches_the_daemon_with_its_time),
		WITH_BUS(the_lower_cap_of_another_is_told),
		WITH_BUS(whose_cap_is_taken_away_is_told),
		WITH_BUS(whoever_may_not_is_told_who_may),
		WITH_BUS(what_the_daemon_refuses_is_told_in_its_words),
		WITH_BUS(without_the_daemon_a_cap_is_exit_3),
		WITH_BUS(metrics_have_base_units_and_all_states_and_faults),
		WITH_BUS(metrics_without_a_daemon_say_so_and_are_no_error),
		WITH_BUS(metrics_leave_out_what_is_unknown),
		WITH_BUS(metrics_of_a_silent_meter_have_no_currents_of_the_house),
		WITH_BUS(promtool_finds_nothing_wrong_with_the_metrics),
		cmocka_unit_test(wrong_usage_is_exit_2_and_says_where_to_read_on),
		cmocka_unit_test(each_verb_has_a_help_of_its_own),
		WITH_BUS(what_cannot_be_written_is_an_error),
		WITH_BUS(a_closed_stdout_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
