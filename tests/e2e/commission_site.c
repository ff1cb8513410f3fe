/* SPDX-License-Identifier: MIT */
#include "e2e/commission_site.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 60000

int site_setup(void **state)
{
	struct site *site = test_calloc(1, sizeof(*site));
	void *rig;

	if (ctl_rig_setup(&rig) != 0)
		return -1;
	site->rig = rig;
	site->program.in = site->program.out = -1;
	snprintf(site->file, sizeof(site->file), "%s/poweroptd.conf", site->rig->directory);
	snprintf(site->report, sizeof(site->report), "%s/report.txt", site->rig->directory);
	site->base_ma[0] = 3000;
	site->base_ma[1] = 4000;
	site->base_ma[2] = 1000;
	for (int i = 0; i < 3; i++)
		site->car_ma[i] = 5800;
	*state = site;
	return 0;
}

int site_teardown(void **state)
{
	struct site *site = *state;
	void *rig = site->rig;
	int r;

	process_end(&site->program);
	(void)unlink(site->file);
	(void)unlink(site->report);
	r = ctl_rig_teardown(&rig);
	test_free(site);
	return r;
}

static void configure(struct site *site, const char *charger)
{
	FILE *file = fopen(site->file, "we");

	assert_non_null(file);
	fprintf(file,
		"[charger]\noutput = sysfs\nmin_current = 6\n%s[sysfs]\npath = /dev/null\n"
		"[regulator]\nsettle = 400ms\nresume_delay = 1s\n",
		charger);
	assert_int_equal(fclose(file), 0);
}

/* The next lines of the fake daemon are answers or calls: look at each once. */
static bool next_call(struct site *site, const char **ret)
{
	struct lines *lines = &site->rig->daemon.lines;

	while (site->answered < lines->count) {
		*ret = lines->list[site->answered++].text;
		if (strcmp(*ret, "ok") != 0)
			return true;
	}
	return false;
}

static void tell_currents(struct site *site)
{
	bool deaf = site->deaf_from && site->caps >= site->deaf_from;
	bool charges = (site->allowed_ma > 0 && !site->never) || deaf;
	char command[96];

	snprintf(command, sizeof(command), "PhaseCurrents ai %d %d %d",
		site->base_ma[0] + (charges ? site->car_ma[0] : 0),
		site->base_ma[1] + (charges ? site->car_ma[1] : 0),
		site->base_ma[2] + (charges ? site->car_ma[2] : 0));
	ctl_tell(site->rig, command);
	snprintf(command, sizeof(command), "AllowedCurrent u %d", site->allowed_ma);
	ctl_tell(site->rig, command);
}

static void obey(struct site *site)
{
	const char *call;

	while (next_call(site, &call)) {
		unsigned int ma;
		unsigned long long ttl_us;

		if (strcmp(call, "ClearCap") == 0) {
			site->clears++;
			site->allowed_ma = 16000;
		} else {
			assert_int_equal(sscanf(call, "SetCap %u %llu", &ma, &ttl_us), 2);
			/* It must end by itself. */
			assert_in_range(ttl_us, 1000000, 1200000000);
			if (ma == 0)
				assert_true(ttl_us <= 120000000);
			site->caps++;
			site->allowed_ma = (int)ma;
		}
		tell_currents(site);
	}
}

void site_tell(struct site *site)
{
	char command[64];

	ctl_tell_usual(site->rig);
	ctl_tell(site->rig, "Cap u 4294967295");
	ctl_tell(site->rig, "CapHolder s");
	ctl_tell(site->rig, "State s charging");
	/* A time to come counts as now: the reading is new however slow the machine is. */
	snprintf(command, sizeof(command), "LastReading t %lld",
		(long long)(clock_ms() + 3600000) * 1000);
	ctl_tell(site->rig, command);
	site->allowed_ma = 16000;
	tell_currents(site);
}

void site_begin(struct site *site, const char *charger)
{
	configure(site, charger);
	ctl_daemon_start(site->rig);
	site_tell(site);
}

void site_start(struct site *site, const char *option, bool interactive)
{
	char report[160];
	const char *argv[] = {CTL_PROGRAM, "commission", "-c", site->file, report,
		"--patience=1500ms", interactive ? "--name=A. Volta" : "--assume-yes", option,
		NULL};

	snprintf(report, sizeof(report), "--report=%s", site->report);
	assert_int_equal(process_start(&site->program, argv, NULL, true), 0);
}

static void print_all(const struct site *site)
{
	for (size_t i = 0; i < site->program.lines.count; i++)
		printf("| %s\n", site->program.lines.list[i].text);
	printf("---- report:\n%s\n", site->text);
}

/* Live in the house until the program says something (true), or ends (false). */
bool site_live(struct site *site, const char *text)
{
	int64_t until_ms = clock_ms() + PATIENCE_MS;

	for (;;) {
		struct pollfd pfds[] = {{.fd = site->program.out, .events = POLLIN},
			{.fd = site->rig->daemon.out, .events = POLLIN}};

		if (text && lines_find(&site->program.lines, site->program.lines.mark, text)) {
			site->program.lines.mark = site->program.lines.count;
			return true;
		}
		if (!text && site->want_caps && site->caps >= site->want_caps)
			return true;
		/* A question has no end of line. */
		site->program.lines.part[site->program.lines.part_n] = '\0';
		if (text && strstr(site->program.lines.part, text))
			return true;
		if (clock_ms() >= until_ms) {
			print_all(site);
			fail_msg("waited in vain for '%s'", text ? text : "its end");
		}
		(void)poll(pfds, site->rig->daemon.out >= 0 ? 2 : 1, 1000);
		if (pfds[1].revents && !process_read(&site->rig->daemon))
			fail_msg("the daemon is gone");
		obey(site);
		if (pfds[0].revents && !process_read(&site->program))
			return false;
	}
}

/* Lines that were wrapped are whole again. */
static void unwrap(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		size_t indent = *from == '\n' ? strspn(from + 1, " ") : 0;

		*to++ = indent > 5 ? ' ' : *from;
		if (indent > 5)
			from += indent;
	}
	*to = '\0';
}

void site_end(struct site *site, int expected)
{
	int64_t until_ms;
	size_t n;
	FILE *file;
	int status;

	while (site_live(site, NULL))
		;
	until_ms = clock_ms() + PATIENCE_MS;
	while ((status = process_reap(&site->program)) == PROCESS_RUNS)
		assert_true(clock_ms() < until_ms);
	if (site->rig->daemon.pid > 0) {
		ctl_tell(site->rig, "allow"); /* what was called last has been printed by now */
		obey(site);
	}
	file = fopen(site->report, "re");
	n = file ? fread(site->text, 1, sizeof(site->text) - 1, file) : 0;
	site->text[n] = '\0';
	unwrap(site->text);
	if (file)
		fclose(file);
	if (status != expected) {
		print_all(site);
		fail_msg("status %d, not %d", status, expected);
	}
}

void site_expect(const struct site *site, const char *text)
{
	if (strstr(site->text, text))
		return;
	print_all(site);
	fail_msg("the report does not say '%s'", text);
}

void site_answer(struct site *site, const char *text, const char *line)
{
	if (!site_live(site, text)) {
		print_all(site);
		fail_msg("'%s' is not asked", text);
	}
	assert_true(dprintf(site->program.in, "%s\n", line) > 0);
}
