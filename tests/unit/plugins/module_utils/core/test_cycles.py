# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Cycle after cycle of constant or noisy load: plans come to rest, and guests do not wander (drs-model 6.8, 9.1.9)."""

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.history import History, PastMove
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources
from ansible_collections.pve.drs.plugins.module_utils.core.plan import make_plan
from ansible_collections.pve.drs.tests.builders import a_cluster, moved

CYCLES, CYCLE_SECONDS = 100, 300.0
POLICY = Policy(cooldown_seconds=1800.0, least_improvement=0.1, cycle_seconds=CYCLE_SECONDS)
NODES = dict.fromkeys("abcde", "32c/100G")
UNEVEN = [f"{101 + n} a 1c/{6 + n}G" for n in range(8)] + [f"{201 + n} b 1c/{5 + n}G" for n in range(5)]
FOUR_AT_90 = [f"{100 * place + n} {node} 1c/9G" for place, node in enumerate("abcd", 1) for n in range(10)]
ALL_AT_95 = [f"{100 * place + n} {node} 1c/9.5G" for place, node in enumerate("abcde", 1) for n in range(10)]


def played(cluster, policy, noise=0.0):
    """The moves of each cycle as (cycle, move); every plan is carried out at once."""
    random, made, clean = Random(1), [], cluster
    for cycle in range(CYCLES):
        now = cycle * CYCLE_SECONDS
        past = tuple(_past(at, m) for at, m in made[-40:])
        seen = replace(_noisy(clean, random, noise), history=History(now=now, moves=past))
        plan = make_plan(seen, policy)
        made += [(cycle, planned.move) for planned in plan.moves]
        clean = moved(clean, plan)
    return made, clean


def _past(cycle, move):
    ended = cycle * CYCLE_SECONDS
    return PastMove(vmid=move.vmid, source=move.source, target=move.target, ended=ended)


def _times(amount, factor):
    return Resources(amount.cpu * factor, amount.memory * factor)


def _noisy(cluster, random, noise):
    """Every guest wants up to so much more or less than it does on average; nodes use what their guests want."""
    if not noise:
        return cluster
    guests = tuple(replace(g, demand=_times(g.demand, random.uniform(1 - noise, 1 + noise))) for g in cluster.guests)
    nodes = {node.name: node.capacity for node in cluster.nodes}
    return a_cluster({name: _node(name, size, guests) for name, size in nodes.items()}, guests)


def _node(name, size, guests):
    return {"capacity": size, "usage": sum((g.demand for g in guests if g.node == name), start=NOTHING)}


@pytest.mark.parametrize("guests", [UNEVEN, FOUR_AT_90], ids=["uneven", "a new node"])
def test_under_constant_load_only_the_first_plan_moves_anything(guests):
    made, _unused = played(a_cluster(NODES, guests), replace(POLICY, memory_max=0.95, cooldown_seconds=0.0))
    assert {cycle for cycle, _move in made} == {0}


def test_under_noise_moves_are_few_and_no_guest_moves_twice_within_its_cool_down():
    quiet, _unused = played(a_cluster(NODES, UNEVEN), POLICY)
    made, _unused = played(a_cluster(NODES, UNEVEN), POLICY, noise=0.05)
    cycles = defaultdict(list)
    for cycle, move in made:
        cycles[move.vmid].append(cycle)
    pauses = [later - cycle for found in cycles.values() for cycle, later in pairwise(found)]
    assert quiet
    assert len(made) <= 2 * len(quiet)
    assert all(pause * CYCLE_SECONDS >= POLICY.cooldown_seconds for pause in pauses)


def test_four_full_nodes_and_an_empty_one_are_relieved():
    _unused, end = played(a_cluster(NODES, FOUR_AT_90), replace(POLICY, memory_max=0.95))
    loads = [node.usage.memory / node.capacity.memory for node in end.nodes]
    assert max(loads) - min(loads) <= POLICY.balanciness
    assert max(loads) <= 0.81 + 1e-9


def test_where_all_are_full_nothing_moves_and_the_report_says_why():
    cluster = a_cluster(NODES, ALL_AT_95)
    plan = make_plan(cluster, POLICY)
    assert plan.moves == ()
    assert {trigger.name for trigger in plan.before.triggers} == {"memory_capacity"}
    assert any("the cluster needs more capacity" in notice for notice in plan.notices)
