# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What else could be done, ranked as the planners do."""

import json
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES, make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import IMPROVEMENT
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.policies.naming import named_policy
from ansible_collections.pve.drs.plugins.module_utils.core.report import plan_report
from ansible_collections.pve.drs.plugins.module_utils.core.text import text_report
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest
from ansible_collections.pve.drs.tests.strategies import clusters, policies

THREE = dict.fromkeys("abc", "8c/100G")
FULL = a_cluster(
    THREE,
    [a_guest(101, demand="1c/15G", name="web"), "102 a 1c/15G", "103 a 1c/20G", "104 a 1c/45G", "105 b 1c/15G"],
)


def rule(kind, *vmids, **facts):
    return Rule(name=f"{kind}-{vmids[0]}", type=kind, guests=GuestSelector(vmids=vmids), **facts)


def told(cluster, policy):
    """Each move of the plan with what else could be done, as text."""
    plan = make_plan(cluster, policy)
    return {
        " ".join(str(planned.move) for planned in found.instead_of): [
            " ".join(str(planned.move) for planned in moves) for moves in found.ranked
        ]
        for found in plan.alternatives
    }


def test_nobody_tells_unasked():
    assert make_plan(FULL, Policy()).alternatives == ()


def test_each_move_has_others_of_its_node_best_first():
    assert told(FULL, Policy(alternatives=2)) == {
        "101 a->c": ["101 a->b", "102 a->c"],
        "103 a->b": ["103 a->c", "104 a->b"],
        "102 a->c": ["102 a->b"],
    }


def test_no_more_are_told_than_there_are():
    two = a_cluster(dict.fromkeys("ab", "8c/100G"), ["101 a 1c/30G", "102 a 1c/20G"])
    assert told(two, Policy(alternatives=9)) == {"102 a->b": ["101 a->b"]}
    pinned = Policy(alternatives=9, rules=(rule("pin", 102),))
    assert told(two, pinned) == {"101 a->b": []}


def test_guests_that_are_bound_to_each_other_are_one_alternative():
    policy = Policy(alternatives=2, rules=(rule("together", 101, 102),))
    assert told(a_cluster(THREE, ["101 a 1c/10G", "102 a 1c/10G", "103 a 1c/21G", "104 b 1c/20G"]), policy) == {
        "101 a->c 102 a->c": ["103 a->c", "101 a->b 102 a->b"],
    }


def test_half_of_an_exchange_is_no_alternative():
    """Either guest of a could change places with 104, which is on b; no single move makes it better."""
    guests = ["101 a 1c/40G", "102 a 1c/35G", "103 b 1c/30G", "104 b 1c/20G", "105 b 0c/0G", "106 b 0c/0G"]
    policy = Policy(alternatives=2, rules=(rule("pin", 103), rule("together", 105, 106)))
    found = told(a_cluster(dict.fromkeys("ab", "32c/100G"), guests), policy)
    assert found == {"102 a->b": [], "104 b->a": []}


def test_what_is_recommended_has_alternatives_too():
    plan = make_plan(FULL, Policy(alternatives=1, automation="manual"))
    assert plan.steps == ()
    assert [str(found.instead_of[0].move) for found in plan.alternatives] == ["101 a->c", "103 a->b", "102 a->c"]


def test_room_is_made_for_one_guest_only():
    """A move that makes room for another one has no alternative that merely evens out."""
    nodes = {"a": {"capacity": "8c/100G", "hastate": "maintenance"}, "b": "8c/100G", "c": "8c/60G"}
    guests = ["101 a 1c/60G", "102 b 1c/40G", "103 b 1c/5G"]
    policy = Policy(alternatives=2, rules=(rule("run_on", 101, nodes=frozenset("ab")),))
    plan = make_plan(a_cluster(nodes, guests), policy)
    assert [str(found.instead_of[0].move) for found in plan.alternatives] == ["102 b->c", "101 a->b"]
    assert [found.ranked for found in plan.alternatives] == [(), ()]


