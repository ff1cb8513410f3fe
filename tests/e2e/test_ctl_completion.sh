#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What bash offers behind poweroptctl, for each verb and option that the program has.

set -u
srcdir=${srcdir:-.}
program=$PWD/poweroptctl
failed=0

# shellcheck source=data/completion/poweroptctl
source "$srcdir/data/completion/poweroptctl" || exit 1

# offered WORD...: what is offered for the last word, on one line.
offered() {
    # shellcheck disable=SC2034 # this is how bash tells a completion what was typed
    COMP_WORDS=(poweroptctl "$@") COMP_CWORD=$#
    COMPREPLY=()
    _poweroptctl "$program"
    echo "${COMPREPLY[*]-}"
}

# expect OFFERED WORD...
expect() {
    local expected=$1 got
    shift
    got=$(offered "$@")
    if [ "$got" != "$expected" ]; then
        printf "not ok: 'poweroptctl %s' offers '%s', not '%s'\n" "$*" "$got" "$expected"
        failed=1
    fi
}

# The verbs, as the program lists them.
verbs=$("$program" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | paste -sd ' ')
[ "$(wc -w <<<"$verbs")" -ge 5 ] || { echo "not ok: the program has no verbs" && exit 1; }
expect "$verbs --help --version" ''
expect 'cap' ca
expect '--version' --v
expect '' bogus ''
expect '' bogus --

for verb in $verbs; do
    case " $(offered "$verb" -) " in
    *' --help '*) ;;
    *) echo "not ok: $verb offers no --help" && failed=1 ;;
    esac
done

expect '--json --help' status -
expect '--json' status --j
expect '--for= --help' cap 10 --
expect '6' cap 6
expect '15min 1h' cap 10 --for = 1
expect '15min 30min 1h 2h 4h 8h' cap 10 --for =
expect '30min' cap 10 --for 3
expect '' uncap ''
expect '/dev/null' scan /dev/nul
expect '/dev/full' history --svg = /dev/ful

complete -p poweroptctl >/dev/null || failed=1
exit $failed
