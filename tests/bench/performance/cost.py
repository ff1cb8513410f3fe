# SPDX-License-Identifier: MIT
"""What a poll costs: instructions, system calls, processor time; beside others that read the same."""
import os
import re
import resource
import signal
import subprocess
import time

from rig import HELPERS, SOURCE, Daemon, Rig, measure, need, run

BARE = os.path.join(HELPERS, "bare_loop")
PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's modules
CPU_POLLS = int(os.environ.get("BENCH_POLLS", "150"))


def callgrind_calls(path, function):
    """How often a function was called. Names are written out once, then only their number."""
    number, calls, counting = None, 0, False
    with open(path) as file:
        for line in file:
            if line.startswith(("fn=", "cfn=")):
                found = re.match(r"c?fn=\((\d+)\)(?: (\S+))?", line)
                if found[2] == function:
                    number = found[1]
                counting = line[0] == "c" and found[1] == number
            elif line.startswith("calls=") and counting:
                calls += int(line[6:].split()[0])
    return calls


def callgrind_total(path):
    with open(path) as file:
        return int(re.search(r"^(?:summary|totals): (\d+)", file.read(), re.M)[1])


def bare_instructions():
    with Rig() as rig:
        rig.start_meter()
        totals = []
        for polls in (200, 1200):
            out = rig.path(f"callgrind.{polls}")
            subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", BARE,
                            rig.path("tty"), str(polls)], check=True, capture_output=True)
            totals.append(callgrind_total(out))
    return (totals[1] - totals[0]) / 1000


