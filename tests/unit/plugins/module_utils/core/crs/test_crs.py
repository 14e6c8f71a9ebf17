# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Proxmox's balancer, recomputed: the worked examples of drs-model 6.12, and the short forms against the definitions."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.crs.affinity import (
    Affinities,
    Situation,
    affinities,
    leaders,
    start_targets,
    used_nodes,
)
from ansible_collections.pve.drs.plugins.module_utils.core.crs.after import imbalance_after, nodes_after
from ansible_collections.pve.drs.plugins.module_utils.core.crs.imbalance import NORMALISED, RAW, imbalance, raw, scaled
from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import CrsGuest, CrsNode, Leader, expanded
from ansible_collections.pve.drs.plugins.module_utils.core.crs.rounds import CRS_METHODS, CrsSettings, choose, look
from ansible_collections.pve.drs.plugins.module_utils.core.crs.start import start_scores
from ansible_collections.pve.drs.plugins.module_utils.core.crs.topsis import (
    candidate_criteria,
    criteria_of,
    scores_of,
)
from ansible_collections.pve.drs.plugins.module_utils.core.crs.usage import expecting_nodes, static_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.ha.bundles import Service
from ansible_collections.pve.drs.plugins.module_utils.core.ha.force import rules_in_force
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaConfig, NodeAffinity, ResourceAffinity
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources

GIB = 2.0**30


def a_node(name: str, used: tuple[float, float] = (0, 0), size: tuple[float, float] = (24, 32)) -> CrsNode:
    """Cores and GiB."""
    return CrsNode(name=name, capacity=Resources(size[0], size[1] * GIB), usage=Resources(used[0], used[1] * GIB))


def a_cluster(**used: tuple[float, float]) -> dict[str, CrsNode]:
    return {name: a_node(name, usage) for name, usage in used.items()}


def a_guest(sid: str, node: str, cpu: float, memory: float, **others: object) -> CrsGuest:
    amount = Resources(cpu, memory * GIB)
    return CrsGuest(**{"sid": sid, "node": node, "usage": amount, "maximum": amount, **others})


def free_leaders(nodes: Mapping[str, CrsNode], guests: Mapping[str, CrsGuest]) -> list[Leader]:
    return [
        Leader(sid=sid, members=(sid,), targets=tuple(sorted(nodes.keys() - {guest.node})))
        for sid, guest in sorted(guests.items())
    ]


FOUR = {f"vm:{number}": a_guest(f"vm:{number}", "n1", 1, 4) for number in (101, 102, 103, 104)}


@pytest.mark.parametrize("method", CRS_METHODS)
@pytest.mark.parametrize("generation", [RAW, NORMALISED])
def test_equal_guests_spread_until_no_move_is_worth_it(method: str, generation: str) -> None:
    """[Ex 6.8]: the raw number still triggers in the end, but the best candidate improves nothing."""
    nodes, guests = a_cluster(n1=(4, 16), n2=(0, 0), n3=(0, 0)), dict(FOUR)
    settings = CrsSettings(method=method, generation=generation)
    made = []
    while choice := choose(nodes, expanded(free_leaders(nodes, guests), guests, static=False), settings):
        candidate = choice.candidate
        made.append((candidate.sid, candidate.target, round(scaled_to_normalised(choice.after, generation), 6)))
        nodes = nodes_after(nodes, candidate)
        guests[candidate.sid] = a_guest(candidate.sid, candidate.target, 1, 4)
    assert made == [("vm:101", "n2", 0.661438), ("vm:102", "n3", 0.25)]


def scaled_to_normalised(value: float, generation: str) -> float:
    return value if generation == NORMALISED else scaled(value, 3, NORMALISED)


