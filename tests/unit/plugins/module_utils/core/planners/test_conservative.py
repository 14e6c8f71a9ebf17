# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The conservative planner: drs-model 6.11."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.planners.conservative import CONSERVATIVE
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest

POLICY = Policy(memory_max=0.8, cpu_max=0.8, memory_overcommit=0, cpu_overcommit=0)
NODE = "100c/1000G"


def moves_of(cluster: Cluster, policy: Policy = POLICY) -> list[str]:
    problem = make_problem(cluster, policy)
    proposals = CONSERVATIVE.propose(problem, problem.placement())
    return [f"{move} {proposal.category}" for proposal in proposals for move in proposal.moves]


def a_pair(source: Iterable[str | Guest], target: str, node: str = NODE) -> Cluster:
    """Guests on a; what else b uses is its own."""
    usage, capacity = target, node
    return a_cluster({"a": node, "b": {"capacity": capacity, "overhead": usage}}, list(source))


@pytest.mark.parametrize(("memory", "expected"), [(80, ["101 a->b contention"]), (120, [])])
def test_the_midpoint_rule(memory: int, expected: list[str]) -> None:
    """[Ex 6.5]: 60 and 40 %: a guest of 8 points goes, one of 12 would make the target the fuller one."""
    guests = [f"101 a 1c/{memory}G", a_guest(900, "a", f"1c/{600 - memory}G", type="lxc")]
    narrow = replace(POLICY, memory_max=0.55)
    assert moves_of(a_pair(guests, "0c/400G"), narrow) == expected


def test_without_any_moves_there_is_none() -> None:
    """`max_moves` of 0 is for this planner, too."""
    full = a_pair(["101 a 1c/80G", a_guest(900, "a", "1c/520G", type="lxc")], "0c/400G")
    narrow = replace(POLICY, memory_max=0.55)
    assert moves_of(full, replace(narrow, limits=Limits(max_moves=1))) == ["101 a->b contention"]
    assert moves_of(full, replace(narrow, limits=Limits(max_moves=0))) == []


def test_a_node_short_of_cpu_keeps_its_busiest_guest() -> None:
    """[Ex 6.6]: 40 is left alone, 20 is beyond the midpoint; of 15 and 6, both enough, the one with less memory goes."""
    sizes = {101: 40, 102: 15, 103: 20, 104: 6}
    for memory, expected in (({102: 8, 104: 16}, "102 a->b contention"), ({102: 16, 104: 8}, "104 a->b contention")):
        guests = [f"{vmid} a {cpu}c/{memory.get(vmid, 8)}G" for vmid, cpu in sizes.items()]
        assert moves_of(a_pair([*guests, a_guest(900, "a", "5c/8G", type="lxc")], "50c/0G")) == [expected]


def test_where_none_is_enough_the_one_that_takes_most_away_goes() -> None:
    """86 %: neither 3 nor 2 points bring it to 80."""
    guests = ["101 a 40c/8G", "102 a 3c/8G", "103 a 2c/1G", a_guest(900, "a", "41c/8G", type="lxc")]
    cluster = a_cluster({"a": NODE, "b": {"capacity": NODE, "overhead": "50c/0G"}}, guests)
    busiest_is_a_container = [g for g in guests if g != "101 a 40c/8G"]
    assert moves_of(cluster) == ["102 a->b contention"]
    assert moves_of(a_pair([*busiest_is_a_container, "105 a 40c/1G"], "50c/0G")) == ["102 a->b contention"]


@pytest.mark.parametrize(("memory", "expected"), [(80, True), (120, True), (160, False)])
def test_memory_well_above_the_mean(memory: int, *, expected: bool) -> None:
    """[Ex 6.7]: 70, 40 and 40 %: the mean times 1.2 is 60; in points it would be 70, which is not exceeded."""
    nodes = {"a": NODE, "b": {"capacity": NODE, "overhead": "0c/400G"}, "c": {"capacity": NODE, "overhead": "0c/400G"}}
    guests = [f"101 a 1c/{memory}G", a_guest(900, "a", f"1c/{700 - memory}G", type="lxc")]
    cluster = a_cluster(nodes, guests)
    assert moves_of(cluster) == (["101 a->b improvement"] if expected else [])
    assert moves_of(cluster, replace(POLICY, proactive_points=0.2)) == []


BOUND = [
    Rule(name="r", type="together", guests=GuestSelector(vmids=frozenset({101, 102}))),
    Rule(name="r", type="run_on", guests=GuestSelector(vmids=frozenset({101})), nodes=("a", "b")),
    Rule(name="r", type="pin", guests=GuestSelector(vmids=frozenset({101}))),
    Rule(name="r", type="ignore", guests=GuestSelector(vmids=frozenset({101}))),
]


@pytest.mark.parametrize("rule", BOUND, ids=[rule.type for rule in BOUND])
def test_guests_that_rules_bind_stay(rule: Rule) -> None:
    """Also where the rule would allow the move."""
    guests = ["101 a 1c/100G", "102 a 1c/1G", a_guest(900, "a", "1c/599G", type="lxc")]
    cluster = a_pair(guests, "0c/300G")
    assert moves_of(cluster) == ["101 a->b improvement"]
    assert "101 a->b improvement" not in moves_of(cluster, replace(POLICY, rules=(rule,)))


def test_guests_without_figures_stay() -> None:
    """A guess is no reason to move."""
    guest = a_guest(101, "a", "1c/100G", is_estimated=True)
    assert moves_of(a_pair([guest, a_guest(900, "a", "1c/600G", type="lxc")], "0c/300G")) == []


def test_nothing_while_a_migration_is_under_way() -> None:
    """Somebody else's."""
    guests = ["101 a 1c/100G", "102 a 1c/1G", a_guest(900, "a", "1c/600G", type="lxc")]
    busy = replace(a_pair(guests, "0c/300G"), migrations=(Migration(vmid=102, source="a", target="b"),))
    assert moves_of(busy) == []


def test_stages_wait_and_are_left_out_like_other_reasons() -> None:
    """By the names under which runs count them."""
    guests = ["101 a 1c/100G", "102 a 1c/1G", a_guest(900, "a", "1c/600G", type="lxc")]
    problem = make_problem(a_pair(guests, "0c/300G"), POLICY)
    waiting = replace(problem, waiting={"proactive": 1})
    assert list(CONSERVATIVE.propose(waiting, waiting.placement())) == []
    assert moves_of(a_pair(guests, "0c/300G"), replace(POLICY, categories=("mandatory", "contention"))) == []


def test_the_choice_may_be_left_to_a_seed() -> None:
    """The same seed chooses the same guest; over many seeds every favourable guest is chosen."""
    guests = [*(f"{vmid} a 1c/50G" for vmid in (101, 102, 103)), a_guest(900, "a", "1c/550G", type="lxc")]
    cluster = a_pair(guests, "0c/300G")
    chosen = [moves_of(cluster, replace(POLICY, selection_seed=seed)) for seed in range(20)]
    assert chosen == [moves_of(cluster, replace(POLICY, selection_seed=seed)) for seed in range(20)]
    assert {moves[0] for moves in chosen} == {f"{vmid} a->b improvement" for vmid in (101, 102, 103)}


def test_unequal_nodes_do_not_change_places() -> None:
    """A small node would be the emptier one after a move to a huge one."""
    nodes = {"a": "16c/100G", "b": {"capacity": "64c/2000G", "overhead": "0c/700G"}}
    cluster = a_cluster(nodes, ["101 a 1c/60G"])
    assert moves_of(cluster) == []
