# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""One-shot relief: nodes above their limits, and the room on all others."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources
from benchmarks.board import GIB
from benchmarks.clusters import a_random_cluster

RESERVE = 0.02  # of memory, or a GiB, is left to the host
MOVE_GIB = 0.5  # what a move costs beside what it sends
ONLY_RELIEF = Policy(planners=("repair",), triggers=(), method="cpu", memory_overcommit=0.0, cpu_overcommit=0.0)
SEEDS, TIMES = (1, 2, 3), (60, 200)
TRACE = "planetlab_20110303"
SHAPES = {"12x250": (12, 250), "24x600h": (24, 600), "48x1000": (48, 1000)}


@dataclass(frozen=True)
class Relief:
    """Guests leave nodes above a limit alone, and go to all others; `limits` are shares of cpu and memory."""

    cluster: Cluster
    limits: tuple[float, float]

    @property
    def policy(self) -> Policy:
        return replace(ONLY_RELIEF, cpu_max=self.limits[0], memory_max=self.limits[1])

    @cached_property
    def room(self) -> dict[str, Resources]:
        """Up to the limits of each node; below zero where it is above them."""
        found = {}
        for node in self.cluster.nodes:
            size = node.capacity or NOTHING
            usable = size.memory - max(GIB, RESERVE * size.memory)
            limit = Resources(self.limits[0] * size.cpu, self.limits[1] * usable)
            found[node.name] = limit - (node.usage or NOTHING)
        return found

    @cached_property
    def hot(self) -> frozenset[str]:
        return frozenset(node for node, room in self.room.items() if min(room.cpu, room.memory) < 0.0)

    @cached_property
    def leaving(self) -> list[Guest]:
        return [guest for guest in self.cluster.guests if guest.node in self.hot]

    @property
    def targets(self) -> list[str]:
        return [node for node in self.room if node not in self.hot]

    def effort(self, vmids: Iterable[int]) -> float:
        """GiB: what is sent, and what each move takes beside it."""
        guests = self.cluster.guest_by_vmid
        return sum(guests[vmid].demand.memory / GIB + MOVE_GIB for vmid in vmids)


def invented() -> Iterator[tuple[str, Relief]]:
    """Seeded clusters by shape."""
    for shape, (nodes, guests) in SHAPES.items():
        for seed in SEEDS:
            yield shape, Relief(a_random_cluster(nodes, guests, seed), (0.7, 0.8))


def recorded() -> Iterator[tuple[str, Relief]]:
    """Moments of a recorded day by shape; nothing where the folder of traces is absent."""
    replay = _replay()
    if replay is None:
        return
    for shape in SHAPES:
        for seed in SEEDS:
            scenario = replay.build(TRACE, shape, seed=seed)
            yield from ((shape, Relief(_moment(scenario, time), (0.8, 0.95))) for time in TIMES)


def _replay() -> ModuleType | None:
    """The module of the folder `shared` that makes scenarios of traces, or None."""
    shared = os.environ.get("PVE_DRS_SHARED") or Path(__file__).resolve().parents[2] / "shared"
    folder = Path(shared) / "eval"
    if not (folder / "replay.py").is_file():
        return None
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("replay")
    finally:
        sys.path.remove(str(folder))


def _moment(scenario: Any, time: int) -> Cluster:  # noqa: ANN401 - of a module outside of this checkout
    """What guests want at that time, where they are at the start."""
    guests = tuple(
        Guest(
            vmid=100 + number,
            node=f"pve{node:02}",
            size=Resources(float(scenario.vcpus[number]), float(scenario.maxmem[number]) * GIB),
            demand=Resources(float(scenario.demand[number, time]), float(scenario.mem[number, time]) * GIB),
        )
        for number, node in enumerate(scenario.start)
    )
    used = {f"pve{node:02}": NOTHING for node in range(len(scenario.cores))}
    for guest in guests:
        used[guest.node] += guest.demand
    sizes = zip(used, scenario.cores, scenario.node_mem, strict=True)
    nodes = (Node(name=n, capacity=Resources(float(cpu), float(gib) * GIB), usage=used[n]) for n, cpu, gib in sizes)
    return Cluster(nodes=tuple(nodes), guests=guests)