def test_whatever_triggered_a_later_move_may_be_silent_by_then():
    """The variation is within its limit after the first move, and the second one still has an alternative."""
    nodes = dict.fromkeys("ab", "16c/100G")
    guests = [*(f"{vmid} a 1c/10G" for vmid in range(101, 107)), "201 b 1c/10G", "202 b 1c/10G"]
    policy = Policy(alternatives=1, triggers=("variation",), least_improvement=0.9)
    assert told(a_cluster(nodes, guests), policy) == {"101 a->b": ["102 a->b"], "102 a->b": ["103 a->b"]}


def test_when_the_time_is_up_nothing_more_is_told():
    asked = count()
    make_plan(FULL, Policy(), lambda: next(asked) < 0)
    enough, asked = next(asked), count()
    plan = make_plan(FULL, Policy(alternatives=2), lambda: next(asked) >= enough)
    assert len(plan.moves) == 3
    assert [len(found.ranked) for found in plan.alternatives] == [0, 0, 0]
    assert plan.notices[-1] == "the search for alternatives ended early: the time for planning was up"


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_can_be_asked(name):
    nodes = dict.fromkeys("abc", "8c/100G")
    busy = [a_guest(vmid, "a", "2c/20G", hastate="started") for vmid in range(101, 105)]
    policy = replace(named_policy(POLICIES, name), hold=1, alternatives=2)
    plan = make_plan(a_cluster(nodes, busy), policy)
    assert len(plan.alternatives) == len(plan.moves)
    if plan.moves:
        assert [found.ranked[0][0].move.source for found in plan.alternatives[:1]] == ["a"]


@given(clusters(), policies(), st.integers(1, 4))
def test_alternatives_are_allowed_others_and_change_nothing(cluster, policy, most):
    plain, plan = make_plan(cluster, policy), make_plan(cluster, replace(policy, alternatives=most))
    assert plan.steps == plain.steps
    assert sum(len(found.instead_of) for found in plan.alternatives) == len(plan.moves)
    for found in plan.alternatives:
        assert len(found.ranked) <= most
        all_told = [tuple(p.move for p in moves) for moves in (found.instead_of, *found.ranked)]
        assert len(set(all_told)) == len(all_told)
        sources = {planned.move.source for planned in found.instead_of}
        assert {move.source for moves in all_told for move in moves} <= sources
        assert all(p.category != IMPROVEMENT for p in found.instead_of) <= all(
            p.category != IMPROVEMENT for moves in found.ranked for p in moves
        )


@given(clusters(), policies())
def test_the_first_alternative_to_the_first_move_is_allowed(cluster, policy):
    plan = make_plan(cluster, replace(policy, alternatives=1))
    if plan.alternatives and plan.alternatives[0].ranked:
        problem = make_problem(cluster, policy)
        [moves] = plan.alternatives[0].ranked
        placement = problem.placement()
        placement.purpose = moves[0].category
        assert problem.joint_refusal(placement, [planned.move for planned in moves]) is None


def test_alternatives_as_data():
    policy = Policy(alternatives=1)
    report = json.loads(json.dumps(plan_report(make_plan(FULL, policy), FULL)))
    first = report["alternatives"][0]
    assert first["instead_of"] == [{"vmid": 101, "name": "web", "source": "a", "target": "c"}]
    [[move]] = [entry["moves"] for entry in first["ranked"]]
    assert (move["vmid"], move["target"], move["category"]) == (101, "b", "contention")
    assert move.keys() == report["steps"][0]["moves"][0].keys()


def test_alternatives_as_text(golden):
    policy = Policy(alternatives=2, limits=Limits(max_moves=8))
    golden("alternatives", text_report(make_plan(FULL, policy), FULL))
    two = a_cluster(dict.fromkeys("ab", "8c/100G"), ["101 a 1c/30G", "102 a 1c/20G"])
    text = text_report(make_plan(two, Policy(alternatives=1, rules=(rule("pin", 102),))), two)
    assert "  instead of 101: a -> b\n    nothing\n" in text
