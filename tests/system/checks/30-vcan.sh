# SPDX-License-Identifier: MIT
#
# The lab's CAN bus: frames pass between two programs, and the interface can fail as a real one.

# Lines of the receive lists that are a listener, not "(vcan0: no entry)".
listening() { grep -qs '^ *vcan0 ' /proc/net/can/rcvlist_*; }
not_listening() { ! listening; }

# frame_passes FRAME
frame_passes() {
  local capture

  wait_for 5 not_listening
  can_capture 1 >/tmp/frames &
  capture=$!
  wait_for 5 listening
  cansend vcan0 "$1"
  wait "$capture" || fail "candump did not see $1"
  expect "$1" "$(cat /tmp/frames)" "the frame"
}

step "a command frame"
frame_passes 210#0200A000FA001A55

step "an error frame of a bus-off (CAN_ERR_FLAG | CAN_ERR_BUSOFF)"
wait_for 5 not_listening
timeout 10 candump -e -n 1 vcan0,0:0,#FFFFFFFF >/tmp/errors &
capture=$!
wait_for 5 listening
cansend vcan0 20000040#0000000000000000
wait "$capture"
grep -q 'bus-off' /tmp/errors || fail "candump does not call it bus-off: $(cat /tmp/errors)"

step "link down"
can_down
refused cansend vcan0 210#00

step "interface deleted and made anew"
can_gone
refused cansend vcan0 210#00
can_up
frame_passes 210#0000000000001F3D
