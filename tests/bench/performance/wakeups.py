# SPDX-License-Identifier: MIT
"""How often the daemon is woken up, and by what."""
import re
import signal
import subprocess
import time

from rig import Daemon, Rig, need, run

SECONDS = 12
CAN = "[can]\ninterface = can0\nperiod = 100ms\nstatus_id = none\n"


def strace_wakeups(rig, daemon, seconds):
    """(returns from sleep, those by a time among them, requests) per second."""
    out = rig.path("strace")
    tracer = subprocess.Popen(["strace", "-e", "trace=ppoll,write,read", "-o", out, "-p", str(daemon.pid)],
                              stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    tracer.send_signal(signal.SIGINT)
    tracer.wait()
    with open(out, errors="replace") as file:
        text = file.read()
    # without those that only look, as their time is over already
    sleeps = re.findall(r"^ppoll\(\[.*\], \d+, \{(?!tv_sec=0, tv_nsec=0\}).*", text, re.M)
    timers = len([sleep for sleep in sleeps if "(Timeout)" in sleep])
    timers += len(re.findall(r'^read\(\d+, "\\\d+\\0\\0\\0\\0\\0\\0\\0", 8\)', text, re.M))
    woken = len(sleeps)
    requests = len(re.findall(r'^write\(\d+, "\\1\\3.*, 8\)', text, re.M))
    return woken / seconds, timers / seconds, requests / seconds


def body(page):
    need("strace")
    rows = [["per second, each 250 ms", "woken up", "by timers", "requests", "needed", "ratio"]]
    found = {}
    for name, meter, config, preload in (
            ("PWM, answer in one piece", (), {}, ()),
            ("PWM, answer byte by byte in wire time", ("--pace",), {}, ()),
            ("CAN each 100 ms, answer in one piece", (), {"output": "can", "more": CAN}, ("fake_can.so",))):
        with Rig() as rig:
            rig.start_meter("--currents=24.9,3,3", *meter)
            rig.configure(**config)
            rig.start_bus()
            rig.start_notify()
            daemon = Daemon(rig, preload=preload)
            daemon.settle(20)
            woken, timers, requests = strace_wakeups(rig, daemon, SECONDS)
            daemon.stop()
        # each request is sent at a time, its answer comes, and the watchdog has a second of its own
        needed = 2 * requests + 1 + (10 if preload else 0)
        found[name] = woken, needed
        rows.append([name, f"{woken:.1f}", f"{timers:.1f}", f"{requests:.1f}", f"{needed:.1f}", f"{woken / needed:.2f}"])
    page.table(*rows)
    page.say("Needed is one for each request to send, one for its answer, one a second for the cycle that pets the "
             "watchdog and reads the output back, and ten for the frames of CAN. An answer that comes byte by byte takes "
             "two, for its beginning and its end, however long it is.\n")
    one_piece = found["PWM, answer in one piece"]
    can = found["CAN each 100 ms, answer in one piece"]
    page.target("no more than polls, answers and watchdog need", one_piece[0] <= one_piece[1] * 1.05)
    page.target("CAN each 100 ms adds ten", can[0] <= can[1] * 1.05)


if __name__ == "__main__":
    run("wakeups", "Wake-ups", body)
