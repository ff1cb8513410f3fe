# SPDX-License-Identifier: MIT
#
# The service on a real PWM driver and a real serial port: the charge follows the meter, and is
# stopped when the meter falls silent and when the service ends.

need_program poweroptd poweroptsim

service_at_rest_after

configure_charge /dev/ttyS1

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
