/* SPDX-License-Identifier: MIT */
/*
 * One file, line by line, into a draft.
 *
 * inih splits "key = value" and keeps track of the section. On its own it gives the handler no
 * line number, cuts long lines, folds indented ones into the value above, takes "key: value" too,
 * and does each of these as it was compiled. So it is fed by a reader of ours, which hands over
 * one line at a time, counts, and lets only lines through that can mean one thing: whatever the
 * options of the library, it sees a header or "key = value", without comments.
 */
#include "config/config_private.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* inih's buffer holds 200 bytes as it is usually built, "\r\n\0" included. */
#define LINE_BYTES_MAX 190

/* A configuration has some kilobytes. More than this is a wrong file. */
#define FILE_BYTES_MAX (1024 * 1024)

struct reader {
	struct config_draft *draft;
	struct config_place place; /* the line that was read last */
	const char *at, *end;
	const char *section; /* of the table; NULL: none yet, or one that we do not know */
	bool after_bad_header;
};

static const char *section_find(const char *name)
{
	const struct config_key *key;

	for (size_t i = 0; (key = config_key_at(i)); i++)
		if (strcmp(key->section, name) == 0)
			return key->section;
	return NULL;
}

/* inih's handler: 1 is "go on". What is wrong was reported with its line. */
static int take_value(void *userdata, const char *section, const char *name, const char *value)
{
	struct reader *reader = userdata;
	const struct config_key *key = config_key_find(section, name);
	struct config_origin *origin;
	int r;

	if (!key) {
		config_error_unknown_key(&reader->draft->report, &reader->place, section, name);
		return 1;
	}
	origin = &reader->draft->origins[config_key_index(key)];
	if (origin->place.file == reader->place.file) {
		config_error(&reader->draft->report, &reader->place, section, name,
			"set twice in this file, first in line %d, allowed: once",
			origin->place.line);
		return 1;
	}
	r = config_key_parse(key, value ? value : "", &reader->draft->config);
	if (r < 0)
		config_error_value(
			&reader->draft->report, &reader->place, key, value ? value : "", r);
	origin->place = reader->place;
	origin->bad = r < 0;
	return 1;
}

/* Whether a raw line is text of a sane length; if not, reports it. */
static bool line_is_text(struct reader *reader, const char *line, size_t len, size_t len_max)
{
	struct config_report *report = &reader->draft->report;
	size_t at = 0;

	if (len > len_max) {
		config_error(report, &reader->place, NULL, NULL,
			"the line has %zu bytes, allowed: %zu, comments included", len, len_max);
		return false;
	}
	switch (text_flaw(line, len, &at)) {
	case TEXT_GOOD:
		return true;
	case TEXT_CONTROL:
		config_error(report, &reader->place, NULL, NULL,
			"byte %zu (0x%02x) is a control character, allowed: text and tabs", at + 1,
			(unsigned char)line[at]);
		return false;
	case TEXT_NOT_UTF8:
		config_error(report, &reader->place, NULL, NULL,
			"byte %zu (0x%02x) is not UTF-8, allowed: UTF-8 text", at + 1,
			(unsigned char)line[at]);
		return false;
	}
	return false;
}

/* Cuts a comment and the blanks at the end. A comment starts a line or a value, or follows a blank. */
static void line_trim(char *line)
{
	bool in_value = false, may_start = true;
	size_t len = 0;

	for (; line[len] != '\0'; len++) {
		char c = line[len];

		if (may_start && (c == '#' || c == ';'))
			break;
		may_start = c == ' ' || c == '\t' || (c == '=' && !in_value);
		in_value = in_value || c == '=';
	}
	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	line[len] = '\0';
}

/* After a header that is wrong: what follows is not to be taken for keys of the section above. */
static void section_lose(struct reader *reader)
{
	reader->section = NULL;
	reader->after_bad_header = true;
}

static bool header_take(struct reader *reader, const char *line)
{
	char name[LINE_BYTES_MAX + 1];
	size_t len = strcspn(line + 1, "[]");

	section_lose(reader);
	if (len == 0 || line[1 + len] != ']' || line[2 + len] != '\0') {
		config_error(&reader->draft->report, &reader->place, NULL, NULL,
			"malformed section header, allowed: [section] alone on its line");
		return false;
	}
	memcpy(name, line + 1, len);
	name[len] = '\0';
	reader->section = section_find(name);
	reader->after_bad_header = !reader->section;
	if (!reader->section)
		config_error_unknown_section(&reader->draft->report, &reader->place, name);
	return reader->section != NULL;
}

