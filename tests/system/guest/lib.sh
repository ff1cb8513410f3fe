# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What checks are written with; every check has it, and the hardware of hardware_up().
#
#   step TEXT                 name what comes next, in the log and live on the host
#   fail TEXT, skip TEXT      end the check
#   on_exit COMMAND...        also run this at the end, however the check ends
#   wait_for SECONDS COMMAND...    until it succeeds, or fail
#   expect WANT GOT WHAT      fail unless both are the same
#   refused COMMAND...        fail unless the command fails
#   need_program NAME...      skip unless the project's programs are installed
#
#   dip ON off ON             set switches 4, 5, 6
#   gpio_chip                 its name; gpio_gone, gpio_up: the chip vanishes and comes back
#   pwm_export N, pwm_get N ATTRIBUTE, pwm_set N ATTRIBUTE VALUE, pwm_duty N (in 1/1000),
#   duty_is MIN MAX (channel 0)
#   pwm_handed_over N         exported, and the service may write to it
#   pwm_chip                  its directory; pwm_gone, pwm_up; pwm_register ADDRESS
#   can_up, can_down, can_gone, can_capture COUNT [FILTER], can_crc ID HEX
#   meter_start OPTION...     poweroptsim meter at the far end of the serial line
#   meter COMMAND...          tell it something: "meter currents 5,5,5", "meter fault silent on"
#   configure                 what is on stdin becomes poweroptd's only drop-in file
#   configure_charge DEVICE   the same: 25 A, 16 A by PWM, the meter on DEVICE, short waits
#   service_at_rest_after     at the end: the journal into the log, no settings, the service stopped
#   usb_plug, usb_unplug      a USB adapter, /dev/ttyUSB0; with LINE_FAR=$USB_FAR the meter is on it
#   line_attach PTY           join a pty to the far end of the serial line
#   line_unplug, line_plug    take the near end's port away, as a USB adapter does, and back
#
# Jobs in the background are ended with the check.

# ---- the frame ----

lab_exit=()
lab_at_exit() {
  local command jobs

  for command in "${lab_exit[@]}"; do
    $command || true
  done
  jobs=$(jobs -p)
  # shellcheck disable=SC2086 # one word for each process
  [[ -z $jobs ]] || kill $jobs 2>/dev/null || true
}
trap lab_at_exit EXIT

step() {
  printf -- '-- %s\n' "$*"
  printf 'note %s\n' "$*" >&3
}

fail() {
  printf 'FAIL: %s\n' "$*"
  exit 1
}

skip() {
  printf '%s\n' "$*"
  exit 77
}

# on_exit COMMAND...: the latest first, words without spaces.
on_exit() { lab_exit=("$*" "${lab_exit[@]}"); }

wait_for() {
  local limit=$1 deadline=$((SECONDS + $1 + 1))

  shift
  until "$@"; do
    ((SECONDS < deadline)) || fail "not within $limit s: $*"
    sleep 0.1
  done
}

expect() {
  [[ $1 == "$2" ]] || fail "$3: expected \"$1\", got \"$2\""
}

refused() {
  ! "$@" 2>/dev/null || fail "not refused: $*"
}

need_program() {
  local name

  for name; do
    command -v "$name" >/dev/null || skip "$name is not installed (--tree= or --deb= brings it)"
  done
}

# ---- DIP switches: gpio-sim, lines 4, 5 and 6 of a chip with the label "dip" ----

readonly GPIO_CONFIG=/sys/kernel/config/gpio-sim/dip

gpio_up() {
  local line

  [[ -d $GPIO_CONFIG ]] && return
  modprobe gpio-sim
  mkdir -p "$GPIO_CONFIG/bank0"
  echo 8 >"$GPIO_CONFIG/bank0/num_lines"
  echo dip >"$GPIO_CONFIG/bank0/label"
  for line in 4 5 6; do
    mkdir "$GPIO_CONFIG/bank0/line$line"
    echo "DIP$line" >"$GPIO_CONFIG/bank0/line$line/name"
  done
  echo 1 >"$GPIO_CONFIG/live"
}

