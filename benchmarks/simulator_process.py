# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The simulator as a process of its own, for as long as something is measured."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LONGEST_START_SECONDS = 60


@contextlib.contextmanager
def running_simulator(scenario: str, speed: float = 0.0) -> Iterator[tuple[dict[str, Any], subprocess.Popen[bytes]]]:
    """Start `python -m simulator`, wait until it is ready, give its connection data; stop it in the end."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--port", "0", "--speed", str(speed), "--run-dir", folder]
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


def cpu_seconds(pid: int) -> float:
    """Read the time that a process has spent on a processor from /proc (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    user, system = fields[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    """Read the memory that a process holds from /proc (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) / 1024
