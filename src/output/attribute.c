/* SPDX-License-Identifier: MIT */
#include "output/attribute.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* O_NONBLOCK: a pipe or a terminal in the place of an attribute must not stop the loop. */
#define ATTRIBUTE_OPEN (O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

int attribute_write(const char *path, const char *value)
{
	char line[ATTRIBUTE_MAX + 1];
	size_t length = strnlen(value, ATTRIBUTE_MAX);
	ssize_t written;
	int error = 0;
	int fd;

	if (length == ATTRIBUTE_MAX)
		return -EMSGSIZE;
	memcpy(line, value, length);
	line[length++] = '\n';

	/* sysfs ignores O_TRUNC; a plain file would keep the tail of a longer value. */
	fd = open(path, O_WRONLY | O_TRUNC | ATTRIBUTE_OPEN);
	if (fd < 0)
		return -errno;
	written = write(fd, line, length);
	if (written < 0)
		error = -errno;
	else if ((size_t)written != length)
		error = -EIO;
	(void)close(fd);
	return error;
}

int attribute_read(const char *path, char ret[static ATTRIBUTE_MAX])
{
	char line[ATTRIBUTE_MAX];
	ssize_t length;
	int error = 0;
	int fd;

	fd = open(path, O_RDONLY | ATTRIBUTE_OPEN);
	if (fd < 0)
		return -errno;
	length = read(fd, line, sizeof(line) - 1);
	if (length < 0)
		error = -errno;
	(void)close(fd);
	if (error < 0)
		return error;

	while (length > 0 && strchr(" \t\n", line[length - 1]))
		length--;
	memcpy(ret, line, (size_t)length);
	ret[length] = '\0';
	return 0;
}
