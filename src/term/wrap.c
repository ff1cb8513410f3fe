/* SPDX-License-Identifier: MIT */
#include "term/wrap.h"

#include <stdbool.h>
#include <string.h>

/* Every byte but those that continue a character (10xxxxxx). */
static bool begins_character(char c)
{
	return ((unsigned char)c & 0xC0) != 0x80;
}

size_t text_wrap(const char *text, int columns, const char **ret_next)
{
	size_t n = 0, space = 0;
	int width = 0;

	for (; text[n]; n++) {
		if (begins_character(text[n]) && ++width > columns && text[n] != ' ')
			break;
		if (text[n] == ' ') {
			space = n;
			if (width > columns)
				break;
		}
	}
	if (text[n] && space > 0)
		n = space;
	*ret_next = text + n + strspn(text + n, " ");
	return n;
}

void text_print(FILE *stream, int columns, const char *label, const char *text)
{
	int indent = (int)strlen(label);
	bool first = true;

	do {
		const char *from = text;
		size_t n = text_wrap(text, columns - indent, &text);

		fprintf(stream, "%-*s%.*s\n", indent, first ? label : "", (int)n, from);
		first = false;
	} while (*text);
}
