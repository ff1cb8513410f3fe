# SPDX-License-Identifier: MIT
"""The daemon on a simulated meter and a PWM chip of plain files, watched from the outside."""
import mmap
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.getcwd()  # make runs us where the programs are
HELPERS = os.path.join(BUILD, "tests/bench/performance")
PATIENCE_S = 60

# A poll of three currents: 8 characters of request, 17 of answer, 11 bits each, and the silence of
# 3.5 characters by which the meter knows that the request is over.
BAUD_RATE = 9600
CHARACTER_NS = 11 * 10**9 // BAUD_RATE
REQUEST_BYTES = 8
ANSWER_BYTES = 17
SILENCE_NS = CHARACTER_NS * 7 // 2
WIRE_NS = (REQUEST_BYTES + ANSWER_BYTES) * CHARACTER_NS + SILENCE_NS

# As in wire_tap.c.
LINE_READ, LINE_WRITTEN, PIPE_READ, DUTY_WRITTEN = 1, 2, 3, 4


class Skip(Exception):
    """Something is missing on this machine."""


def need(program):
    if not shutil.which(program):
        raise Skip(f"{program} is not installed")
    return program


def await_true(what, condition, patience_s=PATIENCE_S):
    until = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > until:
            raise RuntimeError(f"waited {patience_s} s in vain: {what}")
        time.sleep(0.002)


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class WireTap:
    """What wire_tap.so saw in one process."""

    def __init__(self, path):
        self.path = path
        self.seen = []
        self.map = None

    def open(self):
        await_true("the wire tap", lambda: os.path.exists(self.path) and os.path.getsize(self.path))
        with open(self.path, "rb") as file:
            self.map = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)

    def allocations(self):
        return struct.unpack_from("=Q", self.map, 0)[0]

    def events(self):
        """All (at_ns, kind, bytes) so far."""
        count = struct.unpack_from("=Q", self.map, 8)[0]
        for i in range(len(self.seen), count):
            self.seen.append(struct.unpack_from("=qII", self.map, 16 + 16 * i))
        return self.seen


class Daemon:
    """A running poweroptd, or what runs it."""

    def __init__(self, rig, wrapper=(), preload=(), environment=None):
        self.rig = rig
        env = dict(rig.environment, **(environment or {}))
        rig.daemons += 1
        self.tap = WireTap(rig.path(f"tap.{rig.daemons}"))
        if preload:
            env["LD_PRELOAD"] = ":".join(os.path.join(HELPERS, name) for name in preload)
            env["POWEROPT_WIRE_TAP"] = self.tap.path
        self.log = rig.path(f"log.{rig.daemons}")
        command = [*wrapper, os.path.join(BUILD, "poweroptd"), "-c", rig.config]
        with open(self.log, "w") as log:
            self.began_ns = time.monotonic_ns()
            self.process = subprocess.Popen(command, env=env, stderr=log, stdout=log, close_fds=False)
        rig.processes.append(self.process)
        self.pid = self.process.pid
        if "wire_tap.so" in preload:
            self.tap.open()

    def text(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def requests(self):
        """How many requests the meter has answered; costs the daemon a few lines of log."""
        before = len(re.findall(r"requests ok (\d+)", self.text()))
        os.kill(self.pid, signal.SIGUSR1)
        found = []

        def answered():
            found[:] = re.findall(r"requests ok (\d+)", self.text())
            return len(found) > before

        await_true("the status", answered)
        return int(found[-1])

    def settle(self, requests=40):
        """Let it find out what the meter is, and come to rest."""
        await_true("the start", lambda: " started: " in self.text())
        while self.requests() < requests:
            time.sleep(0.1)

    def cpu_ns(self):
        with open(f"/proc/{self.pid}/schedstat") as file:
            return int(file.read().split()[0])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=PATIENCE_S) != 0:
            raise RuntimeError("the daemon ended badly:\n" + self.text())
        self.rig.processes.remove(self.process)


