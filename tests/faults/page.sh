#!/bin/sh
# SPDX-License-Identifier: MIT
# The page of the fault matrix, with where and when it was measured. usage: page.sh FAULT_MATRIX
set -eu

cat <<END
<!-- SPDX-License-Identifier: MIT -->
# What can go wrong, and what the car is allowed then

Each row is a test with the real daemon (\`tests/faults/\`), against a simulated meter on a pseudo-terminal and
a PWM chip of plain files. Measured by \`make fault-matrix\`; \`make check\` checks the same rows without this page.

The house draws 12.5 A on each phase of a 20 A main switch, so the car is allowed 7.3 A, of at most 16 A. In these
tests \`lost_after\` is 0.8 s instead of 5 s, \`poll_interval\` 20 ms instead of 250 ms, \`settle\` 0.1 s, and of what waits
before a raise, \`recover_delay\` and \`raise_delay\` are 0.2 s, \`resume_delay\` 0. *Safe* is the time from the
beginning of the fault until the safe current was written (in brackets what is promised, with 0.4 s for three
processes on a busy machine), from which it then does not move; *known* instead: the charger cannot be told, from then on
the daemon says so, and 0 A is what the charger is told before it may go on. *Back* is the time from the end of the
fault to 7.3 A, on the way to which nothing above 13.3 A is allowed: on a busy machine the car may follow so late that its
first 6 A are not in the readings when the raise is due. With the settings of a house it is as much longer as they are.
*Greatest* counts what stood when the fault began, and every value that was seen in the output's file. *Goes on*: no
reason to lower the current; a row fails that does so for a moment, or raises any fault.

*By chance*: whether enough answers get through depends on microseconds. What must not happen is checked all the same: no
more than the greatest current, no other fault than the one that is named, 0 A if that is raised, and 7.3 A again at the end.

A process that is stopped writes nothing: the service's watchdog ends it after 2 s, which these tests leave out. When the
daemon ends, for want of memory or descriptors, the tests run what the service runs then, \`poweroptd --failsafe\`, and
count the time until it has written 0 A; systemd itself takes about 0.1 s more. So it does no harm that libsystemd,
which has an assertion in its own way out of some failed allocations at the start of the bus, ends the process by SIGABRT
instead of an error: that is one more way to end, and the output is made safe from outside after each of them.

Three things that no daemon can know. Currents of zero with good voltages are an empty house: that is believed. A meter
that stands still tells of a house that does; only a charger that reports over CAN what it draws gives it away. And a meter
that is silent now and then is lost each time that it is silent for \`lost_after\`: one that does not answer for 5.5 s of
every 20 s stops the charge the first time for those seconds and \`recover_delay\`, and then, as that would wear the
contactor, for \`resume_delay\`, doubled each time, up to ten minutes. That is meant: nobody knows what the house
draws then. Its line wants mending; [meter] lost_after can be set higher, at the price that the house is unknown as long.

The same faults at random, one after the other: [endurance.md](endurance.md).

Measured on $(date -u +%Y-%m-%d), $(uname -sm), $(nproc) processors, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo |
	sort -u | sed -n 1p).
END
"$1" page
