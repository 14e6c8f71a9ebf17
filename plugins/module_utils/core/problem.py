# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Everything a plan depends on, put together once: cluster, policy, rules, method, constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from ansible_collections.pve.drs.plugins.module_utils.core.budget import Budget
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.constraint import Constraint
from ansible_collections.pve.drs.plugins.module_utils.core.methods.method import Gauge, Method
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.metric import Metric
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import CompiledRules
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Refusal, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.reading import Reading
from ansible_collections.pve.drs.plugins.module_utils.core.network import NAME
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.pools.view import PoolView
from ansible_collections.pve.drs.plugins.module_utils.core.soft import NO_SHOULD_RULES, ShouldRules
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.trigger import LoadTrigger

NOTHING_WAITS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What planners search in. `constraints` are in the order in which their reasons are given.

    `cluster` has usage and demand as estimated; `unsure` is why no guest may be moved to even out the load.
    `waiting` are triggers that have not held for long enough to act on, and in how many runs they did.
    `budget` is how far planners may search. `network` is what nodes and guests send and receive, where the speed of a link is known.
    `pools` is what guests are entitled to, where pools are declared.
    """

    cluster: Cluster
    policy: Policy
    rules: CompiledRules
    method: Method
    gauge: Gauge
    metrics: Sequence[Metric]
    triggers: Sequence[LoadTrigger]
    constraints: Sequence[Constraint]
    unsure: str | None = None
    waiting: Mapping[str, int] = field(default_factory=lambda: NOTHING_WAITS)
    network: Reading | None = None
    should_rules: ShouldRules = NO_SHOULD_RULES
    pools: PoolView | None = None
    budget: Budget = field(default_factory=Budget, compare=False)

    def placement(self) -> Placement:
        """A fresh placement: every guest where it is, foreign migrations held on both ends."""
        network = {NAME: self.network} if self.network else {}
        return Placement(self.cluster, {**self.gauge.readings, **network})

    def refusal(self, placement: Placement, move: Move) -> Refusal | None:
        """The first reason against a move, or None when it is allowed."""
        for constraint in self.constraints:
            if reason := constraint.refusal(placement, move):
                return Refusal(vmid=move.vmid, target=move.target, constraint=constraint.name, reason=reason)
        return None

    def targets(self, placement: Placement, vmid: int) -> frozenset[str]:
        """The nodes that no constraint forbids; the same answer as `refusal`, for all targets at once."""
        allowed = placement.other_nodes(vmid)
        for constraint in self.constraints:
            if not allowed:
                break
            allowed = constraint.targets(placement, vmid, allowed)
        return allowed

    def joint_refusal(self, placement: Placement, moves: Sequence[Move]) -> Refusal | None:
        """The first reason against moves that start as one; each is judged with those before it under way."""
        started: list[Move] = []
        placement.joint = frozenset(move.vmid for move in moves)
        try:
            for move in moves:
                if refused := self.refusal(placement, move):
                    return refused
                placement.start(move)
                started.append(move)
        finally:
            placement.joint = frozenset()
            for move in reversed(started):
                placement.cancel(move)
        return None

    def likely_targets(self, placement: Placement, vmids: Sequence[int]) -> frozenset[str]:
        """The nodes that may take each of these guests, if not all at once; with one guest the same as `targets`."""
        if len(vmids) == 1:
            return self.targets(placement, vmids[0])
        placement.joint, likely = frozenset(vmids), placement.node_names
        for vmid in vmids:
            likely &= self.targets(placement, vmid) | {placement.node_of[vmid]}
            if not likely:
                break
        placement.joint = frozenset()
        return frozenset(node for node in likely if moves_to(placement, vmids, node))

    def joint_targets(self, placement: Placement, vmids: Sequence[int]) -> frozenset[str]:
        """The nodes that may take all these guests at once; with one guest the same as `targets`."""
        likely = self.likely_targets(placement, vmids)
        if len(vmids) == 1:
            return likely
        return frozenset(n for n in likely if not self.joint_refusal(placement, moves_to(placement, vmids, n)))

    def unit_of(self, vmid: int) -> tuple[int, ...]:
        """The guests that move with this one, itself included, in order."""
        bundle = self.rules.bundles.get(vmid)
        return bundle.vmids if bundle else (vmid,)

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        """All that is broken on one node; what is wrong with one that is left alone is nobody's business here."""
        if self.policy.leaves_alone(node):
            return ()
        return tuple(found for constraint in self.constraints for found in constraint.violations(placement, node))


def moves_to(placement: Placement, vmids: Sequence[int], node: str) -> tuple[Move, ...]:
    """The moves that bring the guests to a node, for those that are elsewhere."""
    return tuple(Move(vmid, placement.node_of[vmid], node) for vmid in vmids if placement.node_of[vmid] != node)