class Rig:
    """One house. The order of its life: simulator, perhaps bus and notify, daemon."""

    def __init__(self, prompt=False):
        """@prompt: it is about times, so with BENCH_REALTIME nobody else comes first."""
        self.prompt = prompt and bool(os.environ.get("BENCH_REALTIME"))
        self.directory = tempfile.mkdtemp(
            prefix="poweropt-bench-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)  # sysfs is no disk
        self.processes = []
        self.daemons = 0
        self.pets = 0
        self.config = self.path("poweroptd.conf")
        self.environment = {
            name: value for name, value in os.environ.items()
            if name not in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM")
        }
        self.environment["DBUS_SYSTEM_BUS_ADDRESS"] = ""
        os.mkdir(self.path("run"))
        self.environment["RUNTIME_DIRECTORY"] = self.path("run")
        os.makedirs(self.path("chip/pwm0"))
        for name, value in (("period", 0), ("duty_cycle", 0), ("enable", 0), ("polarity", "normal")):
            self.write(f"chip/pwm0/{name}", f"{value}\n")

    def __enter__(self):
        if self.prompt:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
        return self

    def __exit__(self, *_):
        if self.prompt:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        for process in self.processes:
            process.kill()
            process.wait()
        shutil.rmtree(self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def duty(self):
        with open(self.path("chip/pwm0/duty_cycle")) as file:
            return int(file.read().strip() or 0)

    def start_meter(self, *options, tap=False):
        env = dict(self.environment)
        self.meter_tap = WireTap(self.path("tap.meter"))
        if tap:
            env["LD_PRELOAD"] = os.path.join(HELPERS, "wire_tap.so")
            env["POWEROPT_WIRE_TAP"] = self.meter_tap.path
        self.meter = subprocess.Popen(
            [os.path.join(BUILD, "poweroptsim"), "meter", f"--link={self.path('tty')}", *options],
            env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.processes.append(self.meter)
        self.meter.stdout.readline()
        if tap:
            self.meter_tap.open()

    def say(self, command):
        self.meter.stdin.write(command.encode() + b"\n")
        self.meter.stdin.flush()
        if self.meter.stdout.readline() != b"ok\n":
            raise RuntimeError(f"the simulator does not take: {command}")

    def configure(self, poll_interval="250ms", output="pwm", more=""):
        self.write("poweroptd.conf", f"""[mains]
limit = 25
[meter]
device = {self.path('tty')}
# A pty takes no parity; two stop bits make the 11 bits of 8E1.
parity = none
stop_bits = 2
poll_interval = {poll_interval}
[charger]
output = {output}
[pwm]
chip = {self.path('chip')}
{more}
""")

    def start_bus(self):
        need("dbus-daemon")
        address = "unix:path=" + self.path("bus")
        self.write("bus.conf", f"""<busconfig><listen>{address}</listen><auth>EXTERNAL</auth>
<limit name="max_connections_per_user">1000</limit>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/>
<allow receive_sender="*"/></policy></busconfig>""")
        bus = subprocess.Popen(["dbus-daemon", "--nofork", "--print-address",
                                f"--config-file={self.path('bus.conf')}"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.processes.append(bus)
        bus.stdout.readline()
        self.environment["DBUS_SYSTEM_BUS_ADDRESS"] = address

    def start_readers(self, count):
        readers = subprocess.Popen([os.path.join(HELPERS, "readers"), str(count)],
                                   env=self.environment, stdout=subprocess.PIPE)
        self.processes.append(readers)
        readers.stdout.readline()
        return readers

    def start_notify(self):
        """Be the service manager, with the watchdog of the unit."""
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.bind(self.path("notify"))

        def drain():
            while True:
                self.pets += b"WATCHDOG=1" in receiver.recv(4096)

        threading.Thread(target=drain, daemon=True).start()
        self.environment["NOTIFY_SOCKET"] = self.path("notify")
        self.environment["WATCHDOG_USEC"] = "10000000"


def measure(daemon, seconds):
    """What a daemon uses per second: (requests, cpu_ns, wakeups, minor page faults)."""
    def look():
        with open(f"/proc/{daemon.pid}/stat") as file:
            faults = int(file.read().rsplit(")", 1)[1].split()[7])
        with open(f"/proc/{daemon.pid}/status") as file:
            switches = int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", file.read())[1])
        return daemon.cpu_ns(), switches, faults

    first = daemon.requests()
    began, before = time.monotonic(), look()
    time.sleep(seconds)
    after, span = look(), time.monotonic() - began
    requests = daemon.requests() - first
    return (requests / span, *((b - a) / span for a, b in zip(before, after)))


class Page:
    """A section of doc/performance.md: told on the terminal, and kept for page.py."""

    def __init__(self, name, title):
        self.name = name
        self.lines = [f"## {title}", ""]

    def say(self, text=""):
        self.lines.append(text)

    def table(self, *rows):
        for i, row in enumerate(rows):
            self.say("| " + " | ".join(str(cell) for cell in row) + " |")
            if i == 0:
                self.say("|---|" + "---:|" * (len(row) - 1))
        self.say()

    def target(self, what, met, reason=""):
        self.say(f"- Target, {what}: **{'met' if met else 'missed'}**." + (f" {reason}" if reason else ""))

    def end(self):
        text = "\n".join(self.lines).rstrip() + "\n"
        with open(os.path.join(HELPERS, f"{self.name}.md"), "w") as file:
            file.write(text)
        print(text)


def run(name, title, body):
    page = Page(name, title)
    try:
        body(page)
    except Skip as skip:
        page.say(f"Skipped: {skip}.")
        page.end()
        sys.exit(77)
    page.end()
