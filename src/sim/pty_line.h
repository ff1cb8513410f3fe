/* SPDX-License-Identifier: MIT */
/*
 * A serial line that is a pseudo-terminal: the simulator holds its master, clients open the slave
 * as often as they like, and a symlink gives it a name that stays.
 *
 * The slave is not kept open here, where it would look like a second Modbus master. What a client
 * leaves behind, and a real line would forget, is undone when the last one closes: TIOCEXCL, bytes
 * that nobody read, and the rate. A pty drops parity, and glibc's tcsetattr() reports EINVAL if no
 * change that was asked for took effect; with another rate than any client asks for there always is
 * one.
 */
#ifndef POWEROPT_SIM_PTY_LINE_H
#define POWEROPT_SIM_PTY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#define PTY_LINE_PATH_MAX 64

struct pty_line;

/**
 * pty_line_new() - open a pseudo-terminal.
 * @link:     symlink to it, replaced atomically if it is a symlink, removed by pty_line_free();
 *            NULL: none.
 * @receive:  called when the master may have bytes to read with pty_line_read().
 *
 * Returns 0, -EEXIST if link is something else than a symlink, or a negative errno.
 */
int pty_line_new(struct pty_line **ret, sd_event *event, const char *link,
	void (*receive)(void *userdata), void *userdata);

/** pty_line_free() - close the line: clients see a hang-up. Returns NULL. */
struct pty_line *pty_line_free(struct pty_line *line);

/** pty_line_path() - the slave's device, such as /dev/pts/3. */
const char *pty_line_path(const struct pty_line *line);

/**
 * pty_line_is_locked() - did a client leave TIOCEXCL behind that only root could undo?
 * The line is of no use then: free it and make a new one.
 */
bool pty_line_is_locked(const struct pty_line *line);

/**
 * pty_line_read() - bytes from the client: how many, 0 for none now, or a negative errno.
 * The receiver must read until there is nothing more.
 */
int pty_line_read(struct pty_line *line, void *ret, size_t size);

/** pty_line_write() - bytes to the client; what does not fit, as nobody reads, is lost. */
void pty_line_write(struct pty_line *line, const void *bytes, size_t n);

#endif
