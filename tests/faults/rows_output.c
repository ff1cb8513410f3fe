/* SPDX-License-Identifier: MIT */
/* The way to the charger, and the switches. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/matrix.h"

#define PWM	.group = "The PWM chip"
#define CAN	.group = "The CAN bus", .on_edge = true, .configuration = "[charger]\noutput = can\n"
#define CHARGER CAN, .prepare = charger_prepare, .end = charger_good
#define SYSFS	.group = "An attribute of sysfs", .on_edge = true, .prepare = sysfs_prepare
#define DIP	.group = "The DIP switches", .on_edge = true
#define FAILED	.fault = "output-failed", .safe_ma = SAFE_UNTOLD, .over = "The output works again"

/* A failed write shows when there is something to write: the house takes 1 A more. */
#define WRITE_FAILS(name, error)                                                                   \
	static void name(struct trial *trial)                                                      \
	{                                                                                          \
		trial->edge->attribute_write = error;                                              \
		house_say(trial->house, "currents 20.5,12.5,12.5");                                \
	}

WRITE_FAILS(write_eio, EIO)
WRITE_FAILS(write_einval, EINVAL)
WRITE_FAILS(write_erofs, EROFS)
WRITE_FAILS(write_eacces, EACCES)
WRITE_FAILS(write_enospc, ENOSPC)
WRITE_FAILS(write_ebusy, EBUSY)

static void write_eio_once(struct trial *trial)
{
	trial->edge->attribute_write_once = EIO;
	house_say(trial->house, "currents 20.5,12.5,12.5");
}

static void read_eio(struct trial *trial)
{
	trial->edge->attribute_read = EIO;
}

static void read_differs(struct trial *trial)
{
	trial->edge->attribute_other = 500000;
	house_say(trial->house, "currents 20.5,12.5,12.5");
}

static void works(struct trial *trial)
{
	trial->edge->attribute_write = trial->edge->attribute_read = 0;
	trial->edge->attribute_other = 0;
	house_say(trial->house, "currents 12.5,12.5,12.5");
}

/* Somebody writes 0 A, or 16 A, and is put right; nobody can keep him from it. */
static void another_pauses(struct trial *trial)
{
	house_write(trial->house, "chip/pwm0/duty_cycle", "1000000\n");
}

static void another_raises(struct trial *trial)
{
	house_write(trial->house, "chip/pwm0/duty_cycle", "266666\n");
}

static void unbind(struct trial *trial)
{
	house_check(trial->house,
		rename(house_path(trial->house, "chip"), house_path(trial->house, "unbound")) == 0);
}

static void bind_again(struct trial *trial)
{
	house_check(trial->house,
		rename(house_path(trial->house, "unbound"), house_path(trial->house, "chip")) == 0);
}

/* ---- an attribute ---- */

static void sysfs_prepare(struct trial *trial)
{
	house_write(trial->house, "allowed", "0\n");
	house_configure(trial->house, "[charger]\noutput = sysfs\n[sysfs]\npath = %s\n",
		house_path(trial->house, "allowed"));
}

static void attribute_goes(struct trial *trial)
{
	house_check(trial->house,
		rename(house_path(trial->house, "allowed"), house_path(trial->house, "gone")) == 0);
}

static void attribute_comes(struct trial *trial)
{
	house_check(trial->house,
		rename(house_path(trial->house, "gone"), house_path(trial->house, "allowed")) == 0);
}

/* ---- CAN ---- */

static void can_full(struct trial *trial)
{
	trial->edge->can_send = ENOBUFS;
}

static void can_down(struct trial *trial)
{
	trial->edge->can_down = 1;
}

static void can_gone(struct trial *trial)
{
	trial->edge->can_missing = ENODEV;
}

static void can_bus_off(struct trial *trial)
{
	trial->edge->can_off_the_bus = 1;
}

static void can_works(struct trial *trial)
{
	trial->edge->can_send = trial->edge->can_down = 0;
	trial->edge->can_missing = trial->edge->can_off_the_bus = 0;
}

/* ---- a charger that says what it draws ---- */

static void charger_good(struct trial *trial)
{
	trial->edge->charger = CHARGER_GOOD;
	trial->edge->charger_ma = -1;
	house_say(trial->house, "currents 12.5,12.5,12.5");
}

