# SPDX-License-Identifier: MIT
# What people script: pymodbus reads the currents. Arguments: DEVICE POLLS.
import struct
import sys

from pymodbus.client import ModbusSerialClient

client = ModbusSerialClient(sys.argv[1], baudrate=9600, parity="N", timeout=1)
client.connect()
good = 0
for _ in range(int(sys.argv[2])):
    answer = client.read_holding_registers(0x500C, 6, slave=1)
    if not answer.isError():
        struct.unpack(">fff", struct.pack(">6H", *answer.registers))
        good += 1
print(good)
sys.exit(0 if good == int(sys.argv[2]) else 1)
