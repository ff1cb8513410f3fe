/* SPDX-License-Identifier: MIT */
/*
 * Pieces of text that the search says in more than one place.
 */
#ifndef POWEROPT_CTL_SCAN_TEXT_H
#define POWEROPT_CTL_SCAN_TEXT_H

#include <stddef.h>

#include "ctl/scan.h"

#define SCAN_SETTINGS_MAX 48
#define SCAN_FIND_MAX	  320

/** scan_parity_name() - as the configuration has it. */
const char *scan_parity_name(enum serial_parity parity);

/** scan_settings() - "9600 baud, parity even". Returns buf. */
char *scan_settings(int32_t baud_rate, enum serial_parity parity, char *buf, size_t size);

/** scan_find_text() - one sentence on what was heard. Returns buf. */
char *scan_find_text(const struct scan_find *find, char *buf, size_t size);

#endif
