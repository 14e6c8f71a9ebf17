# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What is asked for: nothing that the decision does not need."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core import needs
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import GuestConfig, NodeDetails
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import NOTHING_MORE, Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.needs import (
    balloons_wanted,
    candidates,
    device_users_of,
    guest_needs_of,
    guests_wanted,
    moves_in_question,
    needs_of,
    status_wanted,
)
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster
from ansible_collections.pve.drs.tests.histories import Past, with_past

MEAN = Policy(estimator="mean")


def test_present_figures_need_nothing_more():
    assert needs_of(Policy()) == NOTHING_MORE


def test_method_and_estimator_both_count():
    assert needs_of(MEAN) == Needs(node_history=True, recent_moves=True)
    assert needs_of(Policy(estimator="ema")) == Needs(samples=True, recent_moves=True)


def test_who_waits_for_cores_matters_where_guests_are_judged_by_them():
    waiting = Needs(guest_pressure=True)
    assert guest_needs_of(Policy()) == NOTHING_MORE
    assert guest_needs_of(Policy(method="cpu")) == waiting
    assert guest_needs_of(Policy(method="weighted", method_weights={"memory": 1, "cpu": 1})) == waiting
    assert guest_needs_of(Policy(method="weighted", method_weights={"memory": 1, "disk": 1})) == NOTHING_MORE
    assert needs_of(Policy(method="cpu")) == NOTHING_MORE


@pytest.mark.parametrize("policy", [Policy(method="magic"), Policy(estimator="magic")])
def test_unknown_names_are_refused(policy):
    with pytest.raises(BadPolicy, match="magic is unknown"):
        needs_of(policy)


def crowded(*, moves=()):
    guests = [f"{vmid} a 1c/20G" for vmid in (101, 102, 103)]
    odd = [
        {"vmid": 104, "node": "a", "status": "stopped"},
        {"vmid": 105, "node": "a", "lock": "backup"},
        {"vmid": 106, "node": "a", "is_template": True},
    ]
    cluster = a_cluster({"a": "8c/100G", "b": "8c/100G", "c": "8c/100G"}, [*guests, *odd, "107 b 1c/5G"])
    return with_past(cluster, Past({}, {}, moves=moves))


def wanted(cluster, policy=MEAN):
    return guests_wanted(cluster, make_plan(cluster, policy))


def test_running_guests_of_nodes_that_lose_some_are_asked_about():
    assert wanted(crowded()) == {101, 102, 103}


def test_guests_are_asked_about_once():
    cluster = crowded()
    known = replace(cluster.history, guests={101: cluster.history.nodes["a"], 102: cluster.history.nodes["a"]})
    assert wanted(replace(cluster, history=known)) == {103}


def test_guests_that_were_moved_lately_are_asked_about():
    assert wanted(crowded(moves=["107 c->b 300s ago", "999 c->b 300s ago"])) == {101, 102, 103, 107}


def test_a_calm_cluster_asks_about_nobody():
    assert wanted(crowded(), replace(MEAN, balanciness=1.0)) == set()


def test_of_many_guests_the_largest_of_each_node_are_asked_about(monkeypatch):
    """Besides those that would move."""
    monkeypatch.setattr(needs, "MOST_CANDIDATES", 1)
    cluster = crowded()
    larger = replace(cluster.guest_by_vmid[103], demand=Resources(6.0, 20 * GIB))
    cluster = replace(cluster, guests=(*cluster.guests[:2], larger, *cluster.guests[3:]))
    plan = make_plan(cluster, replace(MEAN, limits=Limits(max_moves=1)))
    assert [planned.move.vmid for planned in plan.moves] == [101]
    assert guests_wanted(cluster, plan) == {101, 103}


def test_candidates_are_taken_from_every_node_in_turn():
    guests = [{"vmid": 100 + number, "node": "a", "demand": f"{number}c/10G"} for number in range(1, 5)]
    guests += [{"vmid": 200 + number, "node": "b", "demand": f"1c/{number}0G"} for number in range(1, 5)]
    guests += [{"vmid": 301, "node": "c", "demand": "9c/90G"}, {"vmid": 401, "node": "d", "demand": "9c/90G"}]
    cluster = a_cluster({"a": "16c/100G", "b": "16c/100G", "c": "16c/100G", "d": {"status": "offline"}}, guests)
    assert candidates(cluster, {"a", "b", "d"}, 5) == [204, 104, 401, 203, 103]
    assert len(candidates(cluster, {"a", "b"}, 99)) == 8
    assert candidates(cluster, {"nowhere"}, 5) == []


