# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Plans are complete, and nothing in them is needless (drs-model 6.3, 9.1)."""

from dataclasses import replace
from functools import partial
from itertools import product
from random import Random
from statistics import fmean, pvariance

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core import search as search_module
from ansible_collections.pve.drs.plugins.module_utils.core.budget import Budget
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.goals import evenness, mended, wishes_kept
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.schedule import can_be_ordered
from ansible_collections.pve.drs.plugins.module_utils.core.search import placed, search
from ansible_collections.pve.drs.tests.builders import GIB, a_cluster, moved
from ansible_collections.pve.drs.tests.strategies import clusters, policies
from ansible_collections.pve.drs.tests.unit.judge import complaints
from ansible_collections.pve.drs.tests.unit.ledger import Case, end_of, objective, start_of

FEW = settings(max_examples=60)
EVEN = Policy(balanciness=0.0, cpu_max=1.0, limits=Limits(max_moves=20))
NODE_BYTES = 100 * GIB
ROOM = 0.9 * 0.98


def _holds_its_guests(cluster, node):
    volumes = sum(guest.local_bytes or 0.0 for guest in cluster.guests if guest.node == node.name)
    return sum(storage.used_bytes for storage in node.local_storages or ()) >= volumes


@FEW
@given(clusters(plain=True, least_nodes=2), policies(max_moves=99))
def test_whoever_plans_again_where_a_plan_ends_finds_nothing(cluster, policy):
    """A storage that claims to hold less than its guests have on it is empty too soon; then nothing can be foretold."""
    assume(policy.method != "disk" or all(map(partial(_holds_its_guests, cluster), cluster.nodes)))
    plan = make_plan(cluster, policy)
    assert make_plan(moved(cluster, plan), policy).moves == ()


@FEW
@given(clusters(least_nodes=3), policies(max_moves=99))
def test_a_plan_is_better_than_none_or_empty(cluster, policy):
    plan = make_plan(cluster, policy)
    case = Case(cluster, policy, plan)
    assert not plan.moves or objective(case, end_of(case)) < objective(case, start_of(cluster, policy))


@FEW
@given(clusters(plain=True, least_nodes=2), policies())
def test_no_move_can_be_left_out(cluster, policy):
    """Without it some goal is missed, or there is no order for the others."""
    problem = make_problem(cluster, policy)
    found = search(problem)
    for left in found:
        rest = tuple(proposal for proposal in found if proposal is not left)
        if can_be_ordered(problem, rest):
            assert not _is_as_good(problem, placed(problem, rest), placed(problem, found)), left


def _is_as_good(problem, one, other):
    goals = [(goal(problem, one), goal(problem, other)) for goal in (mended, wishes_kept, evenness)]
    start = problem.placement()
    is_better = any(goal(problem, one) != goal(problem, start) for goal in (mended, wishes_kept, evenness))
    return is_better and all(a <= b for one_goal, best in goals for a, b in zip(one_goal, best, strict=True))


@FEW
@given(clusters(least_nodes=2), policies(), st.integers(0, 12))
def test_a_plan_that_was_cut_short_is_a_plan(cluster, policy, questions):
    """However early the time is up, what was found so far is right, and the plan says so."""
    asked = iter(range(questions))
    plan = make_plan(cluster, policy, lambda: next(asked, None) is None)
    assert complaints(cluster, policy, plan) == []
    assert next(asked, None) is None or not any("ended early" in notice for notice in plan.notices)


@pytest.mark.parametrize("seed", range(4))
def test_small_clusters_are_evened_out_nearly_as_well_as_can_be(seed):
    """Against all placements of few guests: what is broken is mended as often, what stays uneven is close to the least."""
    random, gaps = Random(seed), []
    for _unused in range(8):
        cluster = _crowded(random)
        best, highest = _brute_force(cluster)
        plan = make_plan(cluster, EVEN)
        loads = {node.name: 0.0 for node in cluster.nodes}
        for guest in cluster.guests:
            loads[plan.placement_after[guest.vmid]] += guest.demand.memory / NODE_BYTES
        assert (max(loads.values()) > ROOM) == (highest > ROOM)
        gaps.append(max(loads.values()) / highest - 1.0)
        assert pvariance(loads.values()) >= best - 1e-12
    assert fmean(gaps) <= 0.05
    assert max(gaps) <= 0.20