/* Whether a line that was trimmed is for inih; if not, reports it. */
static bool line_take(struct reader *reader, char *line)
{
	struct config_report *report = &reader->draft->report;
	size_t len = strcspn(line, " \t:=");
	char name[LINE_BYTES_MAX + 1];

	if (line[0] == ' ' || line[0] == '\t') {
		config_error(report, &reader->place, reader->section, NULL,
			"the line starts with a blank, allowed: each value on one line, and "
			"sections and keys at the start of a line");
		if (line[strspn(line, " \t")] == '[')
			section_lose(reader);
		return false;
	}
	if (line[0] == '[')
		return header_take(reader, line);
	if (line[0] == '=') {
		config_error(report, &reader->place, reader->section, NULL,
			"there is no key before the =, allowed: key = value");
		return false;
	}
	memcpy(name, line, len);
	name[len] = '\0';
	if (line[strcspn(line, ":=")] != '=') { /* a colon is one of inih's separators */
		config_error(report, &reader->place, reader->section, name,
			"there is no = after the key, allowed: key = value");
		return false;
	}
	if (!reader->section && !reader->after_bad_header)
		config_error(report, &reader->place, NULL, name,
			"stands before any section, allowed: below a line such as [mains]");
	/* The keys of a section that we do not know are no errors of their own. */
	return reader->section != NULL;
}

/* inih's reader, in place of fgets(). An empty line stands for one that inih is not to see. */
static char *read_line(char *buf, int size, void *userdata)
{
	struct reader *reader = userdata;
	const char *line = reader->at, *newline;
	bool good;
	size_t len;

	if (line == reader->end)
		return NULL;
	newline = memchr(line, '\n', (size_t)(reader->end - line));
	len = (size_t)((newline ? newline : reader->end) - line);
	reader->at = newline ? newline + 1 : reader->end;
	reader->place.line++;
	if (len > 0 && line[len - 1] == '\r')
		len--;

	good = line_is_text(reader, line, len, size > LINE_BYTES_MAX ? LINE_BYTES_MAX : size - 1);
	if (good) {
		memcpy(buf, line, len);
		buf[len] = '\0';
		line_trim(buf);
		good = buf[0] != '\0' && line_take(reader, buf);
	} else if (len > 0 && line[0] == '[') {
		section_lose(reader);
	}
	if (!good)
		buf[0] = '\0';
	return buf;
}

static int file_read(int fd, char *buf, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

/* The whole file in memory; *ret is the caller's to free. */
static int file_load(const char *path, char **ret, size_t *ret_len)
{
	/* Not to wait for the other end of a pipe, nor to become the session's terminal. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *buf = NULL;
	struct stat st;
	int r = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (S_ISDIR(st.st_mode))
		r = -EISDIR;
	else if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode)) /* /dev/null is welcome */
		r = -EINVAL;
	if (r == 0) {
		buf = malloc(FILE_BYTES_MAX + 1);
		r = buf ? file_read(fd, buf, FILE_BYTES_MAX + 1, ret_len) : -ENOMEM;
	}
	if (r == 0 && *ret_len > FILE_BYTES_MAX)
		r = -EFBIG;
	close(fd);
	if (r < 0) {
		free(buf);
		return r;
	}
	*ret = buf;
	return 0;
}

int config_read(const char *path, struct config_draft *draft)
{
	struct reader reader = {.draft = draft, .place.file = path};
	char *buf = NULL;
	size_t len = 0;
	int r = file_load(path, &buf, &len);

	if (r < 0)
		return r;
	reader.at = buf;
	reader.end = buf + len;
	if (len >= 3 && memcmp(buf, "\xef\xbb\xbf", 3) == 0) /* the mark of some editors */
		reader.at += 3;

	r = ini_parse_stream(read_line, &reader, take_value, &reader);
	free(buf);
	if (r > 0) {
		reader.place.line = r;
		config_error(&draft->report, &reader.place, NULL, NULL,
			"the line is not understood, allowed: key = value");
	}
	return r < 0 ? -ENOMEM : 0;
}
