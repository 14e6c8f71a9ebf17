# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""drs_facts over HTTPS: subsets, details of nodes and guests, and the metrics file."""

import pytest

from simulator.scenario import load_world
from simulator.server import Settings, running


@pytest.fixture(scope="module")
def demo():
    """Serve the shipped demonstration cluster, a minute after its start."""
    with running(load_world("demo"), Settings(port=0, speed=0.0, login_delay_seconds=0.0)) as simulator:
        simulator.advance(60)
        yield simulator


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A place for metrics."""
    return tmp_path_factory.mktemp("metrics")


@pytest.fixture(scope="module")
def ran(demo, reach, run_cases, folder):
    """Results by name of the case."""
    cases = {
        "listed": {},
        "all": {"gather": ["all"]},
        "few": {"gather": ["nodes", "score"]},
        "unknown": {"gather": ["everything"]},
        "metrics": {"prometheus_file": str(folder / "drs.prom")},
        "metrics again": {"prometheus_file": str(folder / "drs.prom")},
        "metrics in check mode": {"prometheus_file": str(folder / "check.prom")},
        "metrics nowhere": {"prometheus_file": str(folder / "missing" / "drs.prom")},
    }

    def written(name, options):
        return {"module": "drs_facts", "check_mode": "check mode" in name, "params": reach(demo.connection) | options}

    results, _printed = run_cases({name: written(name, options) for name, options in cases.items()})
    return results


def facts(ran, name):
    return ran[name]["ansible_facts"]["drs"]


def running_guests(ran):
    return [guest for guest in facts(ran, "listed")["guests"].values() if guest["status"] == "running"]


def test_details_are_not_asked_for_unless_wanted(ran):
    assert "details" not in facts(ran, "listed")
    assert facts(ran, "few").keys() == {"cluster", "warnings", "nodes", "score"}


def test_details_of_nodes_and_guests(ran, demo):
    details = facts(ran, "all")["details"]
    assert details["nodes"].keys() == facts(ran, "all")["nodes"].keys()
    assert details["nodes"]["pve1"]["swap_total_bytes"] > 0
    assert details["nodes"]["pve1"]["pressure_percent"]["cpu_some"] >= 0
    running = {str(vmid) for vmid, guest in demo.world.guests.items() if guest.status == "running"}
    assert details["guests"].keys() == running
    assert {"cpu_some", "memory_full"} <= details["guests"]["101"]["pressure_percent"].keys()
    assert {"cpu_some", "memory_full"} <= details["guests"]["131"]["pressure_percent"].keys()


def test_the_score_knows_more_with_details(ran):
    listed, everything = (facts(ran, name)["score"] for name in ("listed", "all"))
    running = len(listed["guests"])
    machines = sum(guest["type"] == "qemu" for guest in running_guests(ran))
    assert listed["unknown"].pop("balloon") == machines
    # the list of machines of pve1, which is full, was asked for balloons and tells pressure as well
    assert 0 < listed["unknown"].pop("pressure") < running
    assert listed["unknown"] == dict.fromkeys(("bursts", "network", "swap", "topology"), running)
    # a locked guest is not asked for its past
    assert everything["unknown"] == {
        "bursts": sum(guest["lock"] is not None for guest in running_guests(ran)),
        "network": running,
    }
    assert sum(bucket["guests"] for bucket in listed["buckets"]) == running
    assert 0 < everything["guests"]["101"]["percent"] <= 100
    # pve1 is busy, pve3 idles
    assert listed["guests"]["101"]["cpu_percent"] < listed["guests"]["301"]["cpu_percent"] == 100.0


def test_metrics_are_written_once(ran, folder):
    assert [ran[name]["changed"] for name in ("metrics", "metrics again")] == [True, False]
    text = (folder / "drs.prom").read_text(encoding="utf-8")
    assert 'pve_drs_node_load_ratio{cluster="demo",method="memory",node="pve1"} 0.' in text
    assert "pve_drs_score_ratio" in text


def test_check_mode_writes_no_file(ran, folder):
    assert ran["metrics in check mode"]["changed"]
    assert not (folder / "check.prom").exists()


def test_a_file_that_cannot_be_written_fails_the_task(ran):
    assert "prometheus_file: " in ran["metrics nowhere"]["msg"]
    assert "does the folder exist?" in ran["metrics nowhere"]["msg"]


def test_an_unknown_subset_is_an_error(ran):
    assert "value of gather must be one or more of: all, nodes," in ran["unknown"]["msg"]


def test_facts_read_only(ran, demo):
    assert demo.log.writing() == []
