# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Laws of initial placement (drs-model 8), judged from nothing but cluster, policy and plan."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.memory_capacity import usable_bytes
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import PLACED, Starting
from ansible_collections.pve.drs.plugins.module_utils.core.place.make import starts
from ansible_collections.pve.drs.tests.strategies import clusters, policies, small_clusters, small_policies

LAX = settings(deadline=None, suppress_health_check=list(HealthCheck))
RULES = ("separate", "together", "allowed_nodes")


@st.composite
def requests(draw, found):
    """A cluster, some of whose guests do not run and are wanted, and how they are wanted."""
    cluster = draw(found)
    vmids = [guest.vmid for guest in cluster.guests]
    off = draw(st.sets(st.sampled_from(vmids))) if vmids else set()
    guests = tuple(replace(g, status="stopped", demand=NOTHING) if g.vmid in off else g for g in cluster.guests)
    cluster = replace(cluster, guests=guests)
    wanted = draw(st.lists(st.sampled_from(vmids), unique=True)) if vmids else []
    return cluster, Starting(vmids=tuple(wanted), is_atomic=draw(st.booleans()), defers_to_ha=draw(st.booleans()))


def planners(policy):
    """Each way to rank nodes is as good as the others."""
    return st.sampled_from(
        (
            policy,
            replace(policy, planners=("serve",), triggers=("score",)),
            replace(policy, planners=("crs",), crs_mode="dynamic"),
            replace(policy, planners=("crs",), crs_mode="static"),
        )
    )


def started(cluster, plan):
    """The cluster as the plan leaves it: guests without a node are wanted all the same."""
    found = {one.vmid: one for one in plan.placed if one.expected}
    guests = tuple(
        replace(guest, node=found[guest.vmid].target or "", status="running", demand=found[guest.vmid].expected.demand)
        if guest.vmid in found
        else guest
        for guest in cluster.guests
    )
    return replace(cluster, guests=guests)


def broken(cluster, policy, plan):
    """Rules that guests break that were put somewhere."""
    after = started(cluster, plan)
    problem = make_problem(after, policy)
    placement = problem.placement()
    put = {one.vmid for one in plan.placed if one.expected and one.target}
    found = [v for node in cluster.nodes for v in problem.violations(placement, node.name)]
    return [v for v in found if v.constraint in RULES and put.intersection(v.vmids)]


def overfilled(cluster, policy, plan):
    """Nodes that have taken somebody and hold more than they may, the room of newcomers included."""
    for node in cluster.measured_nodes:
        rooms = [one.expected.room for one in plan.placed if one.expected and one.target == node.name]
        used = sum(rooms, start=node.usage)
        most = policy.memory_max * usable_bytes(node.capacity.memory)
        if rooms and (used.memory > most * (1 + 1e-9) or used.cpu > policy.cpu_max * node.capacity.cpu * (1 + 1e-9)):
            yield node.name


@settings(LAX)
@given(requests(clusters()), policies(), st.data())
def test_no_start_breaks_a_rule_or_overfills_a_node(request, policy, data):
    (cluster, wanted), policy = request, data.draw(planners(policy))
    plan = starts(wanted)(cluster, policy)
    assert broken(cluster, policy, plan) == []
    assert list(overfilled(cluster, policy, plan)) == []


@settings(LAX, max_examples=3 * settings.default.max_examples)
@given(requests(small_clusters()), small_policies())
def test_no_start_of_few_guests_breaks_a_rule_or_overfills_a_node(request, policy):
    cluster, wanted = request
    plan = starts(wanted)(cluster, policy)
    assert broken(cluster, policy, plan) == []
    assert list(overfilled(cluster, policy, plan)) == []


@settings(LAX)
@given(requests(clusters()), policies())
def test_guests_go_to_nodes_that_are_well(request, policy):
    cluster, wanted = request
    nodes = cluster.node_by_name
    plan = starts(wanted)(cluster, policy)
    targets = {one.target for one in plan.placed if one.expected and one.target}
    assert all(
        nodes[name].is_online and not nodes[name].in_maintenance and nodes[name].has_capacity for name in targets
    )
    assert not targets & policy.excluded_nodes


@settings(LAX)
@given(requests(clusters()), policies(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_does_not_matter(request, policy, random):
    cluster, wanted = request
    plan = starts(wanted)(cluster, policy)
    parts = {name: list(getattr(cluster, name)) for name in ("nodes", "guests")}
    for part in parts.values():
        random.shuffle(part)
    vmids = list(wanted.vmids)
    random.shuffle(vmids)
    other = replace(cluster, **{name: tuple(part) for name, part in parts.items()})
    assert starts(replace(wanted, vmids=tuple(vmids)))(other, policy) == plan


@settings(LAX)
@given(requests(clusters()), policies())
def test_everybody_is_told_of_and_whoever_has_no_node_has_reasons(request, policy):
    cluster, wanted = request
    plan = starts(wanted)(cluster, policy)
    assert [one.vmid for one in plan.placed] == sorted(wanted.vmids)
    assert all(one.reason for one in plan.placed)
    assert all(one.target is None for one in plan.refused)
    starting = {vmid for unit in plan.units for vmid in unit}
    assert starting <= set(wanted.vmids)
    if wanted.is_atomic and plan.refused:
        assert (plan.steps, plan.units) == ((), ())
    else:
        assert {one.vmid for one in plan.placed if one.kind == PLACED} <= starting


@settings(LAX)
@given(requests(clusters(plain=True)), st.sampled_from((Policy(), Policy(method="cpu"))), st.data())
def test_what_was_placed_stays_when_it_is_asked_for_again(request, policy, data):
    (cluster, wanted), policy = request, data.draw(planners(policy))
    plan = starts(wanted)(cluster, policy)
    guests = tuple(replace(guest, node=plan.placement_after[guest.vmid]) for guest in cluster.guests)
    again = starts(wanted)(replace(cluster, guests=guests), policy)
    assert again.moves == ()
