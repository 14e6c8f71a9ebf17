# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Whoever knows a better plan is heard, and whoever knows another one is not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.draft import draft_of
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.improver import Answer
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.search import search
from ansible_collections.pve.drs.tests.builders import a_cluster
from ansible_collections.pve.drs.tests.strategies import clusters, policies
from ansible_collections.pve.drs.tests.unit.judge import complaints

NODES = {"a": "8c/100G", "b": "8c/100G", "c": {"capacity": "8c/100G", "hastate": "maintenance"}}
TELLING = ("repair", "prefer", "serve", "improve", "distribute")


def says(*answers, note=""):
    """An improver that knows its answers by heart: guests with the node to go to."""

    def improver(_problem, _draft):
        for journeys in answers:
            yield Answer(tuple(((vmid,), node) for vmid, node in journeys.items()), note)

    return improver


def moves_of(plan):
    return [str(planned.move) for planned in plan.moves]


@pytest.fixture
def uneven():
    """The plan moves 30 GiB; with a gap of 30 points allowed, it would do to move 20."""
    guests = ["101 a 1c/30G", "102 a 1c/22G", "103 a 1c/20G", "104 b 1c/10G"]
    return a_cluster({name: NODES[name] for name in "ab"}, guests)


@pytest.fixture
def policy():
    return Policy(balanciness=0.3)


def test_less_to_send_for_the_same_is_better(uneven, policy):
    assert moves_of(make_plan(uneven, policy)) == ["101 a->b"]
    plan = make_plan(uneven, policy, improver=says({103: "b"}))
    assert moves_of(plan) == ["103 a->b"]
    assert plan.moves[0].reason.startswith("evens out memory in use: a 72.0 % -> 52.0 %")
    told = "the exact search found a better plan: 1 move(s) of 20.0 GiB instead of 1 move(s) of 30.0 GiB"
    assert [notice for notice in plan.notices if "exact" in notice] == [told]
    assert complaints(uneven, policy, plan) == []


@pytest.mark.parametrize(
    "answer",
    [{101: "b"}, {101: "b", 104: "a"}, {}, {102: "b", 103: "b"}, {104: "a"}, {999: "b"}, {103: "a"}],
    ids=["the same", "more", "none", "uneven the other way", "worse", "nobody", "nowhere"],
)
def test_what_is_no_better_changes_nothing(uneven, policy, answer):
    assert make_plan(uneven, policy, improver=says(answer)) == make_plan(uneven, policy)


def test_the_next_answer_counts_where_the_first_is_no_better(uneven, policy):
    plan = make_plan(uneven, policy, improver=says({104: "a"}, {103: "b"}, note="took its time"))
    assert moves_of(plan) == ["103 a->b"]
    assert [notice for notice in plan.notices if notice == "took its time"] == ["took its time"]


def test_what_would_not_fit_is_no_plan(uneven, policy):
    tight = replace(policy, memory_max=0.28)
    assert moves_of(make_plan(uneven, tight, improver=says({103: "b"}))) == moves_of(make_plan(uneven, tight))


def test_evening_out_keeps_to_the_number_of_moves(uneven, policy):
    even = replace(policy, balanciness=0.1, limits=Limits(max_moves=1))
    assert moves_of(make_plan(uneven, even, improver=says({102: "b", 103: "b", 104: "a"}))) == ["101 a->b"]


def test_all_of_it_has_to_even_out_enough(uneven, policy):
    """To move 20 GiB instead of 30 would take less than 70 percent of the unevenness away."""
    much = replace(policy, least_improvement=0.7)
    assert moves_of(make_plan(uneven, much, improver=says({103: "b"}))) == ["101 a->b"]


@pytest.mark.parametrize(("ratio", "moves"), [(0.0, ["103 a->b", "105 b->a"]), (0.001, ["101 a->b"])])
def test_each_move_has_to_be_worth_it(uneven, policy, ratio, moves):
    """105 makes it a little less even again."""
    cluster = a_cluster(
        {name: NODES[name] for name in "ab"},
        ["101 a 1c/30G", "102 a 1c/22G", "103 a 1c/20G", "104 b 1c/10G", "105 b 1c/1G"],
    )
    asked = replace(policy, benefit_ratio=ratio)
    assert moves_of(make_plan(cluster, asked, improver=says({103: "b", 105: "a"}))) == moves


