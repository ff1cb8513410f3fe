/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#include <systemd/sd-messages.h>

#include "core/text.h"
#include "ctl/history.h"

#define UNIT "poweroptd.service"

/* Longer fields than this are none of ours. */
#define FIELD_MAX (2 * HISTORY_MESSAGE_MAX)

struct history_journal {
	sd_journal *journal;
};

/* ---- opening ---- */

/* Whether there are journal files that we may not read, and whether there are any. */
static bool look_at(const char *pattern, bool *ret_forbidden)
{
	bool any = false;
	glob_t paths;

	if (glob(pattern, 0, NULL, &paths) != 0)
		return false;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		any = true;
		*ret_forbidden |= access(paths.gl_pathv[i], R_OK) < 0;
	}
	globfree(&paths);
	return any;
}

static int explain_forbidden(char *why, size_t size)
{
	snprintf(why, size,
		"no permission to read the journal: use sudo, or have yourself added to the group "
		"systemd-journal (adduser USER systemd-journal, then log in again)");
	return -EACCES;
}

/* libsystemd passes over files that it may not open, and would show an empty journal. */
static int check_system(char *why, size_t size)
{
	bool forbidden = false, any;

	any = look_at("/var/log/journal/*/system.journal", &forbidden);
	any |= look_at("/run/log/journal/*/system.journal", &forbidden);
	/* The directories themselves may be closed to us. */
	if (!any &&
		((access("/var/log/journal", F_OK) == 0 && access("/var/log/journal", R_OK) < 0) ||
			(access("/run/log/journal", F_OK) == 0 &&
				access("/run/log/journal", R_OK) < 0)))
		forbidden = true;
	if (forbidden)
		return explain_forbidden(why, size);
	if (any)
		return 0;
	snprintf(why, size,
		"this machine has no journal, neither in /var/log/journal nor in /run/log/journal: "
		"is systemd-journald running?");
	return -ENOENT;
}

static int check_directory(const char *directory, char *why, size_t size)
{
	static const char *const below[] = {"*.journal", "*/*.journal", "*.journal~"};
	bool forbidden = access(directory, R_OK | X_OK) < 0 && errno == EACCES, any = false;
	char pattern[4096];

	for (size_t i = 0; !forbidden && i < sizeof(below) / sizeof(below[0]); i++) {
		if (snprintf(pattern, sizeof(pattern), "%s/%s", directory, below[i]) <
			(int)sizeof(pattern))
			any |= look_at(pattern, &forbidden);
	}
	if (forbidden)
		return explain_forbidden(why, size);
	if (any || access(directory, F_OK) < 0)
		return 0; /* opening it tells what is wrong, if anything */
	snprintf(why, size, "%s has no journal files (*.journal)", directory);
	return -ENOENT;
}

static int open_source(
	sd_journal **ret, const struct history_source *source, char *why, size_t size)
{
	const char *what = "the journal";
	int r;

	if (source->directory) {
		what = source->directory;
		r = check_directory(source->directory, why, size);
		if (r < 0)
			return r;
		r = sd_journal_open_directory(ret, source->directory, 0);
	} else if (source->files) {
		const char *files[HISTORY_FILES_MAX + 1] = {0};

		what = source->files[0];
		for (int i = 0; source->files[i] && i < HISTORY_FILES_MAX; i++)
			files[i] = source->files[i];
		r = sd_journal_open_files(ret, files, 0);
	} else {
		r = check_system(why, size);
		if (r < 0)
			return r;
		r = sd_journal_open(ret, SD_JOURNAL_LOCAL_ONLY);
	}
	if (r == -EACCES || r == -EPERM)
		return explain_forbidden(why, size);
	if (r == -EBADMSG || r == -ENODATA || r == -EPROTONOSUPPORT)
		snprintf(why, size,
			"%s is no journal, or is damaged: journalctl --verify tells more", what);
	else if (r < 0)
		snprintf(why, size, "cannot open %s: %s", what, strerror(-r));
	return r;
}

/* What the service says of itself, and what systemd says when it ends. */
static int add_matches(sd_journal *j)
{
	static const char *const ends[] = {
		"MESSAGE_ID=" SD_MESSAGE_UNIT_STOPPED_STR,
		"MESSAGE_ID=" SD_MESSAGE_UNIT_FAILURE_RESULT_STR,
	};
	char match[64];
	int r = sd_journal_add_match(j, "_SYSTEMD_UNIT=" UNIT, 0);

	for (int i = 0; r >= 0 && i < HISTORY_STOPPED; i++) {
		snprintf(match, sizeof(match), "POWEROPT_STATE=%s",
			history_state_name((enum history_state)i));
		r = sd_journal_add_match(j, match, 0);
	}
	if (r >= 0)
		r = sd_journal_add_disjunction(j);
	/* Anybody can claim a UNIT; the field that names the sender is journald's own. */
	if (r >= 0)
		r = sd_journal_add_match(j, "_PID=1", 0);
	if (r >= 0)
		r = sd_journal_add_match(j, "UNIT=" UNIT, 0);
	for (size_t i = 0; r >= 0 && i < sizeof(ends) / sizeof(ends[0]); i++)
		r = sd_journal_add_match(j, ends[i], 0);
	return r;
}

