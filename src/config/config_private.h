/* SPDX-License-Identifier: MIT */
/*
 * What the files of this component share among themselves.
 */
#ifndef POWEROPT_CONFIG_CONFIG_PRIVATE_H
#define POWEROPT_CONFIG_CONFIG_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "config/config_table.h"
#include "core/text.h"

/* ---- texts (config_text.c) ---- */

/* Room for a text from a file that is echoed in a message, and for the name of a file. */
#define CONFIG_ECHO_MAX 64
#define CONFIG_NAME_MAX 320

/**
 * config_text_distance() - how many letters to change, swap, add or drop to make one name
 * another. @b: below 32 bytes.
 */
unsigned int config_text_distance(const char *a, const char *b);

/* ---- complaints (config_report.c) ---- */

/* A place in the files. Line 0: the file as a whole. file NULL: nowhere, it is the default. */
struct config_place {
	const char *file;
	int line;
};

struct config_report {
	const struct config_sink *sink;
	unsigned int errors;
};

/**
 * config_error(), config_warning() - "FILE:LINE: [section] key: what", as far as these are there.
 * @section, @name: NULL or text from a file, which is made fit to be shown.
 * A file that is no configuration at all is cut short after CONFIG_ERRORS_MAX errors.
 */
#define CONFIG_ERRORS_MAX 500
void config_error(struct config_report *report, const struct config_place *place,
	const char *section, const char *name, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void config_warning(struct config_report *report, const struct config_place *place,
	const char *section, const char *name, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/** config_error_unknown_section(), config_error_unknown_key() - with the name that was meant. */
void config_error_unknown_section(
	struct config_report *report, const struct config_place *place, const char *name);
void config_error_unknown_key(struct config_report *report, const struct config_place *place,
	const char *section, const char *name);

/** config_error_value() - why config_key_parse() returned @reason, and what it would take. */
void config_error_value(struct config_report *report, const struct config_place *place,
	const struct config_key *key, const char *value, int reason);

/* ---- files (config_reader.c) ---- */

/* Where a key got its value, and whether that value was good. */
struct config_origin {
	struct config_place place;
	bool bad;
};

/* What grows while the files are read. origins: one for each key, by config_key_index(). */
struct config_draft {
	struct config config;
	struct config_origin *origins;
	struct config_report report;
};

/**
 * config_read() - take the keys of one file into a draft and report all that is wrong in it.
 * @path: must live as long as the draft: it is where the keys come from.
 *
 * Returns 0 (the file was read, draft->report.errors tells how well), or the negative errno of a
 * file that could not be read, which is not reported.
 */
int config_read(const char *path, struct config_draft *draft);

/* ---- keys that contradict each other (config_check.c) ---- */

/** config_check() - report what the values say together. Keys with a bad value are left out. */
void config_check(struct config_draft *draft);

#endif
