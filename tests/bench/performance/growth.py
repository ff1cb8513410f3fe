# SPDX-License-Identifier: MIT
"""How the cost grows with the poll rate, the CAN period, the readers on D-Bus and the instances."""
import os
import shutil
import subprocess
import time

from rig import SOURCE, Daemon, Rig, measure, run
from memory import rollup

DOC = os.path.normpath(os.path.join(SOURCE, "../../../doc"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
INSTANCES = 20


def plot(name, title, label, points, fit):
    if not shutil.which("gnuplot"):
        return "No picture: gnuplot is not installed."
    data = "\n".join(f"{x} {y}" for x, y in points)
    subprocess.run(["gnuplot"], input=f"""
set terminal svg size 640,360 font 'sans,12' background 'white'
set output '{DOC}/{name}.svg'
set title '{title}'
set xlabel '{label}'
set ylabel 'processor time, ms per second'
set xrange [0:*]
set yrange [0:*]
set grid
set key top left
$data << END
{data}
END
plot {fit[0]} + {fit[1]} * x with lines lc rgb '#888888' title 'straight line', \\
     $data with points pt 7 lc rgb '#1f77b4' title 'measured'
""", text=True, check=True)
    return f"![{title}]({name}.svg)"


def fit_line(points):
    """Least squares: (at 0, slope, share of the variance that the line explains)."""
    n = len(points)
    mean_x, mean_y = (sum(p[i] for p in points) / n for i in (0, 1))
    xx = sum((x - mean_x) ** 2 for x, _ in points)
    yy = sum((y - mean_y) ** 2 for _, y in points)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in points)
    slope = xy / xx
    return mean_y - slope * mean_x, slope, xy * xy / (xx * yy) if yy else 1


def cpu_ms(rig, **options):
    daemon = Daemon(rig, **options)
    daemon.settle(12)
    requests, cpu_ns, _, _ = measure(daemon, SECONDS)
    daemon.stop()
    return requests, cpu_ns / 1e6


def poll_rate():
    points = []
    for interval in ("1s", "500ms", "250ms", "100ms", "50ms", "20ms", "0"):
        with Rig() as rig:
            rig.start_meter("--currents=24.9,3,3")
            rig.configure(interval)
            points.append(cpu_ms(rig))
    return points


def can_period():
    points = []
    for period in (450, 200, 100, 50, 20, 10):
        with Rig() as rig:
            rig.start_meter("--currents=24.9,3,3")
            rig.configure(output="can", more=f"[can]\ninterface = can0\nperiod = {period}ms\nstatus_id = none\n")
            points.append((1000 / period, cpu_ms(rig, preload=["fake_can.so"])[1]))
    return points


def readers():
    points = []
    for count in (0, 10, 25, 50, 100):
        with Rig() as rig:
            rig.start_meter("--currents=24.9,3,3")
            rig.configure()
            rig.start_bus()
            daemon = Daemon(rig)
            daemon.settle(12)
            if count:
                rig.start_readers(count)
            points.append((count, measure(daemon, SECONDS)[1] / 1e6))
            daemon.stop()
    return points


def instances(page):
    rigs, daemons = [], []
    for _ in range(INSTANCES):
        rig = Rig()
        rigs.append(rig)
        rig.start_meter("--currents=24.9,3,3")
        rig.configure()
        daemons.append(Daemon(rig))
    for daemon in daemons:
        daemon.settle(12)
    before = sum(daemon.cpu_ns() for daemon in daemons)
    time.sleep(SECONDS)
    cpu = (sum(daemon.cpu_ns() for daemon in daemons) - before) / SECONDS / 1e6
    memory = [rollup(daemon.pid) for daemon in daemons]
    for daemon in daemons:
        daemon.stop()
    for rig in rigs:
        rig.__exit__()
    page.table([f"{INSTANCES} instances, each with its meter", "all", "for each"],
               ["processor time, ms per second", f"{cpu:.1f}", f"{cpu / INSTANCES:.2f}"],
               *([f"{name}, kB", sum(m[name] for m in memory), sum(m[name] for m in memory) // INSTANCES]
                 for name in ("Private_Dirty", "Pss")))
    page.say("There is no template unit `poweroptd@.service`, for these reasons. A house has one main switch, and a "
             "second optimizer behind the same one would not see the first: both would raise by the same free "
             "ampere, and the switch would trip. So several chargers behind one switch need one daemon that shares "
             "out among them, not one daemon for each. The line to the meter is taken by one process alone, and so "
             "are the name `org.poweroptd` and what `poweroptctl` speaks to. Twenty houses on one machine, each "
             "with a meter and a switch of its own, are twenty containers (`systemd-nspawn`), as the figures above "
             "allow many times over.\n")


def part(page, name, title, label, unit, points):
    fit = fit_line(points)
    page.say(f"### {title}\n")
    page.table([label, *(f"{x:.3g}" for x, _ in points)],
               ["ms per second", *(f"{y:.2f}" for _, y in points)])
    page.say(f"A straight line explains {fit[2] * 100:.1f} % of it: {fit[0]:.2f} ms per second, and "
             f"{fit[1] * 1000:.0f} µs {unit}.\n")
    page.say(plot(name, title, label, points, fit) + "\n")
    return fit[2]


def body(page):
    page.say("Processor time of the daemon per second, its kernel's part included; the answer comes in one piece.\n")
    good = [
        part(page, "growth-poll-rate", "Poll rate", "requests per second", "for each request", poll_rate()),
        part(page, "growth-can-period", "CAN frames", "frames per second", "for each frame", can_period()),
        part(page, "growth-readers", "Readers on D-Bus", "clients that read all properties once a second",
             "for each client", readers()),
    ]
    page.say("Without CAN in the kernel, `fake_can.so` takes the frames: the daemon's side is real, the kernel's is "
             "missing.\n")
    instances(page)
    page.target("straight lines", min(good) >= 0.95)


if __name__ == "__main__":
    run("growth", "Growth", body)
