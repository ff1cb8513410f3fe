/* SPDX-License-Identifier: MIT */
/*
 * The system's journal that cannot be read: libsystemd passes over it and shows none, and whoever asks
 * must be told why. Which files there are, and which may be read, is the test's.
 */
#include <errno.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "ctl/history.h"
#include "support.h"

#define WHY_MAX 512

/* The names that ld's --wrap gives. */
int __wrap_access(const char *path, int mode);
int __wrap_glob(const char *pattern, int flags, int (*on_error)(const char *, int), glob_t *ret);
void __wrap_globfree(glob_t *paths);

/* What there is, with a minus in front of what may not be read. */
static const char *const *machine;

static const char *find(const char *path)
{
	for (int i = 0; machine[i]; i++)
		if (strcmp(machine[i] + (machine[i][0] == '-'), path) == 0)
			return machine[i];
	return NULL;
}

int __wrap_access(const char *path, int mode)
{
	const char *found = find(path);

	errno = found ? EACCES : ENOENT;
	return found && (mode == F_OK || found[0] != '-') ? 0 : -1;
}

int __wrap_glob(const char *pattern, int flags, int (*on_error)(const char *, int), glob_t *ret)
{
	const char *star = strchr(pattern, '*');
	size_t n = (size_t)(star - pattern);

	(void)flags;
	(void)on_error;
	assert_non_null(star);
	*ret = (glob_t){.gl_pathv = test_calloc(8, sizeof(char *))};
	for (int i = 0; machine[i]; i++) {
		const char *path = machine[i] + (machine[i][0] == '-');

		if (strncmp(path, pattern, n) == 0 && strstr(path, star + 1))
			ret->gl_pathv[ret->gl_pathc++] = (char *)(uintptr_t)path;
	}
	if (ret->gl_pathc > 0)
		return 0;
	__wrap_globfree(ret);
	return GLOB_NOMATCH;
}

void __wrap_globfree(glob_t *paths)
{
	test_free(paths->gl_pathv);
}

/* The same by the names that they have with large files, and with times of 64 bits. */
#define ALSO(function, name) __typeof__(function) __wrap_##name __attribute__((alias(#function)))

ALSO(__wrap_glob, glob64);
ALSO(__wrap_globfree, globfree64);
ALSO(__wrap_glob, __glob64_time64);
ALSO(__wrap_globfree, __globfree64_time64);

static int open_system(const char *const there[], char why[WHY_MAX])
{
	struct history_journal *journal = NULL;
	struct history_source source = {0};
	int r;

	machine = there;
	why[0] = '\0';
	r = history_journal_open(&journal, &source, why, WHY_MAX);
	history_journal_close(journal);
	return r;
}

static void a_journal_that_may_not_be_read_is_told_with_the_remedy(void **state)
{
	static const char *const file[] = {
		"/var/log/journal", "-/var/log/journal/4711/system.journal", NULL};
	static const char *const second[] = {"/var/log/journal/4711/system.journal",
		"-/run/log/journal/4711/system.journal", NULL};
	static const char *const closed[] = {"-/var/log/journal", NULL};
	static const char *const closed_run[] = {"-/run/log/journal", NULL};
	static const char *const *const machines[] = {file, second, closed, closed_run};
	char why[WHY_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		assert_int_equal(open_system(machines[i], why), -EACCES);
		assert_non_null(strstr(why, "no permission to read the journal: use sudo"));
		assert_non_null(strstr(why, "adduser USER systemd-journal"));
	}
}

static void a_machine_without_a_journal_is_told(void **state)
{
	static const char *const nothing[] = {NULL};
	static const char *const empty[] = {"/var/log/journal", "/run/log/journal", NULL};
	char why[WHY_MAX];

	(void)state;
	assert_int_equal(open_system(nothing, why), -ENOENT);
	assert_non_null(strstr(why, "this machine has no journal"));
	assert_non_null(strstr(why, "is systemd-journald running?"));
	assert_int_equal(open_system(empty, why), -ENOENT);
}

static void a_journal_that_may_be_read_is_opened(void **state)
{
	static const char *const there[] = {
		"/var/log/journal", "/var/log/journal/4711/system.journal", NULL};
	char why[WHY_MAX];

	(void)state;
	assert_int_equal(open_system(there, why), 0);
	assert_string_equal(why, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_journal_that_may_not_be_read_is_told_with_the_remedy),
		cmocka_unit_test(a_machine_without_a_journal_is_told),
		cmocka_unit_test(a_journal_that_may_be_read_is_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