# Switched off, the chip disappears from under whoever holds its lines.
gpio_gone() {
  local line

  echo 0 >"$GPIO_CONFIG/live"
  for line in 4 5 6; do
    rmdir "$GPIO_CONFIG/bank0/line$line"
  done
  rmdir "$GPIO_CONFIG/bank0" "$GPIO_CONFIG"
}

gpio_chip() { cat "$GPIO_CONFIG/bank0/chip_name"; }

# A closed switch pulls its line low; an open one leaves it to the pull-up.
dip() {
  local chip line=4 position

  chip=/sys/devices/platform/$(cat "$GPIO_CONFIG/dev_name")/$(gpio_chip)
  for position; do
    case $position in
      ON) echo pull-down >"$chip/sim_gpio$line/pull" ;;
      off) echo pull-up >"$chip/sim_gpio$line/pull" ;;
      *) fail "dip: $position is neither ON nor off" ;;
    esac
    line=$((line + 1))
  done
}

# ---- PWM: the driver of a PCA9685 on a simulated I2C bus ----

pwm_bus() {
  local bus

  for bus in /sys/bus/i2c/devices/i2c-*; do
    [[ $(cat "$bus/name") == "SMBus stub driver" ]] && echo "$bus" && return
  done
  return 1
}

# What the chip has after power-on, where the simulated one has zeros: PRE_SCALE for 200 Hz, and
# bit 4 of LEDn_OFF_H, which holds the output off (data sheet, table 4).
pwm_power_on() {
  local bus channel

  bus=$(basename "$(pwm_bus)")
  i2cset -y "${bus#i2c-}" 0x40 0xfe 0x1e
  for channel in {0..15}; do
    i2cset -y "${bus#i2c-}" 0x40 $((0x09 + 4 * channel)) 0x10
  done
}

pwm_up() {
  [[ -n $(pwm_chip) ]] && return
  modprobe -a i2c-dev pwm-pca9685
  modprobe i2c-stub chip_addr=0x40
  wait_for 5 pwm_bus >/dev/null
  pwm_power_on
  echo pca9685 0x40 >"$(pwm_bus)/new_device"
  wait_for 5 test -n "$(pwm_chip)"
}

pwm_gone() { echo 0x40 >"$(pwm_bus)/delete_device"; }

