#!/bin/bash
# SPDX-License-Identifier: MIT
#
# poweroptctl history, on journals made from the journal's export format.

set -u
remote=/lib/systemd/systemd-journal-remote
if [ ! -x $remote ]; then
    echo "SKIP: making a journal needs systemd-journal-remote"
    exit 77
fi
program=$PWD/poweroptctl
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export TZ=UTC LC_ALL=C.UTF-8
failed=0

fail() {
    printf 'not ok: %s\n' "$1"
    sed 's/^/    | /' out err
    failed=1
}

# history ARGUMENT...: run it; status, out and err are what came of it.
history() {
    timeout 60 "$program" history "$@" >out 2>err
    status=$?
}

has() {
    grep -qF -- "$2" "$1" || fail "$3: no '$2' in std$1"
}

lacks() {
    ! grep -qF -- "$2" "$1" || fail "$3: '$2' in std$1"
}

is() {
    [ "$status" -eq "$1" ] || fail "$2: status $status, not $1"
}

# entry SECOND STATE MA TEXT [LINE...]: an entry of the service at a second of 2026-11-22.
entry() {
    local us=$((1795305600000000 + $1 * 1000000)) state=$2 ma=$3 text=$4
    shift 4
    printf '__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n' $us $((us - 1795300000000000))
    printf '_BOOT_ID=%s\n' "${boot:-0123456789abcdef0123456789abcdef}"
    printf '_SYSTEMD_UNIT=poweroptd.service\nSYSLOG_IDENTIFIER=poweroptd\nPRIORITY=6\n'
    printf 'POWEROPT_STATE=%s\nPOWEROPT_ALLOWED_MA=%d\nPOWEROPT_LIMIT_MA=25000\n' "$state" "$ma"
    printf 'POWEROPT_I1_MA=4050\nPOWEROPT_I2_MA=-1620\nPOWEROPT_I3_MA=0\n'
    printf '%s\n' "MESSAGE=$text" "$@" ''
}

# journal NAME: make a journal of the entries on stdin.
journal() {
    cat >"$1.export"
    timeout 120 $remote --output="$1.journal" "$1.export" >remote.log 2>&1 ||
        { echo "SKIP: systemd-journal-remote fails: $(tail -n 1 remote.log)" && exit 77; }
}

day='--since=2026-11-22 --until=2026-11-23'

# ---- a normal day ----
{
    entry 0 starting 0 'The car has to wait'
    entry 10 charging 16000 'The car may draw 16 A: nothing holds it back'
    entry 3610 limited 9600 'The car may draw 9.6 A: phase L2 carries 19.4 A of 25 A'
    entry 5410 paused 0 'Charging is paused'
    entry 5470 failsafe 0 'Fault meter-lost: The meter is lost' 'POWEROPT_FAULT=meter-lost'
    entry 5530 charging 16000 'The car may draw 16 A again'
} | journal day
# shellcheck disable=SC2086 # words
history $day --file=day.journal
is 0 'a normal day'
has out '2026-11-22 01:00:10  limited      9.6 A  The car may draw 9.6 A: phase L2 carries 19.4' 'a row'
has out 'not held back 1h (65 %), limited 30min (33 %), paused 1min (1 %), in a fault 1min (1 %)' sums
has out '1 pause, 1 fault.' counts
[ "$(grep -c '^2026-11-22 0[01]:..:..  [a-z]' out)" -eq 6 ] || fail 'six rows'

history --since='2026-11-22 01:00' --until='2026-11-22 01:15' --file=day.journal
is 0 'a part of the day'
[ "$(grep -c '^2026-11-22 0[01]:..:..  [a-z]' out)" -eq 1 ] || fail 'the part has one row'
has out 'not held back 10s (1 %), limited 14min 50s (99 %)' 'the state at the begin of a part counts'

# shellcheck disable=SC2086
history $day --file=day.journal --json
is 0 json
[ "$(wc -l <out)" -eq 6 ] || fail 'one object a line'
has out '"time":"2026-11-22T01:00:10.000000+0000","state":"limited","allowed_current_ma":9600' json
has out '"phase_currents_ma":[4050,-1620,0]' json
has out '"fault":"meter-lost"' json

# ---- nothing ----
history --since=2026-11-20 --until=2026-11-21 --file=day.journal
is 0 'nothing in a time'
has out 'nothing of poweroptd from 2026-11-20 00:00:00 to 2026-11-21 00:00:00' 'nothing in a time'
has out 'It reaches back to 2026-11-22 00:00:00' 'nothing in a time'

# ---- others cannot speak in its name ----
{
    entry 5 charging 16000 'true'
    entry 6 paused 0 'false' | sed 's/_SYSTEMD_UNIT=poweroptd/_SYSTEMD_UNIT=other/'
    entry 7 nonsense 0 'no state'
} | journal forged
# shellcheck disable=SC2086
history $day --file=forged.journal
is 0 'an entry of another unit'
has out 'true' 'an entry of the unit'
lacks out 'false' 'an entry of another unit'
lacks out 'no state' 'an entry with a state that is none'

# ---- the service stops, the machine goes down ----
{
    entry 0 charging 16000 'goes well'
    entry 60 x 0 'Stopped poweroptd.service' _PID=1 UNIT=poweroptd.service \
        MESSAGE_ID=9d1aaa27d60140bd96365438aad20286 | grep -v 'POWEROPT_\|_SYSTEMD_UNIT'
    entry 120 limited 10000 'again'
    boot=fedcba9876543210fedcba9876543210 entry 180 charging 16000 'after the power loss'
    boot=fedcba9876543210fedcba9876543210 entry 240 charging 16000 'goes on'
} | journal stops
# shellcheck disable=SC2086
history $day --file=stops.journal
is 0 'a service that stops'
has out 'not held back 2min (50 %), not running 1min (25 %), not known 1min (25 %)' 'a service that stops'
has out 'stopped             Stopped poweroptd.service' 'a service that stops'

