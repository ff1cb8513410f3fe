/* SPDX-License-Identifier: MIT */
/*
 * Users that this machine need not have: in a namespace of the test, with other files of accounts.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/bus.h"

#define GID_DAEMON 54300
#define GID_USERS  54399

static const char *no_accounts = "accounts_setup() was not called";
static bool is_real_root;

static bool file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

/* Put a file with this text in the place of another, for us and our children. */
static bool file_cover(const char *path, const char *text)
{
	char name[] = "/tmp/poweropt-accounts-XXXXXX";
	int fd = mkstemp(name);
	bool good;

	if (fd < 0)
		return false;
	close(fd);
	good = file_write(name, text) && chmod(name, 0644) == 0 &&
	       mount(name, path, NULL, MS_BIND, NULL) == 0;
	(void)unlink(name); /* the mount keeps it */
	return good;
}

void accounts_setup(void)
{
	char map[64], users[2048] = "root:x:0:0::/root:/bin/sh\n"
				    "poweroptd:x:54300:54300::/:/bin/false\n"
				    "evcc:x:54301:54399::/:/bin/false\n"
				    "hems:x:54302:54399::/:/bin/false\n"
				    "visitor:x:54303:54399::/:/bin/false\n";
	uid_t uid = geteuid();
	gid_t gid = getegid();

	is_real_root = uid == 0;
	no_accounts = "no namespace of its own can be had here";
	if (unshare(CLONE_NEWNS | (is_real_root ? 0 : CLONE_NEWUSER)) < 0)
		return;
	if (!is_real_root) {
		snprintf(map, sizeof(map), "0 %u 1", uid);
		if (!file_write("/proc/self/uid_map", map) ||
			!file_write("/proc/self/setgroups", "deny"))
			return;
		snprintf(map, sizeof(map), "0 %u 1", gid);
		if (!file_write("/proc/self/gid_map", map))
			return;
	}
	for (unsigned int i = 0; i < UIDS_MANY; i++)
		snprintf(users + strlen(users), sizeof(users) - strlen(users),
			"many%u:x:%u:54399::/:/bin/false\n", i, UID_MANY + i);
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		!file_cover("/etc/passwd", users) ||
		!file_cover(
			"/etc/group", "root:x:0:\nusers:x:54399:\npoweropt:x:54300:evcc,hems\n"))
		return;
	no_accounts = NULL;
}

void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("skipped: this needs root, or a user namespace\n");
	skip();
}

void need_users(void)
{
	if (is_real_root && !no_accounts)
		return;
	print_message("skipped: %s\n", no_accounts ? no_accounts : "only root can be another user");
	skip();
}

/* ---- calls by others ---- */

static const char *call_as(struct house *house, uid_t uid, bool member, bool clear,
	uint32_t current_ma, uint64_t ttl_us)
{
	static char name[128];
	gid_t group = GID_DAEMON;
	int out[2];
	pid_t pid;

	house_check(house, pipe2(out, O_CLOEXEC) == 0);
	pid = fork();
	house_check(house, pid >= 0);
	if (pid == 0) {
		sd_bus *bus;
		const char *outcome;

		if (setgroups(member, &group) < 0 ||
			setresgid(GID_USERS, GID_USERS, GID_USERS) < 0 ||
			setresuid(uid, uid, uid) < 0)
			_exit(1);
		bus = bus_connect(NULL);
		if (!bus)
			_exit(1);
		outcome = clear ? clear_cap(bus) : set_cap(bus, current_ma, ttl_us);
		_exit(write(out[1], outcome, strlen(outcome) + 1) < 0);
	}
	close(out[1]);
	memset(name, 0, sizeof(name));
	house_check(house, read(out[0], name, sizeof(name) - 1) > 0);
	close(out[0]);
	house_check(house, waitpid(pid, NULL, 0) == pid);
	return name;
}

const char *set_cap_as(
	struct house *house, uid_t uid, bool member, uint32_t current_ma, uint64_t ttl_us)
{
	return call_as(house, uid, member, false, current_ma, ttl_us);
}

const char *clear_cap_as(struct house *house, uid_t uid, bool member)
{
	return call_as(house, uid, member, true, 0, 0);
}
