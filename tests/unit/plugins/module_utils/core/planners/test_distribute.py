# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The number of guests on each node: drs-model 6.10."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES
from ansible_collections.pve.drs.plugins.module_utils.core.distribution import most_guests, surplus
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.policies.naming import named_policy
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

POLICY = replace(named_policy(POLICIES, "distribute"), planners=("distribute",), limits=Limits(max_moves=100))
NODES = dict.fromkeys("abc", "16c/100G")


def with_guests(a: int, b: int, c: int, demand: str = "0.1c/1G") -> Cluster:
    homes = "a" * a + "b" * b + "c" * c
    return a_cluster(NODES, [f"{101 + number} {home} {demand}" for number, home in enumerate(homes)])


def moves_of(cluster: Cluster, policy: Policy = POLICY) -> list[str]:
    return [str(planned.move) for planned in make_plan(cluster, policy).moves]


def test_guests_above_the_share() -> None:
    """[Ex 6.4]: twelve, four and five guests; the best single move leaves four."""
    cluster = with_guests(12, 4, 5)
    assert surplus(Placement(cluster), cluster.nodes) == {"a": 5}
    plan = make_plan(cluster, replace(POLICY, limits=Limits(max_moves=1)))
    assert [str(planned.move) for planned in plan.moves] == ["101 a->b"]
    assert plan.after.triggers[0].reason == "nodes run more guests than their share: a by 4"
    assert plan.moves[0].reason == "a runs more guests than its share: 12 -> 11"


def test_all_of_them() -> None:
    """Seven on each, in as many moves as that takes."""
    plan = make_plan(with_guests(12, 4, 5), POLICY)
    assert sorted(load.guests for load in plan.after.loads) == [7, 7, 7]
    assert len(plan.moves) == 5


def test_larger_nodes_have_a_larger_share() -> None:
    """By memory."""
    cluster = a_cluster({"a": "16c/300G", "b": "16c/100G"}, [f"{101 + n} a 0.1c/1G" for n in range(8)])
    assert most_guests(Placement(cluster), cluster.nodes) == {"a": 6, "b": 2}
    assert moves_of(cluster) == ["101 a->b", "102 a->b"]


def test_small_guests_move_first() -> None:
    """Less memory to send."""
    cluster = a_cluster(NODES, ["101 a 0.1c/4G", "102 a 0.1c/2G", "103 a 0.1c/3G", "104 b 0.1c/1G"])
    assert moves_of(cluster) == ["102 a->c"]


BARRED = {
    "another trigger": {"triggers": ("balanciness",)},
    "another category": {"categories": ("mandatory", "contention")},
    "nobody may move": {"rules": (Rule(name="r", type="pin", guests=GuestSelector(names=frozenset({""}))),)},
    "it would make loads uneven": {"balanciness": 0.011},
}


@pytest.mark.parametrize("changes", BARRED.values(), ids=BARRED)
def test_reasons_to_leave_it(changes: dict[str, object]) -> None:
    """As for other planners; and no other goal is harmed."""
    cluster = a_cluster(NODES, ["101 a 0.1c/1G", "102 a 0.1c/1G", "103 a 0.1c/1G", "104 b 0.1c/4G", "105 c 0.1c/3G"])
    cluster = replace(cluster, nodes=tuple(replace(n, usage=cluster.node_by_name["a"].usage) for n in cluster.nodes))
    assert moves_of(cluster, replace(POLICY, **changes)) == []


def test_guests_of_nodes_that_can_spare_none_stay() -> None:
    """The node with the largest surplus has only guests that are locked; the next one goes ahead."""
    locked = [a_guest(101 + n, "a", "0.1c/1G", lock="backup") for n in range(6)]
    cluster = a_cluster(NODES, [*locked, *(f"{201 + n} b 0.1c/1G" for n in range(5)), "301 c 0.1c/1G"])
    assert moves_of(cluster) == ["201 b->c"]


def test_a_bundle_that_is_apart_does_not_go() -> None:
    """Nor does one that finds room for a part of it only."""
    pair = Rule(name="pair", type="together", guests=GuestSelector(vmids=frozenset({101, 104})))
    cluster = a_cluster(NODES, ["101 a 0.1c/1G", "102 a 0.1c/2G", "103 a 0.1c/3G", "104 b 0.1c/1G"])
    assert moves_of(cluster, replace(POLICY, rules=(pair,))) == ["102 a->c"]
    both = Rule(name="both", type="together", guests=GuestSelector(vmids=frozenset({101, 102})))
    crowd = ["101 a 0.1c/1G", "102 a 0.1c/1G", "103 a 0.1c/2G", "104 a 0.1c/3G", "105 b 0.1c/1G", "106 c 0.1c/1G"]
    assert moves_of(a_cluster(NODES, crowd), replace(POLICY, rules=(both,)))[0] == "103 a->b"


def test_a_bundle_that_does_not_fit_as_a_whole_stays() -> None:
    """Each of the pair would fit."""
    pair = Rule(name="pair", type="together", guests=GuestSelector(vmids=frozenset({101, 102})))
    guests = ["101 a 0.1c/25G", "102 a 0.1c/25G", "103 a 0.1c/1G", "104 a 0.1c/1G", a_guest(201, "b", "0.1c/50G")]
    cluster = a_cluster({"a": "16c/200G", "b": "16c/100G"}, guests[:2])
    full = a_cluster({"a": "16c/100G", "b": {"capacity": "16c/100G", "overhead": "0c/50G"}}, guests[:4])
    policy = replace(
        POLICY, rules=(pair, Rule(name="pin", type="pin", guests=GuestSelector(vmids=frozenset({103, 104}))))
    )
    assert moves_of(cluster, policy) == []
    assert moves_of(full, policy) == []


def test_not_beside_a_migration() -> None:
    """Somebody else's."""
    busy = replace(with_guests(12, 4, 5), migrations=(Migration(vmid=101, source="a", target="b"),))
    assert moves_of(busy) == []


def test_nobody_is_served_worse_for_it() -> None:
    """The node with few guests has no cores left."""
    guests = [*(f"{101 + n} a 1c/1G" for n in range(6)), a_guest(200, "b", "14c/1G")]
    cluster = a_cluster({"a": "16c/100G", "b": "16c/100G"}, guests)
    assert moves_of(cluster, replace(POLICY, cpu_max=1.0)) == []


def test_bundles_count_as_many_as_they_are() -> None:
    """A pair does not go for a surplus of one."""
    pair = Rule(name="pair", type="together", guests=GuestSelector(vmids=frozenset({101, 102})))
    cluster = a_cluster(
        {"a": "16c/100G", "b": "16c/100G"}, ["101 a 0.1c/1G", "102 a 0.1c/1G", "103 a 0.1c/2G", "104 b 0.1c/1G"]
    )
    assert moves_of(cluster, replace(POLICY, rules=(pair,))) == ["103 a->b"]
    more = a_cluster(
        {"a": "16c/100G", "b": "16c/100G"}, ["101 a 0.1c/1G", "102 a 0.1c/1G", "103 a 0.1c/2G", "104 a 0.1c/2G"]
    )
    assert moves_of(more, replace(POLICY, rules=(pair,))) == ["101 a->b", "102 a->b"]
