# SPDX-License-Identifier: MIT
#
# What the journal gets of a cut cable, what it says about that with -x, and that the charge is
# regulated on while journald hangs.

need_program poweroptd poweroptsim

service_at_rest_after
on_exit systemctl kill --signal=CONT systemd-journald
pwm_handed_over 0

configure_charge /dev/ttyS1

cursor() { journalctl --boot --show-cursor --lines=0 | sed -n 's/^-- cursor: //p'; }

# Of everybody: where the entry at the cursor itself does not match, journalctl leaves out the next.
entries() { journalctl --no-pager --boot --after-cursor="$mark" "$@"; }

# event_id SUBJECT: as the catalog has it.
event_id() {
  sed -n "/^-- /{s/^-- //;h};/^Subject: $1\$/{g;p}" /usr/lib/systemd/catalog/poweroptd.catalog
}

# told SUBJECT [FIELD=VALUE...]: there is an entry of this event with these fields.
told() {
  local entry field id

  id=$(event_id "$1")
  [[ $id =~ ^[0-9a-f]{32}$ ]] || fail "the catalog has no \"$1\""
  entry=$(entries --output=json | grep "\"MESSAGE_ID\":\"$id\"" | tail -n 1) || return
  shift
  for field; do
    [[ $entry == *"\"${field%%=*}\":\"${field#*=}\""* ]] || fail "no $field in $entry"
  done
}

advice_has() { grep -q -- "$1" <<<"$advice" || fail "journalctl -x does not say \"$1\": $advice"; }

# Here no package manager has done it.
journalctl --update-catalog

step "the start, and the state with its fields"
mark=$(cursor)
rm -f /run/poweroptd/decision # a restart is cheap once in ten minutes
meter_start --currents=5,5,5
systemctl start poweroptd
wait_for 40 duty_is 266 266
wait_for 5 told "The power optimizer was started" PRIORITY=6 SYSLOG_IDENTIFIER=poweroptd
wait_for 5 told "The car may draw the full current" POWEROPT_STATE=charging \
  POWEROPT_ALLOWED_MA=16000 POWEROPT_LIMIT_MA=25000 POWEROPT_I1_MA=5000 POWEROPT_I3_MA=5000

step "the cable is cut"
mark=$(cursor)
meter fault silent on
wait_for 10 told "The meter is lost" PRIORITY=3 POWEROPT_FAULT=meter-lost \
  POWEROPT_STATE=failsafe POWEROPT_ALLOWED_MA=0
advice=$(entries --catalog)
advice_has "Subject: The meter is lost"
advice_has "The wires A and B of the RS485 cable"
advice_has "poweroptctl scan"
printf '%s\n' "$advice"

step "the cable is whole again"
mark=$(cursor)
meter fault silent off
wait_for 60 told "A fault is over" POWEROPT_FAULT=meter-lost POWEROPT_I2_MA=5000
entries --catalog | grep -q "The cause of the fault meter-lost is gone" ||
  fail "journalctl -x does not name the fault that is over"
wait_for 60 duty_is 266 266

step "journald hangs: the charge is regulated on"
pid=$(systemctl show --property=MainPID --value poweroptd)
systemctl kill --signal=STOP systemd-journald
for _ in {1..200}; do
  kill -USR1 "$pid"
  sleep 0.02
done
meter currents 5,26,5
wait_for 5 duty_is 100 265
sleep 4 # longer than the watchdog waits
meter currents 5,5,5
systemctl kill --signal=CONT systemd-journald
wait_for 60 duty_is 266 266
expect "$pid" "$(systemctl show --property=MainPID --value poweroptd)" "the process"
expect 0 "$(systemctl show --property=NRestarts --value poweroptd)" "the restarts"

step "a crash: the fail-safe says how the service ended"
mark=$(cursor)
kill -KILL "$pid"
wait_for 5 told "The charger was left at the fail-safe current" PRIORITY=4
entries --output=cat | grep -q "The service failed (signal, KILL): the charger was left at 0 A" ||
  fail "the fail-safe does not say how the service ended"
wait_for 20 told "The charge goes on after a restart"
