# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A guest with more vCPUs than a node has logical cpus does not start there."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


@dataclass(frozen=True, slots=True)
class GuestSize:
    """drs-model 2.5, last line."""

    cores: dict[str, float]
    name: str = "guest_size"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        wanted, offered = placement.guest(move.vmid).assigned.cpu, self.cores.get(move.target, 0.0)
        return f"it has {wanted:g} vCPUs, {move.target} only {offered:g} cores" if wanted > offered else None

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        wanted = placement.guest(vmid).assigned.cpu
        return frozenset(node for node in among if wanted <= self.cores.get(node, 0.0))


def build(given: Given) -> GuestSize:
    """Capacities never change during a plan."""
    return GuestSize({node.name: node.threads for node in given.cluster.nodes})
