# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The simulator with 48 nodes and 10,000 guests: time to its first answer, listing of the cluster, memory."""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from benchmarks.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
LONGEST_START_SECONDS = 60
LISTINGS = 5


def measure() -> Iterator[Figure]:
    """Yield the figures."""
    started = time.perf_counter()
    with running_simulator("large") as (connection, process):
        yield Figure("start until ready", time.perf_counter() - started, "s", at_most=10)
        seconds, guests = listing(connection)
        yield Figure(f"/cluster/resources with {guests} guests", seconds, "s", at_most=0.5)
        yield Figure("resident memory", resident_megabytes(process.pid), "MB", at_most=500)


@contextlib.contextmanager
def running_simulator(scenario: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[bytes]]]:
    """Start `python -m simulator`, wait until it is ready, give its connection data; stop it in the end."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--port", "0", "--speed", "0", "--run-dir", folder]
        command = [sys.executable, "-m", "simulator", scenario, *options]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
            try:
                yield connection_data(Path(folder, "connection.json"), process), process
            finally:
                process.terminate()


def connection_data(file: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Wait for the file that the simulator writes when it is ready."""
    limit = time.monotonic() + LONGEST_START_SECONDS
    while not file.is_file():
        if process.poll() is not None:
            raise SystemExit(f"the simulator ended with status {process.returncode} before it was ready")
        if time.monotonic() > limit:
            raise SystemExit(f"the simulator was not ready within {LONGEST_START_SECONDS} s")
        time.sleep(0.05)
    connection: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return connection


def listing(connection: dict[str, Any]) -> tuple[float, int]:
    """Return the median seconds of one listing, and how many guests it holds."""
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


def resident_megabytes(pid: int) -> float:
    """Read the memory that a process holds from /proc (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) / 1024
