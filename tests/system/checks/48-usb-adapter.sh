# SPDX-License-Identifier: MIT
#
# An RS485 adapter that is plugged in while the service runs, whose driver was not loaded when the
# service started: within the sandbox, the meter is found without a restart; and found again.

need_program poweroptd poweroptsim

service_at_rest_after

configure_charge /dev/ttyUSB0

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
