# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Run the steps of noxfile.py (all, or those named) and close with one line that counts what passed and failed."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
WORK = ROOT / ".nox"
RESULTS = WORK / "results"  # the steps that run pytest leave its counts here
WORDS = {"success": "passed", "failed": "failed", "skipped": "skipped", "aborted": "failed"}
Counts = dict[str, int]


def _prepare() -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    for stale in (*WORK.glob("report-*.json"), *RESULTS.iterdir()):
        stale.unlink(missing_ok=True)


def _nox(lane: str, steps: list[str], output: IO[str] | None = None) -> subprocess.Popen[str]:
    chosen = ["--sessions", *steps] if steps else []
    # molecule, ansible-lint and antsibull-nox start other commands by name
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PVE_DRS_LANE": lane}
    command = [str(BIN / "nox"), "--report", str(_report(lane)), *chosen]
    streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output and subprocess.STDOUT}
    return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **streams)


def _report(lane: str) -> Path:
    return WORK / f"report-{lane}.json"


def _run_all() -> int:
    """Run those that start pytest beside the others, whose output is shown when they are through."""
    with (WORK / "checks.log").open("w+", encoding="utf-8") as log:
        checks = _nox("checks", [], log)
        tests = _nox("tests", [])
        statuses = [tests.wait(), checks.wait()]
        log.seek(0)
        shutil.copyfileobj(log, sys.stdout)
    return max(statuses, key=abs)


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
    files = [file for pattern in ("{}.xml", "{}-*.xml") for file in sorted(RESULTS.glob(pattern.format(step["name"])))]
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
    _prepare()
    named = sys.argv[1:]
    status = _nox("all", named).wait() if named else _run_all()
    lanes = ["all"] if named else ["tests", "checks"]
    missing = [lane for lane in lanes if not _report(lane).is_file()]
    if missing:
        print(f"0 passed, {len(missing)} failed (nox did not start any step of: {', '.join(missing)})")
        return status or 1
    steps = [step for lane in lanes for step in json.loads(_report(lane).read_text(encoding="utf-8"))["sessions"]]
    print(_closing_line(steps, time.monotonic() - started), flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