def test_unequal_guests_by_exhaustive_search() -> None:
    """[Ex 6.9]."""
    nodes = a_cluster(n1=(11, 24), n2=(4, 6), n3=(1, 2))
    guests = {
        "vm:1": a_guest("vm:1", "n1", 6, 12),
        "vm:2": a_guest("vm:2", "n1", 3, 4),
        "vm:3": a_guest("vm:3", "n1", 2, 8),
        "vm:4": a_guest("vm:4", "n2", 4, 6),
        "vm:5": a_guest("vm:5", "n3", 1, 2),
    }
    assert [round(node.load, 6) for node in nodes.values()] == [0.604167, 0.177083, 0.052083]
    assert round(imbalance(nodes.values(), NORMALISED), 6) == 0.601690
    candidates = expanded(free_leaders(nodes, guests), guests, static=False)
    best = CRS_METHODS["bruteforce"](nodes, candidates, NORMALISED, 3)
    assert [(c.sid, c.target, round(value, 6)) for c, value in best] == [
        ("vm:1", "n3", 0.196453),
        ("vm:3", "n3", 0.290743),
        ("vm:2", "n3", 0.362500),
    ]


def test_where_a_guest_would_start() -> None:
    """[Ex 6.10]."""
    nodes = a_cluster(n1=(6, 16), n2=(12, 8), n3=(2, 20))
    scores = start_scores(nodes, Resources(4, 8 * GIB))
    rounded = {name: round(score, 6) for name, score in scores.items()}
    assert max(rounded, key=rounded.__getitem__) == "n2"
    assert rounded == {"n1": 0.508208, "n2": 0.868031, "n3": 0.131969}


def test_a_cluster_with_nothing_to_compare_is_even() -> None:
    """One node, or no load at all."""
    assert (raw([0.7]), raw([0.0, 0.0]), raw([])) == (0.0, 0.0, 0.0)
    assert scaled(0.5, 1, NORMALISED) == 0.5


def test_the_count_goes_up_while_over_the_threshold_and_starts_anew() -> None:
    """A threshold is to be exceeded, not reached."""
    uneven, even = a_cluster(a=(24, 32), b=(0, 0)), a_cluster(a=(1, 1), b=(1, 1))
    settings = CrsSettings(hold_rounds=2)
    first = look(uneven, settings, 0)
    second = look(uneven, settings, first.kept)
    assert [(r.over, r.is_due, r.kept) for r in (first, second)] == [(1, False, 1), (2, True, 0)]
    assert look(even, CrsSettings(threshold=0.0), 5).kept == 0
    assert look(uneven, CrsSettings(threshold=1.0), 5).over == 0


def test_no_move_without_candidates_or_margin() -> None:
    """A lone guest makes the cluster as uneven elsewhere."""
    nodes, guests = a_cluster(a=(2, 4), b=(0, 0)), {"vm:1": a_guest("vm:1", "a", 2, 4)}
    candidates = expanded(free_leaders(nodes, guests), guests, static=False)
    assert choose(nodes, (), CrsSettings()) is None
    assert choose(nodes, (), CrsSettings(method="topsis")) is None
    assert choose(nodes, candidates, CrsSettings()) is None
    idle = a_cluster(a=(0, 0), b=(0, 0))
    nothing = {"vm:1": a_guest("vm:1", "a", 0, 0)}
    idle_candidates = expanded(free_leaders(idle, nothing), nothing, static=False)
    assert choose(idle, idle_candidates, CrsSettings()) is None
    assert choose(idle, idle_candidates, CrsSettings(margin=0.0)).improvement == 0.0


def test_static_mode_counts_what_is_configured_on_both_ends() -> None:
    """A container without a limit takes all cores of its node, but only its memory moves."""
    nodes = a_cluster(a=(5, 5), b=(5, 5))
    guests = [a_guest("ct:1", "a", 0, 2), a_guest("vm:2", "a", 2, 4, target="b"), a_guest("vm:3", "gone", 1, 1)]
    used = static_nodes(nodes, guests)
    assert {name: (node.usage.cpu, node.usage.memory / GIB) for name, node in used.items()} == {
        "a": (26.0, 6.0),
        "b": (2.0, 4.0),
    }
    waiting = expecting_nodes(nodes, [*guests, a_guest("vm:4", "b", 1, 1, is_running=False)])
    assert (waiting["a"].usage.cpu, waiting["b"].usage.cpu) == (5.0, 6.0)


def services(**states: str) -> dict[str, Service]:
    """vm101="a started" -> vm:101 on a, started."""
    return {f"vm:{name[2:]}": Service(*state.split()) for name, state in states.items()}


