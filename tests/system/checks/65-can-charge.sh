# SPDX-License-Identifier: MIT
#
# A whole charge over CAN: the DIP switches set the limit, and a charger that does not obey, by its
# own words, is a fault.

need_program poweroptd poweroptsim

service_at_rest_after

configure <<'CONF'
[dip]
chip = dip
[meter]
device = /dev/ttyS1
response_timeout = 500ms
[charger]
output = can
max_current = 32
[can]
interface = vcan0
[regulator]
settle = 2s
raise_delay = 3s
resume_delay = 3s
CONF

says() { journalctl --no-pager --boot --unit=poweroptd --since="@$since" --output=cat | grep -qF -- "$1"; }

# allowed FRAME: in 0.1 A.
allowed() { echo $((16#${1:6:2}${1:4:2})); }
allowed_is() { (($(allowed "$(can_capture 1 210:7FF | cut -d '#' -f 2)") == $1)); }
fault_bits() { echo $((16#$(can_capture 1 210:7FF | cut -d '#' -f 2 | cut -c 3-4))); }

step "25 A by the switches: 24.8 A for the car"
since=$(date +%s.%N)
dip off ON ON
meter_start --currents=0,0,0 # all that the main switch has is free
systemctl start poweroptd
wait_for 60 allowed_is 248

step "the switches go to 16 A: the next frames say at most 15.8 A"
candump -L vcan0,210:7FF >/tmp/frames &
monitor=$!
# shellcheck disable=SC2317 # called by wait_for
lowered() {
  local time interface frame

  while read -r time interface frame; do
    [[ $interface == vcan0 ]] && ((${#frame} == 20)) || continue
    (($(allowed "${frame#*#}") <= 158)) && echo "${time//[()]/}" && return
  done </tmp/frames
  return 1
}
begin=$EPOCHREALTIME
dip off off ON
wait_for 5 lowered >/dev/null
kill "$monitor"
ms=$(awk -v a="$begin" -v b="$(lowered)" 'BEGIN { print int((b - a) * 1000) }')
echo "lowered $ms ms after the switch moved (debounce 50 ms, poll 250 ms)"
((ms < 1000)) || fail "lowered only after $ms ms"

step "told to stop, the charger says that it goes on with 16 A: charger-runaway"
since=$(date +%s.%N)
# status AMPS COUNT: so many status frames of a charging car, with this on each phase.
status() {
  local alive data amps

  amps=$(printf '%02X%02X' $(($1 * 10 & 255)) $(($1 * 10 >> 8)))
  for ((alive = 0; alive < $2; alive++)); do
    data=$(printf '%X2%s%s%s' $((alive % 15)) "$amps" "$amps" "$amps")
    cansend vcan0 "211#$data$(can_crc 0x211 "$data")"
    sleep 0.1
  done
}
status 16 300 &
charger=$!
meter currents 40,40,40
runaway() { (($(fault_bits) & 64)); }
wait_for 30 runaway
kill "$charger"
says 'Fault charger-runaway: The charger does not obey' || fail "the journal does not say so"
expect 0 "$(allowed "$(can_capture 1 210:7FF | cut -d '#' -f 2)")" "the allowed current"

step "it obeys at last: the fault is over"
status 0 40 &
obeys() { ! runaway; }
wait_for 15 obeys
says 'Fault charger-runaway is over' || fail "the journal does not say so"