def test_who_leaves_a_full_node_is_told_that_it_is_full():
    cluster = a_cluster(NODES | {"c": "8c/100G"}, ["101 a 3c/9G", "102 a 2c/8G", "103 a 2c/7G", "201 b 1c/5G"])
    policy = Policy(method="cpu", balanciness=1.0, cpu_max=0.7)
    assert moves_of(make_plan(cluster, policy)) == ["103 a->c"]
    plan = make_plan(cluster, policy, improver=says({103: "b"}, {102: "c"}))
    assert moves_of(plan) == ["103 a->c"]


def test_who_has_to_move_may_go_elsewhere():
    """50, 40, 35 and 33 GiB on two nodes: 83 and 75 are more even than 85 and 73 [Ex 6.12]."""
    cluster = a_cluster(NODES, ["101 a 1c/50G", "102 b 1c/40G", "301 c 1c/35G", "302 c 1c/33G"])
    policy = Policy(balanciness=0.05, memory_max=0.918)
    assert moves_of(make_plan(cluster, policy)) == ["302 c->b", "301 c->a"]
    plan = make_plan(cluster, policy, improver=says({301: "b", 302: "a"}))
    assert moves_of(plan) == ["302 c->a", "301 c->b"]
    assert {planned.category for planned in plan.moves} == {"mandatory"}
    assert complaints(cluster, policy, plan) == []
    assert moves_of(make_plan(cluster, policy, improver=says({301: "b"}))) == ["302 c->b", "301 c->a"]


def test_what_somebody_wishes_stays_as_planned():
    rule = Rule(
        name="home", type="run_on", guests=GuestSelector(vmids=frozenset({101})), nodes=("b",), strength="should"
    )
    cluster = a_cluster({name: NODES[name] for name in "ab"}, ["101 a 1c/10G", "102 a 1c/10G"])
    problem = make_problem(cluster, Policy(rules=(rule,)))
    proposals = search(problem)
    draft = draft_of(problem, proposals)
    assert draft.kept == proposals
    assert (draft.bound, draft.units) == ({}, ())


def test_guests_on_their_way_over_a_third_node_keep_it():
    cluster = a_cluster(
        dict.fromkeys("abc", "32c/100G"),
        [
            {"vmid": 101, "node": "a", "demand": "10c/50G", "size": "16c/50G"},
            {"vmid": 102, "node": "a", "demand": "10c/35G", "size": "16c/35G"},
            {"vmid": 103, "node": "b", "demand": "8c/40G", "size": "16c/40G"},
            {"vmid": 104, "node": "b", "demand": "2c/33G", "size": "16c/33G"},
            {"vmid": 105, "node": "c", "demand": "15c/10G", "size": "16c/10G", "tags": ["drs-pin"]},
        ],
    )
    policy = Policy(method="cpu", balanciness=0.2, memory_max=0.918)
    plan = make_plan(cluster, policy, improver=says({}))
    assert moves_of(plan) == ["104 b->c", "102 a->b", "104 c->a"]
    problem = make_problem(cluster, policy)
    draft = draft_of(problem, search(problem))
    assert [str(move) for proposal in draft.kept for move in proposal.moves] == ["104 b->c", "104 c->a"]


@pytest.mark.parametrize("name", ["relieve", "crs"])
def test_planners_that_do_not_tell_what_they_want_cannot_be_improved(uneven, name):
    with pytest.raises(BadPolicy, match=f"planner {name} does not tell"):
        make_plan(uneven, Policy(planners=("repair", name)), improver=says({}))


@given(clusters(least_nodes=2), policies(), st.data())
def test_whatever_an_improver_says_the_judge_has_nothing_to_say(cluster, policy, data):
    """It draws any of the guests that may move, and any nodes for them."""
    policy = replace(policy, planners=TELLING)

    def improver(_problem, draft):
        for _unused in range(3):
            chosen = [
                *draft.bound,
                *(data.draw(st.lists(st.sampled_from(draft.units), unique=True)) if draft.units else []),
            ]
            nodes = st.sampled_from(sorted(cluster.node_by_name))
            yield Answer(tuple((unit, data.draw(nodes)) for unit in chosen))

    before, after = make_plan(cluster, policy), make_plan(cluster, policy, improver=improver)
    assert complaints(cluster, policy, after) == []
    assert len(after.after.violations) <= len(before.after.violations)
