# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""No haste: triggers that have to hold, guests that were moved a short while ago, moves that have to be worth it (6.6-6.8)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.hold import held
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, Hold, PastMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import (
    CONTENTION,
    IMPROVEMENT,
    MANDATORY,
    Move,
    Plan,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.policies.naming import named_policy
from ansible_collections.pve.drs.plugins.module_utils.core.sensitivity import LEVELS
from ansible_collections.pve.drs.tests.builders import a_cluster

NOW = 10_000.0
NODES = {"a": "8c/100G", "b": "8c/100G"}
UNEVEN = ["101 a 1c/20G", "102 a 1c/20G", "103 b 1c/5G"]
FULL = ["101 a 1c/50G", "102 a 1c/45G", "103 b 1c/5G"]


def at(
    cluster: Cluster, time: float = NOW, holds: dict[str, Hold] | None = None, moves: tuple[PastMove, ...] = ()
) -> Cluster:
    return replace(cluster, history=History(now=time, holds=holds or {}, moves=moves))


def moved(plan: Plan) -> list[str]:
    return [str(planned.move) for planned in plan.moves]


def run(cluster: Cluster, policy: Policy, times: list[float]) -> list[int]:
    """How many moves each run makes when none is carried out."""
    holds: dict[str, Hold] = {}
    found = []
    for time in times:
        plan = make_plan(at(cluster, time, holds), policy)
        holds = dict(plan.holds)
        found.append(len(plan.moves))
    return found


@pytest.mark.parametrize(("guests", "key"), [(UNEVEN, "balanciness"), (FULL, "memory_capacity a")])
def test_a_trigger_has_to_hold(guests: list[str], key: str) -> None:
    """Twice it waits, the third time counts, and then counting starts anew."""
    policy = Policy(hold=3, balanciness=0.1 if guests is UNEVEN else 1.0)
    cluster = a_cluster(NODES, guests)
    assert run(cluster, policy, [0, 300, 600, 900, 1200, 1500]) == [0, 0, 1, 0, 0, 1]
    first = make_plan(at(cluster), policy)
    assert first.holds == {key: Hold(count=1, time=NOW)}
    assert f"nothing is done about {key} yet: it was so in 1 of 3 runs in a row" in first.notices


def test_what_a_plan_was_free_to_act_on_is_told_from_what_waits() -> None:
    """One reason has held for two runs, the other is new; what is mandatory never waited."""
    rule = Rule(name="r", type="run_on", guests=GuestSelector(vmids=frozenset({103})), nodes=("a",))
    cluster = at(a_cluster(NODES, FULL), holds={"balanciness": Hold(count=1, time=NOW - 5)})
    plan = make_plan(cluster, Policy(hold=2, rules=(rule,)))
    assert held(plan) == {"balanciness": 2}
    assert plan.holds.keys() == {"memory_capacity a"}


def test_a_gap_or_a_clock_that_goes_back_ends_the_count() -> None:
    """Three cycles are the most between runs in a row."""
    cluster, policy = a_cluster(NODES, UNEVEN), Policy(hold=2, cycle_seconds=300)
    assert run(cluster, policy, [0, 900]) == [0, 1]
    assert run(cluster, policy, [0, 901]) == [0, 0]
    assert run(cluster, policy, [900, 0]) == [0, 0]


def test_what_no_longer_fires_is_forgotten() -> None:
    """Even nodes leave nothing to go on from."""
    even = a_cluster(NODES, ["101 a 1c/20G", "102 b 1c/20G"])
    assert make_plan(at(even, holds={"balanciness": Hold(count=2, time=NOW)}), Policy(hold=3)).holds == {}


def test_rules_that_must_hold_do_not_wait() -> None:
    """Nor do they count."""
    rule = Rule(name="r", type="run_on", guests=GuestSelector(vmids=frozenset({101})), nodes=("b",))
    plan = make_plan(at(a_cluster(NODES, ["101 a 1c/1G"])), Policy(hold=3, rules=(rule,)))
    assert (moved(plan), plan.holds) == (["101 a->b"], {})


def test_rules_that_should_hold_wait() -> None:
    """As improvement does."""
    rule = Rule(name="r", type="run_on", guests=GuestSelector(vmids=frozenset({101})), nodes=("b",), strength="should")
    policy = Policy(hold=2, rules=(rule,))
    assert run(a_cluster(NODES, ["101 a 1c/1G"]), policy, [0, 300]) == [0, 1]


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        ((MANDATORY,), []),
        ((MANDATORY, CONTENTION), ["contention"]),
        ((MANDATORY, CONTENTION, IMPROVEMENT), ["contention", "improvement"]),
    ],
)
def test_policies_may_leave_categories_out(categories: tuple[str, ...], expected: list[str]) -> None:
    """Of a node above its limit, and of loads that are uneven."""
    nodes = {"a": "8c/100G", "b": "8c/100G", "c": "8c/100G"}
    guests = ["101 a 1c/40G", "102 a 1c/55G", "103 b 1c/5G", "104 c 1c/30G", "105 b 1c/8G"]
    plan = make_plan(a_cluster(nodes, guests), Policy(categories=categories))
    assert sorted({planned.category for planned in plan.moves}) == expected


