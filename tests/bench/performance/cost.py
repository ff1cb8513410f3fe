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
NAPS = os.path.join(HELPERS, "three_naps")
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


def daemon_instructions(interval, seconds, on_bus):
    """(instructions, requests, seconds) of the steady loop, neither start nor end."""
    with Rig() as rig:
        rig.start_meter("--currents=24.9,3,3")
        rig.configure(interval)
        if on_bus:
            rig.start_bus()
            rig.start_notify()
        out = rig.path("callgrind")
        daemon = Daemon(rig, ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"])
        daemon.settle(20)

        def control(option):
            subprocess.run(["callgrind_control", option, str(daemon.pid)], check=True, capture_output=True)

        control("-z")
        began = time.monotonic()
        time.sleep(seconds)
        control("-d")
        span = time.monotonic() - began
        dump = out + ".1"
        requests = callgrind_calls(dump, "modbus_send_raw_request")  # of a library, so never inlined
        total = callgrind_total(dump)
        daemon.stop()
    return total, requests, span


def each_poll(often, seldom):
    """
    Two runs at different rates tell the cost of a poll from that of a second: (of each, of each). A slow
    request, of which each second has the same few, counts as a poll.
    """
    (total, requests, span), (total2, requests2, span2) = often, seldom
    poll = (total * span2 - total2 * span) / (requests * span2 - requests2 * span)
    return poll, (total - poll * requests) / span


def instructions(page):
    need("valgrind")
    bare = bare_instructions()
    rows = [["user-space instructions", "poweroptd", "bare loop", "ratio"]]
    ratios = []
    for name, on_bus in (("without a bus", False), ("on a bus, with a watchdog", True)):
        often, seldom = (daemon_instructions(interval, 8, on_bus) for interval in ("0", "250ms"))
        poll, second = each_poll(often, seldom)
        ratios.append(poll / bare)
        rows.append([f"each poll: wait, read, decide; {name}", f"{poll:.0f}", f"{bare:.0f}", f"{poll / bare:.2f}"])
        rows.append([f"each second besides; {name}", f"{second:.0f}", "0", "-"])
        total, requests, _ = seldom
        rows.append([f"all of that per request, polls each 250 ms; {name}", f"{total / requests:.0f}", f"{bare:.0f}",
                     f"{total / requests / bare:.1f}"])
    page.table(*rows)
    page.say("The two are told apart by runs at two rates. Each second the output is read back, the watchdog petted "
             "twice, and D-Bus has its view of things; the slow requests, one or so, count as polls. "
             "The duty is written when it changes only; here it does not.\n")
    return max(ratios)


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
        bare, naps = per_poll_cpu(rig, [BARE]), per_poll_cpu(rig, [NAPS])
        for name in ("pymodbus", "minimalmodbus"):
            if not python_module(name):
                skipped.append(f"python3-{name} is not installed" + (
                    ", as Debian 12 has no such package" if name == "minimalmodbus" else ""))
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
    for name, ns in [("poweroptd: reads, decides, writes, on a bus", ours), ("bare loop", bare),
                     ("three naps: to sleep and be woken up three times", naps), *peers]:
        rows.append([name, f"{ns / 1000:.0f}", f"{ns / ours:.1f}", f"{ns / bare:.1f}"])
    page.table(*rows)
    for reason in skipped:
        page.say(f"Skipped: {reason}.\n")
    return [(name, ns / ours) for name, ns in peers], ours / naps


def body(page):
    page.say("The bare loop is `bare_loop.c`: libmodbus reads three currents and does nothing else; it waits for "
             "each answer, decides nothing and writes nothing. In the tables of system calls and processor time "
             "everything that `poweroptd` does besides, slow requests and the cycle of each second included, is "
             "shared out among its polls.\n")
    ratio = instructions(page)
    system_calls(page)
    peers, naps_ratio = processor_time(page)
    page.target("at most 2 x the bare loop's instructions for a poll", ratio <= 2, f"{ratio:.2f} x.")
    met = all(r >= 20 for _, r in peers) and peers != []
    page.target("at least 20 x less processor time than the scripts", met,
                ", ".join(f"{name} {r:.0f} x" for name, r in peers) + ".")
    if not met:
        page.say(REASON_SCRIPTS.format(" and ".join(f"{r * naps_ratio:.0f} x" for _, r in peers)))


REASON_SCRIPTS = """
  The reason: a poll needs three sleeps, until the request, until the answer begins, and until it is complete, and to
  wake a process up is what takes the time here. `three_naps.c`, which sleeps three times and does nothing else,
  is no more than {} below the scripts.
"""

if __name__ == "__main__":
    run("cost", "Cost per poll", body)
