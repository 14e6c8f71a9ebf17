# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Laws of every plan, whatever the cluster, the policy and the method."""

import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import PLANNERS
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoMeasurement
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Migration, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import HaConfig
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import Rule
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.tests.builders import GIB, moved
from ansible_collections.pve.drs.tests.guard_facts import precondition_elsewhere, relabelled
from ansible_collections.pve.drs.tests.strategies import PRESENT_METHODS, clusters, policies
from ansible_collections.pve.drs.tests.unit.judge import complaints

# imbalances are compared to four digits, so that noise does not move guests
INFINITE = float("inf")
# Proxmox evens out half cpu and half memory of its own HA guests, whatever the policy's method and limits are.
OVERLOOKED = {"crs": "objective_improves"}
NOTHING: tuple[str, ...] = ()
GAIN_THAT_COUNTS = 2e-4


@given(clusters(), policies())
def test_the_judge_has_nothing_to_say(cluster, policy):
    assert complaints(cluster, policy, make_plan(cluster, policy)) == []


@given(clusters(plain=True, least_nodes=2), policies())
def test_the_judge_has_nothing_to_say_of_plain_clusters(cluster, policy):
    assert complaints(cluster, policy, make_plan(cluster, policy)) == []


@pytest.mark.parametrize("planner", sorted(PLANNERS))
@given(cluster=clusters(least_nodes=2), policy=policies())
def test_each_planner_alone_pleases_the_judge(planner, cluster, policy):
    alone = replace(policy, planners=(planner,))
    said = complaints(cluster, alone, make_plan(cluster, alone))
    assert [text for text in said if not text.startswith(OVERLOOKED.get(planner, NOTHING))] == []


@given(clusters(plain=True, least_nodes=2), policies(max_moves=99))
def test_carrying_out_plans_comes_to_rest(cluster, policy):
    moves = 1
    for _round in range(5):
        plan = make_plan(cluster, policy)
        cluster, moves = moved(cluster, plan), len(plan.moves)
    assert moves == 0


@given(clusters(), policies(), st.randoms(use_true_random=False))
def test_the_order_of_listings_changes_nothing(cluster, policy, random):
    def shuffled(values):
        return random.sample(values, len(values))

    listed_otherwise = replace(
        cluster,
        nodes=tuple(shuffled(cluster.nodes)),
        guests=tuple(shuffled(cluster.guests)),
        migrations=tuple(shuffled(cluster.migrations)),
        preconditions=dict(shuffled(list(cluster.preconditions.items()))),
    )
    assert make_plan(listed_otherwise, policy) == make_plan(cluster, policy)


@given(clusters(), policies())
def test_planning_twice_gives_the_same_and_changes_nothing(cluster, policy):
    as_it_was = copy.deepcopy(cluster)
    first = make_plan(cluster, policy)
    assert make_plan(as_it_was, policy) == first
    assert cluster == as_it_was


@given(clusters(), policies())
def test_other_names_in_the_same_order_give_the_same_moves(cluster, policy):
    renamed = _renamed(cluster)
    rules = tuple(_renamed_rule(rule) for rule in policy.rules)
    excluded = frozenset(f"pve-{node}" for node in policy.excluded_nodes)
    plan = make_plan(cluster, policy)
    labels = {
        "cpu_classes": relabelled(policy.cpu_classes, "pve-"),
        "host_layouts": relabelled(policy.host_layouts, "pve-"),
    }
    other = make_plan(renamed, replace(policy, rules=rules, excluded_nodes=excluded, **labels))
    moves = [[(p.move.vmid, p.move.source, p.move.target) for p in step.moves] for step in other.steps]
    assert moves == [
        [(p.move.vmid + 1000, f"pve-{p.move.source}", f"pve-{p.move.target}") for p in step.moves]
        for step in plan.steps
    ]
    assert other.after.imbalance == plan.after.imbalance


def _renamed(cluster: Cluster) -> Cluster:
    return Cluster(
        nodes=tuple(replace(node, name=f"pve-{node.name}") for node in cluster.nodes),
        guests=tuple(replace(guest, vmid=guest.vmid + 1000, node=f"pve-{guest.node}") for guest in cluster.guests),
        migrations=tuple(
            Migration(vmid=m.vmid + 1000, source=f"pve-{m.source}", target=m.target and f"pve-{m.target}")
            for m in cluster.migrations
        ),
        auto_rebalance=cluster.auto_rebalance,
        ha=_renamed_ha(cluster.ha),
        preconditions={
            vmid + 1000: precondition_elsewhere(known, "pve-", 1000) for vmid, known in cluster.preconditions.items()
        },
        tasks={vmid + 1000: task for vmid, task in cluster.tasks.items()},
        mapped_devices={name: relabelled(counts, "pve-") for name, counts in cluster.mapped_devices.items()},
    )


