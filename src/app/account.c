/* SPDX-License-Identifier: MIT */
#include "app/account.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int account_group(const char *path, const char *name, uint32_t *ret_gid)
{
	FILE *file = fopen(path, "re");
	struct group *group;

	if (!file)
		return -errno;
	while ((group = fgetgrent(file)) && strcmp(group->gr_name, name) != 0)
		;
	if (group)
		*ret_gid = group->gr_gid;
	fclose(file);
	return group ? 0 : -ENOENT;
}

/* What goes into sentences and over the bus must be text there. */
static bool is_plain(const char *name)
{
	for (; *name; name++)
		if (*name <= ' ' || *name > '~')
			return false;
	return true;
}

char *account_name(const char *path, uint32_t uid, char *buf, size_t size)
{
	FILE *file = fopen(path, "re");
	struct passwd *user = NULL;

	while (file && (user = fgetpwent(file)) && user->pw_uid != uid)
		;
	if (user && user->pw_name[0] && is_plain(user->pw_name) && strlen(user->pw_name) < size)
		snprintf(buf, size, "%s", user->pw_name);
	else
		snprintf(buf, size, "%" PRIu32, uid);
	if (file)
		fclose(file);
	return buf;
}
