/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "ctl/status.h"

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
