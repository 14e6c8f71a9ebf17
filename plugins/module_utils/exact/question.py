# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the solver is asked: who may go where, from where the plan leaves all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum
from statistics import fmean

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import PLANNERS
from ansible_collections.pve.drs.plugins.module_utils.core.draft import full_reasons
from ansible_collections.pve.drs.plugins.module_utils.core.goals import MOVE_BYTES, evenness, is_restless_at
from ansible_collections.pve.drs.plugins.module_utils.core.improver import Draft
from ansible_collections.pve.drs.plugins.module_utils.core.loads import loads
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import (
    CONTENTION,
    IMPROVEMENT,
    MANDATORY,
    Proposal,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.schedule import moves_of
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, is_active, memory_to_send

# Each unit is offered the nodes with most room, so many, and all units together so many journeys.
MOST_TARGETS, MOST_JOURNEYS = 12, 12_000

Journey = tuple[Unit, str]


@dataclass(frozen=True)
class Question:
    """A part of a plan to be planned anew."""

    problem: Problem
    draft: Draft

    @cached_property
    def start(self) -> Placement:
        """The cluster after what is kept of the plan."""
        return self._after(self.draft.kept)

    @cached_property
    def end(self) -> Placement:
        """The cluster after all of the plan."""
        return self._after(self.draft.proposals)

    @cached_property
    def loads(self) -> dict[str, float]:
        """At the start, of the nodes that are compared."""
        return loads(self.problem, self.start)

    @cached_property
    def wants_evenness(self) -> bool:
        """One of the planners does, and there are loads to compare."""
        wishes = [PLANNERS[name].goal for name in self.problem.policy.planners]
        return evenness in wishes and bool(self.problem.triggers) and bool(self.loads)

    @cached_property
    def full(self) -> frozenset[str]:
        """Nodes that are above a limit before anything moves."""
        now = self.problem.placement()
        return frozenset(node for node in now.node_names if full_reasons(self.problem, now, node))

    @cached_property
    def loads_planned(self) -> dict[str, float]:
        """At the end, of the same nodes."""
        return loads(self.problem, self.end)

    @property
    def mean(self) -> float:
        """Of the loads that the plan leads to."""
        return fmean(self.loads_planned.values())

    @property
    def unevenness(self) -> float:
        """How far they are from their mean, all together."""
        return fsum(abs(load - self.mean) for load in self.loads_planned.values())

    @cached_property
    def is_calm(self) -> bool:
        """The plan leaves nothing to even out."""
        return not is_restless_at(self.problem, self.end, self.loads_planned)

    @cached_property
    def planned(self) -> dict[Unit, str]:
        """Where the plan has those that may go elsewhere, or stay."""
        ends = {unit: self.end.node_of[unit[0]] for unit in (*self.draft.bound, *self.draft.units)}
        return {unit: node for unit, node in ends.items() if node != self.home(unit)}

    @cached_property
    def journeys(self) -> tuple[Journey, ...]:
        """Those of the plan and others, of the most promising guests where there are too many."""
        found: list[Journey] = []
        for unit in sorted((*self.draft.bound, *self.draft.units), key=self._promise):
            if len(found) < MOST_JOURNEYS or unit in self.planned:
                found.extend((unit, target) for target in self._targets(unit))
        return tuple(found)

    def home(self, unit: Unit) -> str:
        """Where the unit is at the start."""
        return self.start.node_of[unit[0]]

    def effort(self, unit: Unit) -> float:
        """Bytes, as plans are compared."""
        return memory_to_send(self.start, unit, "") + MOVE_BYTES * len(unit)

    def demand(self, unit: Unit) -> Resources:
        """What a node has less without the unit."""
        guests = [self.start.guest(vmid) for vmid in unit if self.start.guest(vmid).is_active]
        return Resources(sum(guest.demand.cpu for guest in guests), sum(guest.demand.memory for guest in guests))

    def evens(self, unit: Unit) -> bool:
        """It is not asked for because of a limit, or of something that is broken."""
        return unit not in self.draft.bound and self.home(unit) not in self.full

    def _after(self, proposals: Sequence[Proposal]) -> Placement:
        placement = self.problem.placement()
        placement.apply_all(moves_of(proposals))
        return placement

    def _promise(self, unit: Unit) -> tuple[bool, float, Unit]:
        """Those of the plan first, then those that take most of their node for what they send."""
        capacity, need = self.problem.cluster.node_by_name[self.home(unit)].capacity, self.demand(unit)
        share = max(need.cpu / capacity.cpu, need.memory / capacity.memory) if capacity else 0.0
        return unit not in self.planned, self.effort(unit) / max(share, 1e-9), unit

    def _targets(self, unit: Unit) -> list[str]:
        """Those with most room, and where the plan has it."""
        if not is_active(self.start, unit) and unit not in self.planned:
            return []
        self.start.purpose = self._purpose(unit)
        allowed = self.problem.likely_targets(self.start, unit)
        allowed = allowed & self.loads.keys() if self.evens(unit) else allowed
        planned = [self.planned[unit]] if unit in self.planned else []
        return [*planned, *[node for node in self._roomy if node in allowed and node not in planned][:MOST_TARGETS]]

    @cached_property
    def _roomy(self) -> list[str]:
        return sorted(self.start.node_names, key=lambda node: (self._fullness(node), node))

    def _fullness(self, node: str) -> float:
        used, capacity = self.start.used(node), self.problem.cluster.node_by_name[node].capacity
        return round(max(used.cpu / capacity.cpu, used.memory / capacity.memory), 9) if capacity else 1.0

    def _purpose(self, unit: Unit) -> str:
        if unit in self.draft.bound:
            return MANDATORY
        return CONTENTION if self.home(unit) in self.full else IMPROVEMENT
