/* SPDX-License-Identifier: MIT */
/*
 * The configuration in the file's own syntax. What is printed here can be loaded again.
 */
#include "config/config.h"

#include <string.h>

#include "config/config_table.h"

/* A key that must not be set beside another one: it has its default, and is shown as a comment. */
static bool is_excluded(const struct config_key *key, const struct config *config)
{
	return key == CONFIG_KEY(pwm.pause) && config->pwm.mapping == PWM_MAPPING_LINEAR;
}

void config_print(const struct config *config, FILE *stream)
{
	const char *section = "";
	const struct config_key *key;

	for (size_t i = 0; (key = config_key_at(i)); i++) {
		char value[CONFIG_TEXT_MAX];

		if (strcmp(section, key->section) != 0) {
			fprintf(stream, "%s[%s]\n", i > 0 ? "\n" : "", key->section);
			section = key->section;
		}
		config_key_format(key, config, value, sizeof(value));
		fprintf(stream, "%s%s =%s%s\n", is_excluded(key, config) ? "#" : "", key->name,
			value[0] ? " " : "", value);
	}
}