# The chip's directory, or nothing.
pwm_chip() {
  local chip

  for chip in /sys/bus/i2c/drivers/pca9685-pwm/*/pwm/pwmchip*; do
    [[ -d $chip ]] && realpath "$chip"
  done
}

# An emulated machine takes longer for that than the service waits.
pwm_handed_over() {
  pwm_export "$1"
  pwm_belongs() { [[ $(stat -c %G "$(pwm_chip)/pwm$1/duty_cycle") == poweroptd ]]; }
  wait_for 30 pwm_belongs "$1"
}

pwm_get() { cat "$(pwm_chip)/pwm$1/$2"; }
pwm_set() { echo "$3" >"$(pwm_chip)/pwm$1/$2"; }

pwm_export() {
  [[ -d $(pwm_chip)/pwm$1 ]] || echo "$1" >"$(pwm_chip)/export"
}

# pwm_register ADDRESS: what has arrived in the chip; the attributes are the kernel's memory.
pwm_register() {
  local bus

  bus=$(basename "$(pwm_bus)")
  i2cget -f -y "${bus#i2c-}" 0x40 "$1"
}

pwm_duty() { echo $(($(pwm_get "$1" duty_cycle) * 1000 / $(pwm_get "$1" period))); }

# duty_is MIN MAX: of channel 0, in 1/1000: 16 A is 266, and the default pause level is 1000.
duty_is() {
  local duty

  duty=$(pwm_duty 0 2>/dev/null) && ((duty >= $1 && duty <= $2))
}

# ---- CAN: vcan0, with can-utils for a peer ----

can_up() {
  modprobe vcan
  ip link show vcan0 >/dev/null 2>&1 || ip link add vcan0 type vcan
  ip link set vcan0 up
}

can_down() { ip link set vcan0 down; }
can_gone() { ip link del vcan0; }

# can_capture COUNT [FILTER]: so many frames, one "ID#DATA" in a line; fails after 10 s.
can_capture() {
  timeout 10 candump -L -n "$1" "vcan0${2:+,$2}" | sed 's/.* //'
}

# can_crc ID HEX: CRC-8 SAE J1850 of a frame's bytes under its identifier, as two digits.
can_crc() {
  local crc=255 byte bit hex

  hex=$(printf '%02x%02x%s' $(($1 & 255)) $(($1 >> 8)) "$2")
  for ((byte = 0; byte < ${#hex}; byte += 2)); do
    crc=$((crc ^ 16#${hex:byte:2}))
    for ((bit = 0; bit < 8; bit++)); do
      crc=$((crc & 128 ? (crc << 1 ^ 0x1d) & 255 : crc << 1))
    done
  done
  printf '%02X' $((crc ^ 255))
}

# ---- the serial line: ttyS1 is the gateway's end, ttyS2 the meter's ----

# shellcheck disable=SC2034 # the near end is for the checks
LINE_NEAR=/dev/ttyS1 LINE_FAR=/dev/ttyS2

# line_attach PTY: 9600 8E1 on the far end, whatever the pty says of itself.
line_attach() {
  local settings=raw,echo=0,b9600,cs8,parenb=1,parodd=0,cstopb=0,clocal=1

  if [[ $LINE_FAR == "$USB_FAR" ]]; then settings=rdwr; fi # no terminal
  socat "OPEN:$1,raw,echo=0" "OPEN:$LINE_FAR,$settings" &
}

meter_start() {
  local path

  coproc METER { exec poweroptsim meter --pace "$@" 3>&-; }
  read -r -t 10 path <&"${METER[0]}" || fail "poweroptsim meter does not start"
  line_attach "$path"
}

meter() {
  local answer=''

  echo "$*" >&"${METER[1]}"
  read -r -t 10 answer <&"${METER[0]}" || true
  expect ok "$answer" "the answer to \"meter $*\""
}

# The port's name among the plug-and-play devices.
line_device() {
  local device

  for device in /sys/bus/pnp/devices/*; do
    grep -qs '^io 0x2f8-' "$device/resources" && basename "$device" && return
  done
  return 1
}

line_unplug() { line_device >/sys/bus/pnp/drivers/serial/unbind; }
line_plug() { line_device >/sys/bus/pnp/drivers/serial/bind; }

# ---- a second line, from a USB adapter to a port of virtio ----

readonly USB_FAR=/dev/virtio-ports/lab.usb

# usb_let_in 0|1: the machine has the adapter from the start, and lets it in like this.
usb_let_in() {
  local device

  for device in /sys/bus/usb/devices/*; do
    [[ $(cat "$device/idVendor" 2>/dev/null) == 0403 ]] && echo "$1" >"$device/authorized" && return
  done
  fail "the machine has no USB adapter"
}

usb_plug() { usb_let_in 1; }
usb_unplug() { usb_let_in 0; }

# ---- the daemon ----

configure() {
  mkdir -p /etc/poweroptd/poweroptd.conf.d
  cat >/etc/poweroptd/poweroptd.conf.d/check.conf
  poweroptd --check-config
}

# An emulated processor can be late by a few hundred milliseconds.
configure_charge() {
  configure <<CONF
[mains]
limit = 25
[meter]
device = $1
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
}

service_at_rest_after() {
  on_exit systemctl stop poweroptd
  on_exit rm -f /etc/poweroptd/poweroptd.conf.d/check.conf
  on_exit journalctl --no-pager --boot --unit=poweroptd --output=short-monotonic
}

hardware_up() {
  gpio_up
  pwm_up
  can_up
}
