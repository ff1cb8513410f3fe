# SPDX-License-Identifier: MIT
"""Puts what the benchmarks found together: page.py COMMAND COMPILER SECTION... >doc/performance.md"""
import os
import platform
import re
import subprocess
import sys
import time


def processor():
    with open("/proc/cpuinfo") as file:
        found = re.search(r"model name\s*: (.*)", file.read())
    return f"{found[1] if found else platform.machine()}, {os.cpu_count()} processors"


def release():
    with open("/etc/os-release") as file:
        return re.search(r'^PRETTY_NAME="(.*)"', file.read(), re.M)[1]


def version(package):
    found = subprocess.run(["pkg-config", "--modversion", package], capture_output=True, text=True)
    return f"{package} {found.stdout.strip()}"


print(f"""<!-- SPDX-License-Identifier: MIT -->
# Performance

Made by `{sys.argv[1]}` on {time.strftime("%Y-%m-%d")}, load average {os.getloadavg()[0]:.1f};
built by `{sys.argv[2]}`.
Machine: {processor()}; {release()}, Linux {platform.release()}, {version("libsystemd")}, {version("libmodbus")}.

Every figure stands beside its reference of the same run. No test fails for an absolute time: these are measured,
not checked. Ratios and counts hold elsewhere; times are of this machine.
""")
for section in sys.argv[3:]:
    if os.path.exists(section):
        with open(section) as file:
            print(file.read())
