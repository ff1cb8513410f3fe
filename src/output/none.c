/* SPDX-License-Identifier: MIT */
/*
 * No output: every current is accepted and goes nowhere, so that all else runs on a desk, and
 * nothing is driven before somebody has said what.
 */
#include "output/output_private.h"

#include <stdio.h>
#include <stdlib.h>

static int none_write(struct output *output, const struct output_command *command, int64_t now_ms)
{
	(void)output;
	(void)command;
	(void)now_ms;
	return 0;
}

static int none_verify(struct output *output)
{
	(void)output;
	return 0;
}

static void none_free(struct output *output)
{
	free(output);
}

static const struct output_ops none_ops = {
	.write = none_write,
	.verify = none_verify,
	.free = none_free,
};

struct output *none_output_new(void)
{
	struct output *output = calloc(1, sizeof(*output));

	if (!output)
		return NULL;
	output->ops = &none_ops;
	(void)snprintf(output->description, sizeof(output->description),
		"none: no charger is driven, [charger] output must be set");
	return output;
}
