# SPDX-License-Identifier: MIT
#
# The lab's DIP switches: all eight settings are read through the character device, and a change
# is an edge event.

chip=$(gpio_chip)
expect gpiochip0 "$chip" "the chip's name"
expect "$chip 5" "$(gpiofind DIP5)" "where the line DIP5 is"

for a in off ON; do
  for b in off ON; do
    for c in off ON; do
      step "switches $a $b $c"
      dip $a $b $c
      read -r -a got <<<"$(gpioget --active-low --bias=pull-up "$chip" 4 5 6)"
      want="$a $b $c"
      want=${want//off/0}
      expect "${want//ON/1}" "${got[*]}" "the lines for $a $b $c"
    done
  done
done

step "edge event"
dip off off off
timeout 10 gpiomon --num-events=1 --falling-edge --bias=pull-up --format='%o' "$chip" 4 5 6 \
  >/tmp/edge &
monitor=$!
line_is_held() { gpioinfo "$chip" | grep 'line *5:' | grep -q 'gpiomon'; }
wait_for 5 line_is_held
dip off ON off
wait "$monitor" || fail "no edge event"
expect 5 "$(tr -d ' ' </tmp/edge)" "the line of the edge event"

step "the chip vanishes and comes back"
gpio_gone
refused gpioget "$chip" 4
gpio_up
dip ON off off
expect "1 0 0" "$(gpioget --active-low "$(gpio_chip)" 4 5 6)" "the lines of the new chip"
