/* SPDX-License-Identifier: MIT */
/*
 * A configuration file of any contents: good, and then what is printed of it is the same
 * configuration; or bad, and then something is said, and nothing is changed (invariant S8).
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "core/regulator.h"
#include "core/text.h"
#include "fuzz/fuzz.h"

#define PATTERN 0x5a

/* One file in memory, written anew for each input, that has a path. */
static int memory_fd = -1;
static char memory_path[64];

static unsigned int errors;

static void check_line(void *userdata, const char *line)
{
	size_t at;

	(void)userdata;
	FUZZ_CHECK(line[0] != '\0');
	FUZZ_CHECK(text_flaw(line, strlen(line), &at) == TEXT_GOOD);
}

static void on_error(void *userdata, const char *line)
{
	check_line(userdata, line);
	errors++;
}

static const struct config_sink sink = {.error = on_error, .warning = check_line};

static void memory_write(const void *data, size_t size)
{
	if (memory_fd < 0) {
		memory_fd = memfd_create("poweroptd.conf", MFD_CLOEXEC);
		FUZZ_CHECK(memory_fd >= 0);
		snprintf(memory_path, sizeof(memory_path), "/proc/self/fd/%d", memory_fd);
	}
	FUZZ_CHECK(ftruncate(memory_fd, 0) == 0);
	FUZZ_CHECK(pwrite(memory_fd, data, size, 0) == (ssize_t)size);
}

static void check_printed(const struct config *config)
{
	struct config again;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	FUZZ_CHECK(stream);
	config_print(config, stream);
	FUZZ_CHECK(fclose(stream) == 0);
	memory_write(text, size);
	free(text);
	memset(&again, PATTERN, sizeof(again));
	FUZZ_CHECK(config_load(memory_path, &again, &sink) == 0);
	FUZZ_CHECK(memcmp(&again, config, sizeof(again)) == 0);
}

static void check_meaning(const struct config *config)
{
	const struct charger_config *charger = &config->charger;
	struct regulator_config regulator;

	FUZZ_CHECK(charger->min_ma > 0 && charger->min_ma <= charger->max_ma);
	FUZZ_CHECK(charger->failsafe_ma == 0 || (charger->failsafe_ma >= charger->min_ma &&
							charger->failsafe_ma <= charger->max_ma));
	FUZZ_CHECK(config->mains.limit_ma == 0 || config->mains.margin_ma < config->mains.limit_ma);
	config_regulator(config, &regulator);
	FUZZ_CHECK(regulator.min_ma == charger->min_ma && regulator.max_ma == charger->max_ma);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config, salvaged;
	int r, salvage;

	memset(&config, PATTERN, sizeof(config));
	memory_write(data, size);
	errors = 0;
	r = config_load(memory_path, &config, &sink);
	FUZZ_CHECK((r < 0) == (errors > 0));
	salvage = config_salvage(memory_path, &salvaged, NULL);
	FUZZ_CHECK(salvage == r);
	if (r < 0) {
		for (size_t i = 0; i < sizeof(config); i++)
			FUZZ_CHECK(((const uint8_t *)&config)[i] == PATTERN);
		FUZZ_CHECK(salvaged.charger.failsafe_ma == 0);
		return 0;
	}
	FUZZ_CHECK(r == 0 && memcmp(&salvaged, &config, sizeof(config)) == 0);
	check_meaning(&config);
	check_printed(&config);
	return 0;
}
