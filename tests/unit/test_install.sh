#!/bin/sh
# SPDX-License-Identifier: MIT
# "make install" over an older installation leaves its settings alone, and so does "make uninstall".

set -eu
shipped=${srcdir:-.}/etc/poweroptd.conf
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

to_root() {
  # The flags of the make that runs the tests, such as its job server, are none of this one's.
  MAKEFLAGS='' timeout 60 make -s "$1" DESTDIR="$root" poweroptdconfdir=/etc/poweroptd
}

to_root install-data-local
cmp "$shipped" "$root/etc/poweroptd/poweroptd.conf"

echo 'limit = 25' >"$root/etc/poweroptd/poweroptd.conf"
to_root install-data-local | grep -q 'is there already and is kept' || { echo "not told"; exit 1; }
to_root uninstall-local
[ "$(cat "$root/etc/poweroptd/poweroptd.conf")" = 'limit = 25' ] || { echo "changed settings are gone"; exit 1; }

cp "$shipped" "$root/etc/poweroptd/poweroptd.conf"
to_root uninstall-local
[ ! -e "$root/etc/poweroptd/poweroptd.conf" ] || { echo "unchanged settings stay"; exit 1; }
