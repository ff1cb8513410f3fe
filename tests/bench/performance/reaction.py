# SPDX-License-Identifier: MIT
"""From a changed value in the meter to the new duty, beside what the wire alone takes."""
import bisect
import os
import random
import subprocess
import time

from rig import (ANSWER_BYTES, DUTY_WRITTEN, HELPERS, LINE_READ, LINE_WRITTEN, PIPE_READ, REQUEST_BYTES,
                 SILENCE_NS, WIRE_NS, Daemon, Rig, WireTap, await_true, percentile, run)

BARE = os.path.join(HELPERS, "bare_loop")

CHANGES = int(os.environ.get("BENCH_CHANGES", "150"))
BARE_POLLS = 300
OVERLOAD, DEAD_BAND, ROOM = "currents 25.3,1,1", "currents 24.9,1,1", "currents 5,1,1"
QUICK = "[regulator]\nsettle = 100ms\nraise_delay = 200ms\nrecover_delay = 200ms\nresume_delay = 1s\n"
PAUSE_NS = 1000000
LEAST_DUTY_NS = 115000  # below this there is room for no further cut


def duties(daemon):
    return [event for event in daemon.tap.events() if event[1] == DUTY_WRITTEN]


def await_duty(daemon, count):
    await_true("a new duty", lambda: len(duties(daemon)) > count)


def change(rig, daemon):
    """One overload, which a cut of half an ampere answers. Returns when it was in the meter."""
    if rig.duty() < LEAST_DUTY_NS:
        count = len(duties(daemon))
        rig.say(ROOM)
        await_duty(daemon, count)
        rig.say(DEAD_BAND)
    time.sleep(random.uniform(0.15, 0.4))  # longer than settle, and any phase of the polls
    count = len(duties(daemon))
    rig.say(OVERLOAD)
    at_ns = [event for event in rig.meter_tap.events() if event[1] == PIPE_READ][-1][0]
    await_duty(daemon, count)
    rig.say(DEAD_BAND)
    return at_ns, duties(daemon)[count][0]


def transactions(tap):
    """How long from each request for the currents to the last byte of its answer, as it was read."""
    spans, began, got = [], None, 0
    for at_ns, kind, count in tap.events():
        if kind == LINE_WRITTEN:
            began, got = at_ns, 0
        elif kind == LINE_READ and began:
            got += count
            if got == ANSWER_BYTES:
                spans.append((began, at_ns))
    return spans


def run_at(interval):
    with Rig(prompt=True) as rig:
        rig.start_meter("--pace", "--currents=5,1,1", tap=True)
        rig.configure(interval, more=QUICK)
        daemon = Daemon(rig, preload=["wire_tap.so"])
        daemon.settle(20)
        await_true("the charge", lambda: LEAST_DUTY_NS < rig.duty() < PAUSE_NS)
        rig.say(DEAD_BAND)
        changes = [change(rig, daemon) for _ in range(CHANGES)]
        polls = transactions(daemon.tap)
        wire = [event[0] for event in rig.meter_tap.events() if event[1] == LINE_WRITTEN]
        read = [event[0] for event in daemon.tap.events() if event[1] == LINE_READ]
        daemon.stop()
    return changes, polls, wire, read


def run_bare():
    """The same line read by the bare loop, which waits for every byte."""
    with Rig(prompt=True) as rig:
        rig.start_meter("--pace", "--currents=5,1,1", tap=True)
        tap = WireTap(rig.path("tap.bare"))
        subprocess.run([BARE, rig.path("tty"), str(BARE_POLLS)], check=True, capture_output=True,
                       env=dict(rig.environment, LD_PRELOAD=os.path.join(HELPERS, "wire_tap.so"),
                                POWEROPT_WIRE_TAP=tap.path))
        tap.open()
        spans = transactions(tap)
        wire = [event[0] for event in rig.meter_tap.events() if event[1] == LINE_WRITTEN]
    return spans, wire


def last_before(times, at_ns):
    return times[bisect.bisect_left(times, at_ns) - 1]


