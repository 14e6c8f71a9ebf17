# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""No more running guests on a node than a rule of type `max_guests` allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


@dataclass(frozen=True, slots=True)
class MaxGuests:
    """drs-model 3.2: |R(n)| <= k; guests under way count on both ends."""

    counts: Mapping[str, tuple[int, str]]
    name: str = "max_guests"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        if node not in self.counts:
            return ()
        limit, rule = self.counts[node]
        running = placement.active_guests_on(node)
        reason = f"{node} runs {running} guests, rule {rule} allows {limit}"
        broken = Violation(constraint=self.name, node=node, reason=reason, excess=float(running - limit))
        return (broken,) if running > limit else ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        if self._is_open(placement, move.vmid, move.target):
            return None
        limit, rule = self.counts[move.target]
        return f"{move.target} would run more than the {limit} guests that rule {rule} allows"

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        if not self.counts:
            return among
        return frozenset(node for node in among if self._is_open(placement, vmid, node))

    def _is_open(self, placement: Placement, vmid: int, node: str) -> bool:
        if node not in self.counts or not placement.guest(vmid).is_active:
            return True
        return placement.claimed_guests_on(node) < self.counts[node][0]


def build(given: Given) -> MaxGuests:
    """Counts come with the name of the rule that set them."""
    return MaxGuests(given.rules.max_guests)
