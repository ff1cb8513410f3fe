/* SPDX-License-Identifier: MIT */
/*
 * The regulator's state is valid at the beginning and after every step, and on the way nothing is
 * undefined: with the standard checks of CBMC this covers every line of regulator.c, law.c, draw.c,
 * cuts.c, trust.c and runaway.c.
 */
#include "model.h"

void proof_init(void)
{
	struct regulator_config c = any_config();
	struct regulator r;
	int64_t now_ms = nondet_int64();

	assume(is_within(now_ms, 0, TIME_MAX_MS));
	regulator_init(&r, &c, now_ms);
	prove_valid(&r);
	prove(r.allowed_ma == 0);
	reachable();
}

void proof_recall(void)
{
	struct regulator_config c = any_config();
	struct regulator_memory memory; /* any: it comes from a file */
	struct regulator r;
	int64_t now_ms = nondet_int64();

	assume(is_within(now_ms, 0, TIME_MAX_MS));
	regulator_init(&r, &c, now_ms);
	regulator_recall(&r, &memory, now_ms);
	prove_valid(&r);
	prove(r.allowed_ma == 0);
	reachable();
}

/* What the standard checks of CBMC find on the way. */
void proof_step(void)
{
	struct step s;

	any_step(&s);
	take_step(&s);
	reachable();
}

void proof_step_trust(void)
{
	struct step s;

	any_step(&s);
	take_step(&s);
	prove_trust_valid(&s.after);
	reachable();
}

void proof_step_draw(void)
{
	struct step s;

	any_step(&s);
	take_step(&s);
	prove_draw_valid(&s.after);
	reachable();
}

void proof_step_waits(void)
{
	struct step s;

	any_step(&s);
	take_step(&s);
	prove_waits_valid(&s.after);
	reachable();
}

void proof_step_rest(void)
{
	struct step s;

	any_step(&s);
	take_step(&s);
	prove_rest_valid(&s.after);
	reachable();
}
