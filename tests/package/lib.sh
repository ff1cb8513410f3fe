# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the scripts of this directory share: root file systems of Debian suites, and the sources in
# them. Needs root. Root file systems are kept for a week, as a tar archive under a hash of what they
# are made from, and made anew without it; everything else is in $work, which goes at the end.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${XDG_CACHE_HOME:-/var/cache}/poweroptd-package
machine=$(dpkg --print-architecture)
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

say() { printf '[%3ds] %s\n' "$SECONDS" "$*"; }
skip() { printf 'SKIP: %s\n' "$*"; exit 77; }
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }
wrong_usage() { printf '%s: %s (see --help)\n' "$(basename "$0")" "$*" >&2; exit 2; }

work=''
clean_up() {
  local mount

  [[ -n $work ]] || return 0
  for mount in "$work"/*/{dev/pts,proc}; do
    if mountpoint --quiet "$mount"; then umount "$mount"; fi
  done
  rm -rf --one-file-system "$work"
}

# prepare PACKAGE...: what a script needs on this machine, apart from root.
prepare() {
  local package missing=()

  ((EUID == 0)) || skip "needs root (to make a root file system)"
  for package in mmdebstrap "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  ((${#missing[@]} == 0)) || skip "missing packages: ${missing[*]}"
  # Not in /tmp, which may be mounted nodev or noexec, or be small.
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/work.XXXXXX")
  trap clean_up EXIT
}

version() { dpkg-parsechangelog -l "$top/debian/changelog" -S Version; }

# quietly NAME COMMAND...: with the output in a file, of which the end is shown if it fails.
quietly() {
  local log=$work/$1.log

  shift
  "$@" >"$log" 2>&1 </dev/null && return
  tail -n 60 "$log"
  fail "$*"
}

# new_root KIND SUITE [ARCH]: in $work/KIND, mounted and with network. KIND "build" has the build
# dependencies (for ARCH, if that is not this machine's) and what looks at packages; "plain" has
# what every Debian has that runs services.
new_root() {
  local kind=$1 suite=$2 arch=${3:-$machine} key archive root=$work/$1

  key=$( (declare -f make_root; echo "$kind $suite $arch"; sed '/^Package:/,$d' "$top/debian/control") | sha256sum)
  archive=$cache/$suite-$kind-$arch-${key:0:12}.tar
  find "$cache" -maxdepth 1 -name '*.tar' -mtime +7 -delete
  if [[ ! -e $archive ]]; then
    say "root file system of $suite ($kind, $arch)"
    make_root "$kind" "$suite" "$arch" "$archive.$$" >"$work/root.log" 2>&1 || {
      tail -n 20 "$work/root.log"
      rm -f "$archive.$$"
      skip "no root file system of $suite for $arch could be made"
    }
    rm -f "$cache/$suite-$kind-$arch-"*.tar
    mv "$archive.$$" "$archive"
  fi
  mkdir "$root"
  tar -x -C "$root" -f "$archive"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  mount -t proc proc "$root/proc" && mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" ||
    skip "cannot mount /proc and /dev/pts for a chroot"
}

make_root() {
  local kind=$1 suite=$2 arch=$3 archive=$4 options=() deps=() include=(ca-certificates) mirror=()

  case $kind in
    plain) include+=(dbus systemd systemd-sysv udev) ;;
    build)
      include+=(build-essential fakeroot)
      options+=(--dpkgopt=path-exclude="/usr/share/man/*" --dpkgopt=path-exclude="/usr/share/doc/*")
      if [[ $arch == "$machine" ]]; then
        include+=(diffoscope-minimal libfaketime lintian)
      else
        options+=(--architectures="$machine,$arch")
        # Libraries must have one version on both architectures, and security updates do not reach
        # all of them at the same time.
        mirror=("deb ${LAB_MIRROR:-http://deb.debian.org/debian} $suite main")
        include+=("crossbuild-essential-$arch" "libcmocka-dev:$arch" qemu-user-static)
        deps=("--host-architecture=$arch" "--build-profiles=cross,nocheck")
      fi
      options+=(--customize-hook="mkdir \"\$1/deps\" && cp -r '$top/debian' \"\$1/deps\""
        --customize-hook="chroot \"\$1\" apt-get build-dep -y --no-install-recommends ${deps[*]} /deps/"
        --customize-hook="rm -r \"\$1/deps\"; chroot \"\$1\" useradd --create-home build")
      ;;
  esac
  mmdebstrap --mode=root --variant=minbase --format=tar --dpkgopt=force-unsafe-io "${options[@]}" \
    --include="${include[*]}" "$suite" "$archive" "${mirror[@]}"
}

# in_root KIND COMMAND...: in it, as root, without questions.
in_root() {
  local root=$work/$1

  shift
  chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} "$@" </dev/null
}

# unpack_sources DIRECTORY: what git knows, in a directory of the root "build", with the archive
# that the source package needs beside it.
unpack_sources() {
  local directory=$work/build$1 upstream

  upstream=$(version)
  upstream=${upstream%-*}
  mkdir -p "$directory"
  git -C "$top" -c safe.directory='*' ls-files -z | (cd "$top" && xargs -0 ls -d 2>/dev/null) |
    tar -c -C "$top" --no-recursion -T - | tar -x -C "$directory"
  tar -c -C "$directory/.." --exclude="./debian" --sort=name --owner=0 --group=0 \
    --mtime="@$(dpkg-parsechangelog -l "$top/debian/changelog" -S Timestamp)" --transform "s|^\.|poweroptd-$upstream|" \
    -J -f "$directory/../poweroptd_$upstream.orig.tar.xz" -C "$(basename "$directory")" .
  chroot "$work/build" chown -R build:build "$(dirname "$1")"
}

# build_package DIRECTORY OPTION...: as a user without privileges. ENVIRONMENT=(NAME=VALUE...) is
# added.
ENVIRONMENT=()
build_package() {
  local directory=$1

  shift
  chroot --userspec=build:build "$work/build" env -i HOME=/home/build USER=build \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "${ENVIRONMENT[@]}" \
    sh -c 'cd "$1" && shift && exec dpkg-buildpackage -us -uc "$@"' sh "$directory" "$@" </dev/null
}
