# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Collect, decide, execute and let time pass, cycle after cycle, before a simulated cluster whose load wanders."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import POLICIES
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.cooldown import NO_RETURN_FACTOR
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.memory_capacity import usable_bytes
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE
from ansible_collections.pve.drs.plugins.module_utils.core.policies.naming import named_policy
from ansible_collections.pve.drs.plugins.module_utils.glue.collecting import keep_holds, with_habits, with_holds
from ansible_collections.pve.drs.plugins.module_utils.pve.decide import decide
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven

GIB = 2**30
CYCLES, CYCLE_SECONDS, SAMPLE_SECONDS = 48, 600, 120
CORES, MEMORY = 16, 64 * GIB
# The guests of a node have their busiest hour together, and those of the next node four hours later.
PEAKS = dict(zip("abcd", (11, 15, 19, 23), strict=True))


def wandering():
    """Four nodes with six guests each: 5 cores in all at night, and 17 at the peak."""
    guests = [
        {
            "vmid": 100 * number,
            "count": 6,
            "node": node,
            "cores": 4,
            "memory": "8G",
            "load": {
                "daily": {"night": {"cpu": 0.8, "memory": "6G"}, "peak": {"cpu": 2.9, "memory": "7G"}, "hour": hour},
                "noise": 0.1,
            },
        }
        for number, (node, hour) in enumerate(PEAKS.items(), start=1)
    ]
    return uneven(
        nodes={node: {} for node in PEAKS},
        guests=guests,
        cluster={"seed": 3, "start": "2026-03-02 09:00", "history": "2h"},
    )


@dataclass
class Record:
    """What became of the cluster: moves by guest (time, source, target), and samples in which a node was short of cpu."""

    moves: dict[int, list[tuple[float, str, str]]] = field(default_factory=lambda: defaultdict(list))
    short: int = 0
    fullest: float = 0.0

    @property
    def count(self):
        return sum(map(len, self.moves.values()))

    def sample(self, world):
        cpu, memory = defaultdict(float), defaultdict(float)
        for guest in world.guests.values():
            wanted = guest.load.at(world.clock.now)
            cpu[guest.node] += wanted.cpu
            memory[guest.node] += wanted.memory
        self.short += sum(cores > CORES for cores in cpu.values())
        self.fullest = max(self.fullest, *memory.values())

    def note(self, outcome, now):
        for moved in outcome.moves if outcome else ():
            assert moved.status == DONE, moved
            move = moved.planned.move
            self.moves[move.vmid].append((now, move.source, move.target))


def let_pass(found, record):
    for _unused in range(CYCLE_SECONDS // SAMPLE_SECONDS):
        found.sim.advance(SAMPLE_SECONDS)
        record.sample(found.world)


def untouched():
    record = Record()
    with scene(wandering()) as found:
        for _unused in range(CYCLES):
            let_pass(found, record)
    return record


def played(policy, state):
    """What the module does in a run, again and again."""
    record = Record()
    with scene(wandering(), policy) as found:
        for _unused in range(CYCLES):
            cluster = with_holds(found.collect(), state)
            cluster = with_habits(cluster, policy, state, found.clock.epoch())
            plan = decide(found.api, cluster, policy)
            keep_holds(plan, state)
            record.note(found.execute(plan) if plan.moves else None, found.clock.now())
            let_pass(found, record)
    return record


@pytest.fixture(scope="module")
def left_alone():
    return untouched()


@pytest.fixture(scope="module", params=[("relief", None), ("balance", 3)], ids=["relief", "balance at sensitivity 3"])
def balanced(request, tmp_path_factory):
    """A policy, and what came of it."""
    name, level = request.param
    policy = replace(named_policy(POLICIES, name, level), cycle_seconds=float(CYCLE_SECONDS))
    state = StateFile(path=tmp_path_factory.mktemp("state") / name, is_read_only=False)
    return policy, played(policy, state)


def test_nodes_are_short_of_cpu_far_less_often(balanced, left_alone):
    _unused, record = balanced
    assert left_alone.short > CYCLES
    assert record.short < 0.5 * left_alone.short


def test_few_guests_move_and_none_to_and_fro(balanced):
    policy, record = balanced
    assert 0 < record.count <= len(PEAKS) * 6
    for moves in record.moves.values():
        for (before, left, _to), (now, _from, target) in pairwise(moves):
            assert now - before >= policy.cooldown_seconds
            assert target != left or now - before >= NO_RETURN_FACTOR * policy.cooldown_seconds


def test_no_node_is_ever_filled_beyond_its_limit(balanced):
    policy, record = balanced
    assert record.fullest <= policy.memory_max * usable_bytes(MEMORY)
