/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. A target is one function that is given bytes and must come through
 * whatever they are. It is linked twice: with libFuzzer, which looks for bytes that break it (make
 * fuzz), and with replay_main.c, which runs it on the bytes that are kept in corpus/ (make check).
 */
#ifndef POWEROPT_TESTS_FUZZ_H
#define POWEROPT_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for all bytes. Not assert(): it must hold with NDEBUG, too. */
#define FUZZ_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* The bytes that are left; one that is not there is 0. */
struct fuzz_bytes {
	const uint8_t *data;
	size_t size;
};

static inline uint8_t fuzz_u8(struct fuzz_bytes *bytes)
{
	if (bytes->size == 0)
		return 0;
	bytes->size--;
	return *bytes->data++;
}

static inline uint16_t fuzz_u16(struct fuzz_bytes *bytes)
{
	uint16_t low = fuzz_u8(bytes);

	return (uint16_t)(low | fuzz_u8(bytes) << 8);
}

static inline uint32_t fuzz_u32(struct fuzz_bytes *bytes)
{
	uint32_t low = fuzz_u16(bytes);

	return low | (uint32_t)fuzz_u16(bytes) << 16;
}

/* Up to @wanted of them; returns how many there were. */
static inline size_t fuzz_take(struct fuzz_bytes *bytes, size_t wanted, const uint8_t **ret)
{
	size_t size = wanted < bytes->size ? wanted : bytes->size;

	*ret = bytes->data;
	bytes->data += size;
	bytes->size -= size;
	return size;
}

#endif