def rules_of(nodes: tuple[str, ...], *rules: NodeAffinity | ResourceAffinity) -> Affinities:
    config = HaConfig(
        node_affinities=tuple(rule for rule in rules if isinstance(rule, NodeAffinity)),
        resource_affinities=tuple(rule for rule in rules if isinstance(rule, ResourceAffinity)),
    )
    return affinities(rules_in_force(config, len(nodes)), nodes)


def test_candidates_keep_to_the_rules() -> None:
    """Highest priority class that is online, never beside a guest to be kept apart, bundles as a whole."""
    nodes = ("a", "b", "c", "d")
    rules = rules_of(
        nodes,
        NodeAffinity(name="home", sids=frozenset({"vm:3"}), nodes={"b": 2, "c": 1}),
        ResourceAffinity(name="pair", sids=frozenset({"vm:1", "vm:2"}), is_positive=True),
        ResourceAffinity(name="apart", sids=frozenset({"vm:1", "vm:4"}), is_positive=False),
    )
    now = Situation(
        services=services(vm1="a started", vm2="a started", vm3="a started", vm4="b migrate", vm5="a started"),
        targets={"vm:4": "d"},
        online=("a", "c", "d"),
    )
    found = {leader.sid: (leader.members, leader.targets) for leader in leaders(rules, now)}
    assert found == {
        "vm:1": (("vm:1", "vm:2"), ("c",)),
        "vm:3": (("vm:3",), ("c",)),
        "vm:5": (("vm:5",), ("c", "d")),
    }


def test_a_guest_without_a_target_is_no_candidate() -> None:
    """Its only other node is taken by one to be kept apart from."""
    apart = ResourceAffinity(name="apart", sids=frozenset({"vm:1", "vm:2"}), is_positive=False)
    now = Situation(services=services(vm1="a started", vm2="b started"), targets={}, online=("a", "b"))
    assert leaders(rules_of(("a", "b"), apart), now) == ()


def test_a_guest_starts_with_its_partners() -> None:
    """Where most of them are; alone, anywhere that rules allow."""
    trio = ResourceAffinity(name="trio", sids=frozenset({"vm:1", "vm:2", "vm:3"}), is_positive=True)
    rules = rules_of(("a", "b"), trio)
    alone = Situation(services=services(vm1="a stopped"), targets={}, online=("a", "b"))
    joined = Situation(services=services(vm2="b started", vm3="b recovery"), targets={}, online=("a", "b"))
    assert start_targets(rules, alone, "vm:1") == {"a", "b"}
    assert start_targets(rules, joined, "vm:1") == {"b"}
    assert used_nodes(alone, "vm:1") == ()


SHARES = st.floats(min_value=0.0, max_value=1.2)


@st.composite
def clusters(draw: st.DrawFn) -> tuple[dict[str, CrsNode], dict[str, CrsGuest]]:
    names = [f"n{number}" for number in range(draw(st.integers(2, 6)))]
    sizes = {name: draw(st.sampled_from([(8, 32), (16, 64), (64, 512)])) for name in names}
    nodes = {n: a_node(n, (draw(SHARES) * size[0], draw(SHARES) * size[1]), size) for n, size in sizes.items()}
    guests = {
        f"vm:{number}": a_guest(f"vm:{number}", draw(st.sampled_from(names)), 8 * draw(SHARES), 32 * draw(SHARES))
        for number in range(100, 100 + draw(st.integers(1, 8)))
    }
    return nodes, guests


@given(clusters())
def test_the_short_forms_agree_with_the_definitions(found: tuple[dict[str, CrsNode], dict[str, CrsGuest]]) -> None:
    """Law 24: the lowest imbalance of all candidates, and the criteria of all nodes after each."""
    nodes, guests = found
    candidates = expanded(free_leaders(nodes, guests), guests, static=False)
    best = CRS_METHODS["bruteforce"](nodes, candidates, NORMALISED)[0][1]
    assert best == pytest.approx(min(imbalance_after(nodes, c, NORMALISED) for c in candidates), abs=1e-12)
    full = [criteria_of(list(nodes_after(nodes, c).values())) for c in candidates]
    for short, long in zip(candidate_criteria(nodes, candidates), full, strict=True):
        assert short == pytest.approx(long, abs=1e-7)
    assert all(0.0 <= score <= 1.0 for score in scores_of(full))
