# SPDX-License-Identifier: MIT
#
# An RS485 adapter that is plugged in while the service runs, whose driver was not loaded when the
# service started: within the sandbox, the meter is found without a restart; and found again.

need_program poweroptd poweroptsim

leave() { systemctl stop poweroptd; rm -f /etc/poweroptd/poweroptd.conf.d/check.conf; }
on_exit leave
on_exit journalctl --no-pager --boot --unit=poweroptd --output=short-monotonic

configure <<'CONF'
[mains]
limit = 25
[meter]
device = /dev/ttyUSB0
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

says() { journalctl --no-pager --boot --unit=poweroptd --output=cat | grep -qF -- "$1"; }

step "not plugged in: a fault that says so"
refused grep -q ftdi_sio /proc/modules
[[ ! -e /dev/ttyUSB0 ]] || fail "/dev/ttyUSB0 is there already"
systemctl start poweroptd
pid=$(systemctl show --property=MainPID --value poweroptd)
wait_for 10 says "/dev/ttyUSB0 does not exist: plug the RS485 adapter in"
wait_for 5 duty_is 1000 1000

step "plugged in: the charge begins"
export LINE_FAR=$USB_FAR
meter_start --currents=5,5,5
usb_plug
wait_for 10 test -c /dev/ttyUSB0
wait_for 60 duty_is 266 266

step "unplugged: no current"
usb_unplug
wait_for 10 duty_is 1000 1000

step "plugged in again: it goes on"
usb_plug
wait_for 60 duty_is 266 266
expect "$pid" "$(systemctl show --property=MainPID --value poweroptd)" "the main process"
usb_unplug
