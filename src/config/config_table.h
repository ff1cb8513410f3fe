/* SPDX-License-Identifier: MIT */
/*
 * The one table of configuration keys: everything that the loader, the printer, the manual page
 * and the shipped file say about a key comes from here. Adding a key is adding a row, and a test
 * names the documents that lack it.
 */
#ifndef POWEROPT_CONFIG_CONFIG_TABLE_H
#define POWEROPT_CONFIG_CONFIG_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

/* Bytes of a value in the file. With its key it must still fit a line when it is printed. */
#define CONFIG_VALUE_MAX 160

enum config_type {
	CONFIG_AMPS,	       /* int32_t, mA; "13.5" */
	CONFIG_LIMIT,	       /* int32_t, mA; "dip" (0) or an AMPS */
	CONFIG_TIMESPAN,       /* int64_t, ms; "250ms" */
	CONFIG_INTEGER,	       /* int32_t; decimal */
	CONFIG_INTEGER_OF,     /* int32_t; decimal, one of the values */
	CONFIG_CAN_ID,	       /* int32_t; decimal or 0x hexadecimal */
	CONFIG_CAN_ID_OR_NONE, /* the same, or "none" (CAN_ID_NONE) */
	CONFIG_BOOL,	       /* bool; yes true on 1, no false off 0 */
	CONFIG_ENUM,	       /* an enum; its values by name, in the order of the enum */
	CONFIG_TEXT, /* char[CONFIG_TEXT_MAX]; not empty, up to max bytes if that is set */
	CONFIG_PATH, /* char[CONFIG_TEXT_MAX]; absolute */
	CONFIG_PATH_OR_NOTHING, /* the same, or empty */
	CONFIG_DIP_LINES,	/* char[3][CONFIG_TEXT_MAX]; three different words */
	CONFIG_PHASES,		/* struct phase_map; "auto", or such as "L2" or "L3 L1 L2" */
};

struct config_key {
	const char *section;
	const char *name;
	enum config_type type;
	const char *standard;	   /* the default, as it would stand in the file */
	size_t offset;		   /* into struct config */
	int64_t min, max;	   /* of a number, in the unit of the field */
	const char *const *values; /* of ENUM and INTEGER_OF, ended by NULL */
	const char *help;	   /* one line for the person who sets it, without a full stop */
};

/** config_key_count() - how many keys there are. */
size_t config_key_count(void);

/** config_key_at() - the keys in the order of the documents; NULL past the last. */
const struct config_key *config_key_at(size_t index);

/** config_key_index() - the inverse of config_key_at(). */
size_t config_key_index(const struct config_key *key);

/** config_key_find() - NULL if there is no such key. */
const struct config_key *config_key_find(const char *section, const char *name);

/** config_key_of() - the key of a field: CONFIG_KEY(charger.min_ma). */
const struct config_key *config_key_of(size_t offset);
#define CONFIG_KEY(member) config_key_of(offsetof(struct config, member))

/**
 * config_key_parse() - put a value as people write it into its field.
 *
 * Returns 0; -EINVAL (not of this type), -ERANGE (of this type, but not allowed), -ENODATA (empty),
 * -E2BIG (longer than CONFIG_VALUE_MAX), -ENOTUNIQ (names the same line or phase twice).
 * The field is untouched on failure.
 */
int config_key_parse(const struct config_key *key, const char *text, struct config *config);

/**
 * config_key_format() - write a field as config_key_parse() reads it.
 * @buf: CONFIG_TEXT_MAX bytes are always enough. Returns buf.
 */
char *config_key_format(
	const struct config_key *key, const struct config *config, char *buf, size_t size);

/**
 * config_key_allowed() - what the key takes, in words: "6 to 80 A".
 * @buf: 128 bytes are always enough. Returns buf.
 */
char *config_key_allowed(const struct config_key *key, char *buf, size_t size);

#endif
