/* SPDX-License-Identifier: MIT */
#include "ctl/scan_text.h"

#include <stdio.h>

const char *scan_parity_name(enum serial_parity parity)
{
	switch (parity) {
	case SERIAL_PARITY_NONE:
		return "none";
	case SERIAL_PARITY_EVEN:
		return "even";
	case SERIAL_PARITY_ODD:
		return "odd";
	}
	return "?";
}

char *scan_settings(int32_t baud_rate, enum serial_parity parity, char *buf, size_t size)
{
	snprintf(buf, size, "%d baud, parity %s", baud_rate, scan_parity_name(parity));
	return buf;
}

/* Modbus application protocol V1.1b3, chapter 7. */
static const char *exception_name(int code)
{
	switch (code) {
	case 1:
		return "illegal function";
	case 2:
		return "no such register";
	case 3:
		return "illegal value";
	case 4:
		return "device failure";
	case 6:
		return "busy";
	}
	return "no known meaning";
}

char *scan_find_text(const struct scan_find *find, char *buf, size_t size)
{
	char settings[SCAN_SETTINGS_MAX];
	const struct scan_reply *reply = &find->reply;

	scan_settings(find->baud_rate, find->parity, settings, sizeof(settings));
	switch (reply->sound) {
	case SCAN_GARBAGE:
		snprintf(buf, size,
			"At %s, something comes back when address %d is asked, but damaged",
			settings, find->unit);
		break;
	case SCAN_FOREIGN:
		snprintf(buf, size,
			"At %s, address %d was asked, and an answer came that bears address %d, where "
			"nothing answers",
			settings, find->unit, reply->unit);
		break;
	case SCAN_REFUSED:
		snprintf(buf, size,
			"At %s, address %d, a Modbus device answers, but does not tell any current "
			"(exception %d, %s): another device, or a meter out of order",
			settings, find->unit, reply->exception, exception_name(reply->exception));
		break;
	case SCAN_SILENCE:
	case SCAN_ECHO:
	case SCAN_ANSWER:
		buf[0] = '\0';
		break;
	}
	return buf;
}
