/* SPDX-License-Identifier: MIT */
#include "sim/meter_stdin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/quantity.h"
#include "sim/option.h"

static const char *fault_command(struct meter_control *control, char *words)
{
	char *onoff = strchr(words, ' ');
	enum sim_fault fault;

	if (!onoff)
		return "error: fault KIND on|off";
	*onoff++ = '\0';
	if (sim_fault_from_name(words, &fault) < 0)
		return "error: unknown fault, see poweroptsim meter --help";
	if (strcmp(onoff, "on") != 0 && strcmp(onoff, "off") != 0)
		return "error: fault KIND on|off";
	sim_meter_force(control->meter, fault, strcmp(onoff, "on") == 0);
	return "ok";
}

static const char *register_command(struct meter_control *control, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	if (end == text || *end || value > UINT16_MAX)
		return "error: error-register takes 0 to 0xffff";
	sim_meter_error_register(control->meter, (uint16_t)value);
	return "ok";
}

static const char *late_command(struct meter_control *control, const char *text)
{
	int64_t late_ms;

	if (timespan_parse(text, &late_ms) < 0)
		return "error: late takes a time span, as in 300ms";
	sim_meter_late(control->meter, late_ms);
	return "ok";
}

static const char *exception_command(struct meter_control *control, const char *text)
{
	char *end;
	unsigned long code = strtoul(text, &end, 0);

	if (end == text || *end || code < 1 || code > UINT8_MAX)
		return "error: exception takes 1 to 255";
	sim_meter_exception(control->meter, (int)code);
	return "ok";
}

static const char *car_command(struct meter_control *control, const char *text)
{
	double amps[SIM_PHASES_MAX];

	if (!amps_list_parse(text, amps))
		return "error: car takes one to three numbers, as in 16,16,16";
	memcpy(control->car_amps, amps, sizeof(amps));
	return "ok";
}

bool meter_control_execute(struct meter_control *control, const char *line, char ret_answer[320])
{
	const char *answer = "ok";
	char copy[sizeof(control->line)], *words;
	bool quit = false;

	snprintf(copy, sizeof(copy), "%s", line);
	copy[strcspn(copy, "\r\n")] = '\0';
	words = strchr(copy, ' ');
	if (words)
		*words++ = '\0';
	else
		words = copy + strlen(copy);

	if (strcmp(copy, "quit") == 0) {
		quit = true;
	} else if (strcmp(copy, "currents") == 0) {
		if (amps_list_parse(words, control->amps))
			control->have_amps = true;
		else
			answer = "error: currents takes one to three numbers, as in 4.05,-1.6,0";
	} else if (strcmp(copy, "voltages") == 0) {
		if (amps_list_parse(words, control->volts))
			control->have_volts = true;
		else
			answer = "error: voltages takes one to three numbers, as in 230,229,0";
	} else if (strcmp(copy, "car") == 0) {
		answer = car_command(control, words);
	} else if (strcmp(copy, "fault") == 0) {
		answer = fault_command(control, words);
	} else if (strcmp(copy, "error-register") == 0) {
		answer = register_command(control, words);
	} else if (strcmp(copy, "late") == 0) {
		answer = late_command(control, words);
	} else if (strcmp(copy, "exception") == 0) {
		answer = exception_command(control, words);
	} else {
		answer = "error: allowed are currents, car, voltages, fault, late, exception, "
			 "error-register and quit";
	}
	snprintf(ret_answer, 320, "%s", answer);
	return quit;
}

static bool lines_execute(struct meter_control *control)
{
	char *end, answer[320];
	bool quit = false;

	while (!quit && (end = memchr(control->line, '\n', control->line_n))) {
		size_t n = (size_t)(end - control->line) + 1;

		*end = '\0';
		quit = meter_control_execute(control, control->line, answer);
		printf("%s\n", answer);
		fflush(stdout);
		control->line_n -= n;
		memmove(control->line, control->line + n, control->line_n);
	}
	if (control->line_n == sizeof(control->line)) {
		printf("error: the line is too long\n");
		fflush(stdout);
		control->line_n = 0;
	}
	return quit;
}

/* Returns false at the end of stdin. */
static bool input_take(struct meter_control *control, sd_event *event)
{
	ssize_t n = read(STDIN_FILENO, control->line + control->line_n,
		sizeof(control->line) - control->line_n);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	control->line_n += (size_t)n;
	if (lines_execute(control))
		(void)sd_event_exit(event, 0);
	return true;
}

static int on_stdin(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	(void)fd;
	(void)revents;
	if (!input_take(userdata, sd_event_source_get_event(source)))
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

int meter_control_start(struct meter_control *control, sd_event *event)
{
	int r = sd_event_add_io(event, &control->source, STDIN_FILENO, EPOLLIN, on_stdin, control);

	/* Files and /dev/null cannot be waited for; closed is the end as well. */
	if (r == -EPERM) {
		while (input_take(control, event))
			;
		return 0;
	}
	return r == -EBADF ? 0 : r;
}

void meter_control_stop(struct meter_control *control)
{
	control->source = sd_event_source_unref(control->source);
}
