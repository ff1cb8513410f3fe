/* SPDX-License-Identifier: MIT */
/*
 * One entry for the journal, without ever waiting for it.
 *
 * sd_journal_sendv() waits when the journal's socket is full, without end if journald hangs or is
 * stopped in a debugger: seen with systemd 252 after 11 entries (net.unix.max_dgram_qlen and one).
 * Then nobody would regulate. The protocol is documented for programs that speak it themselves:
 * https://systemd.io/JOURNAL_NATIVE_PROTOCOL
 */
#ifndef POWEROPT_APP_JOURNAL_H
#define POWEROPT_APP_JOURNAL_H

#include <stddef.h>
#include <sys/uio.h>

/** journal_open() - make ready to send. Returns 0 or a negative errno. */
int journal_open(void);

/**
 * journal_send() - send one entry, now or not at all.
 * @fields: each "NAME=value\n"; no other newline. Together at most some kilobytes.
 * Returns 0 or a negative errno: -EAGAIN if the journal is behind, -ENOENT if there is none.
 */
int journal_send(struct iovec fields[], size_t count);

#endif
