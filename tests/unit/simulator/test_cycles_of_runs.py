# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Run after run before a simulated cluster of constant or noisy load: plans come to rest (drs-model 6.8, 9.1.9, 9.2)."""

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise

from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven

CYCLES, CYCLE_SECONDS = 100, 300
POLICY = Policy(cooldown_seconds=1800.0, least_improvement=0.1, cycle_seconds=float(CYCLE_SECONDS))
ROOMY = replace(POLICY, memory_max=0.95)


def of_load(guests_by_node, memory, noise=0.0):
    """Guests that use so much memory each, on nodes of 64 GiB of which the last one may be empty."""
    guests = [
        {
            "vmid": 100 * number,
            "count": count,
            "node": node,
            "memory": "6G",
            "load": {"cpu": 0.2, "memory": memory, **({"noise": noise} if noise else {})},
        }
        for number, (node, count) in enumerate(guests_by_node.items(), start=1)
        if count
    ]
    return uneven(nodes={node: {} for node in guests_by_node}, guests=guests, cluster={"seed": 5, "history": "2h"})


def played(spec, policy, cycles=CYCLES):
    """The moves as (cycle, move), and the assessment that each run began with."""
    made, seen = [], []
    with scene(spec, policy) as found:
        for cycle in range(cycles):
            plan = decide(found.api, found.collect(), policy)
            seen.append(plan.before)
            outcome = found.execute(plan) if plan.moves else None
            for moved in outcome.moves if outcome else ():
                assert moved.status == DONE, moved
                made.append((cycle, moved.planned.move))
            found.sim.advance(CYCLE_SECONDS)
    return made, seen


def test_under_constant_load_only_the_first_run_moves_anything():
    made, seen = played(of_load({"a": 9, "b": 4, "c": 3}, "5G"), replace(ROOMY, cooldown_seconds=0.0))
    assert {cycle for cycle, _move in made} == {0}
    assert seen[-1].is_calm


def test_under_noise_moves_are_few_and_no_guest_moves_twice_within_its_cool_down():
    quiet, _unused = played(of_load({"a": 9, "b": 4, "c": 3}, "5G"), ROOMY, cycles=2)
    made, _unused = played(of_load({"a": 9, "b": 4, "c": 3}, "5G", noise=0.05), ROOMY)
    cycles = defaultdict(list)
    for cycle, move in made:
        cycles[move.vmid].append(cycle)
    pauses = [later - cycle for found in cycles.values() for cycle, later in pairwise(found)]
    assert 0 < len(made) <= 2 * len(quiet)
    assert all(pause * CYCLE_SECONDS >= POLICY.cooldown_seconds for pause in pauses)


def test_four_full_nodes_and_an_empty_one_are_relieved():
    made, seen = played(of_load({"a": 10, "b": 10, "c": 10, "d": 10, "e": 0}, "5.3G"), ROOMY, cycles=5)
    assert seen[0].highest_load >= 0.85
    assert made
    assert seen[-1].is_calm
    assert seen[-1].highest_load < 0.76


def test_where_all_are_full_nothing_moves_and_the_report_says_why():
    spec = of_load(dict.fromkeys("abcde", 10), "5.65G")
    with scene(spec, POLICY) as found:
        plan = decide(found.api, found.collect(), POLICY)
    assert min(load.load for load in plan.before.loads) > 0.9
    assert plan.moves == ()
    assert {trigger.name for trigger in plan.before.triggers} == {"memory_capacity"}
    assert any("the cluster needs more capacity" in notice for notice in plan.notices)
