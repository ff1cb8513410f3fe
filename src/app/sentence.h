/* SPDX-License-Identifier: MIT */
/*
 * The one sentence that says what is allowed and why, and one for each fault with its remedy.
 * Text only: no clock, no log.
 */
#ifndef POWEROPT_APP_SENTENCE_H
#define POWEROPT_APP_SENTENCE_H

#include <stddef.h>

#include "app/caps.h"
#include "config/config.h"
#include "core/fault.h"
#include "core/regulator.h"
#include "meter/meter.h"

#define SENTENCE_MAX 640

/* What the sentences may speak of. */
struct situation {
	const struct config *config;
	const struct regulator_decision *decision;
	const struct meter_status *meter;
	const char *meter_trouble; /* one sentence, or empty */
	const char *output_error;  /* one sentence, or empty */
	const char *limit_error;   /* one sentence on the DIP switches, or empty */
	int32_t limit_ma;	   /* 0: switched off */
	const struct cap *cap;	   /* that counts, or NULL */
	int stops;		   /* that followed on each other, which holds a pause longer */
	int64_t now_ms;
};

/** sentence_decision() - what the car may draw and why. Returns buf. */
char *sentence_decision(const struct situation *situation, char *buf, size_t size);

/** sentence_fault() - what a fault means, and the remedy. Returns buf. */
char *sentence_fault(const struct situation *situation, enum fault fault, char *buf, size_t size);

/** sentence_meter() - which meter this is. Returns buf. */
char *sentence_meter(const struct meter_status *meter, char *buf, size_t size);

#endif
