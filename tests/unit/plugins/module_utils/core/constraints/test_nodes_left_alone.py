# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes that take no part, that are to be emptied, or on which a backup runs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.backup import SCOPES
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Backup
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY, Move
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.policies.naming import named_policy
from ansible_collections.pve.drs.tests.builders import a_cluster, a_node, a_storage
from ansible_collections.pve.drs.tests.histories import Past, with_past
from ansible_collections.pve.drs.tests.strategies import clusters, policies
from ansible_collections.pve.drs.tests.unit.judge import complaints

NODES = dict.fromkeys("abc", "8c/100G")
GUESTS = ["101 a 1c/20G", "102 a 1c/20G", "103 a 1c/20G", "201 b 1c/20G"]
FROM_A, TO_A, ASIDE = Move(101, "a", "b"), Move(201, "b", "a"), Move(201, "b", "c")


def refusals(cluster, policy, *moves, purpose="improvement"):
    """Reasons, which the fast form has to agree with."""
    problem = make_problem(cluster, policy)
    placement = problem.placement()
    placement.purpose = purpose
    found = [problem.refusal(placement, move) for move in moves]
    assert [move.target in problem.targets(placement, move.vmid) for move in moves] == [one is None for one in found]
    return [one and (one.constraint, one.reason) for one in found]


def backup(*running, scope="node", purpose="improvement"):
    cluster = a_cluster(NODES, GUESTS, backups=running)
    return refusals(cluster, Policy(backup_scope=scope), FROM_A, TO_A, ASIDE, purpose=purpose)


JOB = ("backup", "a backup job runs on a")


@pytest.mark.parametrize("scope", SCOPES)
def test_a_job_of_several_guests(scope):
    expected = {"guest": [None] * 3, "node": [JOB, JOB, None], "cluster": [JOB] * 3}
    assert backup(Backup(node="a"), scope=scope) == expected[scope]


@pytest.mark.parametrize("scope", SCOPES)
def test_the_backup_of_one_guest(scope):
    only = ("backup", "a backup of guest 103 runs on a")
    assert backup(Backup(node="a", vmid=103), scope=scope) == ([only] * 3 if scope == "cluster" else [None] * 3)


@pytest.mark.parametrize("scope", SCOPES)
def test_what_has_to_be_mended_does_not_wait_for_a_backup(scope):
    assert backup(Backup(node="a"), scope=scope, purpose=MANDATORY) == [None] * 3


def test_a_plan_leaves_the_node_alone_that_is_saved():
    assert make_plan(a_cluster(NODES, GUESTS), Policy()).moves
    plan = make_plan(a_cluster(NODES, GUESTS, backups=(Backup(node="a"),)), Policy())
    assert (plan.moves, {found.constraint for found in plan.refusals}) == ((), {"backup"})


NO_PART = ("disabled_nodes", "a takes no part (enabled_nodes, disabled_nodes)")


@pytest.mark.parametrize("lists", [{"disabled_nodes": {"a"}}, {"enabled_nodes": {"b", "c"}}], ids=["one", "others"])
@pytest.mark.parametrize("purpose", ["improvement", MANDATORY])
def test_guests_neither_leave_nor_reach_a_node_that_takes_no_part(lists, purpose):
    policy = Policy(**{name: frozenset(nodes) for name, nodes in lists.items()})
    assert refusals(a_cluster(NODES, GUESTS), policy, FROM_A, TO_A, ASIDE, purpose=purpose) == [NO_PART, NO_PART, None]


def test_what_is_wrong_on_a_node_that_takes_no_part_is_no_reason_to_act():
    cluster = a_cluster(NODES, ["101 a 1c/95G", "201 b 1c/20G", "301 c 1c/20G"])
    plan = make_plan(cluster, Policy(disabled_nodes=frozenset("a")))
    assert (plan.before.triggers, plan.moves) == ((), ())
    assert plan.before.imbalance["delta"] == 0.0
    assert {trigger.node for trigger in make_plan(cluster, Policy()).before.triggers} == {"a", None}


