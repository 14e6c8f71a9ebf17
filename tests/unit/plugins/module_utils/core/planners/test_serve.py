# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that do not get what they want: policy score."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import Hold
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.policies.naming import named_policy
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

POLICY = replace(named_policy(POLICIES, "score"), cpu_max=1.0, planners=("serve",))
NODES = {"a": "8c/100G", "b": "8c/100G"}
CROWDED = ["101 a 6c/4G", "102 a 6c/8G", "103 b 1c/4G"]


def moves_of(cluster: Cluster, policy: Policy = POLICY) -> list[str]:
    return [str(planned.move) for planned in make_plan(cluster, policy).moves]


def test_a_guest_leaves_where_cores_are_short() -> None:
    """Twelve cores are wanted of eight; of two equals the one with less memory to send goes."""
    plan = make_plan(a_cluster(NODES, CROWDED), POLICY)
    assert [str(planned.move) for planned in plan.moves] == ["101 a->b"]
    (planned,) = plan.moves
    assert planned.category == "contention"
    assert planned.reason.startswith("guests on a do not get what they want: the score of the cluster 5")
    assert planned.gain > 0.3


def test_nothing_moves_while_everybody_is_served() -> None:
    """However uneven the nodes are."""
    assert moves_of(a_cluster(NODES, ["101 a 2c/40G", "102 a 2c/30G", "103 b 0c/1G"])) == []


def test_nothing_moves_where_it_would_not_help() -> None:
    """The other node is as crowded."""
    assert moves_of(a_cluster(NODES, ["101 a 6c/4G", "102 a 6c/8G", "103 b 6c/4G", "104 b 6c/4G"])) == []


def test_a_move_has_to_be_worth_it() -> None:
    """A price that nothing is worth."""
    assert moves_of(a_cluster(NODES, CROWDED), replace(POLICY, benefit_ratio=1e9)) == []


def test_bundles_move_as_a_whole_or_not_at_all() -> None:
    """With one move left a pair stays."""
    pair = Rule(name="pair", type="together", guests=GuestSelector(vmids=frozenset({101, 104})))
    other = Rule(name="pin", type="pin", guests=GuestSelector(vmids=frozenset({102})))
    policy = replace(POLICY, rules=(pair, other))
    cluster = a_cluster(NODES, ["101 a 2.5c/4G", "104 a 2.5c/4G", "102 a 6c/8G", "103 b 1c/4G"])
    assert moves_of(cluster, policy) == ["101 a->b", "104 a->b"]
    assert moves_of(cluster, replace(policy, limits=Limits(max_moves=1))) == []


def test_it_goes_on_until_its_moves_are_used_up() -> None:
    """Three guests on two nodes' worth of need; one move is all there is."""
    cluster = a_cluster({**NODES, "c": "8c/100G"}, ["101 a 6c/4G", "102 a 6c/8G", "103 b 6c/4G", "104 b 6c/8G"])
    assert len(moves_of(cluster, replace(POLICY, limits=Limits(max_moves=1)))) == 1


BARRED = {
    "another trigger": (a_cluster(NODES, CROWDED), {"triggers": ("balanciness",)}),
    "another category": (a_cluster(NODES, CROWDED), {"categories": ("mandatory", "improvement")}),
    "not for long enough": (a_cluster(NODES, CROWDED), {"hold": 2}),
    "a migration under way": (
        replace(a_cluster(NODES, CROWDED), migrations=(Migration(vmid=103, source="b", target="a"),)),
        {},
    ),
    "no guest that may move": (
        a_cluster(NODES, [a_guest(101, "a", "6c/4G", lock="backup"), a_guest(102, "a", "6c/4G", lock="backup")]),
        {},
    ),
}


@pytest.mark.parametrize(("cluster", "changes"), BARRED.values(), ids=BARRED)
def test_reasons_to_leave_it(cluster: Cluster, changes: dict[str, object]) -> None:
    """As for other planners."""
    assert moves_of(cluster, replace(POLICY, **changes)) == []


def test_it_goes_ahead_once_it_held() -> None:
    """The second run in a row."""
    cluster = a_cluster(NODES, CROWDED)
    past = replace(cluster.history, holds={"score": Hold(count=1, time=0.0)})
    assert moves_of(replace(cluster, history=past), replace(POLICY, hold=2)) == ["101 a->b"]
