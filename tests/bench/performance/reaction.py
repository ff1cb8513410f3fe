# SPDX-License-Identifier: MIT
"""From a changed value in the meter to the new duty, beside what the wire alone takes."""
import os
import random
import time

from rig import (ANSWER_BYTES, DUTY_WRITTEN, LINE_READ, LINE_WRITTEN, PIPE_READ, REQUEST_BYTES,
                 SILENCE_NS, WIRE_NS, Daemon, Rig, await_true, percentile, run)

CHANGES = int(os.environ.get("BENCH_CHANGES", "100"))
OVERLOAD, DEAD_BAND, ROOM = "currents 25.3,1,1", "currents 24.9,1,1", "currents 5,1,1"
QUICK = "[regulator]\nsettle = 100ms\nraise_delay = 200ms\nrecover_delay = 200ms\nresume_delay = 1s\n"
PAUSE_NS = 1000000
LEAST_DUTY_NS = 115000  # below this there is room for no further cut


def duties(daemon):
    return [event for event in daemon.witness.events() if event[1] == DUTY_WRITTEN]


def await_duty(daemon, count):
    await_true("a new duty", lambda: len(duties(daemon)) > count)


def change(rig, daemon):
    """One overload, which a cut of half an ampere answers. Returns when it was in the meter."""
    if rig.duty() < LEAST_DUTY_NS:
        count = len(duties(daemon))
        rig.say(ROOM)
        await_duty(daemon, count)
        rig.say(DEAD_BAND)
    time.sleep(random.uniform(0.3, 0.8))
    count = len(duties(daemon))
    rig.say(OVERLOAD)
    at_ns = [event for event in rig.meter_witness.events() if event[1] == PIPE_READ][-1][0]
    await_duty(daemon, count)
    rig.say(DEAD_BAND)
    return at_ns, duties(daemon)[count][0]


def transactions(daemon):
    """How long from each request for the currents to the last byte of its answer, as it was read."""
    spans, began, got = [], None, 0
    for at_ns, kind, count in daemon.witness.events():
        if kind == LINE_WRITTEN:
            began, got = at_ns, 0
        elif kind == LINE_READ and began:
            got += count
            if got == ANSWER_BYTES:
                spans.append((began, at_ns))
    return spans


def run_at(interval):
    with Rig(prompt=True) as rig:
        rig.start_meter("--pace", "--currents=5,1,1", witness=True)
        rig.configure(interval, more=QUICK)
        daemon = Daemon(rig, preload=["witness.so"])
        daemon.settle(20)
        await_true("the charge", lambda: LEAST_DUTY_NS < rig.duty() < PAUSE_NS)
        rig.say(DEAD_BAND)
        changes = [change(rig, daemon) for _ in range(CHANGES)]
        polls = transactions(daemon)
        wire = [event[0] for event in rig.meter_witness.events() if event[1] == LINE_WRITTEN]
        read = [event[0] for event in daemon.witness.events() if event[1] == LINE_READ]
        daemon.stop()
    return changes, polls, wire, read


def last_before(times, at_ns):
    return max(time for time in times if time < at_ns)


def wire_alone(changed_ns, polls):
    """What the wire alone would have taken for the change: to the next poll, and that poll."""
    following = [began for began, _ in polls if began >= changed_ns]
    return following[0] - changed_ns + WIRE_NS if following else None


def ms(ns):
    return f"{ns / 1e6:.2f}"


def row(name, values, reference):
    return [name, *(ms(percentile(values, p)) for p in (50, 90, 99)), ms(max(values)), reference]


def body(page):
    met_transaction, met_write = [], []
    page.say(f"{CHANGES} changes at random moments for each interval, on the simulated meter at 9600 8E1 "
             f"with `--pace`. The wire's own time is computed: {REQUEST_BYTES} + {ANSWER_BYTES} characters of "
             f"11 bits and the silence of 3.5 characters before the answer, {ms(WIRE_NS)} ms. Times are of the "
             "clock that `witness.so` reads inside both programs around their system calls. All in ms.\n")
    for name, interval in (("back to back", "0"), ("default, 250 ms", "250ms")):
        changes, polls, wire, read = run_at(interval)
        spans = [end - began for began, end in polls]
        tails = [done - last_before(wire, done) for _, done in changes]
        acts = [done - last_before(read, done) for _, done in changes]
        reactions = [done - changed for changed, done in changes]
        minima = [wire_alone(changed, polls) for changed, _ in changes]
        pairs = [(r, m) for r, m in zip(reactions, minima) if m]
        ratio = percentile(spans, 50) / WIRE_NS
        page.say(f"### Polls {name}\n")
        page.table(
            ["", "median", "90 %", "99 %", "most", "median / reference"],
            row(f"transaction ({len(spans)} polls)", spans, f"{ratio:.3f} of the wire's {ms(WIRE_NS)}"),
            row("last byte of the answer to the duty", tails, "-"),
            row("of that, the daemon: from the answer as it was read", acts, "-"),
            row("changed value to the duty", reactions,
                f"{percentile([r / m for r, m in pairs], 50):.3f} of the wire's, to the same poll's end"),
            row("of that, the wire alone", [m for _, m in pairs], "1"),
        )
        if interval == "0":
            gaps = [began - last_before(wire, began) for began, _ in polls[1:]]
            page.say(f"From the last byte of an answer to the next request: median {ms(percentile(gaps, 50))} ms; Modbus asks for "
                     f"3.5 characters, which are {ms(SILENCE_NS * 10 // 11)} ms here, as a pty takes no parity.\n")
        met_transaction.append(ratio <= 1.03)
        met_write.append(percentile(tails, 99) <= 1e6)
    page.target("median transaction at most 1.03 x wire time", all(met_transaction))
    page.target("last byte to the write at most 1 ms at the 99th percentile on an idle machine",
                all(met_write), f"Load average here: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
                + (", our processes before all others (SCHED_FIFO), but not the kernel's workers, which carry the "
                   "bytes of a pty." if os.environ.get("BENCH_REALTIME") else "."))


if __name__ == "__main__":
    run("reaction", "Reaction", body)
