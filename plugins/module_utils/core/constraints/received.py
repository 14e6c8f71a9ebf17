# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What storages of single nodes would hold when guests arrive that bring their volumes along."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.model.details import LocalStorage
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

Judge = Callable[[str, str, "LocalStorage | None", float], "str | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedConstraint:
    """`judge` gives the reason for a node, the name of a storage, the storage there (if any) and the bytes to arrive.

    `copied` are bytes by vmid and storage, of guests that were asked about. What is copied stays on storages
    of the same name. What leaves a storage is not counted as free: it is deleted when all is over. A storage
    that no node lists cannot be seen, and is left to PVE.
    """

    name: str
    storages: Mapping[str, Mapping[str, LocalStorage]]
    visible: frozenset[str]
    copied: Mapping[int, Mapping[str, float]]
    judge: Judge

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        brought = self.copied.get(move.vmid)
        if not brought:
            return None
        known = self.storages.get(move.target, {})
        brought = {name: size for name, size in brought.items() if name in self.visible}
        expected = self._arriving(placement, move.target)
        reasons = (
            self.judge(move.target, name, known.get(name), size + expected.get(name, 0.0))
            for name, size in sorted(brought.items())
        )
        return "; ".join(filter(None, reasons)) or None

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        if vmid not in self.copied:
            return among
        source = placement.node_of[vmid]
        return frozenset(node for node in among if not self.refusal(placement, Move(vmid, source, node)))

    def _arriving(self, placement: Placement, node: str) -> dict[str, float]:
        """Bytes by storage that others bring, or have brought in this plan."""
        sizes: dict[str, list[float]] = defaultdict(list)
        for vmid in self.copied.keys() & placement.guests_on(node):
            if placement.guest(vmid).node != node:
                for name, size in self.copied[vmid].items():
                    sizes[name].append(size)
        return {name: fsum(found) for name, found in sizes.items()}


def received(given: Given, name: str, judge: Judge) -> ReceivedConstraint:
    """From the list of storages, and what the guests that were asked about would bring along."""
    nodes = given.cluster.nodes
    storages = {node.name: {storage.id: storage for storage in node.local_storages or ()} for node in nodes}
    return ReceivedConstraint(
        name=name,
        storages=storages,
        visible=frozenset(storage for listed in storages.values() for storage in listed),
        copied={vmid: found.copied for vmid, found in given.cluster.preconditions.items() if found.copied},
        judge=judge,
    )
