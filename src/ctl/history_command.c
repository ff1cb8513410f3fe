/* SPDX-License-Identifier: MIT */
/*
 * `poweroptctl history`: what the car was allowed when, and why.
 */
#include "ctl/ctl.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/quantity.h"
#include "ctl/history.h"
#include "ctl/history_time.h"
#include "term/gnuplot.h"

#define DAY_US INT64_C(86400000000)

struct history_command {
	int64_t now_us, since_us, until_us;
	bool until_given;
	const char *svg;
	bool picture_only; /* standard output is the picture's */
	bool json;
	struct history_source source;
	const char *files[HISTORY_FILES_MAX + 1];
	int file_count;

	struct history_journal *journal;
	struct history_tally tally;
	struct history_plot plot;
};

static const char history_help[] =
	"Usage: poweroptctl history [OPTION]...\n"
	"\n"
	"What the car was allowed when, and why, from the journal; the last 24 hours\n"
	"without --since.\n"
	"\n"
	"  --since=TIME      from then on: 2026-11-22, \"2026-11-22 10:00\", 10:00, today,\n"
	"                    yesterday, -2h, \"2 days ago\"\n"
	"  --until=TIME      up to then\n"
	"  --svg=FILE        draw it too, by gnuplot; - is standard output, and replaces\n"
	"                    the rows\n"
	"  --json            one JSON object a line instead\n"
	"  --file=FILE       read this journal file instead of the machine's; repeatable\n"
	"  --directory=DIR   read the journal files of this directory\n"
	"  -h, --help        print this help\n";

enum {
	OPT_SINCE = 256,
	OPT_UNTIL,
	OPT_SVG,
	OPT_JSON,
	OPT_FILE,
	OPT_DIRECTORY,
};

static const struct option options[] = {
	{"since", required_argument, NULL, OPT_SINCE},
	{"until", required_argument, NULL, OPT_UNTIL},
	{"svg", required_argument, NULL, OPT_SVG},
	{"json", no_argument, NULL, OPT_JSON},
	{"file", required_argument, NULL, OPT_FILE},
	{"directory", required_argument, NULL, OPT_DIRECTORY},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static bool take_time(const struct history_command *command, const char *name, int64_t *ret_us)
{
	if (history_time_parse(optarg, command->now_us, ret_us) == 0)
		return true;
	(void)ctl_misused("history", "--%s=%s: must be " HISTORY_TIME_ALLOWED, name, optarg);
	return false;
}

/* Returns -1 to go on, else the exit status. */
static int option_take(struct history_command *command, int option)
{
	switch (option) {
	case OPT_SINCE:
		return take_time(command, "since", &command->since_us) ? -1 : CTL_EXIT_USAGE;
	case OPT_UNTIL:
		command->until_given = true;
		return take_time(command, "until", &command->until_us) ? -1 : CTL_EXIT_USAGE;
	case OPT_SVG:
		command->svg = optarg;
		command->picture_only = strcmp(optarg, "-") == 0;
		return -1;
	case OPT_JSON:
		command->json = true;
		return -1;
	case OPT_FILE:
		if (command->file_count == HISTORY_FILES_MAX)
			return ctl_misused("history", "more than %d files: use --directory",
				HISTORY_FILES_MAX);
		command->files[command->file_count++] = optarg;
		command->source.files = command->files;
		return -1;
	case OPT_DIRECTORY:
		command->source.directory = optarg;
		return -1;
	case 'h':
		fputs(history_help, stdout);
		return CTL_EXIT_OK;
	}
	return ctl_misused("history", NULL);
}

static int parse(struct history_command *command, int argc, char **argv)
{
	int option, r;

	command->since_us = command->now_us - DAY_US;
	command->until_us = command->now_us;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		r = option_take(command, option);
		if (r >= 0)
			return r;
	}
	if (optind < argc)
		return ctl_misused("history", "unexpected argument '%s'", argv[optind]);
	if (command->source.files && command->source.directory)
		return ctl_misused("history", "--file and --directory exclude each other");
	if (command->json && command->picture_only)
		return ctl_misused(
			"history", "only one of --json and --svg=- can have the standard output");
	if (command->until_us <= command->since_us)
		return ctl_misused("history", "--until must be later than --since");
	return -1;
}

/* ---- output ---- */

static void print_text(const struct history_entry *entry)
{
	char at[32], allowed[16];

	printf("%s  %-9s ", history_time_format(entry->at_us, at, sizeof(at)),
		history_state_name(entry->state));
	if (entry->allowed_ma < 0)
		printf("%8s", "");
	else
		printf("%6s A",
			amps_format(amps_round(entry->allowed_ma), allowed, sizeof(allowed)));
	printf("  %s\n", entry->message);
}

static json_t *milliampere(int32_t ma)
{
	return ma < 0 ? json_null() : json_integer(ma);
}

