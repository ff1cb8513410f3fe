# SPDX-License-Identifier: MIT
# Limit: 900 s
#
# A commissioning from "apt install" to "apt purge", written down as doc/commissioning.md. It fails
# with the difference when that page no longer tells what is seen; tests/system/update-transcript
# renews it.

need_program poweroptd poweroptsim
deb=$(echo "$LAB"/debs/poweroptd_*.deb)
[[ -e $deb ]] || skip "the project was not installed as a package"

# shellcheck source=tests/system/guest/transcript.sh
. "$LAB/guest/transcript.sh"

export LC_ALL=C.UTF-8 COLUMNS=100 SYSTEMD_PAGER='' DEBIAN_FRONTEND=noninteractive

property() { busctl get-property org.poweroptd /org/poweroptd org.poweroptd.Optimizer1 "$@" 2>/dev/null; }
# is PROPERTY VALUE, as busctl writes it
is() { [[ $(property "$1") == "$2" ]]; }
status_says() { [[ $(systemctl show --property=StatusText --value poweroptd) == *"$1"* ]]; }

# look [STATUS [STATUS]]: what there is to see, with the exit statuses of systemctl and poweroptctl.
look() {
  run_ending "${1-0}" "systemctl status --lines=0 poweroptd"
  run_ending "${2-0}" "poweroptctl status"
}
bus() {
  run "busctl get-property org.poweroptd /org/poweroptd org.poweroptd.Optimizer1 \\
    State Reason AllowedCurrent Faults"
}
journal() { run "journalctl -t poweroptd -x --cursor-file=seen"; }

