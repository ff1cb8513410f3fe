/* SPDX-License-Identifier: MIT */
/*
 * What a member of the output family must provide. Only for the files in this folder.
 *
 * The dispatcher, output.c, does what all members share: it skips a write of what already stands,
 * forgets what stands after a failure, and keeps the sentences. So a member only drives hardware.
 */
#ifndef POWEROPT_OUTPUT_PRIVATE_H
#define POWEROPT_OUTPUT_PRIVATE_H

#include <stdbool.h>

#include "output/output.h"

struct output_ops {
	/* Bring the hardware to a command. Idempotent; see output_write() for the errors. */
	int (*write)(struct output *output, const struct output_command *command, int64_t now_ms);
	/*
	 * Compare the hardware with output->written, which stands: 0, -ESTALE when that had to be
	 * set back, or another negative errno.
	 */
	int (*verify)(struct output *output);
	void (*free)(struct output *output);

	/* For an output that has a life of its own, as in output.h; else all NULL. */
	int (*fd)(const struct output *output);
	int64_t (*deadline_us)(const struct output *output);
	int (*dispatch)(struct output *output, int64_t now_us);
	const struct charger_feedback *(*feedback)(const struct output *output);
	bool takes_all; /* every field of a command reaches the charger, not only allowed_ma */
};

/* The common head of every member, which embeds it as its first field. */
struct output {
	const struct output_ops *ops;
	bool stands; /* the charger sees the command below; else that is unknown */
	struct output_command written;
	char description[2 * CONFIG_TEXT_MAX];
	char error[1024];
	char notice[512];
};

/* The members: each allocates its own struct and returns the head, or NULL without memory. */
struct output *none_output_new(void);
struct output *pwm_output_new(const struct config *config);
struct output *sysfs_output_new(const struct config *config);
struct output *can_output_new(const struct config *config);

/* Note the sentence for output_error() and return @error, a negative errno. */
int output_fail(struct output *output, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Note the sentence for output_notice(). */
void output_note(struct output *output, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The same for a file of sysfs: "KEY: cannot DOING FILE: reason; remedy". The remedy fits the errno
 * unless @remedy is given.
 */
int output_fail_file(struct output *output, int error, const char *key, const char *doing,
	const char *file, const char *remedy);

#endif