def a_past_move(vmid: int, ago: float, source: str = "b", target: str = "a") -> PastMove:
    return PastMove(ended=NOW - ago, vmid=vmid, source=source, target=target)


COOLING = Policy(cooldown_seconds=1800)


def test_a_guest_that_was_moved_stays_for_a_while() -> None:
    """The other one of the same size goes instead."""
    cluster = at(a_cluster(NODES, UNEVEN), moves=(a_past_move(101, 600),))
    assert moved(make_plan(cluster, COOLING)) == ["102 a->b"]
    assert moved(make_plan(at(a_cluster(NODES, UNEVEN), moves=(a_past_move(101, 3700),)), COOLING)) == ["101 a->b"]


def test_it_does_not_go_back_so_soon() -> None:
    """After the cool-down any other node will do."""
    cluster = at(
        a_cluster(NODES | {"c": "8c/100G"}, ["101 a 1c/30G", "102 b 1c/5G", "103 c 1c/8G"]),
        moves=(a_past_move(101, 2000),),
    )
    problem = make_problem(cluster, COOLING)
    placement = problem.placement()
    assert problem.targets(placement, 101) == {"c"}
    refused = problem.refusal(placement, Move(101, "a", "b"))
    assert refused is not None
    assert refused.reason == "it left b 33 minutes ago, and does not go back so soon"


def test_the_cool_down_is_told() -> None:
    """In minutes."""
    problem = make_problem(at(a_cluster(NODES, UNEVEN), moves=(a_past_move(101, 600),)), COOLING)
    refused = problem.refusal(problem.placement(), Move(101, "a", "b"))
    assert refused is not None
    assert refused.reason == "it was moved 10 minutes ago, and stays for 30 minutes"


def test_what_must_hold_does_not_wait_for_the_cool_down() -> None:
    """A rule, on the guest that was just moved."""
    rule = Rule(name="r", type="run_on", guests=GuestSelector(vmids=frozenset({101})), nodes=("b",))
    cluster = at(a_cluster(NODES, ["101 a 1c/1G"]), moves=(a_past_move(101, 60),))
    assert moved(make_plan(cluster, replace(COOLING, rules=(rule,)))) == ["101 a->b"]


def test_an_improvement_has_to_be_large_enough() -> None:
    """Moving 20 of 40 and 5 GiB takes 86 % of the variation away."""
    cluster = a_cluster(NODES, UNEVEN)
    assert moved(make_plan(cluster, Policy(least_improvement=0.85))) == ["101 a->b"]
    assert moved(make_plan(cluster, Policy(least_improvement=0.87))) == []


def test_a_move_has_to_be_worth_it() -> None:
    """It is, unless the price is put absurdly high."""
    cluster = a_cluster(NODES, UNEVEN)
    assert moved(make_plan(cluster, Policy(benefit_ratio=2.0))) == ["101 a->b"]
    assert moved(make_plan(cluster, Policy(benefit_ratio=1e9))) == []


def test_each_level_allows_what_the_one_below_allows() -> None:
    """Law 17, on the same figures and without the count of runs."""
    nodes = {"a": "8c/100G", "b": "8c/100G", "c": "8c/100G"}
    guests = ["101 a 1c/40G", "102 a 1c/52G", "103 b 1c/5G", "104 c 1c/60G", "105 b 1c/8G", "106 c 1c/10G"]
    seen = []
    for level in LEVELS:
        policy = replace(named_policy(POLICIES, "balance", level), estimator="snapshot", hold=1)
        seen.append({planned.category for planned in make_plan(a_cluster(nodes, guests), policy).moves})
    assert seen[0] == set()
    assert all(below <= above for below, above in pairwise(seen))