@pytest.mark.parametrize("estimator", ["snapshot", "ema"])
def test_without_rows_of_nodes_there_are_none_of_guests(estimator):
    assert wanted(crowded(), Policy(estimator=estimator)) == set()


@pytest.mark.parametrize("policy", [Policy(speed_by_clock=True), Policy(smt_share=0.3)], ids=["clock", "threads"])
def test_processors_are_details_of_nodes(policy):
    assert needs_of(policy) == Needs(node_details=True)


@pytest.mark.parametrize("links", [{"node_link_bytes": 1e9}, {"node_links": {"a": 1e9}}], ids=["all", "one"])
def test_links_need_rates_of_nodes_and_of_guests_that_would_move(links):
    policy = Policy(**links)
    assert needs_of(policy) == Needs(node_network=True, recent_moves=True)
    plan = make_plan(crowded(), policy)
    moving = {planned.move.vmid for planned in plan.moves}
    assert moving
    assert guests_wanted(crowded(), plan) == moving


def test_nodes_above_their_memory_limit_are_asked_about_balloons():
    """Unless they were; that b is out of cores is no reason."""
    guests = ["101 a 1c/95G", "102 b 8c/5G", "103 c 1c/95G", "104 d 1c/50G"]
    nodes = {"a": "8c/100G", "b": "8c/100G", "c": {"capacity": "8c/100G", "tells_balloons": True}, "d": "8c/100G"}
    cluster = a_cluster(nodes, guests)
    assert balloons_wanted(cluster, make_plan(cluster, Policy())) == {"a"}


def test_both_ends_of_a_move_that_promises_too_much_are_asked_about_balloons():
    """What guests that do not run were promised does not count."""
    nodes = {"a": "8c/100G", "b": "8c/100G"}
    guests = [
        {"vmid": 101, "node": "a", "demand": "1c/40G", "size": "1c/60G"},
        {"vmid": 102, "node": "a", "demand": "1c/30G", "size": "1c/30G"},
        {"vmid": 103, "node": "b", "demand": "1c/10G", "size": "1c/60G"},
    ]
    stopped = {"vmid": 104, "node": "b", "size": "1c/90G", "status": "stopped"}
    wish = Policy(memory_overcommit=1.0)
    promising = a_cluster(nodes, [*guests, stopped])
    assert balloons_wanted(promising, make_plan(promising, wish)) == {"a", "b"}
    modest = a_cluster(nodes, [*guests[:2], {**guests[2], "size": "1c/20G"}, stopped])
    assert balloons_wanted(modest, make_plan(modest, wish)) == set()


def test_guests_that_are_explained_are_in_question_everywhere():
    cluster = a_cluster(dict.fromkeys("abc", "8c/100G"), ["101 b 1c/10G", "102 c 1c/10G"])
    plan = make_plan(cluster, Policy(explain=(102,), balanciness=100.0))
    assert moves_in_question(cluster, plan) == (Move(102, "c", "a"), Move(102, "c", "b"))


def test_both_ends_of_moves_in_question_are_asked_who_they_are():
    """Unless they were."""
    nodes = {"a": {"capacity": "8c/100G", "details": NodeDetails()}, "b": "8c/100G", "c": "8c/100G", "d": "8c/100G"}
    cluster = a_cluster(nodes, ["101 a 1c/30G", "102 a 1c/30G", "103 c 1c/30G", "104 d 1c/30G"])
    plan = make_plan(cluster, Policy())
    assert {planned.move.target for planned in plan.moves} == {"b"}
    assert status_wanted(cluster, plan) == {"b"}


def test_machines_on_a_target_with_the_device_that_is_wanted_there_may_have_taken_it():
    """Those that told what they have need not be asked, nor those where the device is not."""
    gpu = GuestConfig(mapped=("pci/gpu",))
    guests = [
        {"vmid": 101, "node": "a", "config": gpu},
        {"vmid": 201, "node": "b"},
        {"vmid": 202, "node": "b", "config": GuestConfig()},
        {"vmid": 203, "node": "b", "status": "stopped"},
        {"vmid": 204, "node": "b", "type": "lxc"},
        {"vmid": 301, "node": "c"},
    ]
    nodes = dict.fromkeys("abc", "8c/100G")
    cluster = a_cluster(nodes, guests, mapped_devices={"pci/gpu": {"b": 2, "c": 0}})
    moves = [Move(101, "a", "b"), Move(101, "a", "c"), Move(201, "b", "c"), Move(999, "a", "b")]
    assert device_users_of(cluster, moves) == {201}
