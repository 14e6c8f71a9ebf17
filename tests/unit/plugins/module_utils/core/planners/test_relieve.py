# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes that may run short of cpu: policy relief."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES, SCHEDULED
from ansible_collections.pve.drs.plugins.module_utils.core.forecast.learn import learned
from ansible_collections.pve.drs.plugins.module_utils.core.forecast.observe import observed
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.demand import NO_HABITS, Habits
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, PastMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.policies.naming import named_policy
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

POLICY = named_policy(POLICIES, "relief")
NODES = {"a": "8c/100G", "b": "8c/100G"}
CROWDED = ["101 a 4c/20G", "102 a 4c/4G", "103 b 1c/4G"]


def moves_of(cluster: Cluster, policy: Policy = POLICY) -> list[str]:
    return [str(planned.move) for planned in make_plan(cluster, policy).moves]


def with_rule(kind: str, *vmids: int, strength: str = "must") -> Policy:
    rule = Rule(name="r", type=kind, guests=GuestSelector(vmids=frozenset(vmids)), strength=strength)
    return replace(POLICY, rules=(rule,))


def known(samples: dict[int, tuple[float, ...]]) -> History:
    """As learned from so many runs."""
    habits = NO_HABITS
    for number, cores in enumerate(zip(*samples.values(), strict=True)):
        habits = learned(habits, dict(zip(samples, cores, strict=True)), 300.0 * number)
    return History(now=habits.time, habits=habits)


def test_it_is_the_policy_for_scheduled_runs() -> None:
    assert SCHEDULED == "relief"


def test_the_guest_with_least_memory_leaves_a_node_without_room() -> None:
    plan = make_plan(a_cluster(NODES, CROWDED), POLICY)
    (planned,) = plan.moves
    assert str(planned.move) == "102 a->b"
    assert planned.category == "contention"
    assert planned.reason.startswith("keeps nodes from running short of cpu; chance of it: a ")
    assert 0.0 < planned.gain <= 1.0


def test_uneven_nodes_with_room_are_left_alone() -> None:
    assert moves_of(a_cluster(NODES, ["101 a 2c/20G", "102 a 2c/4G", "103 b 0c/4G"])) == []


def test_bursts_of_the_past_count() -> None:
    """The node uses half of its cores at the moment, but the guests take all at times."""
    guests = [a_guest(vmid, "a", "2c/4G", size="6c/4G") for vmid in (101, 102)] + [a_guest(103, "b", "1c/4G")]
    calm = known({101: (2.0,) * 60, 102: (2.0,) * 60, 103: (1.0,) * 60})
    wild = known({101: (0.0, 6.0, 1.0) * 20, 102: (5.0, 0.0, 1.0) * 20, 103: (1.0,) * 60})
    assert moves_of(replace(a_cluster(NODES, guests), history=calm)) == []
    assert moves_of(replace(a_cluster(NODES, guests), history=wild)) != []


def test_guests_change_places_where_no_single_move_helps() -> None:
    """Each of two nodes is as full, but all that bursts is on one of them."""
    bursts, steady = (1.1, 3.9) * 30, (2.5,) * 60
    history = known({101: bursts, 102: bursts, 201: steady, 202: steady})
    guests = [a_guest(v, "a", "1c/4G", size="5c/4G") for v in (101, 102)]
    guests += [a_guest(v, "b", "1c/4G", size="5c/4G") for v in (201, 202)]
    cluster = replace(a_cluster(NODES, guests), history=history)
    moves = moves_of(cluster)
    assert len(moves) == 2
    assert {move.split()[1] for move in moves} == {"a->b", "b->a"}
    assert moves_of(cluster, replace(POLICY, limits=Limits(max_moves=1))) == []
    assert moves_of(cluster, with_rule("pin", 101, 102)) == []
    assert moves_of(cluster, with_rule("pin", 201, 202)) == []


def test_rules_hold() -> None:
    cluster = a_cluster(NODES, CROWDED)
    assert moves_of(cluster, with_rule("separate", 102, 103)) == ["101 a->b"]
    assert moves_of(cluster, with_rule("separate", 102, 103, strength="should")) == ["101 a->b"]
    assert moves_of(cluster, with_rule("pin", 101, 102)) == []


def test_a_bundle_moves_as_one() -> None:
    guests = ["101 a 4c/60G", "102 a 2c/4G", "103 a 2c/4G", "104 b 1c/4G"]
    moves = moves_of(a_cluster(NODES, guests), with_rule("together", 102, 103))
    assert sorted(moves) == ["102 a->b", "103 a->b"]


def test_what_stops_improvement_stops_this() -> None:
    cluster = a_cluster(NODES, CROWDED)
    assert moves_of(cluster, replace(POLICY, categories=("mandatory", "improvement"))) == []
    assert moves_of(replace(cluster, migrations=(Migration(vmid=103, source="b", target="a"),))) == []
    assert moves_of(cluster, replace(POLICY, limits=Limits(max_moves=0))) == []


def test_a_guest_that_has_just_moved_stays() -> None:
    past = PastMove(ended=1000.0, vmid=102, source="b", target="a")
    cluster = replace(a_cluster(NODES, CROWDED), history=History(now=1300.0, moves=(past,)))
    assert moves_of(cluster) == ["101 a->b"]


@pytest.mark.parametrize("status", ["stopped", "running"])
def test_only_running_guests_count(status: str) -> None:
    guests = ["101 a 4c/20G", a_guest(102, "a", "4c/4G", status=status), "103 b 1c/4G"]
    assert bool(moves_of(a_cluster(NODES, guests))) == (status == "running")


def test_nothing_is_planned_for_nobody() -> None:
    assert moves_of(a_cluster(NODES)) == []


def test_constant_load_needs_no_second_plan() -> None:
    """A hundred runs after the first one, with nothing changed but what is learned."""
    cluster = a_cluster(NODES, CROWDED)
    plan = make_plan(observed(cluster, 300.0, 0.0), POLICY)
    guests = tuple(replace(guest, node=plan.placement_after[guest.vmid]) for guest in cluster.guests)
    cluster = a_cluster(NODES, guests)
    habits: Habits = NO_HABITS
    for run in range(1, 101):
        cluster = replace(cluster, history=History(now=300.0 * run, habits=habits))
        cluster = observed(cluster, 300.0, 300.0 * run)
        habits = cluster.history.habits
        assert moves_of(cluster) == []