def test_guests_of_a_node_in_maintenance_do_not_go_where_nothing_may_come():
    policy = Policy(maintenance_nodes=frozenset("a"), disabled_nodes=frozenset("b"))
    plan = make_plan(a_cluster(NODES, ["101 a 1c/20G", "201 b 1c/20G"]), policy)
    assert [str(planned.move) for planned in plan.moves] == ["101 a->c"]


def test_a_node_that_is_declared_in_maintenance_is_emptied():
    policy = Policy(maintenance_nodes=frozenset("a"), explain=(201,))
    plan = make_plan(a_cluster(NODES, ["101 a 1c/20G", "201 b 1c/20G", "202 b 1c/20G"]), policy)
    assert [(str(planned.move), planned.category) for planned in plan.moves] == [("101 a->c", MANDATORY)]
    assert plan.before.violations[0].reason == "a is in maintenance (maintenance_nodes) and still runs 1 guest(s)"
    assert [answer.reason for answer in plan.answers] == ["a is in maintenance (maintenance_nodes)", None]


@pytest.mark.parametrize(
    ("node", "policy", "reason"),
    [
        ({"hastate": "maintenance"}, Policy(maintenance_nodes=frozenset("a")), "a is in maintenance"),
        ({}, Policy(evacuated_nodes=frozenset("a")), "a is being evacuated"),
    ],
    ids=["also by the HA manager", "by an evacuation"],
)
def test_other_nodes_that_are_being_emptied(node, policy, reason):
    cluster = a_cluster(NODES | {"a": {"capacity": "8c/100G", **node}}, GUESTS)
    assert refusals(cluster, policy, TO_A) == [("node_available", reason)]


@pytest.mark.parametrize("method", ["memory", "cpu", "memory_assigned", "disk"])
def test_a_node_that_takes_no_part_need_not_tell_what_it_uses(method):
    storage = {"local_storages": (a_storage("local", "10G", "100G"),)}
    nodes = {name: {"capacity": "8c/100G", **storage} for name in "bc"} | {"a": a_node("a", usage=None, **storage)}
    cluster = a_cluster(nodes, ["201 b 1c/20G"])
    with pytest.raises(NoMeasurement, match="no usage figures from node a"):
        make_plan(cluster, Policy(method=method))
    plan = make_plan(cluster, Policy(method=method, disabled_nodes=frozenset("a")))
    assert [load.node for load in plan.before.loads] == ["b", "c"]


def test_a_node_that_takes_no_part_need_not_tell_its_pressure():
    cluster = with_past(a_cluster(NODES, ["101 a 1c/20G"]), Past({}, {}, pressure=True))
    known = {name: history for name, history in cluster.history.nodes.items() if name != "a"}
    blind = replace(cluster, history=replace(cluster.history, nodes=known))
    with pytest.raises(NoMeasurement, match="from node a"):
        make_plan(blind, Policy(method="psi"))
    assert make_plan(blind, Policy(method="psi", disabled_nodes=frozenset("a"))).moves == ()


@pytest.mark.parametrize("closed", ["disabled_nodes", "excluded_nodes"])
def test_a_node_that_takes_no_part_does_not_count_for_the_balancer_of_proxmox(closed):
    """Node d is idle, and the only reason to move anything."""
    policy = replace(named_policy(POLICIES, "crs_plus"), hold=1)
    crowded = a_cluster(
        NODES | {"d": "8c/100G"},
        [f"{10 * n + k} {node} 1c/20G" for n, node in enumerate("abc", start=10) for k in range(4)],
    )
    assert [planned.move.target for planned in make_plan(crowded, policy).moves] == ["d"]
    assert make_plan(crowded, replace(policy, **{closed: frozenset("d")})).moves == ()


LISTS = st.fixed_dictionaries(
    {},
    optional={
        "maintenance_nodes": st.just(frozenset("a")),
        "enabled_nodes": st.just(frozenset("abd")),
        "disabled_nodes": st.just(frozenset("c")),
    },
)


@given(clusters(least_nodes=2), policies(), LISTS)
def test_the_judge_has_nothing_to_say_of_plans_that_leave_nodes_alone(cluster, policy, lists):
    """Guests of one bundle on such a node and on others are told of at either of them, and so are no matter here."""
    policy = replace(policy, **lists)
    found = complaints(cluster, policy, make_plan(cluster, policy))
    assert [text for text in found if "together" not in text] == []