# ---- what a terminal acts on ----
message=$(printf 'evil \033[31m red\nnew \302\233 line \377 \a')
{
    entry 0 charging 16000 x | grep -v '^MESSAGE=\|^$'
    printf 'MESSAGE\n'
    # shellcheck disable=SC2059 # the length as eight bytes, little endian
    printf "\\$(printf %o "$(LC_ALL=C && echo ${#message})")\0\0\0\0\0\0\0%s\n\n" "$message"
} | journal evil
# shellcheck disable=SC2086
history $day --file=evil.journal
is 0 'control characters'
has out 'evil' 'control characters'
LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f-\xff]' out && fail 'control characters reach the terminal'
[ "$(grep -c '^2026' out)" -eq 2 ] || fail 'a newline in a message makes a row'

# ---- 100,000 entries: not all in memory, and a picture of bounded size ----
awk 'BEGIN {
    for (i = 0; i < 100000; i++)
        printf "__REALTIME_TIMESTAMP=%.0f\n__MONOTONIC_TIMESTAMP=%.0f\n_BOOT_ID=0123456789abcdef0123456789abcdef\n" \
            "_SYSTEMD_UNIT=poweroptd.service\nPOWEROPT_STATE=%s\nPOWEROPT_ALLOWED_MA=%d\nPOWEROPT_LIMIT_MA=25000\n" \
            "MESSAGE=number %d\n\n", 1795305600000000 + i * 500000, 1000000 + i * 500000,
            i % 2 ? "limited" : "charging", 6000 + i % 10000, i
}' | journal big
# shellcheck disable=SC2086
(ulimit -v 400000 && timeout 60 "$program" history $day --file=big.journal >out 2>err)
status=$?
# The shadow memory of a sanitizer takes what it wants.
# shellcheck disable=SC2086
grep -q AddressSanitizer err && history $day --file=big.journal
is 0 '100,000 entries'
[ "$(grep -c 'number' out)" -eq 100000 ] || fail '100,000 rows'

if command -v gnuplot >/dev/null; then
    # shellcheck disable=SC2086
    history $day --file=big.journal --svg=big.svg
    is 0 'a picture'
    head -c 200 big.svg | grep -q '<svg\|<?xml' || fail 'the picture is no SVG'
    [ "$(wc -c <big.svg)" -lt 1000000 ] || fail 'the picture is too large'
    # shellcheck disable=SC2086
    history $day --file=day.journal --svg=nowhere/day.svg
    is 1 'a picture that cannot be written'
    has err 'no picture in nowhere/day.svg' 'a picture that cannot be written'
    # shellcheck disable=SC2086
    history $day --file=big.journal --svg=-
    is 0 'a picture on standard output'
    cmp out big.svg || fail 'on standard output there is more than the picture'
else
    echo 'gnuplot is not installed: no picture'
fi
echo 'of before' >x.svg
# shellcheck disable=SC2086
PATH=/nonexistent "$program" history $day --file=day.journal --svg=x.svg >out 2>err
status=$?
is 1 'no gnuplot'
has err 'no picture in x.svg: gnuplot is not installed (apt-get install gnuplot-nox)' 'no gnuplot'
mkdir failing && printf '#!/bin/sh\necho half\nexit 1\n' >failing/gnuplot && chmod 755 failing/gnuplot
# shellcheck disable=SC2086
PATH=$PWD/failing "$program" history $day --file=day.journal --svg=x.svg >out 2>err
status=$?
is 1 'a gnuplot that fails'
has err 'no picture in x.svg: gnuplot failed' 'a gnuplot that fails'
[ "$(cat x.svg)" = 'of before' ] || fail 'the picture of before is gone without a new one'

# ---- directories, and what is no journal ----
mkdir many && cp day.journal many/
# shellcheck disable=SC2086
history $day --directory=many
is 0 'a directory'
has out 'nothing holds it back' 'a directory'

mkdir empty
history --directory=empty
is 1 'an empty directory'
has err 'has no journal files' 'an empty directory'

history --directory=missing
is 1 'a missing directory'
has err 'missing' 'a missing directory'

head -c 5000 /dev/urandom >rubbish.journal
history --file=rubbish.journal
is 1 rubbish
has err 'rubbish.journal' rubbish

head -c 100000 day.journal >cut.journal
history --file=cut.journal
[ "$status" -le 1 ] || fail 'a truncated journal'

# Root may read everything, so somebody else has to try.
mkdir closed && cp day.journal closed/ && chmod 0 closed/day.journal
chmod 755 "$dir" closed
if [ "$(id -u)" -ne 0 ]; then
    history --directory=closed
elif setpriv --reuid=65534 --regid=65534 --clear-groups \
    timeout 60 "$program" --version >/dev/null 2>&1; then # setpriv itself still may read anything
    setpriv --reuid=65534 --regid=65534 --clear-groups \
        timeout 60 "$program" history --directory=closed >out 2>err
    status=$?
else
    echo 'the program is not within the reach of nobody: permissions are not tested'
    status=1
    echo systemd-journal >err
fi
is 1 'no permission'
has err 'systemd-journal' 'no permission'

# ---- usage ----
history --since=bogus
is 2 'a time that is none'
has err '--since=bogus: must be a time such as 2026-11-22' 'a time that is none'
history --since=today --until=yesterday
is 2 'an end before the begin'
history --file=a --directory=b
is 2 'file and directory'
history --json --svg=-
is 2 'two for standard output'
history extra
is 2 'an argument'
history --help
is 0 help
has out '--since=TIME' help

[ $failed -eq 0 ] && echo 'all well'
exit $failed