def wire_alone(changed_ns, polls):
    """What the wire alone would have taken for the change: to the next poll, and that poll."""
    following = [began for began, _ in polls if began >= changed_ns]
    return following[0] - changed_ns + WIRE_NS if following else None


def ms(ns):
    return f"{ns / 1e6:.2f}"


def row(name, values, reference):
    return [name, *(ms(percentile(values, p)) for p in (50, 90, 99)), ms(max(values)), reference]


def body(page):
    bare, bare_wire = run_bare()
    bare_spans = [end - began for began, end in bare]
    bare_tails = [end - last_before(bare_wire, end) for _, end in bare]
    ratios, writes, acts = [], [], []
    page.say(f"{CHANGES} changes at random moments for each interval, on the simulated meter at 9600 8E1 "
             f"with `--pace`. The wire's own time is computed: {REQUEST_BYTES} + {ANSWER_BYTES} characters of "
             f"11 bits and the silence of 3.5 characters before the answer, {ms(WIRE_NS)} ms. Times are of the "
             "clock that `wire_tap.so` reads inside both programs around their system calls. The bare loop is "
             "`bare_loop.c`: libmodbus, which waits for every byte and then does nothing: between the last byte "
             "that the simulator writes and the one that it reads there is only the machine, a kernel's worker "
             "that carries the bytes of the pty and the scheduler. All in ms.\n")
    for name, interval in (("back to back", "0"), ("default, 250 ms", "250ms")):
        changes, polls, wire, read = run_at(interval)
        spans = [end - began for began, end in polls]
        carried = [end - last_before(wire, end) for _, end in polls]
        tails = [done - last_before(wire, done) for _, done in changes]
        act = [done - last_before(read, done) for _, done in changes]
        reactions = [done - changed for changed, done in changes]
        minima = [wire_alone(changed, polls) for changed, _ in changes]
        pairs = [(r, m) for r, m in zip(reactions, minima) if m]
        ratio = percentile(spans, 50) / WIRE_NS
        page.say(f"### Polls {name}\n")
        page.table(
            ["", "median", "90 %", "99 %", "most", "median / reference"],
            row(f"transaction ({len(spans)} polls)", spans, f"{ratio:.3f} of the wire's {ms(WIRE_NS)}"),
            row("the bare loop's transaction", bare_spans,
                f"{percentile(bare_spans, 50) / WIRE_NS:.3f} of the wire's"),
            row("last byte of the answer to the duty", tails, "-"),
            row("of that, until it was read (every poll)", carried, "-"),
            row("the bare loop: until it was read", bare_tails, "-"),
            row("the daemon alone: from the answer as it was read to the duty", act, "-"),
            row("changed value to the duty", reactions,
                f"{percentile([r / m for r, m in pairs], 50):.3f} of the wire's, to the same poll's end"),
            row("of that, the wire alone", [m for m in minima if m], "1"),
        )
        if interval == "0":
            gaps = [began - last_before(wire, began) for began, _ in polls[1:]]
            page.say(f"From the last byte of an answer to the next request: median {ms(percentile(gaps, 50))} ms; "
                     f"Modbus asks for 3.5 characters, which are {ms(SILENCE_NS)} ms.\n")
        ratios.append(ratio)
        writes.append(percentile(tails, 99))
        acts.append(percentile(act, 99))
    page.target("median transaction at most 1.03 x wire time", max(ratios) <= 1.03)
    page.target("last byte to the write at most 1 ms at the 99th percentile on an idle machine", max(writes) <= 1e6,
                f"Load average here: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
                + (", our processes before all others (SCHED_FIFO), but not the kernel's workers, which carry the "
                   "bytes of a pty" if os.environ.get("BENCH_REALTIME") else "")
                + f". The machine alone, as the bare loop finds it, takes {ms(percentile(bare_tails, 99))} ms of it, "
                f"the daemon alone {ms(max(acts))} ms, both at the 99th percentile.")


if __name__ == "__main__":
    run("reaction", "Reaction", body)