def daemon_instructions(interval, seconds, bus=False, notify=False):
    """Per poll in the steady loop, neither start nor end."""
    with Rig() as rig:
        rig.start_meter("--currents=24.9,3,3")
        rig.configure(interval)
        if bus:
            rig.start_bus()
        if notify:
            rig.start_notify()
        out = rig.path("callgrind")
        daemon = Daemon(rig, ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"])
        daemon.settle(20)

        def control(option):
            subprocess.run(["callgrind_control", option, str(daemon.pid)], check=True, capture_output=True)

        control("-z")
        time.sleep(seconds)
        control("-d")
        dump = out + ".1"
        polls = callgrind_calls(dump, "take_currents")
        total = callgrind_total(dump)
        daemon.stop()
    return total / polls


def instructions(page):
    need("valgrind")
    bare = bare_instructions()
    rows = [["user-space instructions per poll", "poweroptd", "bare loop", "ratio"]]
    for name, interval, seconds, options in (
            ("back to back, without a bus", "0", 5, {}),
            ("back to back, on a bus, with a watchdog", "0", 5, {"bus": True, "notify": True}),
            ("each 250 ms, on a bus, with a watchdog", "250ms", 15, {"bus": True, "notify": True})):
        daemon = daemon_instructions(interval, seconds, **options)
        rows.append([name, f"{daemon:.0f}", f"{bare:.0f}", f"{daemon / bare:.1f}"])
    page.table(*rows)
    return daemon / bare


def strace_counts(path):
    """{name: count} and the polls, by their requests."""
    counts, polls = {}, 0
    with open(path, errors="replace") as file:
        for line in file:
            # "PID name(...", or a call that was interrupted by the end
            found = re.match(r"(?:\d+ +)?(?:[\d.]+ )?([a-z_0-9]+)\(", line)
            if not found:
                continue
            counts[found[1]] = counts.get(found[1], 0) + 1
            polls += r'"\1\3P\f' in line
    return counts, polls


def trace_daemon(rig, daemon, seconds):
    out = rig.path("strace")
    tracer = subprocess.Popen(["strace", "-f", "-o", out, "-p", str(daemon.pid)], stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    tracer.send_signal(signal.SIGINT)
    tracer.wait()
    return strace_counts(out)


def system_calls(page):
    need("strace")
    rows = [["system calls per poll", "poweroptd", "bare loop", "ratio", "of poweroptd"]]
    for name, options in (("answer in one piece", ()), ("answer byte by byte, in wire time", ("--pace",))):
        with Rig() as rig:
            rig.start_meter("--currents=24.9,3,3", *options)
            out = rig.path("bare")
            subprocess.run(["strace", "-o", out, BARE, rig.path("tty"), "60"], check=True, capture_output=True)
            counts, polls = strace_counts(out)
            subprocess.run(["strace", "-o", out, BARE, rig.path("tty"), "0"], capture_output=True)
            start = sum(strace_counts(out)[0].values())
            bare = (sum(counts.values()) - start) / polls
            rig.configure("0")
            rig.start_bus()
            rig.start_notify()
            daemon = Daemon(rig)
            daemon.settle()
            counts, polls = trace_daemon(rig, daemon, 5)
            daemon.stop()
        ours = sum(counts.values()) / polls
        most = sorted(counts.items(), key=lambda item: -item[1])[:6]
        rows.append([name, f"{ours:.1f}", f"{bare:.1f}", f"{ours / bare:.1f}",
                     ", ".join(f"{n} {c / polls:.1f}" for n, c in most)])
    page.table(*rows)


def child_cpu_ns(command, environment):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e9


def per_poll_cpu(rig, command):
    """Of two runs, so that the start of an interpreter does not count."""
    long, short = ([*command, rig.path("tty"), str(polls)] for polls in (CPU_POLLS + 20, 20))
    return (child_cpu_ns(long, rig.environment) - child_cpu_ns(short, rig.environment)) / CPU_POLLS


def mbpoll_cpu(rig):
    """As a shell script does: one call for each poll."""
    command = ["mbpoll", "-m", "rtu", "-a", "1", "-b", "9600", "-P", "none", "-t", "4:float", "-B", "-0",
               "-r", str(0x500C), "-c", "3", "-1", "-q", rig.path("tty")]
    return sum(child_cpu_ns(command, rig.environment) for _ in range(20)) / 20


def python_module(name):
    return subprocess.run([PYTHON, "-c", f"import {name}"], capture_output=True).returncode == 0


def processor_time(page):
    peers, skipped = [], []
    with Rig() as rig:
        rig.start_meter("--pace", "--currents=24.9,3,3")
        bare = per_poll_cpu(rig, [BARE])
        for name in ("pymodbus", "minimalmodbus"):
            if not python_module(name):
                skipped.append(f"python3-{name} is not installed, or not in this release of Debian")
                continue
            peers.append((f"python3-{name}", per_poll_cpu(rig, [PYTHON, os.path.join(SOURCE, f"script_{name}.py")])))
        if os.path.exists("/usr/bin/mbpoll"):
            peers.append(("mbpoll, started for each poll", mbpoll_cpu(rig)))
        else:
            skipped.append("mbpoll is not installed")
        rig.configure("0")
        rig.start_bus()
        rig.start_notify()
        daemon = Daemon(rig)
        daemon.settle()
        requests, cpu_ns, _, _ = measure(daemon, 10)
        daemon.stop()
        ours = cpu_ns / requests
    rows = [["processor time per poll in wire time", "µs", "of poweroptd's", "of the bare loop's"]]
    for name, ns in [("poweroptd: reads, decides, writes, on a bus", ours), ("bare loop", bare), *peers]:
        rows.append([name, f"{ns / 1000:.0f}", f"{ns / ours:.1f}", f"{ns / bare:.1f}"])
    page.table(*rows)
    for reason in skipped:
        page.say(f"Skipped: {reason}.\n")
    return [(name, ns / ours) for name, ns in peers], ours / bare


def body(page):
    page.say("The bare loop is `bare_loop.c`: libmodbus reads three currents and does nothing else; it waits for "
             "each answer, decides nothing and writes nothing. Everything that `poweroptd` does besides, slow "
             "requests and the cycle of each second included, is shared out among its polls.\n")
    ratio = instructions(page)
    system_calls(page)
    peers, cpu_ratio = processor_time(page)
    page.target("at most 2 x the bare loop's instructions", ratio <= 2)
    page.say(REASON)
    met = all(r >= 20 for _, r in peers) and peers != []
    page.target("at least 20 x less processor time than the scripts", met,
                ", ".join(f"{name} {r:.0f} x" for name, r in peers) + ".")
    if not met:
        page.say(REASON_SCRIPTS.format(" and ".join(f"{r * cpu_ratio:.0f} x" for _, r in peers)))


REASON = """
  The reason: the bare loop does nothing while it waits, and knows no time. The daemon waits in an event loop, for
  more than one thing at once, and goes through it twice for each poll: when the line has been silent for long
  enough, and when the answer is there. Each time around costs about 3,000 instructions in libsystemd, setting a
  timer 1,000; that is what keeps a dead meter from holding up the fail-safe. Our own part is the rest. In system
  calls and in processor time, where the kernel's part counts, the distance is the one of the tables above.
"""
REASON_SCRIPTS = """
  The reason: on this line each byte of an answer comes alone and wakes the reader up, whoever it is; that is most of
  the processor time. The bare loop, which does nothing else, is no more than {} below them either. A UART with a FIFO
  or a USB adapter hands over the answer in one to three pieces.
"""

if __name__ == "__main__":
    run("cost", "Cost per poll", body)
