# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Guests of pools that lack what they are entitled to are a reason to move guests, and count by their shares."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.loads import entitlement_gaps
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.needs import needs_of
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.score.score import score
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest
from ansible_collections.pve.drs.tests.pools import a_pool

# Node a has four cores for twelve that are wanted, b has eight for two.
GUESTS = [*(a_guest(vmid, "a", "4c/4G") for vmid in (101, 102, 103)), a_guest(201, "b", "2c/4G")]
CLUSTER = a_cluster({"a": "4c/100G", "b": "8c/100G"}, GUESTS)
POOLS = (a_pool("web", (101, 102)), a_pool("rest", (103, 201)))
POLICY = Policy(method="cpu", pools=POOLS, cpu_max=10.0, cpu_overcommit=0, triggers=())


def gaps_of(cluster, policy):
    problem = make_problem(cluster, policy)
    return entitlement_gaps(problem, problem.placement())


def test_gaps():
    """The pools are entitled to 6 of 12 cores each, guests to 3, 3, 4 and 2, which makes weights of 100, 100, 133 and 67."""
    lacks = {101: 1 - 4 * 100 / 333 / 3, 102: 1 - 4 * 100 / 333 / 3, 103: 1 - 4 * 133 / 333 / 4, 201: 0.0}
    assert gaps_of(CLUSTER, POLICY) == pytest.approx(lacks)
    assert gaps_of(CLUSTER, replace(POLICY, pools=())) == {}


def test_a_gap_is_a_reason_to_move():
    plan = make_plan(CLUSTER, POLICY)
    (trigger,) = [t for t in plan.before.triggers if t.name == "entitlement"]
    assert trigger.reason == (
        "guests lack more than 20 % of what they are entitled to: 103 lacks 60.1 %, 101 lacks 60.0 %, 102 lacks 60.0 %"
    )
    assert [(planned.move.target, planned.category) for planned in plan.moves] == [("b", "contention")]
    assert plan.moves[0].reason.startswith("guests on a do not get what they want")
    assert not [t for t in make_plan(CLUSTER, replace(POLICY, pools=())).before.triggers if t.name == "entitlement"]


def test_where_nobody_lacks_anything_it_says_so():
    calm = a_cluster({"a": "16c/100G", "b": "8c/100G"}, GUESTS)
    plan = make_plan(calm, POLICY)
    assert not plan.moves
    quiet = {trigger.name: trigger.reason for trigger in plan.before.quiet}
    assert quiet["entitlement"] == "no guest lacks more than 20 % of what it is entitled to"


def test_a_policy_that_serves_nobody_has_no_such_reason():
    problem = make_problem(CLUSTER, replace(POLICY, planners=("repair",)))
    assert problem.pools is not None
    assert not problem.triggers


def test_a_wrong_member_is_a_warning():
    problem = make_problem(CLUSTER, replace(POLICY, pools=(a_pool("web", (101, 555)),)))
    assert "pools: pool web names guest 555, which no guest matches" in problem.cluster.warnings


def test_pressure_of_guests_is_asked_for_only_with_pools():
    assert needs_of(POLICY).guest_pressure
    assert not needs_of(replace(POLICY, pools=())).guest_pressure


def scores(*pools):
    problem = make_problem(CLUSTER, replace(POLICY, pools=pools))
    found = score(problem, problem.placement())
    return found.value, {vmid: guest.cpu for vmid, guest in found.guests.items()}


def test_shares_decide_who_gets_the_cores_and_who_counts():
    even, by_guest = scores(a_pool("all", (101, 102, 103, 201)))
    assert by_guest[101] == by_guest[103]
    high = {"guests": {vmid: {"cpu": {"shares": "high"}, "memory": {"shares": "high"}} for vmid in (101,)}}
    low = {"guests": {vmid: {"cpu": {"shares": 2000}, "memory": {"shares": "low"}} for vmid in (102, 103)}}
    uneven, by_guest = scores(a_pool("one", **high), a_pool("two", **low))
    assert by_guest[101] > by_guest[103]
    assert uneven != even


def test_favours_by_pool_by_number_and_of_guests_in_none():
    guests = {101: {"cpu": {"shares": 8000}}, 102: {}}
    pools = (a_pool("own", guests=guests), a_pool("low", (103,), cpu={"shares": "low"}, memory={"shares": 327_680}))
    view = make_problem(CLUSTER, replace(POLICY, pools=pools)).pools
    assert view.favours == {101: (2.0, 1.0), 102: (1.0, 1.0), 103: (0.5, 2.0), 201: (1.0, 1.0)}
    assert view.weight(201) == 100
    sizeless = a_cluster({"a": "4c/100G"}, [a_guest(101, demand="0c/0G", size="0c/0G"), a_guest(103)])
    assert make_problem(sizeless, replace(POLICY, pools=pools)).pools.favours[101] == (1.0, 1.0)


def test_nodes_without_figures_tell_no_gaps():
    view = make_problem(CLUSTER, POLICY).pools
    assert view.gaps_on("elsewhere", GUESTS) == {}


def test_a_node_with_more_reserved_than_it_has_loses_guests_at_once():
    """Nobody wants anything, and everything else is even."""
    own = {vmid: {"cpu": {"reservation": 3}} for vmid in (101, 102)}
    guests = [a_guest(vmid, "a", "0.1c/4G", size="4c/4G") for vmid in (101, 102, 103)]
    policy = replace(POLICY, pools=(a_pool("one", guests=own),))
    plan = make_plan(a_cluster({"a": "4c/100G", "b": "4c/100G"}, guests), policy)
    (planned,) = plan.moves
    assert (planned.move.vmid, planned.move.target, planned.category) == (101, "b", "mandatory")
    assert planned.reason == "guests on a have 6 cores of cpu reserved, and it has 4 cores of cpu"
    assert not make_plan(a_cluster({"a": "8c/100G", "b": "4c/100G"}, guests), policy).moves
