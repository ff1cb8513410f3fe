/* SPDX-License-Identifier: MIT */
/*
 * What stands in houses. Powers are those on rating plates of such appliances, times and shares of
 * houses are plausible rather than measured.
 */
#include "sim/appliance.h"

/* clang-format off */
#define ONE	      {1, 1}
#define FULL	      {100, 100}
#define FOREVER	      {INT32_MAX, INT32_MAX}
#define MINUTES(a, b) {(a) * 60, (b) * 60}

/* weekday and weekend in percent, anchor, minutes after it */
#define USE(weekday, weekend, anchor, from, to) {weekday, weekend, ANCHOR_##anchor, {from, to}, 0}
#define USE_AT(stage, weekday, weekend, anchor, from, to) \
	{weekday, weekend, ANCHOR_##anchor, {from, to}, stage}

/* A hob plate heats up, and then cycles as its knob is set. */
#define HOB_STAGES {{.percent = FULL, .for_s = {90, 420}}, \
	{.percent = FULL, .for_s = MINUTES(5, 35), .on_s = {6, 18}, .off_s = {6, 36}}}

/* From here on the hands are washed, from there on somebody takes a shower. */
#define HANDS  0
#define SHOWER 2
#define HANDS_USES \
	USE_AT(HANDS, 80, 80, GET_UP, 0, 60), USE_AT(HANDS, 40, 70, LUNCH, -60, 90), \
	USE_AT(HANDS, 90, 90, DINNER, -60, 90), USE_AT(HANDS, 80, 80, BED, -30, 20)
#define SHOWER_USES \
	USE_AT(SHOWER, 45, 45, GET_UP, 0, 50), USE_AT(SHOWER, 20, 20, BED, -120, -10)

