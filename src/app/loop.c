/* SPDX-License-Identifier: MIT */
#include "app/loop.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "app/manager_private.h"

enum watched {
	EVENT_LOOP,
	METER_LINE,
	WATCHED_COUNT
};

static int64_t meter_due_us(const struct manager *m)
{
	return m->meter_resting ? INT64_MAX : meter_deadline_us(m->meter);
}

/* Returns 0 or a negative errno. */
static int wait_for_work(const struct manager *m, bool at_once, struct pollfd fds[WATCHED_COUNT])
{
	int64_t due_us = meter_due_us(m);
	struct timespec timeout = {0};
	int64_t left_us;

	if (m->cycle_due_us < due_us)
		due_us = m->cycle_due_us;
	left_us = at_once ? 0 : due_us - boottime_us();
	if (left_us > 0) {
		timeout.tv_sec = left_us / 1000000;
		timeout.tv_nsec = left_us % 1000000 * 1000;
	}
	fds[EVENT_LOOP] = (struct pollfd){.fd = sd_event_get_fd(m->event), .events = POLLIN};
	fds[METER_LINE] = (struct pollfd){
		.fd = meter_fd(m->meter),
		.events = meter_listens(m->meter) ? POLLIN : 0, /* a hang-up always shows */
	};
	return ppoll(fds, WATCHED_COUNT, &timeout, NULL) < 0 && errno != EINTR ? -errno : 0;
}

static void turn_meter(struct manager *m, short revents, int64_t now_us)
{
	unsigned int events;

	if (revents & (POLLHUP | POLLERR | POLLNVAL))
		events = meter_hangup(m->meter, now_us);
	else if (revents || now_us >= meter_due_us(m))
		events = meter_dispatch(m->meter, now_us);
	else
		return;
	if (events)
		report_meter(m, events);
	if (events & METER_READING)
		manager_cycle(m, meter_reading(m->meter));
}

/*
 * One source of sd-event, if one is ready, and its timers and descriptors as they are wanted from now
 * on. Returns more than 0 if it wants another turn at once, or a negative errno.
 */
static int turn_events(struct manager *m, bool ready)
{
	int r = ready ? 1 : sd_event_wait(m->event, 0);

	if (r > 0)
		r = sd_event_dispatch(m->event);
	m->sources_changed = false;
	if (r < 0 || sd_event_get_state(m->event) == SD_EVENT_FINISHED)
		return r;
	return sd_event_prepare(m->event);
}

int loop_run(struct manager *m)
{
	int more = sd_event_prepare(m->event);

	while (more >= 0 && sd_event_get_state(m->event) != SD_EVENT_FINISHED) {
		struct pollfd fds[WATCHED_COUNT];
		int64_t now_us;
		int r = wait_for_work(m, more > 0 || m->sources_changed, fds);

		if (r < 0)
			return r;
		now_us = boottime_us();
		if (now_us >= m->cycle_due_us)
			manager_cycle(m, NULL);
		turn_meter(m, fds[METER_LINE].revents, now_us);
		if (more > 0 || fds[EVENT_LOOP].revents || m->sources_changed)
			more = turn_events(m, more > 0);
	}
	return more < 0 ? more : sd_event_get_exit_code(m->event, &more) < 0 ? -EIO : more;
}
