#!/bin/sh
# SPDX-License-Identifier: MIT
#
# systemd takes the catalog, and shows each of its entries.
set -eu

catalog=${srcdir:-.}/data/poweroptd.catalog
command -v journalctl >/dev/null || {
	echo "journalctl is not installed (package systemd)"
	exit 77
}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/usr/lib/systemd/catalog" "$root/var/lib/systemd/catalog"
cp "$catalog" "$root/usr/lib/systemd/catalog/"

# It complains about a bad entry and goes on, so nothing is to be said.
said=$(timeout 20 journalctl --root="$root" --update-catalog 2>&1)
if [ -n "$said" ]; then
	echo "journalctl --update-catalog: $said"
	exit 1
fi
want=$(grep -c '^-- ' "$catalog")
got=$(timeout 20 journalctl --root="$root" --list-catalog | grep -c 'poweroptd: ')
if [ "$got" -ne "$want" ]; then
	echo "the catalog has $want entries, and journalctl lists $got"
	exit 1
fi
