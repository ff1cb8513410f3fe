/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target on files, without a fuzzer: those that are named, else all in its corpus. What a
 * fuzzer once found stays found so, with every compiler.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz/fuzz.h"

static unsigned int files;

static bool replay_file(const char *path)
{
	FILE *stream = fopen(path, "re");
	struct stat st;
	uint8_t *data;
	bool good;

	if (!stream || fstat(fileno(stream), &st) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		if (stream)
			fclose(stream);
		return false;
	}
	/* Exactly as large as the input, so that a sanitizer sees one byte too far. */
	data = malloc((size_t)st.st_size);
	good = st.st_size == 0 ||
	       (data && fread(data, 1, (size_t)st.st_size, stream) == (size_t)st.st_size);
	fclose(stream);
	if (good) {
		printf("%s\n", path);
		fflush(stdout); /* the last one that is named is the one that broke it */
		(void)LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
		files++;
	} else {
		fprintf(stderr, "%s: cannot be read\n", path);
	}
	free(data);
	return good;
}

static bool replay_directory(const char *directory)
{
	struct dirent **entries;
	char path[4096 + 256]; /* a path, a slash, a name */
	bool good = true;
	int n = scandir(directory, &entries, NULL, alphasort);

	if (n < 0) {
		fprintf(stderr, "%s: %s\n", directory, strerror(errno));
		return false;
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			good = replay_file(path) && good;
		free(entries[i]);
	}
	free(entries);
	return good;
}

int main(int argc, char *argv[])
{
	const char *name = strstr(program_invocation_short_name, "fuzz_");
	char corpus[4096];
	bool good = true;

	for (int i = 1; i < argc; i++)
		good = replay_file(argv[i]) && good;
	if (argc == 1) {
		snprintf(corpus, sizeof(corpus), TEST_SRCDIR "/tests/fuzz/corpus/%s",
			name ? name + strlen("fuzz_") : "");
		good = replay_directory(corpus);
	}
	printf("%u inputs\n", files);
	return good && files > 0 ? 0 : 1;
}