leave() {
  dpkg -i "$deb"
  systemctl stop poweroptd
  rm -f /etc/poweroptd/poweroptd.conf.d/*.conf
  gpio_up
}
on_exit leave
on_exit cp "$page" "$LAB/results/95-commissioning.md"

step "a gateway on which poweroptd was never installed"
# The journal from here on: what -t shows next comes after an entry that it shows as well.
systemctl restart poweroptd
systemctl stop poweroptd
(cd "$desk" && journalctl -t poweroptd --cursor-file=seen >/dev/null)
apt-get purge -y poweroptd </dev/null
[[ ! -d $(pwm_chip)/pwm0 ]] || echo 0 >"$(pwm_chip)/unexport"
cp "$deb" "$desk"
dip off ON ON
house_draws 42 78 31
house_up

cat >"$page" <<'PAGE'
<!-- SPDX-License-Identifier: MIT -->
<!-- Written by tests/system/checks/95-commissioning.sh: do not edit, run tests/system/update-transcript. -->
# A commissioning, from apt install to apt purge

Everything below was typed on a gateway with Debian 12, and is what it answered. The gateway is a
virtual machine with real kernel drivers for DIP switches, PWM and the serial line. A simulated Klefr
6934 at the other end of that line shows what a simulated house and a simulated car draw; the car
takes what the control pilot offers it. The test suite does all of this again and compares it with
this page, so it is what the software does. Only times, process numbers and the like may differ, and
what is told on the way from one state to the next.

The house has a main switch of 25 A, and the charger and its cable are made for 16 A. At the
beginning nothing but Debian is installed; the car is plugged in when the service is started.
PAGE

step "install"
prose <<'PAGE'
## Install
PAGE
run "apt install ./$(basename "$deb")"
wait_for 60 is State 's "starting"'
sleep 6 # nothing becomes a fault, as nothing is expected yet
prose <<'PAGE'
The service runs, but touches neither PWM nor GPIO nor CAN until it is told what there is. It says
so in its status, and in the journal. There `-x` adds what a message means and what to check, `-t`
leaves out what systemd itself says of the service, and with `--cursor-file` each message is shown
only once on this page.
PAGE
look
journal

step "configure"
prose <<'PAGE'
## Configure

What there is stands in a file of its own, which an upgrade of the package leaves alone. Every key
is explained in `/etc/poweroptd/poweroptd.conf` and in poweroptd.conf(5).
PAGE
cat >/etc/poweroptd/poweroptd.conf.d/house.conf <<'CONF'
[dip]
chip = dip                  # switches 4, 5 and 6 are lines 4, 5 and 6 of this GPIO chip

[meter]
device = /dev/ttyS1         # 9600 baud, even parity, address 1, as the meter is delivered

[charger]
output = pwm                # the control pilot
max_current = 16            # A, the rating of charger and cable
CONF
run "cat /etc/poweroptd/poweroptd.conf.d/house.conf"
cat >/etc/poweroptd/poweroptd.conf.d/lab.conf <<'CONF'
[meter]
response_timeout = 500ms    # this machine is emulated, and slow

[regulator]
settle = 2s
raise_delay = 3s
resume_delay = 10s
CONF
prose <<'PAGE'
A second file is only for this page. It shortens waiting times; on a real gateway leave them as
they are.
PAGE
run "cat /etc/poweroptd/poweroptd.conf.d/lab.conf"
run "poweroptd --check-config"
prose <<'PAGE'
Is the meter there? `poweroptctl scan` looks for it. The service has to be stopped meanwhile, as a
Modbus line has one master.
PAGE
run "systemctl stop poweroptd"
run "poweroptctl scan"

step "start"
prose <<'PAGE'
## Start
PAGE
# An emulated machine is so slow to hand a new channel to the service that it would tell of it.
pwm_handed_over 0
car_plugged
run "systemctl start poweroptd"
wait_for 60 is PhaseCurrents "ai 3 20200 23800 19100"
wait_for 20 status_says "16 A: nothing"
look
journal
run "busctl introspect org.poweroptd /org/poweroptd org.poweroptd.Optimizer1"

step "commission"
prose <<'PAGE'
## Commission

The walk to a signed report. It takes the car away from the regulation for a moment: stops it, lets
it draw 6 A, stops it again, and looks whether the meter sees that on the right phases.
PAGE
run_answering "poweroptctl commission --report=house-12.txt" "E. Sample" y y
run "cat house-12.txt"
wait_for 90 is PhaseCurrents "ai 3 20200 23800 19100"
wait_for 20 status_says "16 A: nothing"
journal

step "charge"
prose <<'PAGE'
## Charge

Somebody switches the oven on: 10 A more on L2. With the car's 16 A that would be 33.8 A on a main
switch of 25 A.
PAGE
house_draws 42 178 31
wait_for 60 is PhaseCurrents "ai 3 11200 24800 10100"
sleep 3
look
bus
journal
prose <<'PAGE'
The oven is off again, and a few seconds later the car has its 16 A back.
PAGE
house_draws 42 78 31
wait_for 60 is PhaseCurrents "ai 3 20200 23800 19100"
wait_for 20 status_says "16 A: nothing"
look
journal

step "unplug the meter"
prose <<'PAGE'
## Unplug the meter

Somebody pulls the plug of the RS485 line. Nobody knows any more what the house draws, so the car is
stopped after 5 s.
PAGE
meter_unplugged
wait_for 60 is State 's "failsafe"'
wait_for 20 duty_is 1000 1000
sleep 1
look 0 4
bus
journal

step "plug it back"
prose <<'PAGE'
## Plug it back

The meter has to answer well for ten seconds, then the charge goes on by itself: here a little later, as the charge was
stopped not long before, and each stop that follows on another is held longer.
PAGE
meter_plugged
wait_for 120 is PhaseCurrents "ai 3 20200 23800 19100"
wait_for 60 status_says "16 A: nothing"
look
bus
journal

step "reload a good configuration"
prose <<'PAGE'
## Reload a good configuration

The cable was exchanged for one that is made for 13 A.
PAGE
run "sed -i 's/^max_current = 16 /max_current = 13 /' /etc/poweroptd/poweroptd.conf.d/house.conf"
run "systemctl reload poweroptd"
wait_for 60 is PhaseCurrents "ai 3 17200 20800 16100"
look
bus
journal

step "reload a bad configuration"
prose <<'PAGE'
## Reload a bad configuration

A digit too many, and a key that does not exist. The reload is refused, and the charge goes on as
before.
PAGE
run "sed -i 's/^max_current = 13 /max_curent = 130 /' /etc/poweroptd/poweroptd.conf.d/house.conf"
run_ending 1 "systemctl reload poweroptd"
sleep 1
look
journal
run_ending 1 "poweroptd --check-config"
run "sed -i 's/^max_curent = 130 /max_current = 13 /' /etc/poweroptd/poweroptd.conf.d/house.conf"
run "poweroptd --check-config && systemctl reload poweroptd"
sleep 2
journal

step "stop"
prose <<'PAGE'
## Stop

Nothing may be drawn when nobody regulates: the control pilot stays at its pause level, a duty cycle
of 100 %.
PAGE
run "systemctl stop poweroptd"
look 3 3
run_ending 1 "busctl get-property org.poweroptd /org/poweroptd org.poweroptd.Optimizer1 State"
run "cat /sys/class/pwm/pwmchip0/pwm0/{duty_cycle,period}"
journal

step "purge"
prose <<'PAGE'
## Purge

The configuration goes too, and the control pilot stays where it is.
PAGE
run "apt purge -y poweroptd"
run_ending 4 "systemctl status --lines=0 poweroptd"
run_ending 2 "ls /etc/poweroptd /run/poweroptd"
run "cat /sys/class/pwm/pwmchip0/pwm0/{duty_cycle,period}"

step "the page"
cp "$page" "$LAB/results/commissioning.md"
page_is_as "$LAB/guest/commissioning.md"
