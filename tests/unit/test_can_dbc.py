# SPDX-License-Identifier: MIT
"""The DBC file says of both frames what the codec does. usage: test_can_dbc.py DBC FILTER

Reads the file with cantools, strictly, or with canmatrix; lets it decode frames of the codec, and
the codec decode frames of it. FILTER is can_codec_filter.
"""

import random
import subprocess
import sys

dbc, codec = sys.argv[1:]
random.seed(1)

COMMAND, STATUS = 0x210, 0x211
STATES = ["starting", "disabled", "charging", "limited", "paused", "failsafe"]

# Bits of the daemon's fault set (core/fault.h) and the signals that tell of them.
FAULTS = {
    "FaultMeterLost": [0],
    "FaultMeterImplausible": [1],
    "FaultMeterSelftest": [2],
    "FaultPhaseMissing": [5],
    "FaultDipUnreadable": [6],
    "FaultOutputFailed": [7],
    "FaultChargerRunaway": [8],
    "FaultOther": [3, 4, 9],
}


class Cantools:
    def __init__(self, path):
        self.db = cantools.database.load_file(path, strict=True)
        self.messages = {m.frame_id: m for m in self.db.messages}

    def signals(self, frame_id):
        return {s.name: (s.start, s.length) for s in self.messages[frame_id].signals}

    def about(self, frame_id):
        m = self.messages[frame_id]
        return m.length, m.cycle_time, bool(m.comment) and all(s.comment for s in m.signals)

    def choices(self, frame_id, name):
        signal = self.messages[frame_id].get_signal_by_name(name)
        return {int(k): str(v) for k, v in signal.choices.items()}

    def decode(self, frame_id, data):
        return self.messages[frame_id].decode(data, decode_choices=False)

    def encode(self, frame_id, values):
        return self.messages[frame_id].encode(values, strict=False)


class Canmatrix:
    def __init__(self, path):
        self.db = canmatrix.formats.loadp_flat(path)
        self.messages = {f.arbitration_id.id: f for f in self.db.frames}

    def signals(self, frame_id):
        return {s.name: (s.start_bit, s.size) for s in self.messages[frame_id].signals}

    def about(self, frame_id):
        f = self.messages[frame_id]
        return f.size, f.cycle_time, bool(f.comment) and all(s.comment for s in f.signals)

    def choices(self, frame_id, name):
        signal = self.messages[frame_id].signal_by_name(name)
        return {int(k): v for k, v in signal.values.items()}

    def decode(self, frame_id, data):
        decoded = self.messages[frame_id].decode(data)
        return {name: float(signal.phys_value) for name, signal in decoded.items()}

    def encode(self, frame_id, values):
        # its own encode() cuts 6553.5 A to 6553 steps
        number = 0
        for s in self.messages[frame_id].signals:
            number |= round(values[s.name] / float(s.factor)) << s.start_bit
        return number.to_bytes(8, "little")


try:
    import cantools

    db = Cantools(dbc)
except ImportError:
    import canmatrix.formats

    db = Canmatrix(dbc)


def crc(frame_id, data):
    """By polynomial division."""
    number = int.from_bytes(frame_id.to_bytes(2, "little") + data, "big")
    bits = 8 * (len(data) + 2)
    number = (number ^ 0xFF << bits - 8) << 8
    for bit in range(bits + 7, 7, -1):
        if number >> bit & 1:
            number ^= 0x11D << bit - 8
    return number ^ 0xFF


def ask(lines):
    answer = subprocess.run(
        [codec], input="\n".join(lines) + "\n", stdout=subprocess.PIPE, text=True, check=True
    ).stdout.splitlines()
    assert len(answer) == len(lines), answer[-1:]
    return answer


def same(a, b):
    return abs(a - b) < 1e-6


def every_bit_of_a_frame_has_one_meaning():
    for frame_id in COMMAND, STATUS:
        bits = []
        for start, size in db.signals(frame_id).values():
            bits += range(start, start + size)
        assert sorted(bits) == list(range(64)), frame_id


def frames_are_described():
    assert sorted(db.messages) == [COMMAND, STATUS]
    assert db.about(COMMAND) == (8, 100, True), db.about(COMMAND)
    assert db.about(STATUS) == (8, 200, True), db.about(STATUS)
    assert [db.choices(COMMAND, "State")[i] for i in range(6)] == STATES
    pilot = db.choices(STATUS, "PilotState")
    assert "".join(pilot[i][0] for i in range(6)) == "ABCDEF"
    for name in "DrawnL1", "DrawnL2", "DrawnL3":
        assert db.choices(STATUS, name) == {0xFFFF: "not measured"}


def it_decodes_the_commands_of_the_codec():
    commands = [
        (random.randrange(6), random.choice([0, 1 << random.randrange(10), random.randrange(1024)]),
         random.randrange(80001), random.randrange(125001), random.randrange(15))
        for _ in range(2000)
    ]
    frames = ask(["command %d %d %d %d %d %d" % (COMMAND, *c) for c in commands])
    for (state, faults, allowed, limit, alive), text in zip(commands, frames):
        data = bytes.fromhex(text)
        got = db.decode(COMMAND, data)
        assert got["State"] == state, text
        for name, bits in FAULTS.items():
            assert got[name] == any(faults >> bit & 1 for bit in bits), (text, name)
        assert same(got["AllowedCurrent"], allowed // 100 / 10), text
        assert same(got["MainsLimit"], limit // 100 / 10), text
        assert got["CommandAliveCounter"] == alive, text
        assert got["ProtocolVersion"] == 1, text
        assert got["CommandCrc"] == crc(COMMAND, data[:7]), text


def the_codec_decodes_its_status():
    def current():
        return random.choice([6553.5, 0, random.randrange(1601) / 10])

    lines, expected = [], []
    for _ in range(2000):
        pilot, alive = random.randrange(6), random.randrange(15)
        drawn = [current() for _ in range(3)]
        data = db.encode(STATUS, {
            "PilotState": pilot, "StatusReserved": 0, "StatusAliveCounter": alive,
            "DrawnL1": drawn[0], "DrawnL2": drawn[1], "DrawnL3": drawn[2], "StatusCrc": 0})
        data = data[:7] + bytes([crc(STATUS, data[:7])])
        lines.append("status %d %s" % (STATUS, data.hex()))
        ma = [-1 if amps == 6553.5 else round(amps * 1000) for amps in drawn]
        expected.append("%d %d %d %d %d" % (pilot, alive, *ma))
    for line, want, got in zip(lines, expected, ask(lines)):
        assert want == got, (line, want, got)


for test in (
    every_bit_of_a_frame_has_one_meaning,
    frames_are_described,
    it_decodes_the_commands_of_the_codec,
    the_codec_decodes_its_status,
):
    test()
    print("ok", test.__name__, "(%s)" % type(db).__name__)
