# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Constraints that look at a guest and two nodes, whatever else is where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class PairConstraint:
    """`reason` says why a guest may not go from its node to another one, or None; `concerns` whom it asks that at all."""

    name: str
    concerns: Callable[[Guest], bool]
    reason: Callable[[Guest, str, str], str | None]

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        guest = placement.guest(move.vmid)
        return self.reason(guest, move.source, move.target) if self.concerns(guest) else None

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        guest, source = placement.guest(vmid), placement.node_of[vmid]
        if not self.concerns(guest):
            return among
        return frozenset(node for node in among if not self.reason(guest, source, node))
