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
tests \`lost_after\` is 0.8 s instead of 5 s and \`recover_delay\` 0.2 s instead of 10 s. *Safe* is the time from the
beginning of the fault until the safe current was written (in brackets what is promised, with 0.4 s for three
processes on a busy machine); *known* instead: the charger cannot be told, and from then on the daemon says so and
waits for the output with 0 A. *Back* is the time from the end of the fault to 7.3 A.

*Greatest* counts what stood when the fault began. A process that is stopped writes nothing: the service's watchdog ends
it after 2 s, which these tests leave out, and then \`poweroptd --failsafe\` runs.

Measured on $(date -u +%Y-%m-%d), $(uname -sm), $(nproc) processors, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo |
	sort -u | sed -n 1p).
END
"$1" page