def _renamed_ha(ha: HaConfig) -> HaConfig:
    return replace(
        ha,
        resources=tuple(replace(resource, sid=_renamed_sid(resource.sid)) for resource in ha.resources),
        resource_affinities=tuple(
            replace(rule, sids=frozenset(map(_renamed_sid, rule.sids))) for rule in ha.resource_affinities
        ),
        node_affinities=tuple(
            replace(
                rule,
                sids=frozenset(map(_renamed_sid, rule.sids)),
                nodes={f"pve-{node}": priority for node, priority in rule.nodes.items()},
            )
            for rule in ha.node_affinities
        ),
    )


def _renamed_sid(sid: str) -> str:
    kind, number = sid.split(":")
    return f"{kind}:{int(number) + 1000}"


def _renamed_rule(rule: Rule) -> Rule:
    guests = replace(rule.guests, vmids=frozenset(vmid + 1000 for vmid in rule.guests.vmids))
    return replace(rule, guests=guests, nodes=tuple(f"pve-{node}" for node in rule.nodes))


@given(clusters(plain=True, least_nodes=2), policies())
def test_four_times_the_memory_everywhere_gives_the_same_moves(cluster, policy):
    # below 50 GiB the host's reserve is 1 GiB, an absolute constant
    nodes = tuple(node for node in cluster.nodes if node.capacity.memory > 50 * GIB)
    names = {node.name for node in nodes}
    large = replace(cluster, nodes=nodes, guests=tuple(guest for guest in cluster.guests if guest.node in names))
    small_plan, plan = make_plan(large, policy), make_plan(_with_memory_times(4, large), policy)
    assert [p.move for p in plan.moves] == [p.move for p in small_plan.moves]
    assert plan.after.imbalance == small_plan.after.imbalance


def _with_memory_times(factor: int, cluster: Cluster) -> Cluster:
    def more(amount: Resources) -> Resources:
        return Resources(amount.cpu, factor * amount.memory)

    def larger(balloon):
        return balloon and replace(balloon, bytes=factor * balloon.bytes, least_bytes=factor * balloon.least_bytes)

    return replace(
        cluster,
        nodes=tuple(replace(n, capacity=more(n.capacity), usage=more(n.usage)) for n in cluster.nodes),
        guests=tuple(
            replace(g, size=more(g.size), demand=more(g.demand), balloon=larger(g.balloon)) for g in cluster.guests
        ),
    )


@given(clusters(plain=True), policies())
def test_a_node_that_is_down_is_not_a_node_without_load(cluster, policy):
    down = replace(cluster, nodes=(*cluster.nodes, Node(name="z", status="offline", capacity=None, usage=None)))
    plan, beside = make_plan(cluster, policy), make_plan(down, policy)
    assert [p.move for p in beside.moves] == [p.move for p in plan.moves]
    assert beside.before.imbalance == plan.before.imbalance


@given(clusters(plain=True), policies(), st.data())
def test_a_missing_figure_stops_the_run_instead_of_being_zero(cluster, policy, data):
    blind = data.draw(st.sampled_from(cluster.nodes))
    nodes = tuple(replace(node, usage=None) if node is blind else node for node in cluster.nodes)
    with pytest.raises(NoMeasurement, match=f"node {blind.name};"):
        make_plan(replace(cluster, nodes=nodes), policy)


@given(clusters(plain=True), policies(max_moves=0))
def test_without_balancing_moves_only_what_is_broken_is_repaired(cluster, policy):
    assert all(planned.category != "improvement" for planned in make_plan(cluster, policy).moves)


@pytest.mark.parametrize("method", PRESENT_METHODS)
@given(cluster=clusters(plain=True, least_nodes=2), policy=policies(max_moves=99))
def test_no_better_single_move_is_left(method, cluster, policy):
    """Where balancing stops, the load is even enough or no allowed move of an unmoved guest lowers the imbalance."""
    wanted = replace(policy, method=method, explain=tuple(guest.vmid for guest in cluster.guests))
    plan = make_plan(cluster, wanted)
    if not any(trigger.name == "balanciness" for trigger in plan.after.triggers):
        return
    moved_guests = {planned.move.vmid for planned in plan.moves}
    load, home = {load.node: load.load for load in plan.after.loads}, plan.placement_after
    answers = make_plan(moved(cluster, plan), wanted).answers
    better = [
        answer
        for answer in answers
        if answer.gain > GAIN_THAT_COUNTS
        and answer.vmid not in moved_guests
        and home[answer.vmid] not in policy.excluded_nodes
        and load.get(answer.target, INFINITE) < load.get(home[answer.vmid], 0.0)  # others are not compared
    ]
    assert better == []