const struct appliance_kind appliance_kinds[] = {
	{.name = "standby", .owned_percent = {100, 100}, .copies = {3, 3}, .watts = {20, 130},
		.circuit = CIRCUIT_SPREAD, .always = true, .wobble_percent = 3,
		.stages = {{.percent = FULL, .for_s = FOREVER}}},
	{.name = "fridge", .owned_percent = {100, 100}, .copies = {1, 2}, .watts = {70, 140},
		.circuit = CIRCUIT_KITCHEN, .always = true,
		.stages = {
			{.percent = FULL, .for_s = FOREVER, .on_s = MINUTES(8, 20),
				.off_s = MINUTES(15, 45), .inrush_percent = 350},
		}},
	{.name = "freezer", .owned_percent = {55, 60}, .copies = ONE, .watts = {80, 160},
		.circuit = CIRCUIT_LAUNDRY, .always = true,
		.stages = {
			{.percent = FULL, .for_s = FOREVER, .on_s = MINUTES(12, 30),
				.off_s = MINUTES(15, 50), .inrush_percent = 350},
		}},
	{.name = "heat pump", .owned_percent = {0, 30}, .copies = ONE, .watts = {400, 900},
		.circuit = CIRCUIT_ALL, .always = true, .heating = true, .wobble_percent = 2,
		.stages = {
			{.percent = FULL, .for_s = FOREVER, .on_s = MINUTES(35, 180),
				.inrush_percent = 300},
		}},
	{.name = "heat pump", .owned_percent = {10, 5}, .copies = ONE, .watts = {1200, 2400},
		.circuit = CIRCUIT_ROOMS, .always = true, .heating = true, .wobble_percent = 2,
		.stages = {
			{.percent = FULL, .for_s = FOREVER, .on_s = MINUTES(35, 180),
				.inrush_percent = 200},
		}},
	{.name = "water boiler", .owned_percent = {25, 15}, .copies = ONE, .watts = {2000, 3500},
		.circuit = CIRCUIT_ROOMS, .always = true,
		.stages = {
			{.percent = FULL, .for_s = FOREVER, .on_s = MINUTES(5, 30),
				.off_s = MINUTES(150, 600)},
		}},
	{.name = "pump, fan or charger", .owned_percent = {100, 100}, .copies = {2, 4},
		.watts = {40, 250}, .circuit = CIRCUIT_SPREAD, .always = true, .wobble_percent = 2,
		.stages = {
			{.percent = FULL, .for_s = FOREVER, .on_s = MINUTES(5, 50),
				.off_s = MINUTES(10, 90), .inrush_percent = 200},
		}},
	{.name = "light", .owned_percent = {100, 100}, .copies = {4, 7}, .watts = {10, 120},
		.circuit = CIRCUIT_SPREAD, .lamp = true,
		.stages = {{.percent = FULL, .for_s = MINUTES(10, 150)}},
		.uses = {USE(70, 60, GET_UP, -5, 40), USE(80, 80, DINNER, -90, 60),
			USE(70, 70, BED, -150, -10)}},
	{.name = "television and computer", .owned_percent = {95, 95}, .copies = {1, 3},
		.watts = {100, 320}, .circuit = CIRCUIT_SPREAD, .wobble_percent = 6,
		.stages = {{.percent = FULL, .for_s = MINUTES(40, 210)}},
		.uses = {USE(30, 60, LUNCH, -120, 150), USE(75, 75, DINNER, 20, 120)}},
	{.name = "kettle", .owned_percent = {97, 85}, .copies = ONE, .watts = {2000, 3000},
		.circuit = CIRCUIT_KITCHEN, .per_person = true,
		.stages = {{.percent = FULL, .for_s = {60, 220}}},
		.uses = {USE(50, 50, GET_UP, 5, 60), USE(25, 45, LUNCH, -60, 180),
			USE(30, 30, DINNER, -30, 180)}},
	{.name = "coffee machine", .owned_percent = {30, 65}, .copies = ONE, .watts = {1100, 1500},
		.circuit = CIRCUIT_KITCHEN, .per_person = true,
		.stages = {
			{.percent = FULL, .for_s = {35, 60}},
			{.percent = FULL, .for_s = {60, 240}, .on_s = {4, 10}, .off_s = {8, 25},
				.idle_percent = 4},
		},
		.uses = {USE(55, 55, GET_UP, 5, 60), USE(15, 40, LUNCH, 20, 200)}},
	{.name = "toaster", .owned_percent = {80, 75}, .copies = ONE, .watts = {800, 1300},
		.circuit = CIRCUIT_KITCHEN,
		.stages = {{.percent = FULL, .for_s = {100, 200}}},
		.uses = {USE(35, 45, GET_UP, 10, 50)}},
	{.name = "microwave oven", .owned_percent = {93, 75}, .copies = ONE, .watts = {1100, 1600},
		.circuit = CIRCUIT_KITCHEN,
		.stages = {{.percent = FULL, .for_s = {40, 300}, .inrush_percent = 150}},
		.uses = {USE(20, 20, GET_UP, 5, 40), USE(25, 35, LUNCH, -20, 60),
			USE(35, 30, DINNER, -30, 60)}},
	{.name = "grill, mixer or egg boiler", .owned_percent = {85, 85}, .copies = {1, 2},
		.watts = {300, 2000}, .circuit = CIRCUIT_SPREAD, .wobble_percent = 1,
		.stages = {{.percent = {40, 100}, .for_s = {60, 700}}},
		.uses = {USE(20, 30, GET_UP, 10, 60), USE(20, 45, LUNCH, -60, 180),
			USE(45, 45, DINNER, -60, 60)}},
	{.name = "big hob plate, left", .owned_percent = {50, 95}, .copies = ONE,
		.watts = {1800, 2300}, .circuit = CIRCUIT_HOB_LEFT, .cooking = true,
		.stages = HOB_STAGES,
		.uses = {USE(80, 80, LUNCH, -40, -10), USE(85, 85, DINNER, -40, -10)}},
	{.name = "big hob plate, right", .owned_percent = {50, 95}, .copies = ONE,
		.watts = {1400, 2200}, .circuit = CIRCUIT_HOB_RIGHT, .cooking = true,
		.stages = HOB_STAGES,
		.uses = {USE(60, 70, LUNCH, -40, -5), USE(65, 70, DINNER, -40, -5)}},
	{.name = "small hob plate", .owned_percent = {50, 95}, .copies = ONE, .watts = {1000, 1400},
		.circuit = CIRCUIT_HOB_RIGHT, .cooking = true,
		.stages = HOB_STAGES,
		.uses = {USE(20, 40, GET_UP, 10, 50), USE(30, 40, LUNCH, -30, 0),
			USE(40, 40, DINNER, -30, 0)}},
	{.name = "oven", .owned_percent = {75, 95}, .copies = ONE, .watts = {2200, 3400},
		.circuit = CIRCUIT_OVEN, .cooking = true,
		.stages = {
			{.percent = FULL, .for_s = MINUTES(6, 11)},
			{.percent = FULL, .for_s = MINUTES(15, 60), .on_s = {10, 25},
				.off_s = {14, 28}, .idle_percent = 2},
		},
		.uses = {USE(20, 45, LUNCH, -70, -25), USE(35, 40, DINNER, -70, -25)}},
	{.name = "dishwasher", .owned_percent = {50, 80}, .copies = ONE, .watts = {1900, 2300},
		.circuit = CIRCUIT_LAUNDRY,
		.stages = {
			{.percent = {4, 6}, .for_s = MINUTES(6, 14)},
			{.percent = FULL, .for_s = MINUTES(9, 16)},
			{.percent = {3, 5}, .for_s = MINUTES(15, 30)},
			{.percent = FULL, .for_s = MINUTES(6, 12)},
			{.percent = {1, 3}, .for_s = MINUTES(15, 40)},
		},
		.uses = {USE(55, 70, DINNER, 40, 150), USE(5, 25, LUNCH, 40, 150)}},
	{.name = "washing machine", .owned_percent = {96, 97}, .copies = ONE, .watts = {1900, 2300},
		.circuit = CIRCUIT_LAUNDRY,
		.stages = {
			{.percent = {1, 2}, .for_s = MINUTES(2, 4)},
			{.percent = FULL, .for_s = MINUTES(8, 20)},
			{.percent = {8, 12}, .for_s = MINUTES(20, 50), .on_s = {8, 14},
				.off_s = {3, 6}, .idle_percent = 1, .inrush_percent = 200},
			{.percent = {6, 10}, .for_s = MINUTES(10, 20), .on_s = {8, 14},
				.off_s = {4, 10}, .idle_percent = 2, .inrush_percent = 200},
			{.percent = {15, 28}, .for_s = MINUTES(4, 9), .inrush_percent = 150},
		},
		.uses = {USE(25, 50, GET_UP, 10, 120), USE(10, 30, LUNCH, -60, 180),
			USE(12, 8, DINNER, -90, 60)}},
	{.name = "dryer", .owned_percent = {40, 50}, .copies = ONE, .watts = {700, 2500},
		.circuit = CIRCUIT_LAUNDRY,
		.stages = {
			{.percent = FULL, .for_s = MINUTES(30, 80), .on_s = {240, 600},
				.off_s = {15, 45}, .idle_percent = 12, .inrush_percent = 120},
			{.percent = {9, 12}, .for_s = MINUTES(5, 10)},
		},
		.uses = {USE(15, 35, GET_UP, 150, 300), USE(10, 20, DINNER, -30, 150)}},
	{.name = "iron", .owned_percent = {75, 75}, .copies = ONE, .watts = {1800, 2400},
		.circuit = CIRCUIT_ROOMS,
		.stages = {
			{.percent = FULL, .for_s = {60, 120}},
			{.percent = FULL, .for_s = MINUTES(15, 60), .on_s = {8, 20},
				.off_s = {15, 60}},
		},
		.uses = {USE(6, 15, DINNER, 30, 120)}},
	{.name = "vacuum cleaner", .owned_percent = {97, 97}, .copies = ONE, .watts = {600, 1600},
		.circuit = CIRCUIT_ROOMS, .wobble_percent = 5,
		.stages = {
			{.percent = FULL, .for_s = MINUTES(4, 12), .inrush_percent = 180},
			{.percent = {0, 0}, .for_s = MINUTES(1, 6)},
			{.percent = FULL, .for_s = MINUTES(3, 12), .inrush_percent = 180},
		},
		.uses = {USE(18, 40, LUNCH, -150, 180)}},
	{.name = "hair dryer", .owned_percent = {85, 85}, .copies = ONE, .watts = {1200, 2000},
		.circuit = CIRCUIT_ROOMS, .per_person = true,
		.stages = {{.percent = {50, 100}, .for_s = {90, 400}}},
		.uses = {USE(22, 20, GET_UP, 15, 60), USE(8, 8, BED, -90, -10)}},
	{.name = "tools", .owned_percent = {30, 35}, .copies = ONE, .watts = {900, 2200},
		.circuit = CIRCUIT_ROOMS, .wobble_percent = 20,
		.stages = {
			{.percent = {60, 90}, .for_s = MINUTES(15, 90), .on_s = {5, 40},
				.off_s = {15, 120}, .inrush_percent = 250},
		},
		.uses = {USE(4, 25, LUNCH, -120, 200), USE(4, 4, DINNER, 20, 90)}},
	{.name = "fan heater", .owned_percent = {25, 20}, .copies = ONE, .watts = {1000, 2000},
		.circuit = CIRCUIT_ROOMS, .cold = true,
		.stages = {
			{.percent = FULL, .for_s = MINUTES(4, 8)},
			{.percent = FULL, .for_s = MINUTES(10, 40), .on_s = {40, 120},
				.off_s = {40, 160}, .idle_percent = 2},
		},
		.uses = {USE(80, 80, GET_UP, -10, 15), USE(50, 50, BED, -120, -60)}},
	{.name = "radiator", .owned_percent = {35, 25}, .copies = {1, 2}, .watts = {800, 2500},
		.circuit = CIRCUIT_SPREAD, .cold = true,
		.stages = {
			{.percent = FULL, .for_s = MINUTES(5, 15)},
			{.percent = FULL, .for_s = MINUTES(40, 300), .on_s = {50, 200},
				.off_s = {60, 300}},
		},
		.uses = {USE(60, 60, GET_UP, -20, 60), USE(30, 60, LUNCH, -60, 120),
			USE(80, 80, DINNER, -120, 60)}},
	/* Electronic ones of 18 to 24 kW; how much they take depends on the water that flows. */
	{.name = "instantaneous water heater", .owned_percent = {0, 12}, .copies = ONE,
		.watts = {6000, 8000}, .circuit = CIRCUIT_ALL, .per_person = true,
		.wobble_percent = 2,
		.stages = {
			[HANDS] = {.percent = {30, 50}, .for_s = {12, 30}},
			[SHOWER] = {.percent = {45, 75}, .for_s = MINUTES(4, 10)},
		},
		.uses = {HANDS_USES, SHOWER_USES}},
	{.name = "water heater at the sink", .owned_percent = {5, 15}, .copies = ONE,
		.watts = {3500, 3500}, .circuit = CIRCUIT_ROOMS, .per_person = true,
		.stages = {[HANDS] = {.percent = FULL, .for_s = {12, 30}}},
		.uses = {HANDS_USES}},
	{.name = "electric shower", .owned_percent = {25, 0}, .copies = ONE, .watts = {7200, 9500},
		.circuit = CIRCUIT_ROOMS, .per_person = true,
		.stages = {[SHOWER] = {.percent = FULL, .for_s = MINUTES(4, 10)}},
		.uses = {SHOWER_USES}},
};
/* clang-format on */

const size_t appliance_kind_count = sizeof(appliance_kinds) / sizeof(appliance_kinds[0]);
