/* SPDX-License-Identifier: MIT */
/* The serial adapter, and who else is on it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/matrix.h"

#define DEVICE .group = "The serial device"
#define LOST   .fault = "meter-lost", .within_ms = LOST_MS
#define GONE   "has gone away: plug the RS485 adapter in again"

static void hang_up_after_damage(struct trial *trial)
{
	house_say(trial->house, "fault crc on");
	house_quiet(trial->house, 50);
}

static void no_damage(struct trial *trial)
{
	house_say(trial->house, "fault crc off");
}

/* The old name is gone with its adapter, and another one comes. */
static void come_back_elsewhere(struct trial *trial)
{
	struct house *house = trial->house;
	char link[PATH_BYTES + 16];

	process_end(&house->meter);
	house_check(house, unlink(house_path(house, "meter")) == 0);
	snprintf(link, sizeof(link), "--link=%s", house_path(house, "elsewhere"));
	house_meter_start(house, link, "--currents=12.5,12.5,12.5", NULL);
}

static void name_it_again(struct trial *trial)
{
	house_check(trial->house, symlink("elsewhere", house_path(trial->house, "meter")) == 0);
}

static void stop_meter(struct trial *trial)
{
	kill(trial->house->meter.pid, SIGSTOP);
}

static void continue_meter(struct trial *trial)
{
	kill(trial->house->meter.pid, SIGCONT);
}

static void read_fails(struct trial *trial)
{
	trial->edge->tty_read = EIO;
}

static void write_fails(struct trial *trial)
{
	trial->edge->tty_write = EIO;
}

static void look_fails(struct trial *trial)
{
	trial->edge->tty_look = EIO;
}

static void would_block(struct trial *trial)
{
	trial->edge->tty_write = EAGAIN;
}

static void half_leaves(struct trial *trial)
{
	trial->edge->tty_short = 1;
}

static void device_works(struct trial *trial)
{
	const struct lines *lines = &trial->house->daemon.lines;
	int times = 0;

	/* it is opened each second; told once, and maybe once more of what was before */
	for (size_t i = trial->first_line; i < lines->count; i++)
		times += strstr(lines->list[i].text, "/meter is open") != NULL;
	house_check(trial->house, times <= 2);
	trial->edge->tty_short = 0;
	trial->edge->tty_read = trial->edge->tty_write = trial->edge->tty_look = 0;
}

/* Who is root is let in in spite of TIOCEXCL, and takes some of the answers. */
static void steal_answers(struct trial *trial)
{
	const char *argv[] = {"/bin/cat", house_path(trial->house, "meter"), NULL};

	house_check(trial->house,
		process_start(&trial->other, argv, house_path(trial->house, "stolen"), false) == 0);
}

static void steal_no_more(struct trial *trial)
{
	process_end(&trial->other);
}

static int held = -1;

static void hold_port(struct trial *trial)
{
	held = open(house_path(trial->house, "meter"), O_RDWR | O_NOCTTY | O_CLOEXEC);
	house_check(trial->house, held >= 0 && flock(held, LOCK_EX | LOCK_NB) == 0);
}

static void let_go_of_port(struct trial *trial)
{
	house_check(trial->house, close(held) == 0);
}

static void unplug_often(struct trial *trial)
{
	for (int i = 0; i < 10; i++) {
		house_say(trial->house, "fault hangup on");
		house_quiet(trial->house, 100);
		house_say(trial->house, "fault hangup off");
		house_quiet(trial->house, 100);
	}
}

const struct fault_row device_rows[] = {
	{DEVICE, .what = "unplugged between two transactions",
		.configuration = "[meter]\npoll_interval = 300ms\n", .kind = "hangup", LOST,
		.sentence = GONE, .over = "The meter answers again"},
	{DEVICE, .what = "unplugged while an answer is waited for", .kind = "hangup-asked", LOST,
		.sentence = GONE, .over = "The meter answers again"},
	{DEVICE, .what = "unplugged in the middle of an answer", .kind = "hangup-halfway", LOST,
		.sentence = GONE, .over = "The meter answers again"},
	{DEVICE, .what = "unplugged while the line recovers from a damaged answer",
		.begin = hang_up_after_damage, .kind = "hangup", .end = no_damage, LOST,
		.sentence = GONE, .over = "The meter answers again"},
	{DEVICE, .what = "unplugged as soon as the first request is there",
		.option = "--fault=hangup-asked", .kind = "hangup-asked", .before_ma = NONE_MA,
		LOST, .sentence = GONE},
	{DEVICE, .what = "unplugged for 0.1 s, again and again", .begin = unplug_often, LOST,
		.safe_ma = SAFE_ANY, .sentence = "Fault meter-lost: "},
	{DEVICE, .what = "plugged in again under another name", .begin = come_back_elsewhere,
		.end = name_it_again, LOST, .sentence = "plug the RS485 adapter in",
		.over = "The meter answers again"},
	{DEVICE, .what = "EIO when reading", .on_edge = true, .lasts_ms = 4000, .begin = read_fails,
		.end = device_works, LOST, .sentence = GONE},
	{DEVICE, .what = "EIO when writing", .on_edge = true, .lasts_ms = 4000,
		.begin = write_fails, .end = device_works, LOST, .sentence = GONE},
	{DEVICE, .what = "EIO when asked what is there", .on_edge = true, .lasts_ms = 4000,
		.begin = look_fails, .end = device_works, LOST, .sentence = GONE},
	{DEVICE, .what = "takes no byte (EAGAIN)", .on_edge = true, .begin = would_block,
		.end = device_works, LOST, .sentence = GONE},
	{DEVICE, .what = "takes everything and never answers, then all answers at once",
		.begin = stop_meter, .end = continue_meter, LOST, .sentence = METER_SILENT},
	{DEVICE, .what = "takes half of each request", .on_edge = true, .begin = half_leaves,
		.end = device_works, LOST, .sentence = METER_SILENT},
	{DEVICE, .what = "another process reads from the port", .begin = steal_answers,
		.end = steal_no_more, LOST, .safe_ma = SAFE_ANY, .lasts_ms = 2000},
	{DEVICE, .what = "another process holds the port from the start", .prepare = hold_port,
		.end = let_go_of_port, .before_ma = NONE_MA, LOST, .sentence = "is in use by"},
};

const size_t device_rows_count = sizeof(device_rows) / sizeof(device_rows[0]);