static void charger_prepare(struct trial *trial)
{
	charger_good(trial);
	house_car(trial->house);
}

static void charger_wrong(struct trial *trial)
{
	trial->edge->charger = CHARGER_WRONG_CRC;
}

static void charger_frozen(struct trial *trial)
{
	trial->edge->charger = CHARGER_FROZEN;
}

static void charger_silent(struct trial *trial)
{
	trial->edge->charger = CHARGER_SILENT;
}

static void charger_absurd(struct trial *trial)
{
	trial->edge->charger_ma = 200000;
}

static void charger_goes_on(struct trial *trial)
{
	trial->edge->charger_ma = 7300;
	house_say(trial->house, "currents 40,12.5,12.5");
}

static void charger_draws_less(struct trial *trial)
{
	house_say(trial->house, "fault frozen on");
	trial->edge->charger_ma = 2300;
}

/* ---- the switches: off ON off is 20 A ---- */

static void switches_prepare(struct trial *trial)
{
	house_write(trial->house, "switches", "00000100");
	house_configure(trial->house,
		"[mains]\nlimit = dip\n[dip]\nchip = %s\nlines = 4 5 6\nactive_low = no\n",
		house_path(trial->house, "switches"));
}

static void switches_missing(struct trial *trial)
{
	switches_prepare(trial);
	house_check(trial->house, unlink(house_path(trial->house, "switches")) == 0);
}

static void switches_go(struct trial *trial)
{
	house_check(trial->house, unlink(house_path(trial->house, "switches")) == 0);
}

static void switches_read_half(struct trial *trial)
{
	house_write(trial->house, "switches", "000");
}

static void switches_read_off(struct trial *trial)
{
	house_write(trial->house, "switches", "00000000");
}

static void switches_come(struct trial *trial)
{
	house_write(trial->house, "switches", "00000100");
}

