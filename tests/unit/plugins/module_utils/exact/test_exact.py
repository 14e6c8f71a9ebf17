# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""An exact search: what it finds is better, and what it must not do it does not."""

import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.pve.drs.benchmarks.clusters import a_random_cluster
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.draft import draft_of
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.goals import effort
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.search import search
from ansible_collections.pve.drs.plugins.module_utils.exact.improver import exact_improver
from ansible_collections.pve.drs.plugins.module_utils.glue.planning import maker_from
from ansible_collections.pve.drs.tests.builders import a_cluster
from ansible_collections.pve.drs.tests.strategies import clusters, policies
from ansible_collections.pve.drs.tests.unit.judge import complaints

TELLING = ("repair", "prefer", "serve", "improve", "distribute")
PLENTY = 60.0


def require_highspy():
    pytest.importorskip("highspy", reason="highspy is not installed, so that no plan can be improved by it")


def moves_of(plan):
    return sorted(str(planned.move) for planned in plan.moves)


def told(plan):
    return [notice for notice in plan.notices if "exact search" in notice]


def test_without_highspy_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "highspy", None)
    with pytest.raises(BadPolicy, match=r"exact_seconds needs the Python library highspy .*pip install highspy"):
        maker_from({"exact_seconds": 1.0})


def test_nobody_needs_highspy_who_does_not_want_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "highspy", None)
    assert maker_from({"exact_seconds": 0.0}) is make_plan


def test_the_option_leads_to_a_better_plan():
    require_highspy()
    cluster = a_cluster(
        dict.fromkeys("ab", "8c/100G"), ["101 a 1c/30G", "102 a 1c/22G", "103 a 1c/20G", "104 b 1c/10G"]
    )
    plan = maker_from({"exact_seconds": PLENTY})(cluster, Policy(balanciness=0.3), lambda: False)
    assert moves_of(plan) == ["103 a->b"]
    assert told(plan) == [
        "the exact search found a better plan: 1 move(s) of 20.0 GiB instead of 1 move(s) of 30.0 GiB"
    ]


def test_four_guests_on_two_nodes_are_as_even_as_can_be():
    """Planned one after the other they end at 85 and 73 GiB, at best at 83 and 75 [Ex 6.12]."""
    require_highspy()
    nodes = {"a": "8c/100G", "b": "8c/100G", "c": {"capacity": "8c/100G", "hastate": "maintenance"}}
    cluster = a_cluster(nodes, ["101 a 1c/50G", "102 b 1c/40G", "301 c 1c/35G", "302 c 1c/33G"])
    policy = Policy(balanciness=0.05, memory_max=0.918)
    assert make_plan(cluster, policy).after.highest_load == pytest.approx(0.85)
    plan = make_plan(cluster, policy, improver=exact_improver(PLENTY))
    assert plan.after.highest_load == pytest.approx(0.83)
    assert complaints(cluster, policy, plan) == []


def test_guests_that_must_not_meet_do_not():
    """The two smallest guests of a would do, but one of them may not be where 201 is, and both not together."""
    require_highspy()
    guests = ["101 a 2c/10G", "102 a 2c/11G", "103 a 2c/30G", "104 a 2c/31G", "201 b 1c/5G"]
    cluster = a_cluster(dict.fromkeys("abc", "10c/100G"), guests)
    apart = Rule(name="apart", type="separate", guests=GuestSelector(vmids=frozenset({101, 102, 201})))
    policy = Policy(method="cpu", balanciness=1.0, cpu_max=0.5, rules=(apart,))
    plan = make_plan(cluster, policy, improver=exact_improver(PLENTY))
    assert complaints(cluster, policy, plan) == []
    assert not [p for p in plan.moves if p.move.vmid in {101, 102} and p.move.target == "b"]


def test_there_is_nothing_to_improve_in_an_empty_plan():
    require_highspy()
    cluster, policy = a_cluster(dict.fromkeys("ab", "8c/100G"), ["101 a 1c/10G"]), Policy(balanciness=0.5)
    assert make_plan(cluster, policy, improver=exact_improver(PLENTY)) == make_plan(cluster, policy)


def test_what_is_kept_whole_is_not_asked_about():
    require_highspy()
    rule = Rule(
        name="home", type="run_on", guests=GuestSelector(vmids=frozenset({101})), nodes=("b",), strength="should"
    )
    cluster = a_cluster(dict.fromkeys("ab", "8c/100G"), ["101 a 1c/10G"])
    policy = Policy(rules=(rule,), balanciness=0.5)
    assert make_plan(cluster, policy, improver=exact_improver(PLENTY)) == make_plan(cluster, policy)


def test_a_search_that_ran_out_of_time_says_so():
    require_highspy()
    cluster = a_random_cluster(12, 250)
    policy = Policy(balanciness=0.02, limits=Limits(max_moves=40))
    before, after = make_plan(cluster, policy), make_plan(cluster, policy, improver=exact_improver(0.05))
    assert effort_of(cluster, policy, after) <= effort_of(cluster, policy, before)
    assert told(after)[0].startswith("the exact search ended after 0.05 s (exact_seconds) without proof")


def test_no_time_at_all_is_told_as_well():
    require_highspy()
    cluster, policy = a_random_cluster(4, 40), Policy(balanciness=0.05)
    plan = make_plan(cluster, policy, improver=exact_improver(1e-9))
    assert moves_of(plan) == moves_of(make_plan(cluster, policy))
    assert told(plan) == [
        "the exact search ended after 1e-09 s (exact_seconds) without proof that there is no better plan"
    ]


def effort_of(cluster, policy, plan):
    guests = make_problem(cluster, policy).cluster.guest_by_vmid
    return sum(guests[planned.move.vmid].demand.memory for planned in plan.moves)


@pytest.mark.parametrize(
    "policy",
    [
        Policy(method="cpu", balanciness=0.02),
        Policy(balanciness=0.1, limits=Limits(max_moves=40)),
        Policy(method="cpu", cpu_max=0.6, planners=("repair",), triggers=()),
    ],
    ids=["few moves", "many moves", "full nodes"],
)
def test_the_same_question_has_the_same_answer(policy):
    require_highspy()
    cluster = a_random_cluster(6, 60)
    plans = [make_plan(cluster, policy, improver=exact_improver(PLENTY)) for _unused in range(2)]
    assert plans[0] == plans[1]
    assert complaints(cluster, policy, plans[0]) == []


@settings(max_examples=25)
@given(clusters(least_nodes=2), policies(), st.sampled_from([TELLING, ("repair",), ("repair", "improve")]))
def test_it_is_never_worse_and_pleases_the_judge(cluster, policy, planners):
    require_highspy()
    policy = replace(policy, planners=planners)
    problem = make_problem(cluster, policy)
    before, after = make_plan(cluster, policy), make_plan(cluster, policy, improver=exact_improver(2.0))
    assert complaints(cluster, policy, after) == []
    assert len(after.after.violations) <= len(before.after.violations)
    if not told(after):
        assert after == before
    draft = draft_of(problem, search(problem))
    assert {*draft.bound}.isdisjoint(draft.units)
    assert effort(problem, draft.kept) <= effort(problem, draft.proposals)