int history_journal_open(struct history_journal **ret, const struct history_source *source,
	char *why, size_t why_size)
{
	struct history_journal *journal = calloc(1, sizeof(*journal));
	int r;

	if (!journal)
		return -ENOMEM;
	r = open_source(&journal->journal, source, why, why_size);
	if (r >= 0) {
		(void)sd_journal_set_data_threshold(journal->journal, FIELD_MAX);
		r = add_matches(journal->journal);
		if (r < 0)
			snprintf(why, why_size, "cannot search the journal: %s", strerror(-r));
	}
	if (r < 0) {
		history_journal_close(journal);
		return r;
	}
	*ret = journal;
	return 0;
}

struct history_journal *history_journal_close(struct history_journal *journal)
{
	if (journal)
		sd_journal_close(journal->journal);
	free(journal);
	return NULL;
}

int history_journal_reach(struct history_journal *journal, int64_t *ret_from_us, int64_t *ret_to_us)
{
	uint64_t from, to;
	int r = sd_journal_get_cutoff_realtime_usec(journal->journal, &from, &to);

	if (r > 0) {
		*ret_from_us = (int64_t)from;
		*ret_to_us = (int64_t)to;
	}
	return r;
}

/* ---- entries ---- */

/* The text of a field, cut if it is too long; false if the entry has none. */
static bool field_text(sd_journal *j, const char *name, char *buf, size_t size)
{
	size_t length, skip = strlen(name) + 1;
	const void *data;

	if (sd_journal_get_data(j, name, &data, &length) < 0 || length < skip)
		return false;
	length -= skip;
	if (length >= size)
		length = size - 1;
	memcpy(buf, (const char *)data + skip, length);
	buf[length] = '\0';
	return true;
}

static bool field_number(sd_journal *j, const char *name, int32_t *ret)
{
	char text[16], *end;
	long value;

	if (!field_text(j, name, text, sizeof(text)))
		return false;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < INT32_MIN || value > INT32_MAX)
		return false;
	*ret = (int32_t)value;
	return true;
}

static void take_currents(sd_journal *j, struct history_entry *entry)
{
	static const char *const names[PHASES_MAX] = {
		"POWEROPT_I1_MA", "POWEROPT_I2_MA", "POWEROPT_I3_MA"};

	while (entry->phases < PHASES_MAX &&
		field_number(j, names[entry->phases], &entry->current_ma[entry->phases]))
		entry->phases++;
}

static int take(sd_journal *j, struct history_entry *ret)
{
	struct history_entry entry = {.state = HISTORY_STOPPED, .allowed_ma = -1, .limit_ma = -1};
	char text[HISTORY_MESSAGE_MAX];
	uint64_t at_us;
	int r;

	r = sd_journal_get_realtime_usec(j, &at_us);
	if (r >= 0)
		r = sd_journal_get_monotonic_usec(j, &(uint64_t){0}, &entry.boot);
	if (r < 0)
		return r;
	entry.at_us = (int64_t)at_us;
	if (field_text(j, "POWEROPT_STATE", text, HISTORY_WORD_MAX)) {
		entry.state = history_state_find(text);
		if (entry.state >= HISTORY_STOPPED)
			return -EBADMSG;
		(void)field_number(j, "POWEROPT_ALLOWED_MA", &entry.allowed_ma);
		(void)field_number(j, "POWEROPT_LIMIT_MA", &entry.limit_ma);
		if (field_text(j, "POWEROPT_FAULT", text, sizeof(entry.fault)))
			text_echo(text, entry.fault, sizeof(entry.fault));
		take_currents(j, &entry);
	}
	if (field_text(j, "MESSAGE", text, sizeof(text)))
		text_echo(text, entry.message, sizeof(entry.message));
	*ret = entry;
	return 0;
}

int history_journal_seek(struct history_journal *journal, int64_t since_us)
{
	sd_journal *j = journal->journal;
	int r = sd_journal_seek_realtime_usec(j, since_us > 0 ? (uint64_t)since_us : 0);

	if (r >= 0)
		r = sd_journal_previous(j);
	/* Nothing before: from the time itself. Else once more back, so that the next one is this. */
	if (r > 0)
		r = sd_journal_previous(j);
	if (r == 0)
		r = sd_journal_seek_head(j);
	return r < 0 ? r : 0;
}

int history_journal_next(struct history_journal *journal, struct history_entry *ret)
{
	int r;

	while ((r = sd_journal_next(journal->journal)) > 0) {
		r = take(journal->journal, ret);
		if (r == 0)
			return 1;
		/* A field that is no state, or an entry that a power loss has damaged. */
		if (r != -EBADMSG && r != -EADDRNOTAVAIL && r != -ENODATA && r != -EIO)
			return r;
	}
	return r;
}
