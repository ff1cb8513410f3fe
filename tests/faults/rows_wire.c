/* SPDX-License-Identifier: MIT */
/* What happens to the bytes on the RS485 line. */
#include "faults/matrix.h"

#define LOST .fault = "meter-lost", .within_ms = LOST_MS
#define WIRE .group = "The wire"
#define CODE(number)                                                                               \
	{                                                                                          \
		WIRE, .what = "every answer is exception " #number,                                \
		      .setting = "exception " #number, .kind = "exception", LOST,                  \
		      .sentence = "refuses to tell its currents"                                   \
	}

/* Behind our back the simulator has gone on: nothing in an answer tells what it answers. */
#define LATE(span)                                                                                 \
	{                                                                                          \
		WIRE, .what = "answers are late by " span ", and come for the next request",       \
		      .setting = "late " span, .kind = "late", .safe_ma = SAFE_ANY, LOST,          \
		      .lasts_ms = 3000                                                             \
	}

/* Back to back, so that each is an answer, and not only what the simulator was told. */
#define BACK_TO_BACK "[meter]\npoll_interval = 0\nbaud_rate = 115200\n"

static void other_codes(struct trial *trial)
{
	unsigned long long before = house_counters(trial->house).exception, codes = 0;

	house_say(trial->house, "fault exception on");
	for (int code = 1; code <= 255; code++) {
		if (code <= 11 && code != 9)
			continue;
		house_say(trial->house, "exception %d", code);
		house_quiet(trial->house, 20);
		codes++;
	}
	house_check(trial->house, house_counters(trial->house).exception - before >= 2 * codes);
}

static void no_exception(struct trial *trial)
{
	house_say(trial->house, "fault exception off");
}

const struct fault_row wire_rows[] = {
	{WIRE, .what = "silence", .kind = "silent", LOST, .sentence = METER_SILENT},
	{WIRE, .what = "silence, failsafe_current = 6",
		.configuration = "[charger]\nfailsafe_current = 6\n", .kind = "silent",
		.safe_ma = 6000, LOST, .sentence = METER_SILENT},
	{WIRE, .what = "silence from the start", .option = "--fault=silent", .before_ma = NONE_MA,
		.kind = "silent", LOST, .sentence = METER_SILENT},
	{WIRE, .what = "a wrong CRC", .kind = "crc", LOST,
		.sentence = "The meter's answers arrive damaged on"},
	{WIRE, .what = "half of each answer is missing", .kind = "truncated", LOST,
		.sentence = METER_SILENT},
	LATE("70ms"),
	LATE("100ms"),
	LATE("150ms"),
	LATE("300ms"),
	{WIRE, .what = "the adapter hears itself (echo)", .kind = "echo", LOST,
		.sentence = "our own requests come back"},
	{WIRE, .what = "noise before each answer", .kind = "noise-before", LOST,
		.sentence = "Fault meter-lost: "},
	{WIRE, .what = "noise within each answer", .kind = "noise-within", LOST,
		.sentence = "Fault meter-lost: "},
	{WIRE, .what = "noise after each answer, which is intact", .kind = "noise-after", LOST,
		.safe_ma = SAFE_ANY},
	{WIRE, .what = "noise between the answers, each 50 ms", .kind = "noise-between", LOST,
		.safe_ma = SAFE_ANY, .lasts_ms = 2000},
	{WIRE, .what = "noise before, within and after", .kind = "noise", LOST,
		.sentence = "Fault meter-lost: "},
	{WIRE, .what = "256 bytes of garbage instead of each answer", .kind = "garbage", LOST,
		.sentence = "Fault meter-lost: "},
	{WIRE, .what = "answers byte by byte, 2 ms apart", .kind = "bytewise",
		.safe_ma = SAFE_SAME},
	{WIRE, .what = "another unit answers", .kind = "wrong-unit", LOST,
		.sentence = "something answers that is not the meter with address 1"},
	CODE(1),
	CODE(2),
	CODE(3),
	CODE(4),
	CODE(5),
	CODE(6),
	CODE(7),
	CODE(8),
	CODE(10),
	CODE(11),
	{WIRE, .what = "every other exception code, one after the other",
		.configuration = BACK_TO_BACK, .begin = other_codes, .end = no_exception, LOST,
		.sentence = "refuses to tell its currents"},
};

const size_t wire_rows_count = sizeof(wire_rows) / sizeof(wire_rows[0]);
