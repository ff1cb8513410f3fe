# SPDX-License-Identifier: MIT
#
# The lab's PWM chip: a channel is exported, set and read back at 1 kHz as on a board.

# This driver calls every channel enabled from the export on, with a duty of 0.
step "export"
pwm_export 0
expect 0 "$(pwm_get 0 duty_cycle)" "duty cycle after the export"
expect 1 "$(pwm_get 0 enable)" "enable after the export"
expect normal "$(pwm_get 0 polarity)" "polarity after the export"

step "16 A is 26.67 % of 1 ms"
pwm_set 0 period 1000000
pwm_set 0 duty_cycle 266666
pwm_set 0 enable 1
expect 1000000 "$(pwm_get 0 period)" "period"
expect 266666 "$(pwm_get 0 duty_cycle)" "duty cycle"
expect 1 "$(pwm_get 0 enable)" "enable"
expect 266 "$(pwm_duty 0)" "duty in 1/1000"

# PRE_SCALE (0xFE) is 25 MHz / 4096 / 1 kHz - 1, rounded; LED0_OFF (0x08, 0x09) is 4096 x duty,
# which this driver rounds up, with bit 4 of its high byte for "off".
step "registers of the chip"
expect 0x05 "$(pwm_register 0xfe)" "PRE_SCALE"
expect "0x04 0x45" "$(pwm_register 0x09) $(pwm_register 0x08)" "LED0_OFF"
pwm_set 0 enable 0
expect 0x10 "$(pwm_register 0x09)" "LED0_OFF_H of a disabled channel"

step "what a chip refuses"
refused pwm_set 0 duty_cycle 1000001
refused pwm_set 0 polarity inversed
expect 266666 "$(pwm_get 0 duty_cycle)" "duty cycle after the refusals"

step "the chip vanishes and comes back"
pwm_gone
expect '' "$(pwm_chip)" "the chip's directory"
pwm_up
pwm_export 0
expect 0 "$(pwm_get 0 duty_cycle)" "duty cycle of the new chip"
