# SPDX-License-Identifier: MIT
#
# The service as it is shipped: its user, its sandbox, and what a fresh installation does.

need_program poweroptd

leave() { systemctl stop poweroptd; rm -rf /etc/poweroptd/poweroptd.conf.d/check.conf \
  /etc/systemd/system/poweroptd.service.d; systemctl daemon-reload; }
on_exit leave
on_exit journalctl --no-pager --boot --unit=poweroptd --output=short-monotonic

says() { journalctl --no-pager --boot --unit=poweroptd --output=cat | grep -qF -- "$1"; }
property() { systemctl show --property="$1" --value poweroptd; }
# status FIELD: of the main process
status() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$(property MainPID)/status"; }

step "the unit is free of mistakes"
systemd-analyze verify --man=no poweroptd.service >/tmp/verify 2>&1 || fail "verify: $(cat /tmp/verify)"
expect '' "$(grep poweroptd /tmp/verify)" "what systemd-analyze verify says"

step "its exposure is at most 1.4"
systemd-analyze security --no-pager --threshold=14 poweroptd.service | tail -n 1

step "a fresh installation runs, touches nothing, and says what to configure"
[[ ! -e /etc/poweroptd/poweroptd.conf.d/check.conf ]] || fail "a check before this one left its settings"
pwm_gone
pwm_up
systemctl restart poweroptd
expect active "$(property ActiveState)" "the service"
wait_for 5 says "set [charger] output"
[[ $(property StatusText) == *"[charger] output"* ]] || fail "the status is: $(property StatusText)"
expect '' "$(ls -d "$(pwm_chip)"/pwm[0-9]* 2>/dev/null || true)" "exported PWM channels"
expect '' "$(gpioinfo dip | grep poweroptd || true)" "GPIO lines that it holds"

step "no privileges"
expect poweroptd "$(ps -o user= -p "$(property MainPID)")" "its user"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
  expect 0000000000000000 "$(status $set)" "$set"
done
expect 1 "$(status NoNewPrivs)" "NoNewPrivs"
expect 2 "$(status Seccomp)" "Seccomp"

step "no Internet protocol: neither has it such a socket, nor could it get one"
sockets=$(readlink "/proc/$(property MainPID)/fd/"* | sed -n 's/^socket:\[\(.*\)\]$/\1/p')
[[ -n $sockets ]] || fail "it has no socket at all: not even one of the journal"
for socket in $sockets; do
  expect '' "$(grep -w "$socket" /proc/net/{tcp,udp,raw}{,6} || true)" "an Internet socket of it"
done
expect "AF_CAN AF_NETLINK AF_UNIX" \
  "$(property RestrictAddressFamilies | tr ' ' '\n' | sort | xargs)" "its address families"
# Whoever runs within the sandbox is told so: here a shell, which outside of it gets its socket.
probe='(exec 3<>/dev/udp/127.0.0.1/9) 2>&1'
bash -c "$probe" || fail "this machine has no Internet protocol either"
mkdir -p /etc/systemd/system/poweroptd.service.d
printf '[Service]\nExecStartPre=/bin/bash -c "! %s"\n' "$probe" \
  >/etc/systemd/system/poweroptd.service.d/probe.conf
systemctl daemon-reload
systemctl restart poweroptd
says "Address family not supported by protocol" || fail "the shell had another reason"
rm /etc/systemd/system/poweroptd.service.d/probe.conf
systemctl daemon-reload

step "on the bus: everybody may look, the group poweropt may lower"
bus() { busctl "$1" org.poweroptd /org/poweroptd org.poweroptd.Optimizer1 "${@:2}"; }
wait_for 10 bus get-property State
useradd --groups poweropt energy
as_energy() { runuser -u energy -- "$@"; }
as_nobody() { runuser -u nobody -- "$@"; }
set_cap=(busctl call org.poweroptd /org/poweroptd org.poweroptd.Optimizer1 SetCap ut 6000 0)
as_nobody busctl get-property org.poweroptd /org/poweroptd org.poweroptd.Optimizer1 State
refused as_nobody "${set_cap[@]}"
as_energy "${set_cap[@]}"
expect "u 6000" "$(bus get-property Cap)" "the cap"
expect 's "energy"' "$(bus get-property CapHolder)" "its holder"
as_energy busctl call org.poweroptd /org/poweroptd org.poweroptd.Optimizer1 ClearCap
userdel energy

step "a broken configuration is refused by the reload, and by nothing else"
mkdir -p /etc/poweroptd/poweroptd.conf.d
echo 'rubbish' >/etc/poweroptd/poweroptd.conf.d/check.conf
pid=$(property MainPID)
refused systemctl reload poweroptd
expect "active $pid" "$(property ActiveState) $(property MainPID)" "the service after it"
says 'check.conf:1: ' || fail "the journal does not name the place"
configure <<'CONF'
[mains]
limit = 20
CONF
systemctl reload poweroptd
reloaded() { says "was read again and is in force"; }
wait_for 5 reloaded
expect "active $pid" "$(property ActiveState) $(property MainPID)" "the service after a reload"

step "a configuration error at the start is final, and one sentence"
echo 'rubbish' >/etc/poweroptd/poweroptd.conf.d/check.conf
systemctl stop poweroptd
refused systemctl start poweroptd
expect "failed 78" "$(property ActiveState) $(property ExecMainStatus)" "the service"
rm /etc/poweroptd/poweroptd.conf.d/check.conf
systemctl reset-failed poweroptd
