/* SPDX-License-Identifier: MIT */
/*
 * poweroptd: keeps a house's main switch from tripping while a car charges. Arguments only.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/failsafe.h"
#include "app/log.h"
#include "app/manager.h"
#include "config.h"
#include "config/config.h"

/* sysexits(3) EX_CONFIG: systemd must not restart us for it, see the unit. */
#define EXIT_CONFIG 78
#define EXIT_USAGE  2

enum action {
	ACTION_RUN,
	ACTION_CHECK,
	ACTION_PRINT,
	ACTION_FAILSAFE
};

/* What getopt_long() returns for the option that asks for it. */
#define OPTION(action) (256 + (int)(action))

static const char usage[] =
	"Usage: poweroptd [OPTION]...\n"
	"Keeps the current of a house below its main switch while a car charges.\n"
	"\n"
	"  -c, --config=FILE    read this configuration instead of " CONFIG_FILE_DEFAULT "\n"
	"      --check-config   check the configuration: exit status 0 (good) or 1\n"
	"      --print-config   print the effective configuration, with the defaults\n"
	"      --failsafe       write the fail-safe current to the output and exit\n"
	"  -v, --verbose        log more\n"
	"  -h, --help           print this help\n"
	"  -V, --version        print the version and exit\n"
	"\n"
	"Signals: SIGHUP reads the configuration again, SIGUSR1 logs the status.\n"
	"See poweroptd(8) and poweroptd.conf(5).\n";

static int run(const char *path, const struct config *config)
{
	struct manager *manager;
	int r = manager_new(&manager, path, config);

	if (r < 0)
		return EXIT_FAILURE;
	r = manager_run(manager);
	manager_free(manager);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* A full disk shows at the end: half a configuration must not pass for a whole one. */
static int printed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_SUCCESS;
	fprintf(stderr, "poweroptd: standard output cannot be written: %s\n", strerror(errno));
	return EXIT_FAILURE;
}

/*
 * Started with a closed stdin, stdout or stderr, the next file opened, a port perhaps, would take its
 * place. And a reader of our log that ends must not end us.
 */
static void secure_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	(void)signal(SIGPIPE, SIG_IGN);
}

static int exclude_each_other(void)
{
	fputs("poweroptd: --check-config, --print-config and --failsafe exclude each other\n"
	      "Try 'poweroptd --help'.\n",
		stderr);
	return EXIT_USAGE;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check-config", no_argument, NULL, OPTION(ACTION_CHECK)},
		{"print-config", no_argument, NULL, OPTION(ACTION_PRINT)},
		{"failsafe", no_argument, NULL, OPTION(ACTION_FAILSAFE)},
		{"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	const char *path = NULL;
	enum action action = ACTION_RUN;
	struct config config;
	bool verbose = false;
	int option;

	while ((option = getopt_long(argc, argv, "c:vhV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case OPTION(ACTION_CHECK):
		case OPTION(ACTION_PRINT):
		case OPTION(ACTION_FAILSAFE):
			/* One of them stops the charge: which was meant is not to be guessed. */
			if (action != ACTION_RUN && option != OPTION(action))
				return exclude_each_other();
			action = (enum action)(option - OPTION(0));
			break;
		case 'v':
			verbose = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return printed();
		case 'V':
			puts(PACKAGE_STRING);
			return printed();
		default:
			fputs("Try 'poweroptd --help'.\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "poweroptd: unexpected argument '%s'\nTry 'poweroptd --help'.\n",
			argv[optind]);
		return EXIT_USAGE;
	}

	secure_descriptors();
	log_open(verbose);
	if (action == ACTION_FAILSAFE)
		return failsafe_run(path ? path : CONFIG_FILE_DEFAULT, path != NULL) < 0
			       ? EXIT_FAILURE
			       : EXIT_SUCCESS;
	if (!path)
		path = CONFIG_FILE_DEFAULT;
	if (config_load(path, &config, manager_config_sink()) < 0) {
		if (action == ACTION_RUN)
			log_event(EVENT_CONFIG_ERROR, LOG_ERR, NULL,
				"Not started: correct what is named above, then start the service again");
		return action == ACTION_CHECK ? EXIT_FAILURE : EXIT_CONFIG;
	}
	if (action == ACTION_PRINT)
		config_print(&config, stdout);
	if (action != ACTION_RUN)
		return printed();
	return run(path, &config);
}
