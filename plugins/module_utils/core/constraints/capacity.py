# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Room on a node for one resource: what is used plus what arrives stays below a share of capacity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import fsum
from types import MappingProxyType

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

NO_SPARE: Mapping[int, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """`room` is the limit per node; guests under way count on both ends through the placement's sums.

    A node above its limit may not gain, but is no error: it is a reason to move away (drs-model 3.3), unless
    what it could take back where guests need it is enough: `spare` by vmid, of those that have any (2.6).
    """

    name: str
    room: Mapping[str, float]
    amount: Callable[[Resources], float]
    need: Callable[[Guest], float]
    show: Callable[[float], str]
    spare: Mapping[int, float] = field(default_factory=lambda: NO_SPARE)

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        excess = round(self._share(placement, node) - 1.0, 9)  # sums differ in their last digits
        if excess <= 0.0:
            return ()
        reason = f"{self._figures(placement, node)}, above its limit of {self.show(self.room[node])}"
        return (Violation(constraint=self.name, node=node, reason=reason, excess=excess),)

    def nearest(self, placement: Placement) -> str | None:
        """The fullest node, where any has a limit."""
        limited = (node for node, limit in self.room.items() if limit > 0.0)
        fullest = min(limited, key=lambda node: (-self._share(placement, node), node), default=None)
        if fullest is None:
            return None
        return f"{self._figures(placement, fullest)}, within its limit of {self.show(self.room[fullest])}"

    def refusal(self, placement: Placement, move: Move) -> str | None:
        need, used = self.need(placement.guest(move.vmid)), self.amount(placement.claimed(move.target))
        limit = self.room.get(move.target, 0.0)
        if used + need <= limit:
            return None
        return f"{move.target} would use {self.show(used + need)}, above its limit of {self.show(limit)}"

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        need = self.need(placement.guest(vmid))
        return frozenset(
            node for node in among if self.amount(placement.claimed(node)) + need <= self.room.get(node, 0.0)
        )

    def _share(self, placement: Placement, node: str) -> float:
        """Of its limit, that a node uses and could not take back; 0 without a limit."""
        limit = self.room.get(node, 0.0)
        return self._least(placement, node) / limit if limit > 0.0 else 0.0

    def _least(self, placement: Placement, node: str) -> float:
        used = self.amount(placement.used(node))
        return used - self._spare_on(placement, node) if used > self.room[node] else used

    def _figures(self, placement: Placement, node: str) -> str:
        used, least = self.amount(placement.used(node)), self._least(placement, node)
        if least < used:
            return f"{node} needs {self.show(least)} of the {self.show(used)} that it uses"
        return f"{node} uses {self.show(used)}"

    def _spare_on(self, placement: Placement, node: str) -> float:
        return fsum(self.spare[vmid] for vmid in self.spare.keys() & placement.guests_on(node)) if self.spare else 0.0
