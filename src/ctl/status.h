/* SPDX-License-Identifier: MIT */
/*
 * The state of the optimizer, written for people, for programs and for Prometheus. Pure.
 */
#ifndef POWEROPT_CTL_STATUS_H
#define POWEROPT_CTL_STATUS_H

#include <stdbool.h>
#include <stdio.h>

#include "ctl/optimizer_status.h"

/** status_text_write() - the owner's sentence first, the electrician's figures below it. */
void status_text_write(FILE *stream, const struct optimizer_status *status, bool colours);

/**
 * status_json_write() - one object, as poweroptctl(1) describes it.
 * Returns 0, -ENOMEM, or -EIO if the stream fails.
 */
int status_json_write(FILE *stream, const struct optimizer_status *status);

/**
 * metrics_write() - the text format of Prometheus.
 * @status: NULL if the daemon is not running, or does not answer.
 */
void metrics_write(FILE *stream, const struct optimizer_status *status);

/** status_fault_hint() - where to look first when a fault of this name is there. */
const char *status_fault_hint(const char *fault);

/** status_same_words() - whether two sentences differ in nothing but their figures, which always move. */
bool status_same_words(const char *a, const char *b);

#define STATUS_LIMIT_MAX 64

/** status_limit_text() - the mains limit and where it is from. Returns buf. */
char *status_limit_text(const struct optimizer_status *status, char *buf, size_t size);

/** status_dip_text() - how the switches stand, "4 off, 5 ON, 6 ON". Returns buf. */
char *status_dip_text(const struct optimizer_status *status, char *buf, size_t size);

#define STATUS_MODEL_MAX (OPTIMIZER_WORD_MAX + 16)

/** status_model_text() - the meter's model, "Klefr 6934". Returns buf. */
char *status_model_text(const struct optimizer_status *status, char *buf, size_t size);

/** status_currents_text() - of some phases, "L1 5.3 A, L2 -1.6 A". Returns buf. */
char *status_currents_text(const int32_t *ma, int phases, char *buf, size_t size);

#endif
