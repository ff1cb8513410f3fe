/* SPDX-License-Identifier: MIT */
/*
 * One attribute of sysfs: a file that holds a number or a word. Plain files will do as well, so
 * that a simulated chip is a directory. No allocation, no stdio, no waiting. Only for this folder.
 */
#ifndef POWEROPT_OUTPUT_ATTRIBUTE_H
#define POWEROPT_OUTPUT_ATTRIBUTE_H

#include <stddef.h>

#define ATTRIBUTE_MAX 64 /* bytes of a value with its terminating zero */

/**
 * attribute_write() - write a value and a newline, in one write(), to a file that exists.
 * @value: shorter than ATTRIBUTE_MAX.
 *
 * Returns 0 or the negative errno, which for sysfs is often the driver's own verdict.
 */
int attribute_write(const char *path, const char *value);

/**
 * attribute_read() - read a value without the white space that ends it.
 * @ret: ATTRIBUTE_MAX bytes; a longer value is cut. Untouched on failure.
 *
 * Returns 0 or the negative errno.
 */
int attribute_read(const char *path, char ret[static ATTRIBUTE_MAX]);

#endif
