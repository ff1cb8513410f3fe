/* SPDX-License-Identifier: MIT */
/*
 * Word to the service manager, without ever waiting for it.
 *
 * sd_notify() waits when the manager's socket is full (systemd 252: sendmsg() without MSG_DONTWAIT),
 * without end if the manager hangs; and with it hangs the watchdog, which would end us. Then nobody
 * would regulate. The protocol is documented for programs that speak it themselves, see sd_notify(3).
 */
#ifndef POWEROPT_APP_NOTIFY_H
#define POWEROPT_APP_NOTIFY_H

#include <stdbool.h>

/**
 * notify_send() - tell the manager, now or not at all.
 * @state: lines such as "READY=1".
 * Returns whether that is done with: false if it may work later, because the manager is behind or we
 * have no descriptor left.
 */
bool notify_send(const char *state);

#endif
