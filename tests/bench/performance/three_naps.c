/* SPDX-License-Identifier: MIT */
/*
 * What the kernel takes for sleeping and being woken up three times, as a poll needs it: until the
 * request, until the answer begins, until it is complete. Nothing else is done.
 *
 *   three_naps DEVICE POLLS
 */
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#define NAP_NS 12000000L

int main(int argc, char *argv[])
{
	int polls = argc > 2 ? atoi(argv[2]) : 0;

	for (int i = 0; i < 3 * polls; i++)
		(void)ppoll(NULL, 0, &(struct timespec){0, NAP_NS}, NULL);
	return EXIT_SUCCESS;
}
