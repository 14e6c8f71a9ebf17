# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Laws of evacuations (drs-model 9.1.22), judged from nothing but cluster, policy and plan."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.draining import with_draining
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.make import evacuating_policy, evacuation
from ansible_collections.pve.drs.plugins.module_utils.core.model.evacuation import BLOCKED, IGNORED, Evacuating
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.problem import moves_to
from ansible_collections.pve.drs.tests.builders import a_cluster, moved
from ansible_collections.pve.drs.tests.strategies import clusters, policies, small_clusters, small_policies
from ansible_collections.pve.drs.tests.unit.judge import complaints

LAX = settings(deadline=None, suppress_health_check=list(HealthCheck))
# An evacuation has waves of its own; the judge's count is for balancing.
WAVES = Limits(max_parallel=100, max_parallel_per_node=100)
# Who gives way leaves first and may end anywhere, and rules that should be kept may give way to need.
ABOUT_BALANCING = ("objective_improves", "pressure_is_relieved_bit_by_bit")


def wishes():
    """How the nodes are to be emptied."""
    return st.builds(
        Evacuating,
        nodes=st.sampled_from((frozenset("a"), frozenset("b"), frozenset("ab"))),
        on_blocked=st.sampled_from(("fail", "skip")),
        on_rule_block=st.sampled_from(("report", "relax_should")),
        containers=st.sampled_from(("restart", "skip")),
        ha_workers=st.sampled_from((1, 4)),
    )


def evacuated(cluster, policy, wanted):
    """The plan and the policy that it was made by."""
    policy = evacuating_policy(policy, wanted)
    return policy, evacuation(wanted)(cluster, policy)


def wrong_with(cluster, policy, plan):
    """What the judge says, of the limits apart."""
    judged = with_draining(cluster, policy.evacuated_nodes)
    found = complaints(judged, replace(policy, limits=WAVES), plan)
    return [text for text in found if not text.startswith(ABOUT_BALANCING)]


@settings(LAX)
@given(clusters(), policies(), wishes())
def test_no_evacuation_breaks_a_rule_or_a_guard(cluster, policy, wanted):
    policy, plan = evacuated(cluster, policy, wanted)
    assert wrong_with(cluster, policy, plan) == []


@settings(LAX, max_examples=4 * settings.default.max_examples)
@given(small_clusters(), small_policies(), wishes())
def test_no_evacuation_of_few_guests_breaks_a_rule_or_a_guard(cluster, policy, wanted):
    policy, plan = evacuated(cluster, policy, wanted)
    assert wrong_with(cluster, policy, plan) == []


@settings(LAX)
@given(clusters(), policies(), wishes())
def test_whoever_stays_has_a_reason(cluster, policy, wanted):
    _policy, plan = evacuated(cluster, policy, wanted)
    nodes = wanted.nodes & cluster.node_by_name.keys()
    staying = {vmid for vmid, node in plan.placement_after.items() if node in nodes}
    assert {left.vmid for left in plan.left} == staying
    assert all(left.refusals and all(refusal.reason for refusal in left.refusals) for left in plan.left)


@settings(LAX)
@given(clusters(), policies(), wishes())
def test_evacuated_nodes_gain_nobody(cluster, policy, wanted):
    _policy, plan = evacuated(cluster, policy, wanted)
    assert not [planned for planned in plan.moves if planned.move.target in wanted.nodes]


@settings(LAX)
@given(clusters(), policies(), wishes())
def test_the_same_cluster_gives_the_same_plan(cluster, policy, wanted):
    shuffled = replace(cluster, nodes=cluster.nodes[::-1], guests=cluster.guests[::-1])
    assert evacuated(cluster, policy, wanted)[1] == evacuated(shuffled, policy, wanted)[1]


@settings(LAX)
@given(clusters(), policies(), wishes())
def test_waves_are_no_larger_than_is_wanted(cluster, policy, wanted):
    policy, plan = evacuated(cluster, policy, wanted)
    for step in plan.steps:
        running = [planned for planned in step.moves if planned.mode != "offline"]
        if len(step.groups) > 1:
            assert len(step.moves) <= 100
            assert len(running) <= policy.limits.max_parallel
            ends = [end for planned in running for end in (planned.move.source, planned.move.target)]
            assert all(ends.count(node) <= policy.limits.max_parallel_per_node for node in ends)


@settings(LAX)
@given(small_clusters(), small_policies(), wishes())
def test_a_second_evacuation_finds_nothing_more_to_do(cluster, policy, wanted):
    policy, plan = evacuated(cluster, policy, wanted)
    if any(planned.move.source not in wanted.nodes for planned in plan.moves):
        return  # others gave way, so that there may be more room than there was
    again = evacuation(wanted)(moved(cluster, plan), policy)
    assert [str(planned.move) for planned in again.moves] == []


def _is_possible(cluster, policy, wanted):
    """Brute force: some choice of targets, in some order, takes everybody who may leave at all."""
    problem = make_problem(cluster, policy)
    placement = problem.placement()
    placement.purpose = MANDATORY
    units = {problem.unit_of(guest.vmid) for guest in cluster.guests if guest.node in wanted.nodes}
    nodes = sorted(cluster.node_by_name.keys() - wanted.nodes)
    return any(_fits(problem, zip(sorted(units), choice, strict=True)) for choice in product(nodes, repeat=len(units)))


def _fits(problem, choices):
    placement = problem.placement()
    placement.purpose = MANDATORY
    for unit, node in choices:
        moves = moves_to(placement, unit, node)
        if not moves or problem.joint_refusal(placement, moves):
            return False
        placement.apply_all(moves)
    return True


@settings(LAX, max_examples=2 * settings.default.max_examples)
@given(small_clusters(), small_policies())
def test_targets_are_found_whenever_there_are_any(cluster, policy):
    wanted = Evacuating(nodes=frozenset("a"), on_rule_block="relax_should")
    policy, plan = evacuated(cluster, policy, wanted)
    if _is_possible(cluster, policy, wanted):
        assert plan.left == ()


@pytest.mark.parametrize("kind", [BLOCKED, IGNORED])
def test_the_judge_would_notice_a_guest_that_goes_to_a_node_being_evacuated(kind):
    cluster = a_cluster({"a": "8c/100G", "b": "8c/100G"}, ["101 a 1c/10G"])
    _policy, plan = evacuated(cluster, Policy(), Evacuating(nodes=frozenset("a")))
    marked = Policy(evacuated_nodes=frozenset("b"), moves_templates=True)
    assert any(text.startswith("closed_nodes_gain_nothing") for text in wrong_with(cluster, marked, plan)), kind
