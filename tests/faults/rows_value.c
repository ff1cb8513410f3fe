/* SPDX-License-Identifier: MIT */
/* Answers that are intact, and not true. */
#include "faults/matrix.h"

#define VALUE	    .group = "The values"
#define IMPLAUSIBLE .fault = "meter-implausible"

/* Voltages are asked for each two seconds, and a raise takes 8 s if nobody sets less. */
#define USUAL_RAISE "[regulator]\nraise_delay = 3s\n"

/* Readings that fall and rise again look like a car. */
static void with_a_car(struct trial *trial)
{
	house_car(trial->house);
}

static void room_unseen(struct trial *trial)
{
	house_say(trial->house, "fault frozen on");
	house_say(trial->house, "currents 1,1,1");
}

static void overload_unseen(struct trial *trial)
{
	house_say(trial->house, "fault frozen on");
	house_say(trial->house, "currents 40,40,40");
}

static void frozen_no_more(struct trial *trial)
{
	house_say(trial->house, "currents 12.5,12.5,12.5");
	house_say(trial->house, "fault frozen off");
}

/* What was given is taken back when it is seen: by an overload, which the car is a part of. */
static void house_fills(struct trial *trial)
{
	house_say(trial->house, "currents 40,40,40");
	expect_duty(trial->house, HOUSE_PAUSED);
	house_say(trial->house, "currents 12.5,12.5,12.5");
}

const struct fault_row value_rows[] = {
	{VALUE, .what = "not a number", .kind = "nan", IMPLAUSIBLE, .within_ms = LOST_MS,
		.sentence = "The meter's answers are not currents"},
	{VALUE, .what = "infinity", .kind = "inf", IMPLAUSIBLE, .within_ms = LOST_MS,
		.sentence = "The meter's answers are not currents"},
	{VALUE, .what = "a million ampere", .kind = "huge", IMPLAUSIBLE, .within_ms = LOST_MS,
		.sentence = "a current above 1.2 times its rating"},
	{VALUE, .what = "bytes swapped in each register", .kind = "swapped-bytes", IMPLAUSIBLE,
		.within_ms = LOST_MS, .sentence = "a current above 1.2 times its rating"},
	{VALUE, .what = "words swapped: all values are as good as zero", .kind = "swapped-words",
		.configuration = USUAL_RAISE, IMPLAUSIBLE, .within_ms = SLOW_MS,
		.sentence = "The meter's answers are not currents"},
	{VALUE, .what = "all currents and voltages zero", .kind = "zeros",
		.configuration = USUAL_RAISE, IMPLAUSIBLE, .within_ms = SLOW_MS,
		.sentence = "The meter's answers are not currents"},
	{VALUE, .what = "denormal currents, good voltages (an empty house: room)",
		.kind = "denormal", .end = house_fills, .greatest_ma = 16000, .safe_ma = SAFE_ANY},
	{VALUE, .what = "frozen, while the house uses less", .begin = room_unseen,
		.end = frozen_no_more, .safe_ma = SAFE_SAME},
	{VALUE, .what = "frozen, while the house uses more, and no charger gives it away",
		.begin = overload_unseen, .end = frozen_no_more, .safe_ma = SAFE_SAME},
	{VALUE, .what = "jumps between 0 and 60 A", .kind = "jumps", .within_ms = AT_ONCE_MS,
		.configuration = "[regulator]\nresume_delay = 1s\nresume_margin = 0.5\n",
		.lasts_ms = 2000, .sentence = "Charging is paused: phase L"},
	{VALUE, .what = "sign flips (export = no: the magnitude counts)", .kind = "signs",
		.safe_ma = SAFE_SAME},
	{VALUE, .what = "sign flips (export = yes: what is fed in is room)", .kind = "signs",
		/* so long that no signs are the same by chance, few as the readings may be */
		.configuration = "[mains]\nexport = yes\n[regulator]\nraise_delay = 800ms\n",
		.prepare = with_a_car, .safe_ma = SAFE_SAME},
	{VALUE, .what = "the error register is not 0", .kind = "selftest",
		.fault = "meter-selftest", .within_ms = SELFTEST_MS,
		.sentence = "The meter reports an internal error (register 0x4015 = 0x0001)"},
	{VALUE, .what = "a phase is dead", .kind = "phase-missing", .fault = "phase-missing",
		.within_ms = SLOW_MS,
		.sentence = "Phase L2, which the charger uses, has no voltage"},
};

const size_t value_rows_count = sizeof(value_rows) / sizeof(value_rows[0]);
