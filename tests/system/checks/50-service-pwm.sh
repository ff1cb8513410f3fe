# SPDX-License-Identifier: MIT
#
# The service on a real PWM driver and a real serial port: the charge follows the meter, and is
# stopped when the meter falls silent and when the service ends.

need_program poweroptd poweroptsim

leave() { systemctl stop poweroptd; rm -f /etc/poweroptd/poweroptd.conf.d/check.conf; }
on_exit leave
on_exit journalctl --no-pager --boot --unit=poweroptd --output=short-monotonic

# An emulated processor can be late by a few hundred milliseconds.
configure <<'CONF'
[mains]
limit = 25
[meter]
device = /dev/ttyS1
response_timeout = 500ms
lost_after = 2s
[charger]
output = pwm
max_current = 16
[regulator]
settle = 2s
raise_delay = 3s
resume_delay = 5s
recover_delay = 3s
CONF

step "started without a meter: no current"
systemctl start poweroptd
expect active "$(systemctl is-active poweroptd)" "the service"
wait_for 5 duty_is 1000 1000

step "a meter with room for 16 A"
meter_start --currents=5,5,5
wait_for 40 duty_is 266 266

# Little enough to be ridden through at min_current for some seconds.
step "too much on L2: less than 16 A, at least 6 A"
meter currents 5,26,5
wait_for 5 duty_is 100 265

step "room again"
meter currents 5,5,5
wait_for 60 duty_is 266 266

step "the meter falls silent"
meter fault silent on
wait_for 5 duty_is 1000 1000

step "the meter answers again"
meter fault silent off
wait_for 60 duty_is 266 266

step "the service ends"
systemctl stop poweroptd
wait_for 2 duty_is 1000 1000
