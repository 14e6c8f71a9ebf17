# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Constraints that look at the guest alone: it may go anywhere, or nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

NOWHERE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestConstraint:
    """`reason` says why a guest must stay where it is, or None."""

    name: str
    reason: Callable[[Guest], str | None]

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        return self.reason(placement.guest(move.vmid))

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        return NOWHERE if self.reason(placement.guest(vmid)) else among
