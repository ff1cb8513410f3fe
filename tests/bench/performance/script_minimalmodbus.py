# SPDX-License-Identifier: MIT
# What people script: minimalmodbus reads the currents. Arguments: DEVICE POLLS.
import sys

import minimalmodbus

meter = minimalmodbus.Instrument(sys.argv[1], 1)
meter.serial.baudrate = 9600
meter.serial.timeout = 1
good = 0
for _ in range(int(sys.argv[2])):
    meter.read_registers(0x500C, 6)
    good += 1
print(good)
