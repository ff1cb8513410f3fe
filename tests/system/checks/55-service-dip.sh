# SPDX-License-Identifier: MIT
#
# The DIP switches on real GPIO lines set the limit of the running service.

need_program poweroptd poweroptsim

on_exit gpio_up
service_at_rest_after
pwm_handed_over 0

# By its label: a chip that comes back may have another number.
configure <<'CONF'
[dip]
chip = dip
[meter]
device = /dev/ttyS1
response_timeout = 500ms
[charger]
output = pwm
max_current = 80
[regulator]
settle = 2s
raise_delay = 3s
resume_delay = 3s
CONF

log_since() { journalctl --no-pager --boot --unit=poweroptd --output=cat --after-cursor="$1"; }
cursor() { journalctl --boot --show-cursor --lines=0 | sed -n 's/^-- cursor: //p'; }
log_says() { log_since "$mark" | grep -q -- "$1"; }

# duty_of AMPS: in 1/1000, rounded down; 0.2 A of the limit is kept free.
duty_of() {
  local tenths=$(($1 * 10 - 2))

  if ((tenths <= 510)); then echo $((tenths * 10 / 6)); else echo $((tenths * 10 / 25 + 640)); fi
}

step "all off at the start: the optimizer is disabled, the meter is left alone"
dip off off off
meter_start --currents=0,0,0 # all that the main switch has is free
mark=$(cursor)
systemctl start poweroptd
wait_for 5 duty_is 960 960
log_says 'power optimizer off' || fail "the journal does not say that the optimizer is off"
refused fuser -s "$LINE_NEAR"

# From above to below each setting counts after the debounce.
step "ON ON ON: 80 A"
mark=$(cursor)
dip ON ON ON
wait_for 3 log_says '80 A is the mains limit'
wait_for 30 duty_is "$(duty_of 80)" "$(duty_of 80)"
while read -r limit switches; do
  step "$switches: $limit A"
  mark=$(cursor)
  # shellcheck disable=SC2086 # three words
  dip $switches
  wait_for 3 log_says "$limit A is the mains limit"
  wait_for 3 duty_is "$(duty_of "$limit")" "$(duty_of "$limit")"
done <<'TABLE'
63 ON ON off
40 ON off ON
32 ON off off
25 off ON ON
20 off ON off
16 off off ON
TABLE

step "25 A again: a higher limit takes 10 s"
mark=$(cursor)
dip off ON ON
sleep 5
log_says 'is the mains limit' && fail "a higher limit counted within 5 s"
wait_for 10 log_says '25 A is the mains limit'
wait_for 30 duty_is "$(duty_of 25)" "$(duty_of 25)"

step "25 A to 32 A, one switch after the other: never a higher limit on the way"
mark=$(cursor)
dip ON ON ON
sleep 1
dip ON off ON
sleep 1
dip ON off off
highest=0
for ((i = 0; i < 140; i++)); do
  duty=$(pwm_duty 0)
  ((duty <= highest)) || highest=$duty
  log_says '32 A is the mains limit' && break
  sleep 0.1
done
log_says '32 A is the mains limit' || fail "32 A never counted"
expect 0 "$(log_since "$mark" | grep 'is the mains limit' | grep -vc '32 A')" "other limits on the way"
((highest <= $(duty_of 32))) || fail "the duty rose to $highest/1000 on the way"

step "a lower limit while charging: 25 A to 16 A"
dip off ON ON
wait_for 5 duty_is "$(duty_of 25)" "$(duty_of 25)"
begin=${EPOCHREALTIME/./}
dip off off ON
until duty_is 0 "$(duty_of 16)"; do
  ((${EPOCHREALTIME/./} - begin < 3000000)) || fail "not lowered within 3 s"
done
printf 'lowered %d ms after the switch moved (debounce 50 ms, poll 250 ms)\n' \
  $(((${EPOCHREALTIME/./} - begin) / 1000))
((${EPOCHREALTIME/./} - begin < 1000000)) || fail "lowered too late"

step "the chip vanishes: a fault, no current; and comes back"
mark=$(cursor)
gpio_gone
wait_for 5 duty_is 1000 1000
wait_for 2 log_says 'Fault dip-unreadable'
gpio_up
dip off ON ON
wait_for 30 log_says 'Fault dip-unreadable is over'
wait_for 40 duty_is "$(duty_of 16)" "$(duty_of 25)"
