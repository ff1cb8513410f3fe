# SPDX-License-Identifier: MIT
#
# Invariant S7: the service never stays down, and is safe in between.

need_program poweroptd

service_at_rest_after

configure <<'CONF'
[mains]
limit = 25
[meter]
device = /dev/ttyS1
[charger]
output = pwm
CONF

main_pid() { systemctl show --property=MainPID --value poweroptd; }

systemctl start poweroptd
pid=''
step "twenty kills in a row leave it running"
for ((i = 0; i < 20; i++)); do
  new_pid() { local now; now=$(main_pid); [[ $now != 0 && $now != "$pid" ]]; }
  wait_for 10 new_pid
  pid=$(main_pid)
  kill -KILL "$pid" 2>/dev/null || true
done
wait_for 10 new_pid
sleep 2
expect active "$(systemctl is-active poweroptd)" "the service after twenty kills"
wait_for 2 duty_is 1000 1000
