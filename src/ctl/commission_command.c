/* SPDX-License-Identifier: MIT */
/*
 * `poweroptctl commission`: takes an electrician through it, and writes the report.
 */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/quantity.h"
#include "core/text.h"
#include "ctl/commission.h"
#include "ctl/config_file.h"

#define PATIENCE_MS INT64_C(180000)

static const char commission_help[] =
	"Usage: poweroptctl commission [OPTION]...\n"
	"\n"
	"Goes through what an electrician has to see before signing: the limit of the\n"
	"main switch, the meter, its phases, and a car that charges and stops as it is\n"
	"told. Writes a report.\n"
	"Needs root or membership of the group poweropt, and the service running.\n"
	"\n"
	"  --report=FILE     the report (poweroptd-report-DATE-TIME.txt in this directory)\n"
	"  --name=NAME       of the electrician, instead of asking for it\n"
	"  --no-car          leave the car out\n"
	"  --patience=SPAN   wait so long for the car to begin to charge (3min)\n"
	"  --assume-yes      answer every question with yes, for scripts\n"
	"  -c, --config=FILE the configuration of the daemon\n"
	"  -h, --help        print this help\n"
	"\n"
	"Exit status: 0 nothing failed, 1 something did, or it was ended early, 2 wrong\n"
	"usage, 3 the service is not running.\n";

enum {
	OPT_REPORT = 256,
	OPT_NAME,
	OPT_NO_CAR,
	OPT_PATIENCE,
	OPT_ASSUME_YES,
};

static const struct option options[] = {
	{"report", required_argument, NULL, OPT_REPORT},
	{"name", required_argument, NULL, OPT_NAME},
	{"no-car", no_argument, NULL, OPT_NO_CAR},
	{"patience", required_argument, NULL, OPT_PATIENCE},
	{"assume-yes", no_argument, NULL, OPT_ASSUME_YES},
	{"config", required_argument, NULL, 'c'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

/* Returns -1 to go on, else the exit status. */
static int parse(struct commission *c, const char **ret_report, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (option) {
		case OPT_REPORT:
			*ret_report = optarg;
			break;
		case OPT_NAME:
			text_echo(optarg, c->name, sizeof(c->name));
			break;
		case OPT_NO_CAR:
			c->no_car = true;
			break;
		case OPT_PATIENCE:
			if (timespan_parse(optarg, &c->patience_ms) < 0)
				return ctl_misused("commission",
					"--patience=%s: must be a time span such as 3min", optarg);
			break;
		case OPT_ASSUME_YES:
			c->assume_yes = true;
			break;
		case 'c':
			c->file = optarg;
			break;
		case 'h':
			fputs(commission_help, stdout);
			return CTL_EXIT_OK;
		default:
			return ctl_misused("commission", NULL);
		}
	}
	if (optind < argc)
		return ctl_misused("commission", "unexpected argument '%s'", argv[optind]);
	return -1;
}

/* Before anything: an hour's work must not end at a directory that nobody may write to. */
static FILE *open_report(const char *path, char *name, size_t size)
{
	time_t now = time(NULL);
	struct tm tm = {0};
	FILE *report;

	if (path) {
		snprintf(name, size, "%s", path);
	} else {
		(void)localtime_r(&now, &tm);
		(void)strftime(name, size, "poweroptd-report-%Y%m%d-%H%M%S.txt", &tm);
	}
	report = fopen(name, "we");
	if (!report)
		(void)ctl_complain("commission",
			"the report cannot be written to %s: %s; name another "
			"file with --report=FILE",
			name, strerror(errno));
	return report;
}

static int steps(struct commission *c)
{
	static int (*const all[])(struct commission * commission) = {
		commission_limit, commission_meter, commission_phases, commission_car};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(all) / sizeof(all[0]); i++) {
		r = optimizer_read(c->optimizer, &c->status);
		if (r == 0)
			r = all[i](c);
	}
	commission_release(c);
	return r;
}

/* Where the service does not run, only the meter can be looked at. */
static int without_service(struct commission *c)
{
	int r;

	printf("The service poweroptd is not running; without it only the meter can be looked at.\n");
	r = commission_search(c);
	c->ended = true;
	if (r != -ECANCELED)
		printf("\nNow start the service, systemctl start poweroptd, and run this again.\n");
	return CTL_EXIT_NOT_RUNNING;
}

static int walk(struct commission *c)
{
	int r = 0;

	if (!c->name[0])
		r = commission_ask_text(c, "Name of the electrician:", c->name, sizeof(c->name));
	if (r == 0)
		r = steps(c);
	if (r == -ENXIO && c->step_count == 0)
		return without_service(c);
	if (r < 0)
		c->ended = true;
	if (r == -ECANCELED)
		printf("\nEnded early.\n");
	else if (r < 0)
		return optimizer_complain(c->optimizer, "commission", r);
	return commission_failed(c) ? CTL_EXIT_ERROR : CTL_EXIT_OK;
}

static int run(struct commission *c, FILE *report, const char *name)
{
	int r = wait_open(&c->wait), status;

	if (r == 0)
		r = optimizer_new(&c->optimizer);
	if (r < 0)
		return ctl_complain("commission", "%s", strerror(-r));
	status = walk(c);
	commission_report(c, report);
	if (ferror(report))
		status = ctl_complain(
			"commission", "the report could not be written: %s", strerror(errno));
	else
		printf("\n%s. The report is in %s\n",
			status == CTL_EXIT_OK ? "Nothing failed" : "Not passed", name);
	c->optimizer = optimizer_free(c->optimizer);
	wait_close(&c->wait);
	return status;
}

int commission_command(int argc, char **argv)
{
	struct commission commission = {.file = CONFIG_FILE_DEFAULT, .patience_ms = PATIENCE_MS};
	const char *path = NULL;
	char name[4096];
	FILE *report;
	int r = parse(&commission, &path, argc, argv);

	if (r >= 0)
		return r;
	if (config_file_load(commission.file, &commission.config) < 0)
		return ctl_complain("commission", "correct the configuration first");
	report = open_report(path, name, sizeof(name));
	if (!report)
		return CTL_EXIT_ERROR;
	optimizer_status_init(&commission.status);
	r = run(&commission, report, name);
	if (fclose(report) != 0)
		r = ctl_complain(
			"commission", "the report could not be written: %s", strerror(errno));
	return r;
}
