# SPDX-License-Identifier: MIT
#
# The service on a real CAN interface: command frames keep their period while the meter is dead, and
# outlive everything that an interface and a bus can do.

need_program poweroptd

on_exit can_up
service_at_rest_after

# The meter is dead; its end of the line only swallows what is sent.
socat -u "OPEN:$LINE_FAR,raw,echo=0" OPEN:/dev/null &

configure <<'CONF'
[mains]
limit = 25
[meter]
device = /dev/ttyS1
lost_after = 2s
[charger]
output = can
max_current = 16
[can]
interface = vcan0
CONF

main_pid() { systemctl show --property=MainPID --value poweroptd; }

# says TEXT: in the journal, since the last step.
says() { journalctl --no-pager --unit=poweroptd --since="@$since" --output=cat | grep -qF -- "$1"; }

next() {
  step "$*"
  since=$(date +%s.%N)
}

# commands COUNT: so many command frames, each "SECONDS HEX", whole and in sequence.
commands() {
  local time frame last='' alive

  timeout 20 candump -L -n "$1" vcan0,210:7FF | sed 's/[()]//g; s/vcan0 210#//' >/tmp/commands
  expect "$1" "$(wc -l </tmp/commands)" "command frames"
  while read -r time frame; do
    expect 16 ${#frame} "digits of $frame"
    expect "$(can_crc 0x210 "${frame:0:14}")" "${frame:14:2}" "the CRC of $frame"
    expect 1 "${frame:12:1}" "the protocol version in $frame"
    alive=$((16#${frame:13:1}))
    [[ -z $last ]] || expect $(((last + 1) % 15)) $alive "the alive counter after $time"
    last=$alive
  done </tmp/commands
}

# The state of the last of some frames, and its fault bits.
last_command() { tail -n 1 /tmp/commands | cut -d ' ' -f 2; }

flowing() { timeout 1 candump -n 2 vcan0,210:7FF >/dev/null; }
works_again() { says "The output works again" && flowing; }

next "started without a meter: commands of 0 A with a limit of 25 A"
systemctl start poweroptd
pid=$(main_pid)
commands 5
expect 0000FA00 "$(last_command | cut -c 5-12)" "allowed current and limit"

next "the meter is lost: failsafe, and the period stays"
lost() { commands 2 && [[ $(last_command | cut -c 1-4) == 0501 ]]; }
wait_for 20 lost
commands 60
median=$(awk 'NR > 1 { print int(($1 - last) * 1000000) } { last = $1 }' /tmp/commands |
  sort -n | sed -n 30p)
echo "median period: $median us"
((median >= 90000 && median <= 110000)) || fail "the median period is $median us, not 100 ms"

next "status frames: a good one counts, one that repeats itself is told"
for _ in {1..20}; do
  cansend vcan0 211#728900FFFFFFFFCA
  sleep 0.1
done
wait_for 5 says "[can] status_id: frame 0x211 repeats the alive counter 7"

next "status frames: a wrong CRC is told"
cansend vcan0 211#828900FFFFFFFF00
wait_for 5 says "[can] status_id: frame 0x211 has a wrong CRC"

next "foreign frames"
for frame in 210#0000000000000000 211#R 00000211#728900FFFFFFFFCA 7FF#00 212#1122334455667788 \
  123#R8 1FFFFFFF#FFFFFFFFFFFFFFFF; do
  cansend vcan0 $frame
done
timeout 2 cangen vcan0 -g 1 -I i -L i -D r || true
commands_after_noise() { flowing && commands 20; }
wait_for 5 commands_after_noise

next "a bus-off (its error frame) is told, and the commands go on"
cansend vcan0 20000040#0000000000000000
wait_for 5 says "[can] interface: vcan0 went off the bus"
commands 20

next "a short reset of the link is no failure"
printf 'link set vcan0 %s\n' down up | ip -batch -
wait_for 5 flowing
refused says "is down"

# What failed before is told less and less often, so the next two begin anew.
begin_anew() {
  expect "$pid" "$(main_pid)" "the main process"
  systemctl restart poweroptd
  pid=$(main_pid)
  wait_for 5 flowing
}

begin_anew
next "link down: told with its remedy, and the commands return by themselves"
can_down
wait_for 10 says "[can] interface: vcan0 is down; set it up: ip link set vcan0 up"
can_up
wait_for 10 works_again
commands 10

begin_anew
next "interface deleted, and made anew with another index"
can_gone
wait_for 10 says "[can] interface: there is no vcan0"
can_up
wait_for 10 works_again
commands 10
# The filter, too, is on the new interface.
listening() { grep -qs '^ *vcan0 *211 ' /proc/net/can/rcvlist_sff; }
listening || fail "no filter for 211 on the new interface: $(cat /proc/net/can/rcvlist_*)"
expect "$pid" "$(main_pid)" "the main process"

next "reload takes another period and identifier"
configure <<'CONF'
[mains]
limit = 25
[meter]
device = /dev/ttyS1
[charger]
output = can
[can]
interface = vcan0
command_id = 0x310
status_id = none
period = 50ms
CONF
systemctl reload poweroptd
other_id() { timeout 1 candump -n 10 vcan0,310:7FF >/dev/null; }
wait_for 5 other_id
refused flowing
not_listening() { ! grep -qs '^ *vcan0 *211 ' /proc/net/can/rcvlist_sff; }
wait_for 2 not_listening
expect "$pid" "$(main_pid)" "the main process"

next "the end: the last word is 0 A, then silence"
timeout 10 candump -L vcan0,310:7FF >/tmp/last &
capture=$!
sleep 0.5
systemctl stop poweroptd
sleep 1
kill "$capture" 2>/dev/null || true
frame=$(tail -n 1 /tmp/last | sed 's/.*#//')
echo "last frame: $frame"
expect 05 "${frame:0:2}" "the last state"
expect 0000 "${frame:4:4}" "the last allowed current"
refused other_id

next "without an interface at the start"
can_gone
systemctl start poweroptd
wait_for 10 says "[can] interface: there is no vcan0"
expect active "$(systemctl is-active poweroptd)" "the service"
can_up
wait_for 10 other_id
