# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For a check that writes a page of the documentation: commands with what they really print, in a
# simulated house with a car.
#
#   prose                     what is on stdin becomes text of the page
#   run COMMAND               it and its output become a block of the page; it has to succeed
#   run_ending STATUS COMMAND the same for one that ends with another status
#   run_answering COMMAND ANSWER...    the same on a terminal, where it asks so many questions
#   page_is_as PAGE           fail with the difference, unless it is what a run before this one wrote
#
#   house_up                  a meter at the far end of the line that shows what house and car draw
#   house_draws L1 L2 L3      without the car, in 1/10 A
#   car_plugged               a car for three phases draws what the control pilot offers
#   meter_unplugged, meter_plugged
#
# They share $desk, the directory in which the commands are run, and $page.

desk=/tmp/house-12
mkdir "$desk"
page=$desk.md
: >"$page"

# ---- the page ----

prose() { { echo; cat; } >>"$page"; }

# block COMMAND: what is on stdin is what it printed. Of a line that was written over and over the
# last state counts. apt warns whoever does not use a terminal, and misses a package that is on every
# Debian but this one.
block() {
  {
    printf '\n```console\n# %s\n' "$1"
    sed -E -e 's/[[:blank:]\r]+$//' -e 's/.*\r//' -e '/^debconf: delaying package/d' \
      -e '/^WARNING: apt does not have/,+1d' | sed '/./,$!d'
    echo '```'
  } >>"$page"
}

run_ending() {
  local status=0

  (cd "$desk" && exec bash -c "$2") >"$desk.out" 2>&1 </dev/null || status=$?
  block "$2" <"$desk.out"
  expect "$1" "$status" "the exit status of $2 ($(cat "$desk.out"))"
}

run() { run_ending 0 "$1"; }

asked() { (($(grep -oE '\[y/n\] |electrician: ' "$desk.out" | wc -l) >= $1)); }

run_answering() {
  local command=$1 answer question=0 keys status=0

  shift
  rm -f "$desk.keys" "$desk.out"
  mkfifo "$desk.keys"
  (cd "$desk" && exec script --quiet --return --flush --command "$command" /dev/null) \
    <"$desk.keys" >"$desk.out" 2>&1 &
  exec {keys}>"$desk.keys"
  for answer; do
    question=$((question + 1))
    wait_for 60 asked "$question"
    echo "$answer" >&"$keys"
  done
  wait $! || status=$?
  exec {keys}>&-
  block "$command" <"$desk.out"
  expect 0 "$status" "the exit status of $command ($(cat "$desk.out"))"
}

