/* SPDX-License-Identifier: MIT */
#include "app/loop.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "app/manager_private.h"

/*
 * No wait is longer than this. The deadlines are those of CLOCK_BOOTTIME, but the clock of ppoll() stands
 * still while the machine sleeps; and no time_t of 32 bits holds a deadline that never comes.
 */
#define WAIT_MAX_US INT64_C(2000000)

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
static int wait_until(int64_t at_us, struct pollfd fds[WATCHED_COUNT])
{
	int64_t left_us = at_us > 0 ? at_us - boottime_us() : 0;
	struct timespec timeout = {0};

	if (left_us > WAIT_MAX_US)
		left_us = WAIT_MAX_US;
	if (left_us > 0) {
		timeout.tv_sec = left_us / 1000000;
		timeout.tv_nsec = left_us % 1000000 * 1000;
	}
	return ppoll(fds, WATCHED_COUNT, &timeout, NULL) < 0 && errno != EINTR ? -errno : 0;
}

static void turn_meter(struct manager *m, short revents, int64_t now_us)
{
	unsigned int events = revents & (POLLHUP | POLLERR | POLLNVAL)
				      ? meter_hangup(m->meter, now_us)
				      : meter_dispatch(m->meter, now_us);

	if (events & ~METER_READING || meter_status(m->meter)->trouble != METER_TROUBLE_NONE)
		report_meter(m, events);
	if (events & METER_READING)
		manager_cycle(m, meter_reading(m->meter));
}

/*
 * One source of sd-event, if one is ready, and its timers and descriptors as they are wanted from now
 * on. Returns more than 0 if it wants another turn at once, -ESTALE if it has ended, or another
 * negative errno.
 */
static int turn_events(struct manager *m, bool ready)
{
	int r = ready ? 1 : sd_event_wait(m->event, 0);

	if (r > 0)
		r = sd_event_dispatch(m->event);
	m->sources_changed = false;
	if (r < 0)
		return r;
	return sd_event_get_state(m->event) == SD_EVENT_FINISHED ? -ESTALE
								 : sd_event_prepare(m->event);
}

/* One turn of everything. @more: what the last turn of sd-event returned. Returns the same. */
static int turn(struct manager *m, struct pollfd fds[WATCHED_COUNT], int more)
{
	int64_t meter_at_us = meter_due_us(m), at_us = meter_at_us, now_us;
	int r;

	if (m->cycle_due_us < at_us)
		at_us = m->cycle_due_us;
	if (more > 0 || m->sources_changed)
		at_us = 0;
	fds[METER_LINE].fd = meter_fd(m->meter);
	/* A hang-up shows without being asked for. */
	fds[METER_LINE].events = meter_listens(m->meter) ? POLLIN : 0;
	r = wait_until(at_us, fds);
	if (r < 0)
		return r;

	now_us = boottime_us();
	if (now_us >= m->cycle_due_us)
		manager_cycle(m, NULL);
	if (fds[METER_LINE].revents || now_us >= meter_at_us)
		turn_meter(m, fds[METER_LINE].revents, now_us);
	if (more > 0 || m->sources_changed || fds[EVENT_LOOP].revents)
		more = turn_events(m, more > 0);
	return more;
}

int loop_run(struct manager *m)
{
	struct pollfd fds[WATCHED_COUNT] = {
		[EVENT_LOOP] = {.fd = sd_event_get_fd(m->event), .events = POLLIN},
	};
	int more = sd_event_prepare(m->event), code = 0;

	while (more >= 0)
		more = turn(m, fds, more);
	if (more != -ESTALE)
		return more;
	(void)sd_event_get_exit_code(m->event, &code);
	return code;
}
