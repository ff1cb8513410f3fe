#!/bin/sh
# SPDX-License-Identifier: MIT
# The sandbox of the service, with and without the drop-ins that are shipped as examples, is as tight
# as promised.

here=$(cd "$(dirname "$0")/../.." && pwd)
unit=$here/systemd/poweroptd.service.in

# has LINE: what SECURITY.md relies on, whatever it adds up to
has() {
  grep -qxF -e "$1" "$unit" || { echo "poweroptd.service lacks: $1" && exit 1; }
}
has User=poweroptd
has CapabilityBoundingSet=
has NoNewPrivileges=yes
has IPAddressDeny=any
has "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_CAN"
if cat "$unit" "$here"/systemd/examples/*.conf | grep -E '^(AmbientCapabilities=.|RestrictAddressFamilies=.*AF_INET|IPAddressAllow=)'; then
  echo "a capability, or the Internet"
  exit 1
fi

if ! systemd-analyze --version >/dev/null 2>&1; then
  echo "SKIP: no systemd-analyze (package systemd)"
  exit 77
fi
if [ ! -d /run/systemd ] && [ ! -w /run ]; then
  echo "SKIP: systemd-analyze needs a directory /run/systemd, and cannot make it"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# exposure DROP-IN...: of the unit with these, times 10
exposure() {
  rm -rf "${work:?}/etc"
  mkdir -p "$work/etc/systemd/system/poweroptd.service.d"
  sed 's|@sbindir@|/usr/sbin|g' "$here/systemd/poweroptd.service.in" \
    >"$work/etc/systemd/system/poweroptd.service"
  for dropin; do
    cp "$here/systemd/examples/$dropin.conf" "$work/etc/systemd/system/poweroptd.service.d"
  done
  systemd-analyze security --offline=true --root="$work" --no-pager poweroptd.service 2>"$work/errors" |
    sed -n 's/.*Overall exposure level for .*: \([0-9]*\)\.\([0-9]\) .*/\1\2/p'
}

# at_most TENTHS DROP-IN...
at_most() {
  limit=$1
  shift
  got=$(exposure "$@")
  echo "poweroptd.service $*: ${got:-no answer} of at most $limit (in 0.1)"
  cat "$work/errors" # a setting that it does not know, or that is no longer valid
  if [ -z "$got" ] || [ "$got" -gt "$limit" ] || [ -s "$work/errors" ]; then status=1; fi
}

at_most 14
at_most 14 no-pwm
at_most 14 exact-devices
at_most 7 no-can
at_most 7 no-can exact-devices
exit $status
