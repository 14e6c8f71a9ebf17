# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Where guests that are to be started are tried: on nodes that may take them (drs-model 8.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.constraint import Constraint
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.ground import Ground
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Preference
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Refusal
from ansible_collections.pve.drs.plugins.module_utils.core.place.newcomers import Storages
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit

# Constraints, by what they are about: starting a guest at all, and bringing it to another node first. All others are
# about running there, and so are those about devices and disabled nodes.
ANYWHERE = ("guest_state", "running_task", "ignored")
MOVING = (
    "disabled_nodes",
    "pinned",
    "ha_manager",
    "precondition",
    "storage",
    "storage_space",
    "devices",
    "cpu_type",
    "version",
    "replication",
    "ha_blockers",
    "disk_usage",
    "host_layout",
)
ALSO_RUNNING = ("devices", "disabled_nodes")
# A guest that does not run is not restarted by a move, does not thrash, and disturbs no backup.
NEVER = ("container_restart", "cooldown", "backup")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What stands against bringing guests that do not run to nodes: constraints applied to the cluster as it is.

    `refused` are guests that pools do not admit, with the reason.
    """

    cluster: Cluster
    placement: Placement
    constraints: Sequence[Constraint]
    storages: Storages
    refused: Mapping[int, str]

    def refusal(self, vmid: int, node: str) -> Refusal | None:
        """The first reason, or None; a guest that is there already has no way to go."""
        if vmid in self.refused:
            return Refusal(vmid=vmid, target=node, constraint="admission", reason=self.refused[vmid])
        guest = self.cluster.guest_by_vmid.get(vmid)
        if guest is None:
            reason = self.storages.refusal(vmid, node)
            return Refusal(vmid=vmid, target=node, constraint="storage", reason=reason) if reason else None
        move = Move(vmid, guest.node, node)
        for constraint in self.constraints:
            is_asked = guest.node != node or constraint.name in ANYWHERE
            if is_asked and (reason := constraint.refusal(self.placement, move)):
                return Refusal(vmid=vmid, target=node, constraint=constraint.name, reason=reason)
        return None


@dataclass(slots=True, kw_only=True)
class StartGround(Ground):
    """The guests to be started are NOWHERE, and leave it for a node each.

    With `keeps_wishes` a unit only goes where should-rules cost the least. `ways` are the nodes that it can be brought to.
    """

    delivery: Delivery
    subjects: Sequence[int]
    running: Sequence[Constraint]
    ways: dict[Unit, frozenset[str]] = field(default_factory=dict)

    def units(self) -> list[Unit]:
        """Guests that have to be together are one, less those of them that run."""
        waiting = set(self.subjects)
        found = {tuple(vmid for vmid in self.problem.unit_of(each) if vmid in waiting) for each in self.subjects}
        return sorted(found)

    def targets(self, unit: Unit) -> frozenset[str]:
        nodes = frozenset(node for node in self.reachable(unit) if not self.refusal(unit, node))
        return self.kindest(unit, nodes) if self.keeps_wishes else nodes

    def reachable(self, unit: Unit) -> frozenset[str]:
        """Whatever runs there."""
        if unit not in self.ways:
            names = self.placement.node_names
            self.ways[unit] = frozenset(
                node for node in names if not any(self.delivery.refusal(vmid, node) for vmid in unit)
            )
        return self.ways[unit]

    def refusal(self, unit: Unit, node: str) -> Refusal | None:
        """The first reason why the unit cannot be started there as things stand, or None."""
        for vmid in unit:
            if refused := self.delivery.refusal(vmid, node):
                return refused
        done: list[Move] = []
        self.placement.joint = frozenset(unit)
        try:
            for move in moves_to(self.placement, unit, node):
                if refused := self._against(move):
                    return refused
                self.placement.apply(move)
                done.append(move)
        finally:
            self.placement.joint = frozenset()
            for move in reversed(done):
                self.placement.undo(move)
        return None

    def _against(self, move: Move) -> Refusal | None:
        for constraint in self.running:
            if reason := constraint.refusal(self.placement, move):
                return Refusal(vmid=move.vmid, target=move.target, constraint=constraint.name, reason=reason)
        return None

    def kindest(self, unit: Unit, nodes: frozenset[str]) -> frozenset[str]:
        """Those of the nodes where should-rules cost the least."""
        if len(nodes) <= 1 or not any(vmid in self.problem.should_rules.by_guest for vmid in unit):
            return nodes
        costs = {node: self.unwished(unit, node) for node in nodes}
        least = min(costs.values())
        return frozenset(node for node, cost in costs.items() if cost <= least)

    def unwished(self, unit: Unit, node: str) -> float:
        """What should-rules about the unit cost with it there; guests that still wait do not count."""
        by_guest = self.problem.should_rules.by_guest
        wishes = {id(wish): wish for vmid in unit for wish in by_guest.get(vmid, ())}
        return round(fsum(self._cost(wish, unit, node) for wish in wishes.values()), 9)

    def _cost(self, wish: Preference, unit: Unit, node: str) -> float:
        if wish.type == "run_on":
            return 0.0 if node in wish.nodes else wish.weight * len(set(wish.vmids).intersection(unit))
        return self._cost_with(wish, unit, node)
