# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What PVE's own check of a migration, or the guest's configuration, forbids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


@dataclass(frozen=True, slots=True)
class PreconditionHolds:
    """Known only for guests that were asked about: one request a guest (pve-api 6.1)."""

    known: Mapping[int, Precondition]
    name: str = "precondition"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        found = self.known.get(move.vmid)
        return found.refusal(move.target) if found else None

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        found = self.known.get(vmid)
        return frozenset(node for node in among if not found.refusal(node)) if found else among


def build(given: Given) -> PreconditionHolds:
    """Filled by `Cluster.with_preconditions`."""
    return PreconditionHolds(given.cluster.preconditions)
