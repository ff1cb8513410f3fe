# SPDX-License-Identifier: MIT
# Limit: 600 s
#
# Upgrade, downgrade and removal of the package while a car charges: the charge is interrupted by
# the restart only, and is safe when the package is gone.

need_program poweroptd poweroptsim dpkg-deb
deb=$(echo "$LAB"/debs/poweroptd_*.deb)
[[ -e $deb ]] || skip "the project was not installed as a package"

leave() { dpkg -i "$deb"; systemctl stop poweroptd; rm -f /etc/poweroptd/poweroptd.conf.d/check.conf; }
on_exit leave
on_exit journalctl --no-pager --boot --unit=poweroptd --output=short-monotonic

configure <<'CONF'
[mains]
limit = 25
[meter]
device = /dev/ttyS1
response_timeout = 500ms
[charger]
output = pwm
max_current = 16
[regulator]
settle = 2s
raise_delay = 3s
resume_delay = 25s
CONF

export DEBIAN_FRONTEND=noninteractive
"$LAB/guest/older" "$deb" /tmp
older=$(echo /tmp/poweroptd_0.0.9*.deb)
main_pid() { systemctl show --property=MainPID --value poweroptd; }
version() { dpkg-query -W -f '${Version}' poweroptd; }

# interrupted_by DEB: charging before, and soon again; how long it was not is printed.
interrupted_by() {
  local pid paused=0 longest=0 since now packed

  # A restart is cheap once in ten minutes, so that must be forgotten, and the charge be remembered.
  systemctl stop poweroptd
  rm -f /run/poweroptd/decision
  systemctl start poweroptd
  wait_for 60 duty_is 266 266
  sleep 6
  pid=$(main_pid)
  dpkg -i "$1" </dev/null >/tmp/dpkg.log 2>&1 &
  packed=$!
  since=${EPOCHREALTIME/./}
  while kill -0 "$packed" 2>/dev/null || ((paused)); do
    now=${EPOCHREALTIME/./}
    if duty_is 100 266; then
      paused=0
      since=$now
    else
      paused=1
      ((now - since <= longest)) || longest=$((now - since))
      ((now - since < 15000000)) || fail "no charge for 15 s: $(cat /tmp/dpkg.log)"
    fi
  done
  wait "$packed" || fail "dpkg -i failed: $(cat /tmp/dpkg.log)"
  printf 'no charge for %d ms\n' $((longest / 1000))
  ((longest > 0)) || fail "the new program was not started"
  [[ $pid != "$(main_pid)" ]] || fail "the process is still the same"
}

step "downgraded while a car charges"
meter_start --currents=5,5,5
systemctl enable --quiet poweroptd
interrupted_by "$older"
expect 0.0.9-1 "$(version)" "the version"

step "upgraded while a car charges"
interrupted_by "$deb"
[[ $(version) != 0.0.9-1 ]] || fail "the version is $(version)"

step "removed while a car charges: no current, and the configuration stays"
wait_for 60 duty_is 266 266
dpkg -r poweroptd </dev/null
duty_is 1000 1000 || fail "the duty is $(pwm_duty 0)"
[[ -e /etc/poweroptd/poweroptd.conf ]] || fail "the configuration is gone"
[[ ! -e /run/poweroptd ]] || fail "/run/poweroptd is left"

step "installed again: it charges"
dpkg -i "$deb" </dev/null
wait_for 90 duty_is 266 266
