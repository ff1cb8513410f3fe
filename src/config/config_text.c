/* SPDX-License-Identifier: MIT */
/*
 * Names that are nearly right.
 */
#include "config/config_private.h"

#include <assert.h>
#include <string.h>

static unsigned int lesser(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int config_text_distance(const char *a, const char *b)
{
	unsigned int rows[3][32]; /* the table of distances, of which three rows are needed */
	size_t len = strlen(b);

	assert(len < sizeof(rows[0]) / sizeof(rows[0][0]));
	for (size_t j = 0; j <= len; j++)
		rows[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= strlen(a); i++) {
		unsigned int *row = rows[i % 3];
		const unsigned int *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= len; j++) {
			row[j] = above[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = lesser(row[j], lesser(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = lesser(row[j], two_above[j - 2] + 1);
		}
	}
	return rows[strlen(a) % 3][len];
}
