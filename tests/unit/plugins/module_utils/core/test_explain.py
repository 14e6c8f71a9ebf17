# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Answers to what the user asked."""

from collections import Counter

import pytest
from hypothesis import given

from ansible_collections.pve.drs.plugins.module_utils.core import explain
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.tests.builders import a_cluster, a_guest, moved
from ansible_collections.pve.drs.tests.strategies import clusters, policies

CLUSTER = a_cluster({"a": "8c/100G", "b": "8c/100G", "c": {"status": "offline"}}, ["101 a 1c/20G", "102 a 1c/30G"])


def answers_for(cluster, *vmids, **options):
    return {(a.vmid, a.target): a for a in make_plan(cluster, Policy(explain=vmids, **options)).answers}


def test_every_other_node_gets_an_answer_in_order():
    assert list(answers_for(CLUSTER, 102, 101)) == [(102, "b"), (102, "c"), (101, "b"), (101, "c")]


def test_an_allowed_move_says_what_it_would_gain():
    answer = answers_for(CLUSTER, 101)[101, "b"]
    assert (answer.reason, answer.constraint) == (None, None)
    assert answer.gain == pytest.approx(variation([0.5, 0.0]) - variation([0.3, 0.2]))


def test_a_move_that_makes_it_worse_has_a_negative_gain():
    level = a_cluster({"a": "8c/100G", "b": "8c/100G"}, ["101 a 1c/20G", "102 b 1c/20G"])
    assert answers_for(level, 101)[101, "b"].gain == pytest.approx(-1.0)


def test_a_refused_move_has_the_first_reason_and_no_gain():
    answer = answers_for(CLUSTER, 101)[101, "c"]
    assert (answer.constraint, answer.reason, answer.gain) == ("node_available", "c is offline", 0.0)


def test_leaving_an_excluded_node_counts_for_the_target_alone():
    answer = answers_for(CLUSTER, 101, excluded_nodes=frozenset({"a"}))[101, "b"]
    assert (answer.reason, answer.gain) == (None, 0.0)


def test_a_stopped_guest_gains_nothing():
    stopped = a_cluster(
        {"a": "8c/100G", "b": "8c/100G"}, [a_guest(101, demand="1c/20G", status="stopped"), "102 a 1c/50G"]
    )
    answer = answers_for(stopped, 101)[101, "b"]
    assert (answer.reason, answer.gain) == (None, 0.0)


def full_of_guests(**facts):
    """Two nodes beyond their limit with sixty small guests each, which have nowhere to go."""
    guests = [a_guest(100 + place, "ab"[place % 2], "0.1c/1.6G", **facts) for place in range(120)]
    return a_cluster({"a": "8c/100G", "b": "8c/100G"}, guests)


def test_of_full_nodes_some_guests_are_told_of_and_how_many_more_there_are():
    plan = make_plan(full_of_guests(), Policy())
    homes = Counter(plan.placement_before[refusal.vmid] for refusal in plan.refusals)
    assert homes == {"a": 50, "b": 50}
    told = [notice for notice in plan.notices if "looked into" in notice]
    assert told == [f"{node}: why 10 more guests or bundles stay there was not looked into" for node in "ab"]


def test_of_many_full_nodes_a_few_of_each_are_told_of(monkeypatch):
    monkeypatch.setattr(explain, "STAYING", 4)
    plan = make_plan(full_of_guests(), Policy())
    assert len(plan.refusals) == 6


def test_whatever_has_to_go_and_cannot_is_told_of(monkeypatch):
    monkeypatch.setattr(explain, "STAYING", 4)
    rule = Rule(name="away", type="not_run_on", guests=GuestSelector(patterns=frozenset({"*"})), nodes=("a",))
    plan = make_plan(full_of_guests(), Policy(rules=(rule,)))
    homes = Counter(plan.placement_before[refusal.vmid] for refusal in plan.refusals)
    assert homes == {"a": 60, "b": 3}


def test_an_unknown_guest_is_an_error_that_names_it():
    with pytest.raises(BadPolicy, match="explain: no guest 999, 1000 is visible in cluster"):
        make_plan(CLUSTER, Policy(explain=(999, 101, 1000)))


@given(clusters(least_nodes=2), policies())
def test_a_refused_guest_has_no_way_out_and_each_reason_names_its_constraint(cluster, policy):
    """Of a guest that a should-rule wants elsewhere only the better nodes are told, and others may take it."""
    plan = make_plan(cluster, policy)
    found = {refusal.vmid for refusal in plan.refusals}
    told = {(refusal.vmid, refusal.target) for refusal in plan.refusals}
    explained = Policy(**{**{f: getattr(policy, f) for f in policy.__slots__}, "explain": tuple(sorted(found))})
    if cluster.migrations or not found:
        return
    again = make_plan(moved(cluster, plan), explained)
    wished = {vmid for preference in make_problem(cluster, policy).rules.preferences for vmid in preference.vmids}
    closed = [
        a for a in again.answers if a.vmid not in wished or not told.isdisjoint({(a.vmid, None), (a.vmid, a.target)})
    ]
    assert [str(answer) for answer in closed if answer.reason is None] == []
