/* SPDX-License-Identifier: MIT */
/*
 * An appliance of a made-up house: a program of stages, each on for a time or cycling, that is
 * started a few times a day, or runs for ever. Kinds are rows of a table; nothing else knows what
 * a kettle is. Pure, whole numbers only, in steps of a second.
 */
#ifndef POWEROPT_SIM_APPLIANCE_H
#define POWEROPT_SIM_APPLIANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define APPLIANCE_STAGES 8
#define APPLIANCE_USES	 8
#define APPLIANCE_STARTS 48

struct appliance_range {
	int32_t min, max;
};

struct appliance_stage {
	struct appliance_range percent; /* of the rated power while on, drawn at every start */
	struct appliance_range for_s;	/* how long it lasts; 0: the program is over */
	struct appliance_range on_s;	/* it cycles: on that long, and ... */
	struct appliance_range off_s;	/* ... off that long; 0: it does not cycle */
	int32_t idle_percent;		/* of the rated power while off between cycles */
	int32_t inrush_percent;		/* of its power in the first second; 0: no inrush */
};

/* What a day of a household hangs on. */
enum appliance_anchor {
	ANCHOR_GET_UP,
	ANCHOR_LUNCH,
	ANCHOR_DINNER,
	ANCHOR_BED,
	ANCHOR_COUNT,
};

struct appliance_use {
	int32_t weekday_percent, weekend_percent; /* how likely; 0: no further uses */
	enum appliance_anchor anchor;
	struct appliance_range after_min; /* minutes after the anchor; negative: before */
	int stage;			  /* where the program starts */
};

/* An electrician spreads the first three over the phases, and the next three again. */
enum appliance_circuit {
	CIRCUIT_HOB_LEFT,
	CIRCUIT_HOB_RIGHT,
	CIRCUIT_OVEN,
	CIRCUIT_KITCHEN,
	CIRCUIT_LAUNDRY,
	CIRCUIT_ROOMS,
	CIRCUIT_SPREAD, /* each copy on the next phase */
	CIRCUIT_ALL,	/* three-phase: the rated power is that of each phase */
};

struct appliance_kind {
	const char *name;
	int32_t owned_percent[2]; /* of houses with one phase, with three phases */
	struct appliance_range copies;
	struct appliance_range watts; /* rated power, drawn for each copy */
	enum appliance_circuit circuit;
	bool always;	 /* runs for ever, from stage 0 */
	bool heating;	 /* always, with pauses as long as the weather allows */
	bool per_person; /* each person has these uses */
	bool cooking;	 /* only if that meal is cooked */
	bool lamp;	 /* only when it is dark */
	bool cold;	 /* the colder, the likelier */
	int32_t wobble_percent;
	struct appliance_stage stages[APPLIANCE_STAGES]; /* the last of for_s 0 */
	struct appliance_use uses[APPLIANCE_USES];
};

extern const struct appliance_kind appliance_kinds[];
extern const size_t appliance_kind_count;

struct appliance {
	const struct appliance_kind *kind;
	uint64_t random;
	int32_t watts;
	int phase; /* 0 to 2; negative: all */

	/* The starts of this day, ascending. */
	struct appliance_start {
		int32_t at_s;
		int stage;
	} starts[APPLIANCE_STARTS];
	int start_count, start_next;

	const struct appliance_stage *stage; /* NULL: off */
	int32_t left_s;			     /* of the stage */
	int32_t percent, on_s, off_s;	     /* what was drawn for the stage */
	bool on, fresh;			     /* within a cycle; fresh: in its first second */
	int32_t switch_s;		     /* until the cycle switches */
	int32_t demand_permille;	     /* of heating: part of the time that it runs */
};

/**
 * appliance_init() - one that is off, or amid its cycle if it runs for ever.
 * @kind:   must outlive it.
 * @random: seed of its own; the rated power is drawn from it.
 */
void appliance_init(
	struct appliance *appliance, const struct appliance_kind *kind, uint64_t random, int phase);

/**
 * appliance_plan() - add a start to this day; what does not fit is dropped.
 * @at_s: second of the day; one that comes while it still runs waits for the end.
 */
void appliance_plan(struct appliance *appliance, int32_t at_s, int stage);

/** appliance_second() - its power in this second of the day, in W, on each of its phases. */
int32_t appliance_second(struct appliance *appliance, int32_t second);

#endif