static void print_json(const struct history_entry *entry)
{
	json_t *currents = json_array(), *object;
	char at[40], zone[16];
	time_t s = (time_t)(entry->at_us / 1000000);
	struct tm tm = {0};

	(void)localtime_r(&s, &tm);
	(void)strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(at + strlen(at), sizeof(at) - strlen(at), ".%06d%s", (int)(entry->at_us % 1000000),
		zone);
	for (int i = 0; i < entry->phases; i++)
		json_array_append_new(currents, json_integer(entry->current_ma[i]));
	object = json_pack("{ss, ss, so, so, ss*, so, ss}", "time", at, "state",
		history_state_name(entry->state), "allowed_current_ma",
		milliampere(entry->allowed_ma), "mains_limit_ma",
		entry->limit_ma > 0 ? json_integer(entry->limit_ma) : json_null(), "fault",
		entry->fault[0] ? entry->fault : NULL, "phase_currents_ma", currents, "message",
		entry->message);
	if (object)
		(void)json_dumpf(object, stdout, JSON_COMPACT);
	printf("\n");
	json_decref(object);
}

static void take_entry(struct history_command *command, const struct history_entry *entry)
{
	history_tally_add(&command->tally, entry);
	if (command->svg)
		history_plot_add(&command->plot, entry);
	if (entry->at_us < command->since_us || command->picture_only)
		return;
	if (command->json)
		print_json(entry);
	else
		print_text(entry);
}

/* ---- the run ---- */

/* Until when the last state lasts: an own journal goes on, a foreign one ends with its last entry. */
static int64_t end_of(const struct history_command *command, int64_t reach_us, bool *ret_known)
{
	bool own = !command->source.files && !command->source.directory;
	int64_t end_us = own ? command->now_us : reach_us;
	sd_id128_t boot;

	*ret_known = !own ||
		     (sd_id128_get_boot(&boot) >= 0 && sd_id128_equal(boot, command->tally.boot));
	return end_us < command->until_us ? end_us : command->until_us;
}

static int finish(struct history_command *command, int64_t from_us, int64_t to_us, bool reach)
{
	char since[32], until[32], from[32];
	int64_t end_us;
	bool known;
	int r;

	if (!command->tally.any) {
		FILE *stream = command->json || command->picture_only ? stderr : stdout;

		fprintf(stream, "The journal has nothing of poweroptd from %s to %s. ",
			history_time_format(command->since_us, since, sizeof(since)),
			history_time_format(command->until_us, until, sizeof(until)));
		if (reach)
			fprintf(stream, "It reaches back to %s.\n",
				history_time_format(from_us, from, sizeof(from)));
		else
			fprintf(stream, "It is empty.\n");
		return CTL_EXIT_OK;
	}
	end_us = end_of(command, to_us, &known);
	history_tally_end(&command->tally, end_us, known);
	if (!command->json && !command->picture_only) {
		printf("\n");
		history_tally_print(stdout, &command->tally);
		if (from_us > command->since_us)
			printf("The journal reaches back to %s only.\n",
				history_time_format(from_us, from, sizeof(from)));
	}
	if (!command->svg)
		return CTL_EXIT_OK;
	history_plot_end(&command->plot, end_us);
	r = history_plot_write(&command->plot, command->svg);
	if (r < 0)
		return ctl_complain(
			"history", "no picture in %s: %s", command->svg, gnuplot_trouble(r));
	return CTL_EXIT_OK;
}

static int run(struct history_command *command)
{
	int64_t from_us = command->now_us, to_us = command->now_us, begin_us;
	struct history_entry entry;
	int reach, r;

	reach = history_journal_reach(command->journal, &from_us, &to_us);
	r = reach < 0 ? reach : history_journal_seek(command->journal, command->since_us);
	/* No time is counted, and no paper is left white, before the journal begins. */
	begin_us = from_us > command->since_us && from_us < command->until_us ? from_us
									      : command->since_us;
	history_tally_begin(&command->tally, begin_us);
	history_plot_begin(&command->plot, begin_us, command->until_us);
	while (r >= 0 && (r = history_journal_next(command->journal, &entry)) > 0) {
		if (entry.at_us > command->until_us)
			break;
		take_entry(command, &entry);
		/* A pager that was quit, a full disk: nobody reads on. */
		if (ferror(stdout))
			return CTL_EXIT_ERROR;
	}
	if (r < 0)
		return ctl_complain("history", "the journal cannot be read on: %s", strerror(-r));
	return finish(command, from_us, to_us, reach > 0);
}

int history_command(int argc, char **argv)
{
	/* A picture is much for the stack. */
	static struct history_command command;
	struct timespec now;
	char why[512] = "";
	int r;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	command = (struct history_command){
		.now_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000};
	r = parse(&command, argc, argv);
	if (r >= 0)
		return r;
	r = history_journal_open(&command.journal, &command.source, why, sizeof(why));
	if (r < 0)
		return ctl_complain("history", "%s", why[0] ? why : strerror(-r));
	r = run(&command);
	command.journal = history_journal_close(command.journal);
	return r;
}
