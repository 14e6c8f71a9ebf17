# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What should-rules cost, and how they are kept again."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Migration
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.plugins.module_utils.core.problem import moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import moved
from ansible_collections.pve.drs.tests.builders import a_cluster
from ansible_collections.pve.drs.tests.strategies import binding_rules, small_clusters
from ansible_collections.pve.drs.tests.unit.rule_ledger import cost_of

NODES = dict.fromkeys("abc", "8c/100G")


def a_wish(kind, *vmids, **facts):
    return Rule(name=kind, type=kind, strength="should", guests=GuestSelector(vmids=frozenset(vmids)), **facts)


def moves_for(cluster, *rules, **options):
    plan = make_plan(cluster, Policy(rules=rules, balanciness=1.0, **options))
    return [str(planned.move) for planned in plan.moves]


@settings(max_examples=400)
@given(small_clusters(), binding_rules(most=4, highest_vmid=107), st.data())
def test_what_a_unit_gains_is_what_the_whole_cost_falls_by(cluster, rules, data):
    """Also of a bundle, which may be apart."""
    wished = tuple(replace(rule, strength="should") for rule in rules[1:])
    problem = make_problem(cluster, Policy(rules=rules[:1] + wished))
    placement = problem.placement()
    unit = problem.unit_of(data.draw(st.sampled_from(cluster.guests)).vmid)
    wishes = problem.should_rules.wishes(placement, unit)
    kind = wishes.kind(placement.node_names)
    before = [cost_of(preference, placement.node_of) for preference in problem.rules.preferences]
    for node in sorted(placement.node_names):
        with moved(placement, moves_to(placement, unit, node)):
            after = [cost_of(preference, placement.node_of) for preference in problem.rules.preferences]
        assert wishes.gain(node) == pytest.approx(sum(before) - sum(after))
        assert (node in kind) == all(now <= was for was, now in zip(before, after, strict=True))


def test_the_heaviest_rule_is_kept_first_and_no_other_is_broken_for_it():
    cluster = a_cluster(NODES, ["101 a 1c/10G", "102 a 1c/10G"])
    apart, home = a_wish("separate", 101, 102), a_wish("run_on", 101, 102, nodes=("a",))
    assert moves_for(cluster, apart) == ["101 a->b"]
    assert moves_for(cluster, home, apart) == []


def test_a_wish_of_several_is_fulfilled_guest_by_guest():
    cluster = a_cluster(NODES, ["101 a 1c/10G", "102 b 1c/5G", "103 c 1c/7G"])
    assert moves_for(cluster, a_wish("together", 101, 102, 103)) == ["102 b->c", "101 a->c"]


def test_a_bundle_is_moved_as_one_for_a_should_rule():
    cluster = a_cluster(NODES, ["101 a 1c/10G", "102 a 1c/5G"])
    bound = Rule(name="web", type="together", guests=GuestSelector(vmids=frozenset({101, 102})))
    plan = make_plan(cluster, Policy(rules=(bound, a_wish("run_on", 101, nodes=("b",))), balanciness=1.0))
    assert [[str(planned.move) for planned in step.moves] for step in plan.steps] == [["101 a->b", "102 a->b"]]


NOT_NOW = {
    "no moves are left": ({"limits": Limits(max_moves=0)}, {}),
    "somebody else migrates": ({}, {"migrations": (Migration(vmid=102, source="c", target="b"),)}),
    "another planner was asked": ({"planners": ("repair", "improve")}, {}),
}


@pytest.mark.parametrize(("options", "facts"), NOT_NOW.values(), ids=NOT_NOW)
def test_nothing_is_moved_for_it_when(options, facts):
    cluster = a_cluster(NODES, ["101 a 1c/10G", "102 c 1c/10G"], **facts)
    wish = a_wish("run_on", 101, nodes=("b",))
    assert moves_for(cluster, wish, **options) == []


def test_improvement_of_both_kinds_shares_one_budget():
    cluster = a_cluster(NODES, ["101 a 0c/10G", "102 a 0c/20G", "103 a 0c/20G"])
    wish = a_wish("run_on", 101, nodes=("b",))
    for most in (1, 2, 3):
        plan = make_plan(cluster, Policy(rules=(wish,), balanciness=0.0, limits=Limits(max_moves=most)))
        assert len(plan.moves) <= most
        assert str(plan.moves[0].move) == "101 a->b"


def test_of_equal_ways_out_repair_takes_the_one_that_keeps_should_rules():
    """Node a is in maintenance: 101 goes to c, which is fuller, because 102, from which it should be apart, is on b."""
    nodes = {**NODES, "a": {"capacity": "8c/100G", "hastate": "maintenance"}}
    cluster = a_cluster(nodes, ["101 a 1c/10G", "102 b 1c/5G", "103 c 1c/20G"])
    assert moves_for(cluster) == ["101 a->b"]
    assert moves_for(cluster, a_wish("separate", 101, 102)) == ["101 a->c"]
