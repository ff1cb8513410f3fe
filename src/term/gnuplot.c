/* SPDX-License-Identifier: MIT */
#include "term/gnuplot.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static FILE *memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");

	if (!file && fd >= 0)
		close(fd);
	return file;
}

static int spawn(char **argv, const posix_spawn_file_actions_t *actions)
{
	int r, status;
	pid_t pid;

	r = -posix_spawnp(&pid, argv[0], actions, NULL, argv, environ);
	if (r < 0)
		return r == -ENOENT ? -ENOPKG : r;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPROTO;
}

static int copy(FILE *from, FILE *to)
{
	char buffer[16384];
	size_t n;

	rewind(from);
	while ((n = fread(buffer, 1, sizeof(buffer), from)) > 0) {
		errno = EIO;
		if (fwrite(buffer, 1, n, to) != n)
			return -errno;
	}
	return ferror(from) ? -EIO : 0;
}

static int save(FILE *picture, const char *path)
{
	FILE *file;
	int r;

	if (strcmp(path, "-") == 0) {
		(void)copy(picture, stdout);
		return 0;
	}
	file = fopen(path, "we");
	if (!file)
		return -errno;
	r = copy(picture, file);
	if (fclose(file) != 0 && r == 0)
		r = -errno;
	return r;
}

FILE *gnuplot_script(void)
{
	return memory_file("script");
}

/* From one file in memory into another: nothing can block, or half appear. */
int gnuplot_draw(FILE *script, const char *path)
{
	char gnuplot[] = "gnuplot", from_stdin[] = "-";
	char *argv[] = {gnuplot, from_stdin, NULL};
	posix_spawn_file_actions_t actions;
	FILE *drawn = memory_file("picture");
	int r;

	if (!drawn)
		return -ENOMEM;
	r = fflush(script) == 0 && lseek(fileno(script), 0, SEEK_SET) == 0 ? 0 : -errno;
	if (r == 0) {
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_adddup2(&actions, fileno(script), STDIN_FILENO);
		posix_spawn_file_actions_adddup2(&actions, fileno(drawn), STDOUT_FILENO);
		r = spawn(argv, &actions);
		posix_spawn_file_actions_destroy(&actions);
	}
	if (r == 0)
		r = save(drawn, path);
	fclose(drawn);
	return r;
}

const char *gnuplot_trouble(int error)
{
	if (error == -ENOPKG)
		return "gnuplot is not installed (apt-get install gnuplot-nox)";
	if (error == -EPROTO)
		return "gnuplot failed";
	return strerror(-error);
}

int gnuplot_run(const char *dir, const char *script)
{
	char gnuplot[] = "gnuplot";
	char *argv[] = {gnuplot, (char *)script, NULL};
	posix_spawn_file_actions_t actions;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addchdir_np(&actions, dir);
	r = spawn(argv, &actions);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}
