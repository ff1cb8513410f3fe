# SPDX-License-Identifier: MIT
"""Memory in the steady loop, what is on the disk, and how soon the charger is safe after a start."""
import os
import re
import subprocess
import time

from rig import BUILD, DUTY_WRITTEN, Daemon, Rig, await_true, measure, percentile, run

STARTS = 20
MAX_KB = 600
MAX_START_MS = 30


def rollup(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return {name: int(kb) for name, kb in re.findall(r"^(\w+):\s+(\d+) kB", file.read(), re.M)}


def dirty_parts(pid):
    """Private_Dirty by what it is, in kB."""
    parts, name = {}, ""
    with open(f"/proc/{pid}/smaps") as file:
        for line in file:
            found = re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)", line)
            if found:
                name = os.path.basename(found[1]) or "anonymous"
            elif line.startswith("Private_Dirty:"):
                parts[name] = parts.get(name, 0) + int(line.split()[1])
    return sorted(parts.items(), key=lambda item: -item[1])


def steady(page):
    rows = [["in the steady loop", "on a bus, with a watchdog", "without"]]
    figures = []
    for on_bus in (True, False):
        with Rig() as rig:
            rig.start_meter("--currents=24.9,3,3")
            rig.configure("0")
            if on_bus:
                rig.start_bus()
                rig.start_notify()
            daemon = Daemon(rig)
            daemon.settle(400)
            _, _, _, faults = measure(daemon, 10)
            kb = rollup(daemon.pid)
            parts = dirty_parts(daemon.pid)
            daemon.stop()
            counted = Daemon(rig, preload=["wire_tap.so"])
            counted.settle(400)
            first, before = counted.requests(), counted.tap.allocations()
            time.sleep(10)
            allocations = counted.tap.allocations() - before
            polls = counted.requests() - first
            counted.stop()
            figures.append((kb, faults, allocations, polls, parts))
    for name, index in (("private dirty, kB", "Private_Dirty"), ("proportional (PSS), kB", "Pss"), ("resident, kB", "Rss")):
        rows.append([name, *(f[0][index] for f in figures)])
    rows.append(["page faults per second, back to back", *(f"{f[1]:.1f}" for f in figures)])
    rows.append(["calls of malloc, calloc and realloc", *(f"{f[2]} in {f[3]} requests" for f in figures)])
    page.table(*rows)
    page.say("The largest parts of the private memory: "
             + ", ".join(f"{name} {kb} kB" for name, kb in figures[0][4][:8]) + ".\n")
    return figures


def disk(page):
    program = os.path.join(BUILD, "poweroptd")
    sections = subprocess.run(["size", program], capture_output=True, text=True).stdout.splitlines()[1].split()
    libraries = subprocess.run(["readelf", "-d", program], capture_output=True, text=True).stdout
    direct = re.findall(r"\(NEEDED\).*\[(.*)\]", libraries)
    everything = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    page.say(f"The program: text {int(sections[0]) // 1024} kB, data {int(sections[1]) // 1024} kB, "
             f"bss {int(sections[2]) // 1024} kB. It links {', '.join(direct)}; with theirs, "
             f"{everything.count('=>')} libraries are loaded.\n")


def start_times(rig):
    """From the moment before the fork to the first duty in the attribute."""
    spans = []
    for _ in range(STARTS):
        daemon = Daemon(rig, preload=["wire_tap.so"])

        def first_duty():
            return [e[0] for e in daemon.tap.events() if e[1] == DUTY_WRITTEN]

        await_true("the first duty", first_duty)
        spans.append(first_duty()[0] - daemon.began_ns)
        daemon.stop()
    return spans


def start(page):
    with Rig(prompt=True) as rig:
        rig.start_meter("--currents=24.9,3,3")
        rig.configure()
        rig.start_bus()
        spans = start_times(rig)
        nothing = []
        for _ in range(STARTS):
            began = time.monotonic_ns()
            subprocess.run(["/bin/true"], env=rig.environment, close_fds=False)
            nothing.append(time.monotonic_ns() - began)
    page.table(["start, ms", "median", "most", "median of /bin/true's"],
               ["poweroptd, to the first safe duty", f"{percentile(spans, 50) / 1e6:.1f}",
                f"{max(spans) / 1e6:.1f}", f"{percentile(spans, 50) / percentile(nothing, 50):.1f}"],
               ["/bin/true, to its end", f"{percentile(nothing, 50) / 1e6:.1f}", f"{max(nothing) / 1e6:.1f}", "1"])
    return percentile(spans, 50) / 1e6


def body(page):
    os.sync()  # what the compiler has just written would count as dirty
    figures = steady(page)
    disk(page)
    start_ms = start(page)
    page.target(f"private dirty memory below {MAX_KB} kB", all(f[0]["Private_Dirty"] < MAX_KB for f in figures))
    page.target("no page fault in the steady loop", all(f[1] < 0.2 for f in figures))
    page.target("no allocation in the steady loop", all(f[2] == 0 for f in figures))
    page.target(f"start to first safe output below {MAX_START_MS} ms", start_ms < MAX_START_MS)


if __name__ == "__main__":
    run("memory", "Memory and start", body)
