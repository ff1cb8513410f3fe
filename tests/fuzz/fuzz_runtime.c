/* SPDX-License-Identifier: MIT */
/*
 * What lies in the runtime directory after a crash, or after somebody else wrote there: the last
 * decision and the caps. A restart must not be misled by it, nor told anything that cannot be shown.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/runtime.h"
#include "core/text.h"
#include "fuzz/fuzz.h"

#define NOW_MS INT64_C(86400000)

static char directory[] = "/tmp/poweropt-fuzz-XXXXXX";

static void remove_directory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/decision", directory);
	unlink(path);
	snprintf(path, sizeof(path), "%s/caps", directory);
	unlink(path);
	rmdir(directory);
}

static void make_directory(void)
{
	static bool made;

	if (made)
		return;
	FUZZ_CHECK(mkdtemp(directory));
	made = true;
	(void)atexit(remove_directory);
}

static void put(const char *name, const uint8_t *data, size_t size)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

/* An overload of a minute, which makes it pause, and then nothing: it has to charge in the end. */
static void regulate(const struct regulator_memory *memory)
{
	struct config config;
	struct regulator_config settings;
	struct regulator regulator;
	struct regulator_decision decision;

	config_defaults(&config);
	config_regulator(&config, &settings);
	regulator_init(&regulator, &settings, NOW_MS);
	regulator_recall(&regulator, memory, NOW_MS);
	for (int64_t now_ms = NOW_MS; now_ms < NOW_MS + 1200000; now_ms += 1000) {
		struct reading reading = {.at_ms = now_ms, .phases = 3};
		struct regulator_input input = {
			.limit_ma = 25000,
			.reading = &reading,
			.cap_ma = INT32_MAX,
		};

		if (now_ms >= NOW_MS + 120000 && now_ms < NOW_MS + 180000)
			reading.current_ma[1] = 40000;
		regulator_step(&regulator, &settings, &input, now_ms, &decision);
		FUZZ_CHECK(decision.allowed_ma == 0 ||
			   (decision.allowed_ma >= settings.min_ma &&
				   decision.allowed_ma <= settings.max_ma));
		FUZZ_CHECK(decision.allowed_ma <= input.limit_ma);
	}
	/* However long a hold it remembers, ten minutes are the most (S6). */
	FUZZ_CHECK(decision.allowed_ma >= settings.min_ma);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct regulator_memory memory;
	struct caps caps = {0};
	int32_t allowed_ma;
	size_t at;

	make_directory();
	put("decision", data, size);
	if (runtime_load_memory(directory, &memory, &allowed_ma) == 0)
		regulate(&memory);
	put("caps", data, size);
	runtime_load_caps(directory, NOW_MS * 1000, &caps);
	FUZZ_CHECK(caps.count >= 0 && caps.count <= CAPS_MAX);
	for (int i = 0; i < caps.count; i++) {
		const struct cap *cap = &caps.list[i];

		FUZZ_CHECK(cap->ma >= 0 && cap->ma <= CAP_MA_MAX && cap->until_us > NOW_MS * 1000);
		FUZZ_CHECK(memchr(cap->name, '\0', sizeof(cap->name)));
		FUZZ_CHECK(text_flaw(cap->name, strlen(cap->name), &at) == TEXT_GOOD);
	}
	return 0;
}
