# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""`make scale`: drs_facts and drs_balance in check mode, once each, before a simulated cluster of any size.

Each runs as a process of its own, as Ansible runs it on the controller; Ansible's own time is not in the figures.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from benchmarks.simulator_process import ROOT, resident_megabytes, running_simulator

# A node has room for its part of the guests, whatever their number: the proportions of the scenario `large`.
CORES_OF_A_GUEST = 224 * 48 / 10_000
MEMORY_GIB_OF_A_GUEST = 2048 * 48 / 10_000
MOST_ASKED = 3
MODULES = "ansible_collections.pve.drs.plugins.modules"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a module: seconds by the clock and of cpu, most resident memory, requests and which, the file with what it returned."""

    module: str
    seconds: float
    cpu_seconds: float
    peak_mib: float
    requests: int
    most_asked: str
    output: Path

    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.output.read_text(encoding="utf-8") or "{}")
        return found


def main(arguments: list[str]) -> int:
    """Print what was measured, and end with one line of JSON."""
    wanted = _parse(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scenario = folder / "scale.yml"
        scenario.write_text(yaml.safe_dump(scenario_of(wanted.nodes, wanted.guests)), encoding="utf-8")
        with running_simulator(str(scenario), speed=1.0) as (connection, process):
            print(f"simulator: {wanted.nodes} nodes, {wanted.guests} guests, {resident_megabytes(process.pid):.0f} MiB")
            facts = _run("drs_facts", connection, wanted.options, folder)
            dry = wanted.options | wanted.balance_options | {"_ansible_check_mode": True}
            balance = _run("drs_balance", connection, dry, folder)
        # only now: what this process holds would count as theirs
        print(f"{_line(facts)}, {len(facts.result()['ansible_facts']['drs']['guests'])} guests")
        print(f"{_line(balance)}, {_moves(balance)} moves in its plan")
        print(json.dumps(figures(facts, balance)))
    return 0


def figures(facts: Run, balance: Run) -> dict[str, float]:
    """Requests of both runs together, seconds of each, memory of the one that took more."""
    return {
        "requests": facts.requests + balance.requests,
        "facts_seconds": round(facts.seconds, 2),
        "balance_seconds": round(balance.seconds, 2),
        "peak_mib": round(max(facts.peak_mib, balance.peak_mib), 1),
    }


def scenario_of(nodes: int, guests: int) -> dict[str, Any]:
    """The shipped scenario `large` in another size."""
    scenario: dict[str, Any] = yaml.safe_load((ROOT / "simulator/scenarios/large.yml").read_text(encoding="utf-8"))
    each = guests / nodes
    scenario["fleet"] |= {
        "nodes": nodes,
        "guests": guests,
        "cores": max(16, round(each * CORES_OF_A_GUEST)),
        "memory": f"{max(64, round(each * MEMORY_GIB_OF_A_GUEST))}G",
    }
    return scenario


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make scale", description=__doc__)
    parser.add_argument("--nodes", type=int, default=8)
    parser.add_argument("--guests", type=int, default=400)
    parser.add_argument("--options", type=json.loads, default={}, help="module options as JSON, given to both")
    parser.add_argument("--balance-options", type=json.loads, default={}, help="more of them for drs_balance")
    return parser.parse_args(arguments)


def _run(module: str, connection: dict[str, Any], options: dict[str, Any], folder: Path) -> Run:
    file, output = folder / f"{module}.json", folder / f"{module}.out"
    file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": _reach(connection) | options}), encoding="utf-8")
    _control(connection, "DELETE")
    started = time.perf_counter()
    with output.open("wb") as stream:
        process = subprocess.Popen([sys.executable, "-m", f"{MODULES}.{module}", str(file)], stdout=stream)
        _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    seen = _control(connection, "GET")
    cpu_seconds = usage.ru_utime + usage.ru_stime
    run = Run(
        module, seconds, cpu_seconds, usage.ru_maxrss / 1024, seen["total"], _most_asked(seen["requests"]), output
    )
    if process.returncode:
        raise SystemExit(f"{module} failed: {run.result().get('msg', 'it said nothing')}")
    return run


def _reach(connection: dict[str, Any]) -> dict[str, Any]:
    nodes = list(connection["nodes"].values())
    name, secret = next(iter(connection["tokens"].items()))
    return {
        "api_host": [node["host"] for node in nodes[:3]],
        "api_port": nodes[0]["port"],
        "api_token_id": name,
        "api_token_secret": secret,
        "ca_path": connection["ca_path"],
    }


def _control(connection: dict[str, Any], verb: str) -> dict[str, Any]:
    """Read or forget the requests that the simulator has counted."""
    session = requests.Session()
    session.trust_env = False  # a REQUESTS_CA_BUNDLE would win over the next line
    session.verify = connection["ca_path"]
    answer = session.request(verb, f"{connection['control']}/sim/requests", timeout=30)
    answer.raise_for_status()
    reply: dict[str, Any] = answer.json()
    return reply


def _most_asked(entries: list[dict[str, Any]]) -> str:
    """The paths that were asked most often, with * for the names in them."""
    paths = Counter(re.sub(r"/(node)?\d+|(?<=/tasks/)[^/]+", r"/*", entry["path"]) for entry in entries)
    return ", ".join(f"{count} x {path}" for path, count in paths.most_common(MOST_ASKED))


def _moves(balance: Run) -> int:
    return sum(len(step["moves"]) for step in balance.result()["plan"]["steps"])


def _line(run: Run) -> str:
    return (
        f"{run.module}: {run.seconds:.2f} s ({run.cpu_seconds:.2f} s of cpu), {run.requests} requests "
        f"({run.most_asked}), at most {run.peak_mib:.0f} MiB"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
