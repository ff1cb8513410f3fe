/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/optimizer.h"
#include "ctl/watch_view.h"

/* The daemon announces decisions; the currents of the phases have to be asked for. */
#define ASK_INTERVAL_US UINT64_C(1000000)

static const char help[] =
	"Usage: poweroptctl watch\n"
	"\n"
	"On a terminal: a bar for each phase against the main switch, and what the car\n"
	"may draw; q ends it. Otherwise a line of text for each change, until Ctrl-C.\n"
	"Goes on while the daemon is restarted.\n"
	"\n"
	"  -h, --help  print this help\n";

struct watch {
	sd_event *event;
	struct optimizer *optimizer;
	struct watch_view *view;
};

static void learnt(void *userdata, int error, const struct optimizer_status *status)
{
	struct watch *w = userdata;

	(void)error;
	/* Nobody reads: main() says that, and why. */
	if (watch_view_show(w->view, status, optimizer_error(w->optimizer), time(NULL)) < 0)
		(void)sd_event_exit(w->event, CTL_EXIT_ERROR);
}

static int second_passed(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct watch *w = userdata;

	(void)usec;
	optimizer_ask(w->optimizer);
	(void)sd_event_source_set_time_relative(source, ASK_INTERVAL_US);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static int signalled(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct watch *w = userdata;

	(void)source;
	if (info->ssi_signo == SIGWINCH)
		watch_view_resize(w->view);
	else
		(void)sd_event_exit(w->event, CTL_EXIT_OK);
	return 0;
}

static int typed(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct watch *w = userdata;

	(void)source;
	(void)fd;
	if (watch_view_quits(w->view) || events & (EPOLLHUP | EPOLLERR))
		(void)sd_event_exit(w->event, CTL_EXIT_OK);
	return 0;
}

/* Who reads a pipe, such as "grep -m1", may end long before the next change. */
static int reader_gone(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct watch *w = userdata;

	(void)source;
	(void)fd;
	(void)events;
	(void)sd_event_exit(w->event, CTL_EXIT_OK);
	return 0;
}

static int watch_signals(struct watch *w)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
	sigset_t set;
	int r = 0;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	for (size_t i = 0; r >= 0 && i < sizeof(signals) / sizeof(signals[0]); i++)
		r = sd_event_add_signal(w->event, NULL, signals[i], signalled, w);
	return r;
}

static int watch_run(struct watch *w)
{
	int r = sd_event_new(&w->event);

	if (r >= 0)
		r = watch_signals(w);
	if (r >= 0)
		r = optimizer_new(&w->optimizer);
	if (r >= 0)
		r = watch_view_new(&w->view);
	if (r >= 0)
		r = sd_event_add_time_relative(
			w->event, NULL, CLOCK_MONOTONIC, 0, 0, second_passed, w);
	if (r >= 0 && watch_view_has_keys(w->view))
		r = sd_event_add_io(w->event, NULL, STDIN_FILENO, EPOLLIN, typed, w);
	/* Errors and the end are always told; a file has neither, and cannot be waited for. */
	if (r >= 0 && !watch_view_has_keys(w->view))
		(void)sd_event_add_io(w->event, NULL, STDOUT_FILENO, 0, reader_gone, w);
	if (r >= 0) {
		optimizer_follow(w->optimizer, w->event, learnt, w);
		r = sd_event_loop(w->event);
	}
	return r;
}

int watch_command(int argc, char **argv)
{
	struct watch w = {0};
	int r;

	if (ctl_help_only(argc, argv, "watch", help, &r))
		return r;
	r = watch_run(&w);
	watch_view_free(w.view);
	optimizer_free(w.optimizer);
	sd_event_unref(w.event);
	if (r < 0)
		return ctl_complain("watch", "%s", strerror(-r));
	return r;
}