# What differs from run to run: times, processes, amounts of memory and the like, counts of requests,
# versions, voltages. What the journal has from one look to the next is compared without its order; and without
# what a slow machine tells more or less of: single answers that are late, and the way from one state to
# the next.
normalise() {
  sed -E \
    -e 's/^[A-Z][a-z]{2} [0-9]{2} [0-9:]{8} /TIME /' \
    -e 's/[A-Z][a-z]{2} [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} [A-Z]+/TIME/' \
    -e 's/^(Date:).*/\1 TIME/' \
    -e 's/; ([0-9]+[a-z]+ )+ago$/; AGE/' \
    -e 's/last reading .* ago/last reading AGE/' \
    -e 's/(for another|earliest in|to stop) [0-9]+(min|s)( [0-9]+s)?/\1 SPAN/' \
    -e 's/\[[0-9]+\]:/[PID]:/' \
    -e 's/(PID|Process): [0-9]+/\1: PID/' \
    -e 's/─[0-9]+ /─PID /' \
    -e 's/^( *(CPU|Memory|Tasks|Duration): ).*/\1N/' \
    -e '/^Bus /s/[0-9]+/N/g' \
    -e '/BusCounters|LastReading/s/ [0-9]+/ N/g' \
    -e 's/[0-9.,]+ [kM]?B\b/SIZE/g' \
    -e 's/[0-9]+ files/N files/' \
    -e 's/ \([0-9][^)]*\) (over|\.\.\.)/ (VERSION) \1/g' \
    -e 's/[0-9]+\.[0-9]+\.[0-9]+(-[0-9]+)?/VERSION/g' \
    -e '/^   \.\.\. /d' \
    -e '/^Klefr/s/, software [0-9.]+//' \
    -e 's/[0-9.]+ V\b/N V/' \
    -e 's/ +/ /g' "$1" | awk '
      function entries(i, j, entry) {
        for (i = 2; i <= n; i++) {
          entry = list[i]
          for (j = i - 1; j > 0 && list[j] > entry; j--) list[j + 1] = list[j]
          list[j + 1] = entry
        }
        for (i = 1; i <= n; i++) if (list[i] != list[i - 1]) printf "%s", list[i]
        for (i = 0; i <= n; i++) delete list[i]
        n = 0
      }
      /^```$/ { entries(); inside = 0 }
      !inside { print }
      /^# journalctl/ { inside = 1; next }
      inside && /^TIME/ {
        passing = /: (The meter does not answer|The meter answers again|On .* something answers)/ ||
          / for now: / || / it goes on /
        if (!passing) n++
      }
      inside && !passing { list[n] = list[n] $0 "\n" }'
}

page_is_as() {
  local difference

  difference=$(diff -u --label "$(basename "$1")" <(normalise "$1") --label "this run" <(normalise "$page")) ||
    fail "the page is not what this run shows; tests/system/update-transcript renews it:
$difference"
}

# ---- the house ----

house=$desk.house
mkdir "$house"

house_draws() { echo "$@" >"$house/load.new" && mv "$house/load.new" "$house/load"; }
car_plugged() { touch "$house/car"; }
meter_unplugged() { touch "$house/unplugged"; }
meter_plugged() { rm "$house/unplugged"; }

# In 1/10 A: IEC 61851-1 has 0.6 A for each 1 % of duty, from 10 % on, and nothing at 100 %.
car_draws() {
  local duty=0

  if [[ -e $house/car ]]; then duty=$(cat "$1/pwm0/duty_cycle" 2>/dev/null || true); fi
  if ((duty >= 100000 && duty <= 850000)); then echo $(((duty * 6 + 5000) / 10000)); else echo 0; fi
}

# tell FD FD WORD...: the simulated meter, as meter() does, through descriptors that a job inherits.
tell() {
  local answer='' to=$1 from=$2

  shift 2
  echo "$*" >&"$to"
  read -r -t 10 answer <&"$from" || true
  expect ok "$answer" "the answer to \"$*\""
}

house_runs() {
  local to=$1 from=$2 chip=$3 load car shown='' now silent=off fault

  while sleep 0.2; do
    read -r -a load <"$house/load"
    car=$(car_draws "$chip")
    printf -v now '%d.%d,%d.%d,%d.%d' $(((load[0] + car) / 10)) $(((load[0] + car) % 10)) \
      $(((load[1] + car) / 10)) $(((load[1] + car) % 10)) $(((load[2] + car) / 10)) $(((load[2] + car) % 10))
    if [[ $now != "$shown" ]]; then tell "$to" "$from" currents "$now"; fi
    shown=$now
    if [[ -e $house/unplugged ]]; then fault=on; else fault=off; fi
    if [[ $fault != "$silent" ]]; then tell "$to" "$from" fault silent "$fault"; fi
    silent=$fault
  done
}

house_up() {
  local to from

  meter_start --currents="$(awk '{ printf "%.1f,%.1f,%.1f", $1 / 10, $2 / 10, $3 / 10 }' "$house/load")"
  # Those of a coprocess are not inherited.
  exec {to}>&"${METER[1]}" {from}<&"${METER[0]}"
  house_runs "$to" "$from" "$(pwm_chip)" &
}
