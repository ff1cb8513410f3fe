/* SPDX-License-Identifier: MIT */
/*
 * Users and groups, from /etc/passwd and /etc/group only: getpwuid(3) would ask the network where
 * NSS is set up so, and the loop waits for nobody.
 */
#ifndef POWEROPT_APP_ACCOUNT_H
#define POWEROPT_APP_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

/**
 * account_group() - the number of a group.
 * @path: /etc/group. Returns 0, -ENOENT (no such group), or the negative errno of the file.
 */
int account_group(const char *path, const char *name, uint32_t *ret_gid);

/**
 * account_name() - the name of a user; the number in decimal if there is none, or none to show.
 * @path: /etc/passwd. Returns buf.
 */
char *account_name(const char *path, uint32_t uid, char *buf, size_t size);

#endif
