# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that must share a node only move together, or to where all the others are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Bundle
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

# A bundle apart is less bad than guests that meet, or one on the wrong node (drs-model 3.7).
WEIGHT = 4.0


@dataclass(frozen=True, slots=True)
class Together:
    """drs-model 3.5; every node but the one to join on is told which of its guests belong elsewhere."""

    bundles: Mapping[int, Bundle]
    name: str = "together"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        if not self.bundles:
            return ()
        members = (vmid for vmid in self.bundles.keys() & placement.guests_on(node) if placement.node_of[vmid] == node)
        found = {self.bundles[vmid].vmids[0]: self.bundles[vmid] for vmid in members}
        return tuple(v for head in sorted(found) for v in _violations(placement, node, found[head]))

    def refusal(self, placement: Placement, move: Move) -> str | None:
        for other in self._others(placement, move.vmid):
            if (end := placement.bound_for(other)) != move.target:
                source, label = self.bundles[move.vmid].source, placement.guest(other).label
                where = f"which is on {end}" if end else "which is under way to nobody knows where"
                return f"{source} keeps it with {label}, {where}"
        return None

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        ends = {placement.bound_for(other) for other in self._others(placement, vmid)}
        return frozenset(node for node in among if ends == {node}) if ends else among

    def _others(self, placement: Placement, vmid: int) -> Iterator[int]:
        """Those that go by where they are, or are under way to: not those whose moves are judged with this one."""
        bundle = self.bundles.get(vmid)
        for other in bundle.vmids if bundle else ():
            if other != vmid and (other not in placement.joint or other in placement.arriving):
                yield other


def build(given: Given) -> Together:
    """Bundles are compiled from rules of type together, and from HA rules."""
    return Together(given.rules.bundles)


def join_rank(placement: Placement, bundle: Bundle, node: str) -> tuple[float, int, str]:
    """Where a bundle joins: with the least memory to send, the most members, the first name (drs-model 3.5).

    PVE looks at the members and the name only; for its bundles so do we.
    """
    elsewhere = [vmid for vmid in bundle.vmids if placement.node_of[vmid] != node]
    sent = 0.0 if bundle.is_ha else fsum(_memory(placement, vmid) for vmid in elsewhere)
    return sent, len(elsewhere), node


def _memory(placement: Placement, vmid: int) -> float:
    guest = placement.guest(vmid)
    return guest.demand.memory if guest.is_active else 0.0


def _violations(placement: Placement, node: str, bundle: Bundle) -> Iterator[Violation]:
    nodes = {placement.node_of[vmid] for vmid in bundle.vmids}
    if len(nodes) == 1 or node == min(nodes, key=lambda name: join_rank(placement, bundle, name)):
        return
    here = tuple(vmid for vmid in bundle.vmids if placement.node_of[vmid] == node)
    away = tuple(vmid for vmid in bundle.vmids if placement.node_of[vmid] != node)
    others = ", ".join(f"{placement.guest(vmid).label} on {placement.node_of[vmid]}" for vmid in away)
    labels = ", ".join(placement.guest(vmid).label for vmid in here)
    reason = f"{node} holds {labels}, which {bundle.source} keeps with {others}"
    yield Violation(constraint="together", node=node, reason=reason, excess=WEIGHT * len(here), vmids=here)
