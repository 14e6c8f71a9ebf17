# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Constraints that pass on what was found out about single guests when they were asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Obstacle, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class ObstacleConstraint:
    """Known only for guests that were asked about: it takes a request or two for each (pve-api 6.1)."""

    name: str
    known: Mapping[int, Obstacle]

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        found = self.known.get(move.vmid)
        return found.refusal(move.target) if found else None

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        found = self.known.get(vmid)
        return frozenset(node for node in among if not found.refusal(node)) if found else among


def obstacles(given: Given, name: str, part: Callable[[Precondition], Obstacle]) -> ObstacleConstraint:
    """One part of what is known of each guest."""
    known = {vmid: part(found) for vmid, found in given.cluster.preconditions.items()}
    return ObstacleConstraint(name=name, known={vmid: obstacle for vmid, obstacle in known.items() if obstacle.exists})