def _crowded(random):
    """Three nodes, seven guests that half fill them."""
    sizes = [random.randint(5, 35) for _unused in range(7)]
    homes = [random.choice("aab") for _unused in sizes]
    guests = [f"{101 + n} {home} 0.1c/{size}G" for n, (home, size) in enumerate(zip(homes, sizes, strict=True))]
    return a_cluster(dict.fromkeys("abc", "32c/100G"), guests)


def _brute_force(cluster):
    """The least variance of all placements, and the least highest load."""
    shares = [guest.demand.memory / NODE_BYTES for guest in cluster.guests]
    every = (_loads(shares, places) for places in product(range(len(cluster.nodes)), repeat=len(shares)))
    both = [(pvariance(loads), max(loads)) for loads in every]
    return min(variance for variance, _highest in both), min(highest for _variance, highest in both)


def _loads(shares, places):
    return [sum(s for s, at in zip(shares, places, strict=True) if at == node) for node in range(3)]


UNEVEN = a_cluster(dict.fromkeys("ab", "32c/100G"), ["101 a 1c/40G", "102 a 1c/30G", "103 b 1c/10G"])


def test_a_search_that_looked_at_enough_says_so():
    """Improvement ends, what is broken is mended all the same."""
    full = a_cluster(dict.fromkeys("ab", "32c/100G"), ["101 a 1c/60G", "102 a 1c/35G", "103 a 0.1c/1G"])
    problem = replace(make_problem(full, EVEN), budget=Budget(evaluations=1))
    assert {proposal.category for proposal in search(problem)} == {"contention"}
    assert problem.budget.cut_short == "there are too many possible moves to look at all of them"


def test_an_exchange_is_not_looked_for_beyond_the_budget():
    """Four candidates are single moves, and none of them helps."""
    large = a_cluster(dict.fromkeys("ab", "32c/100G"), ["101 a 1c/40G", "102 a 1c/35G", "103 b 1c/30G", "104 b 1c/20G"])
    enough, scarce = (replace(make_problem(large, EVEN), budget=Budget(evaluations=most)) for most in (200, 9))
    assert len(search(enough)) == 2
    assert search(scarce) == ()


def test_rounds_come_to_an_end(monkeypatch):
    monkeypatch.setattr(search_module, "MOST_ROUNDS", 1)
    assert [str(move.move) for move in make_plan(UNEVEN, EVEN).moves] == ["102 a->b"]


def test_nothing_is_left_out_where_a_planner_does_not_tell_its_goal():
    """Policy conservative makes one move, which is not weighed again."""
    alone = replace(EVEN, planners=("conservative",))
    assert len(make_plan(UNEVEN, alone).moves) == 1


def test_a_move_off_a_node_above_its_limit_is_made_for_that_above_all():
    """Unless the policy leaves such nodes alone."""
    guests = ["101 a 1c/40G", "102 a 1c/30G", "103 a 1c/26G", "104 b 1c/1G"]
    cluster = a_cluster({"a": "8c/100G", "b": "8c/100G"}, guests)
    found = make_plan(cluster, Policy(planners=("improve",))).moves[0]
    assert found.category == "contention"
    assert found.reason.startswith(
        "a uses 96.0 GiB, above its limit of 88.2 GiB; evens out memory in use: a 96.0 % -> "
    )
    only = Policy(planners=("improve",), categories=("mandatory", "improvement"))
    assert {planned.category for planned in make_plan(cluster, only).moves} == {"improvement"}
