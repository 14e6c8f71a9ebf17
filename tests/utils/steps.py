# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Run the steps of noxfile.py (all, or those named) and close with one line that counts what passed and failed."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
REPORT = ROOT / ".nox" / "report.json"
RESULTS = ROOT / ".nox" / "results"  # the steps that run pytest leave its counts here
WORDS = {"success": "passed", "failed": "failed", "skipped": "skipped", "aborted": "failed"}
Counts = dict[str, int]


def _start(steps: list[str]) -> int:
    RESULTS.mkdir(parents=True, exist_ok=True)
    for stale in (REPORT, *RESULTS.iterdir()):
        stale.unlink(missing_ok=True)
    chosen = ["--sessions", *steps] if steps else []
    # molecule, ansible-lint and antsibull-nox start other commands by name
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    command = [str(BIN / "nox"), "--report", str(REPORT), *chosen]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, stdin=subprocess.DEVNULL).returncode


def _pytest_counts(file: Path) -> Counts:
    suites = ET.parse(file).getroot().iter("testsuite")  # noqa: S314 - written by our own pytest
    total = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in suites:
        for key in total:
            total[key] += int(suite.get(key, 0))
    failed = total["failures"] + total["errors"]
    return {"passed": total["tests"] - failed - total["skipped"], "failed": failed, "skipped": total["skipped"]}


def _counts(step: dict[str, str]) -> Counts:
    """A step that ran pytest counts as its tests, any other step as one."""
    outcome = WORDS[step["result"].lower()]
    files = sorted(RESULTS.glob(f"{step['name']}*.xml"))
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for file in files:
        for word, number in _pytest_counts(file).items():
            counts[word] += number
    if not files or (outcome == "failed" and not counts["failed"]):
        counts[outcome] += 1
    return counts


def _closing_line(steps: list[dict[str, str]], seconds: float) -> str:
    counts = [_counts(step) for step in steps]
    total = {word: sum(count[word] for count in counts) for word in ("passed", "failed", "skipped")}
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    return f"{total['passed']} passed, {total['failed']} failed{skipped} in {seconds:.0f} s ({len(steps)} steps)"


def main() -> int:
    """Return nox's exit status."""
    started = time.monotonic()
    status = _start(sys.argv[1:])
    if not REPORT.is_file():
        print("0 passed, 1 failed (nox did not start any step)")
        return status or 1
    steps = json.loads(REPORT.read_text(encoding="utf-8"))["sessions"]
    print(_closing_line(steps, time.monotonic() - started), flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
