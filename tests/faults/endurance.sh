#!/bin/sh
# SPDX-License-Identifier: MIT
# The page of the endurance, with where and when it ran. usage: endurance.sh FIGURES MONTH
# FIGURES is what tests/faults/endurance wrote, MONTH what tests/property/month said.
set -eu

cat <<END
<!-- SPDX-License-Identifier: MIT -->
# Faults without end

What one fault does is in [faults.md](faults.md). Here they all happen, again and again, at random: written by
\`make endurance-page\`; \`make check-endurance ENDURANCE_SECONDS=3600 TEST_SEED=n\` repeats it without this page.

Ran on $(date -u +%Y-%m-%d), $(uname -sm), $(nproc) processors, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo |
	sort -u | sed -n 1p).

## The daemon

The real daemon polls back to back (\`poll_interval = 0\`) a simulated meter that answers at once. It has DIP switches,
a bus, a journal, and in turn a PWM chip, a CAN bus and an attribute of sysfs; a car draws what it may, and the meter shows
it. A row of the fault matrix happens about every four seconds, sometimes two at a time, sometimes until the safe current
is there. The house takes 12.5 A or more of 20 A on its fullest phase, so at most 7.3 A are ever free.

The run fails if more than 7.3 A is allowed at any time, if a fault that lasts does not find the charger at its safe
current, if the process ends, if its memory grows by more than 64 kB after the first quarter or its descriptors by one, or if the last quarter
logs half as much again as the first and 50 lines more.

END
cat "$1"
cat <<END

## The regulator

The regulator in virtual time, a month with each kind of car, in a made-up house. Each fault of the simulated meter is
done to the registers and the bytes of its answers, which are read as the daemon reads them; limits, caps and faults of
the rest change; the process stands still now and then. The invariants S1 to S5 hold at each step, and a quiet quarter
of an hour at the end leads back to the full current (S6). The last line is how often each fault happened.

END
grep -v '^\[' "$2" | sed 's/^/    /'
