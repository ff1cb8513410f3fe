#!/bin/sh
# SPDX-License-Identifier: MIT
# The page of the fuzzing, with where and when it ran. usage: page.sh FIGURES...
# FIGURES is what tests/fuzz/run printed, in one file or several.
set -eu
corpus=$(dirname "$0")/corpus

# given TARGET: the bytes, and what takes them
given() {
  case $1 in
  can) echo "frames of the CAN bus, through the codec of \`src/core\`" ;;
  config) echo "a configuration file, through inih and the whole reader" ;;
  dbus) echo "method calls, their bodies, and what the bus answers, through sd-bus and the daemon's methods" ;;
  meter) echo "the answers of a meter on a pseudo-terminal, through libmodbus and the driver" ;;
  quantity) echo "currents, time spans and text as people write them" ;;
  runtime) echo "the files of the runtime directory, through their readers and the regulator" ;;
  trace) echo "a load trace, through the reader of \`poweroptsim\`" ;;
  *) echo "page.sh: what is fuzz_$1 given?" >&2 && return 1 ;;
  esac
}

# must TARGET: what holds whatever they are, beside that no sanitizer finds anything
must() {
  case $1 in
  can) echo "a frame with a mistake changes nothing; no current out of range; a command never tells more than is allowed" ;;
  config) echo "an error is told and changes nothing (S8); what is accepted means the same when it is printed and read again" ;;
  dbus) echo "no cap without the bus' word on who calls, none out of range, no more of them than there may be" ;;
  meter) echo "currents only from a whole answer to this request, and just those that it holds; a reason in words otherwise" ;;
  quantity) echo "what is read, written and read again is the same; what is echoed is text; no buffer is too small" ;;
  runtime) echo "what cannot be true is none; with any memory the regulator stays within its bounds, and charges again (S6); caps are in range, and named by text" ;;
  trace) echo "times that rise, currents in range, or one line that says where it is wrong" ;;
  esac
}

cat <<END
<!-- SPDX-License-Identifier: MIT -->
# What was fuzzed, and for how long

Whatever comes from outside is read by code that libFuzzer (clang) gave any bytes to, under AddressSanitizer and UBSan
(\`tests/fuzz/\`). Each target checks what must hold besides. Written by \`make fuzz-page\`, which takes an hour for each
target; \`make fuzz TARGET=meter SECONDS=3600\` repeats one without this page. \`.ci/run fuzz\` runs each for some seconds,
and \`make check\` replays the kept inputs, with every compiler.

Ran on $(date -u +%Y-%m-%d), $(uname -sm), $(nproc) processors, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo |
  sort -u | sed -n 1p), beside other work.

| target | is given | must hold | seconds | executions | edges reached | inputs kept | result |
|---|---|---|---|---|---|---|---|
END
sort -u "$@" | {
  total=0
  while read -r target seconds executions _ covered _ result; do
    # neither the head of the table nor what run says of a finding
    [ -d "$corpus/$target" ] || continue
    given=$(given "$target")
    printf '| `fuzz_%s` | %s | %s | %s | %s | %s | %s | %s |\n' "$target" "$given" "$(must "$target")" \
      "$seconds" "$executions" "$covered" "$(find "$corpus/$target" -type f | wc -l)" "$result"
    total=$((total + executions))
  done
  printf '\n%s executions.\n' "$total"
}