const struct fault_row output_rows[] = {
	{PWM, .what = "EIO", .on_edge = true, .begin = write_eio, .end = works, FAILED,
		.within_ms = AT_ONCE_MS,
		.sentence = "Fault output-failed: The charger cannot be told"},
	{PWM, .what = "EIO, once", .on_edge = true, .begin = write_eio_once, .end = works,
		.fault = "output-failed", .within_ms = AT_ONCE_MS, .safe_ma = SAFE_UNTOLD,
		.sentence = "Fault output-failed: The charger cannot be told what it may draw. "
			    "[pwm] chip: "},
	{PWM, .what = "EINVAL", .on_edge = true, .begin = write_einval, .end = works, FAILED,
		.within_ms = AT_ONCE_MS,
		.sentence = "Fault output-failed: The charger cannot be told"},
	{PWM, .what = "EBUSY", .on_edge = true, .begin = write_ebusy, .end = works, FAILED,
		.within_ms = AT_ONCE_MS,
		.sentence = "Fault output-failed: The charger cannot be told"},
	{PWM, .what = "read-only: no permission", .on_edge = true, .begin = write_eacces,
		.end = works, FAILED, .within_ms = 2000 + LOOK_MS, .sentence = "Permission denied"},
	{PWM, .what = "read-only: the file system", .on_edge = true, .begin = write_erofs,
		.end = works, FAILED, .within_ms = AT_ONCE_MS,
		.sentence = "/sys is read-only here"},
	{PWM, .what = "cannot be read back", .on_edge = true, .begin = read_eio, .end = works,
		FAILED, .within_ms = LOOK_MS, .sentence = "Fault output-failed: "},
	{PWM, .what = "reads back another value", .on_edge = true, .begin = read_differs,
		.end = works, FAILED, .within_ms = LOOK_MS, .sentence = "right after"},
	{PWM, .what = "another program writes 0 A there, once", .begin = another_pauses,
		.safe_ma = 7300, .within_ms = LOOK_MS, .sentence = "another program"},
	{PWM, .what = "another program writes 16 A there, once", .begin = another_raises,
		.greatest_ma = 16000, .safe_ma = 7300, .within_ms = LOOK_MS,
		.sentence = "another program"},
	{PWM, .what = "the chip is unbound", .begin = unbind, .end = bind_again, FAILED,
		.within_ms = LOOK_MS, .sentence = "Fault output-failed: "},
	{PWM, .what = "the chip is not there at the start", .prepare = unbind, .end = bind_again,
		.before_ma = NONE_MA, FAILED, .within_ms = AT_ONCE_MS,
		.sentence = "Fault output-failed: "},
	{SYSFS, .what = "EIO", .begin = write_eio, .end = works, FAILED, .within_ms = AT_ONCE_MS,
		.sentence = "Fault output-failed: "},
	{SYSFS, .what = "ENOSPC", .begin = write_enospc, .end = works, FAILED,
		.within_ms = AT_ONCE_MS, .sentence = "Fault output-failed: "},
	{SYSFS, .what = "the attribute is gone", .begin = attribute_goes, .end = attribute_comes,
		FAILED, .within_ms = LOOK_MS, .sentence = "Fault output-failed: "},
	{CAN, .what = "nobody acknowledges, the queue is full", .begin = can_full, .end = can_works,
		FAILED, .within_ms = 500 + PROMPT_MS, .sentence = "nobody acknowledges them"},
	{CAN, .what = "the interface is down", .begin = can_down, .end = can_works, FAILED,
		.within_ms = 500 + PROMPT_MS, .sentence = "can0 is down"},
	{CAN, .what = "the interface is gone", .begin = can_gone, .end = can_works, FAILED,
		.within_ms = 500 + PROMPT_MS, .sentence = "there is no can0"},
	{CAN, .what = "the interface is not there at the start", .prepare = can_gone,
		.end = can_works, .before_ma = NONE_MA, FAILED, .within_ms = 500 + PROMPT_MS,
		.sentence = "there is no can0"},
	{CAN, .what = "off the bus after too many errors", .begin = can_bus_off, .end = can_works,
		FAILED, .within_ms = LOOK_MS + 500, .sentence = "is off the bus"},
	{CHARGER, .what = "the charger's frames have a wrong checksum", .begin = charger_wrong,
		.safe_ma = SAFE_SAME, .sentence = "has a wrong CRC"},
	{CHARGER, .what = "the charger hangs: its counter stands still", .begin = charger_frozen,
		.safe_ma = SAFE_SAME, .lasts_ms = 2500, .sentence = "repeats the alive counter"},
	{CHARGER, .what = "the charger says nothing any more", .begin = charger_silent,
		.safe_ma = SAFE_SAME, .lasts_ms = 2500},
	{CHARGER, .what = "the charger claims to draw 200 A", .begin = charger_absurd,
		.safe_ma = SAFE_SAME, .sentence = "has a current that no charger draws"},
	{CHARGER, .what = "told to stop, the charger goes on", .begin = charger_goes_on,
		.fault = "charger-runaway", .within_ms = AT_ONCE_MS,
		.sentence = "Fault charger-runaway: "},
	{CHARGER, .what = "the meter is frozen, and the charger draws 5 A less", .kind = "frozen",
		.begin = charger_draws_less, .fault = "meter-implausible",
		.within_ms = 2000 + PROMPT_MS, .sentence = "Fault meter-implausible: "},
	{CAN, .what = "silence of the meter", .kind = "silent", .fault = "meter-lost",
		.within_ms = LOST_MS, .sentence = METER_SILENT},
	{DIP, .what = "the chip is gone", .prepare = switches_prepare, .begin = switches_go,
		.end = switches_come, .fault = "dip-unreadable", .within_ms = LOOK_MS,
		.sentence = "The DIP switches can no longer be read"},
	{DIP, .what = "the chip reports EIO", .prepare = switches_prepare,
		.begin = switches_read_half, .end = switches_come, .fault = "dip-unreadable",
		.within_ms = LOOK_MS, .sentence = "Input/output error"},
	{DIP, .what = "the chip is not there at the start", .prepare = switches_missing,
		.end = switches_come, .before_ma = NONE_MA, .fault = "dip-unreadable",
		.within_ms = LOOK_MS, .sentence = "Fault dip-unreadable: "},
	{DIP, .what = "all switches read off for 3 s (a moment without contact)",
		.prepare = switches_prepare, .begin = switches_read_off, .end = switches_come,
		.safe_ma = SAFE_SAME, .lasts_ms = 3000,
		.sentence = "a higher limit counts after 10 s"},
};

const size_t output_rows_count = sizeof(output_rows) / sizeof(output_rows[0]);
