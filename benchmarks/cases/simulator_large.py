# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The simulator with 48 nodes and 10,000 guests: time to its first answer, listing of the cluster, memory."""

import time
from collections.abc import Iterator
from typing import Any

import requests

from benchmarks.figure import Figure
from benchmarks.simulator_process import cpu_seconds, resident_megabytes, running_simulator

LISTINGS = 5


def measure() -> Iterator[Figure]:
    """Yield the figures."""
    started = time.perf_counter()
    with running_simulator("large") as (connection, process):
        yield Figure("start until ready", time.perf_counter() - started, "s", at_most=10)
        before = cpu_seconds(process.pid)
        clock, guests = listing(connection)
        seconds = (cpu_seconds(process.pid) - before) / LISTINGS
        yield Figure(f"/cluster/resources with {guests} guests", seconds, "s", at_most=0.5, clock=clock)
        yield Figure("resident memory", resident_megabytes(process.pid), "MB", at_most=500)


def listing(connection: dict[str, Any]) -> tuple[float, int]:
    """Return the median seconds of one listing by the clock, and how many guests it holds."""
    node = next(iter(connection["nodes"].values()))
    url = f"https://{node['host']}:{node['port']}/api2/json/cluster/resources"
    name, secret = next(iter(connection["tokens"].items()))
    session = requests.Session()
    session.trust_env = False  # a REQUESTS_CA_BUNDLE would win over the next line
    session.verify = connection["ca_path"]
    session.headers["Authorization"] = f"PVEAPIToken={name}={secret}"
    times = []
    for _repetition in range(LISTINGS):
        started = time.perf_counter()
        answer = session.get(url, timeout=30)
        times.append(time.perf_counter() - started)
        answer.raise_for_status()
    entries = answer.json()["data"]
    return sorted(times)[LISTINGS // 2], sum(entry["type"] in ("qemu", "lxc") for entry in entries)
