# SPDX-License-Identifier: MIT
#
# Invariant S7: however the service ends, the output is safe within 2 s, within 5 s if it hangs, and
# a restart costs a running charge only seconds.

need_program poweroptd poweroptsim

service_at_rest_after

led=$(echo /sys/class/leds/*capslock | cut -d ' ' -f 1)

configure <<CONF
[mains]
limit = 25
[meter]
device = /dev/ttyS1
response_timeout = 500ms
lost_after = 3s
[charger]
output = pwm
max_current = 16
[indicator]
fault_led = $led
[regulator]
settle = 2s
raise_delay = 3s
resume_delay = 20s
recover_delay = 3s
CONF

# An emulated processor takes many times as long to start the program that makes the output safe.
slow=1
[[ $(systemd-detect-virt) != qemu ]] || slow=2

main_pid() { systemctl show --property=MainPID --value poweroptd; }

# safe_within MS SIGNAL: from the signal to the pause level on the control pilot.
safe_within() {
  local begin=${EPOCHREALTIME/./} now

  kill "-$2" "$(main_pid)"
  until duty_is 1000 1000; do
    now=${EPOCHREALTIME/./}
    ((now - begin < $1 * 1000 * slow + 3000000)) || fail "still not safe $(((now - begin) / 1000)) ms after $2"
  done
  now=${EPOCHREALTIME/./}
  printf 'SIG%s: safe after %d ms\n' "$2" $(((now - begin) / 1000))
  ((now - begin <= $1 * 1000 * slow)) || fail "safe only after $(((now - begin) / 1000)) ms"
}

step "charging at 16 A"
rm -f /run/poweroptd/decision # a restart is cheap once in ten minutes
meter_start --currents=5,5,5
systemctl start poweroptd
wait_for 60 duty_is 266 266
expect 0 "$(cat "$led/brightness")" "the fault light while charging"

step "SIGKILL: safe within 2 s"
pid=$(main_pid)
safe_within 2000 KILL

step "a restart costs the charge some seconds, not resume_delay"
begin=$SECONDS
wait_for 10 duty_is 100 266
printf 'charging again after %d s (resume_delay is 20 s)\n' $((SECONDS - begin))
[[ $pid != "$(main_pid)" ]] || fail "the same process?"
wait_for 60 duty_is 266 266

step "SIGSEGV: safe within 2 s"
safe_within 2000 SEGV
wait_for 90 duty_is 266 266

step "SIGSTOP, a hang: safe within 5 s by the watchdog"
safe_within 5000 STOP
wait_for 90 duty_is 266 266

step "the meter falls silent: the fault light is lit, and goes out"
meter fault silent on
light_is() { [[ $(cat "$led/brightness") == "$1" ]]; }
wait_for 10 light_is "$(cat "$led/max_brightness")"
expect none "$(sed 's/.*\[\(.*\)\].*/\1/' "$led/trigger")" "the light's trigger"
meter fault silent off
wait_for 20 light_is 0

step "an orderly stop is safe"
wait_for 90 duty_is 266 266
systemctl stop poweroptd
wait_for 2 duty_is 1000 1000

step "the fail-safe by hand, with a broken configuration: it says what it wrote"
pwm_set 0 duty_cycle 266666
echo 'rubbish' >/etc/poweroptd/poweroptd.conf.d/check.conf
poweroptd --failsafe 2>/tmp/failsafe || fail "failed: $(cat /tmp/failsafe)"
grep -q 'left at 0 A' /tmp/failsafe || fail "it said: $(cat /tmp/failsafe)"
duty_is 1000 1000 || fail "the duty is $(pwm_duty 0)"
