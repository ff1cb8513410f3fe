# SPDX-License-Identifier: MIT
#
# The lab's serial line: bytes cross between ttyS1 and ttyS2 at 9600 8E1 both ways, a pty can stand
# at the far end, and the near port can be unplugged.

# The first Modbus request that poweroptd has for a meter, and an answer of zeros.
request='01 03 50 0c 00 0c 94 cc'
answer='01 03 04 00 00 00 00 fa 33'

# bytes HEX: the bytes themselves
bytes() { printf '%b' "\\x${1// /\\x}"; }

# crosses BYTES FROM TO: both devices are open
crosses() {
  local got reader

  timeout 10 head -c "$(wc -w <<<"$1")" <"$3" | od -A n -t x1 | tr -d '\n' >/tmp/crossed &
  reader=$!
  bytes "$1" >"$2"
  wait "$reader" || fail "only \"$(cat /tmp/crossed)\" arrived of \"$1\""
  read -r -a got </tmp/crossed || true
  expect "$1" "${got[*]}" "$2 to $3"
}

settings=(9600 raw -echo cs8 parenb -parodd -cstopb clocal)

step "9600 8E1 on both ends"
exec {near}<>"$LINE_NEAR" {far}<>"$LINE_FAR"
for device in "$LINE_NEAR" "$LINE_FAR"; do
  stty -F "$device" "${settings[@]}"
  expect 9600 "$(stty -F "$device" speed)" "the speed of $device"
  stty -F "$device" -a | grep -q 'parenb -parodd .*cs8.* -cstopb' || fail "$device is not 8E1"
done

step "bytes both ways"
crosses "$request" "$LINE_NEAR" "$LINE_FAR"
crosses "$answer" "$LINE_FAR" "$LINE_NEAR"

step "opened and closed ten times"
for _ in {1..10}; do
  exec {near}>&-
  exec {near}<>"$LINE_NEAR"
  stty -F "$LINE_NEAR" "${settings[@]}"
done
crosses "$request" "$LINE_NEAR" "$LINE_FAR"
exec {far}>&-

step "a pty at the far end"
socat PTY,link=/tmp/meter,raw,echo=0 EXEC:cat &
wait_for 5 test -e /tmp/meter
line_attach /tmp/meter
far_is_open() { [[ -n $(find /proc/[0-9]*/fd -lname "$LINE_FAR" 2>/dev/null) ]]; }
wait_for 5 far_is_open
crosses "$request" "$LINE_NEAR" "$LINE_NEAR"

step "unplugged and plugged in"
line_unplug
refused stty -F "$LINE_NEAR"
exec {near}>&-
line_plug
exec {near}<>"$LINE_NEAR"
stty -F "$LINE_NEAR" "${settings[@]}"
crosses "$answer" "$LINE_NEAR" "$LINE_NEAR"
