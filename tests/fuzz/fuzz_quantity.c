/* SPDX-License-Identifier: MIT */
/*
 * Numbers, time spans and text as people write them: what is read, is written and read again, is the
 * same; what is echoed is text.
 */
#include <errno.h>
#include <string.h>

#include "core/quantity.h"
#include "core/text.h"
#include "fuzz/fuzz.h"

#define UNTOUCHED (-4711)

static void check_timespan(const char *text)
{
	int64_t ms = UNTOUCHED, again = UNTOUCHED;
	char buf[32];
	int r = timespan_parse(text, &ms);

	if (r < 0) {
		FUZZ_CHECK((r == -EINVAL || r == -ERANGE) && ms == UNTOUCHED);
		return;
	}
	FUZZ_CHECK(r == 0 && ms >= 0 && ms <= INT32_MAX);
	FUZZ_CHECK(timespan_parse(timespan_format(ms, buf, sizeof(buf)), &again) == 0);
	FUZZ_CHECK(again == ms);
}

static void check_amps(const char *text)
{
	int32_t ma = UNTOUCHED, again = UNTOUCHED;
	char buf[16];
	int r = amps_parse(text, &ma);

	if (r < 0) {
		FUZZ_CHECK((r == -EINVAL || r == -ERANGE) && ma == UNTOUCHED);
		return;
	}
	FUZZ_CHECK(r == 0 && ma >= 0);
	FUZZ_CHECK(amps_parse(amps_format(ma, buf, sizeof(buf)), &again) == 0 && again == ma);
}

/* Any number, also one that nobody can write, fits into any buffer. */
static void check_formats(const uint8_t *data, size_t size)
{
	char *buf;
	int64_t ms;
	int32_t ma;
	size_t room;

	if (size < sizeof(ms) + 1)
		return;
	memcpy(&ms, data, sizeof(ms));
	memcpy(&ma, data, sizeof(ma));
	room = 1 + data[sizeof(ms)] % 40;
	buf = malloc(room);
	if (!buf)
		return;
	FUZZ_CHECK(strlen(timespan_format(ms, buf, room)) < room);
	FUZZ_CHECK(strlen(amps_format(ma, buf, room)) < room);
	free(buf);
}

static void check_text(const char *text, size_t size)
{
	char echo[72];
	size_t room = 8 + size % 64, at = SIZE_MAX;
	enum text_flaw flaw = text_flaw(text, size, &at);

	FUZZ_CHECK(flaw == TEXT_GOOD ? at == SIZE_MAX : at < size);
	FUZZ_CHECK(flaw == TEXT_GOOD || text_flaw(text, at, &at) == TEXT_GOOD);
	FUZZ_CHECK(text_echo(text, echo, room) == echo && strlen(echo) < room);
	FUZZ_CHECK(text_flaw(echo, strlen(echo), &at) == TEXT_GOOD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_timespan(text);
	check_amps(text);
	check_text(text, size);
	check_formats(data, size);
	free(text);
	return 0;
}
