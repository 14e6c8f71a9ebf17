# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The modules over HTTPS before a cluster computed by hand: the tables of docs/reference/methods.md are true."""

import contextlib
import re
from pathlib import Path

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import METHODS
from simulator.scenario import load_world
from simulator.server import Settings, running

pytestmark = pytest.mark.long

PAGE = Path(__file__).resolve().parents[4] / "docs" / "reference" / "methods.md"
NODES = [f"pve{number}" for number in range(1, 9)]
SINCE_START_SECONDS = 70.0
MORE_OPTIONS = {"weighted": {"method_weights": {"memory": 1, "cpu": 1}}}
BY_HAND = Settings(port=0, speed=0.0, auto_advance=60.0)
# what is stored on local disks goes along only when that is wanted
ALSO_WANTED = {"with_local_disks": True, "max_moves": 1, "settle": 1}


def table_rows(columns):
    """Yield the rows of the tables on the page that have so many columns and begin with a method."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if len(cells) == columns and re.fullmatch(r"`\w+`", cells[0]):
            yield cells[0].strip("`"), cells[1:]


LOADS = {
    method: {node: float(cell.strip("*")) for node, cell in zip(NODES, cells, strict=True)}
    for method, cells in table_rows(1 + len(NODES))
}
IN_BOLD = {
    method: next(node for node, cell in zip(NODES, cells, strict=True) if cell.startswith("*"))
    for method, cells in table_rows(1 + len(NODES))
}
every_method = pytest.mark.parametrize("method", METHODS)


@pytest.fixture(scope="module")
def results(run_cases, reach):
    """Ask for facts by every method, then let every method make one move; each has a cluster of its own."""
    with contextlib.ExitStack() as stack:
        clusters = {method: stack.enter_context(running(load_world("methods"), BY_HAND)) for method in METHODS}
        for cluster in clusters.values():
            cluster.advance(SINCE_START_SECONDS)
        found, _printed = run_cases(cases_of({method: reach(clusters[method].connection) for method in METHODS}))
        places = {method: places_of(cluster.world) for method, cluster in clusters.items()}
    return found, places


def cases_of(reached):
    cases = {}
    for method, options in reached.items():
        params = options | {"method": method} | MORE_OPTIONS.get(method, {})
        cases[f"facts {method}"] = {"module": "drs_facts", "check_mode": False, "params": params}
        cases[f"move {method}"] = {"module": "drs_balance", "check_mode": False, "params": params | ALSO_WANTED}
    return cases


def places_of(world):
    return {vmid: guest.node for vmid, guest in world.guests.items()}


def test_the_page_tells_of_every_method():
    assert METHODS.keys() == LOADS.keys() == dict(table_rows(5)).keys()


@every_method
def test_the_facts_are_what_was_computed_by_hand(method, results):
    facts = results[0][f"facts {method}"]
    assert not facts.get("failed"), facts.get("msg")
    load = facts["ansible_facts"]["drs"]["load"][method]
    assert load == pytest.approx(LOADS[method], abs=0.005)
    assert max(load, key=load.get) == IN_BOLD[method]


@every_method
def test_the_method_relieves_the_node_that_it_finds_most_loaded(method, results):
    found, places = results
    result = found[f"move {method}"]
    assert not result.get("failed"), result.get("msg")
    assert result["outcome"]["counts"]["done"] == 1
    [move] = result["outcome"]["moves"]
    before = places_of(load_world("methods"))
    assert {vmid: node for vmid, node in places[method].items() if before[vmid] != node} == {move["vmid"]: move["node"]}
    assert before[move["vmid"]] == IN_BOLD[method]


def test_the_methods_disagree():
    assert len(set(IN_BOLD.values())) == len(NODES) - 1


def test_pressure_needs_pve_9(run_module, reach):
    with running(load_world("methods", "8.4"), BY_HAND) as cluster:
        cluster.advance(SINCE_START_SECONDS)
        params = reach(cluster.connection) | {"method": "psi"}
        found = [run_module("drs_facts", params), run_module("drs_balance", params | ALSO_WANTED)]
        assert cluster.log.writing() == []
    for result in found:
        assert result["failed"]
        assert "Proxmox VE records it since version 9, this cluster answers as 8.4" in result["msg"]


def test_imbalance_is_what_was_computed_by_hand(results):
    """Memory: the mean is 28.125, the mean of squares 1171.875, sqrt(1171.875 - 28.125²) / 28.125 / sqrt(7) = 0.2623."""
    imbalance = results[0]["facts memory"]["ansible_facts"]["drs"]["imbalance"]["memory"]
    assert imbalance["delta_percent"] == 75.0
    assert imbalance["variation_percent"] == 26.23


def test_the_facts_say_what_proxmox_shows(results):
    """Used by size, as the listing has it; free memory is not what counts (a node shows 75 % as 75 %)."""
    nodes = results[0]["facts memory"]["ansible_facts"]["drs"]["nodes"]
    world = load_world("methods")
    world.clock.advance(SINCE_START_SECONDS)
    for name, node in nodes.items():
        shown = world.statistics.node(name)
        assert (node["used_memory_bytes"], node["capacity_memory_bytes"]) == (shown.mem, shown.maxmem)
        assert node["used_cores"] == pytest.approx(shown.cpu * shown.maxcpu)
