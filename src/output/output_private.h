/* SPDX-License-Identifier: MIT */
/*
 * What a member of the output family must provide. Only for the files in this folder.
 *
 * The dispatcher, output.c, does what all members share: it skips a write of what already stands,
 * forgets what stands after a failure, and keeps the sentence. So a member only drives hardware.
 */
#ifndef POWEROPT_OUTPUT_PRIVATE_H
#define POWEROPT_OUTPUT_PRIVATE_H

#include "output/output.h"

struct output_ops {
	/* Bring the hardware to allowed_ma. Idempotent; see output_write() for the errors. */
	int (*write)(struct output *output, int32_t allowed_ma, int64_t now_ms);
	/*
	 * Compare the hardware with output->written_ma, which is known: 0, -ESTALE when that had to
	 * be set back, or another negative errno.
	 */
	int (*verify)(struct output *output);
	void (*free)(struct output *output);
};

/* The common head of every member, which embeds it as its first field. */
struct output {
	const struct output_ops *ops;
	int32_t written_ma; /* what stands at the charger, -1: unknown */
	char description[2 * CONFIG_TEXT_MAX];
	char error[1024];
};

/* The members: each allocates its own struct and returns the head, or NULL without memory. */
struct output *none_output_new(void);
struct output *pwm_output_new(const struct config *config);
struct output *sysfs_output_new(const struct config *config);

/* Note the sentence for output_error() and return @error, a negative errno. */
int output_fail(struct output *output, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The same for a file of sysfs: "KEY: cannot DOING FILE: reason; remedy". The remedy fits the errno
 * unless @remedy is given.
 */
int output_fail_file(struct output *output, int error, const char *key, const char *doing,
	const char *file, const char *remedy);

#endif
