# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What running guests have reserved stays within what a node has (drs-model 5.8, 6.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.tally import Tally, tally
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.pools.amounts import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """Of one resource, in cores or bytes. A node that promises more than it has is broken, and has to lose such guests."""

    resource: str
    room: Mapping[str, float]
    promised: Tally

    @property
    def name(self) -> str:
        return f"{self.resource}_reservation"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        limit, total = self.room.get(node), self.promised.claimed(placement, node)
        if limit is None or total <= limit:
            return ()
        reason = f"guests on {node} have {self._shown(total)} reserved, and it has {self._shown(limit)}"
        vmids = (vmid for vmid in sorted(placement.guests_on(node)) if self.promised.amounts[vmid])
        excess = round(total / limit - 1.0, 9)
        return (Violation(constraint=self.name, node=node, reason=reason, excess=excess, vmids=tuple(vmids)),)

    def refusal(self, placement: Placement, move: Move) -> str | None:
        if self._fits(placement, move.vmid, move.target):
            return None
        would = self.promised.claimed(placement, move.target) + self.promised.amounts[move.vmid]
        limit = self.room.get(move.target, 0.0)
        return f"guests on {move.target} would have {self._shown(would)} reserved, and it has {self._shown(limit)}"

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        if not self.promised.amounts[vmid]:
            return among
        return frozenset(node for node in among if self._fits(placement, vmid, node))

    def _fits(self, placement: Placement, vmid: int, node: str) -> bool:
        more = self.promised.amounts[vmid]
        return not more or self.promised.claimed(placement, node) + more <= self.room.get(node, 0.0)

    def _shown(self, amount: float) -> str:
        return f"{shown(amount, self.resource)} of {self.resource}"


def reserved(given: Given, resource: str, room: Callable[[float, float], float]) -> Reserved:
    """Of guests with terms of their own in a pool; `room` is of a node's cores and bytes what counts."""
    pools = given.policy.pools
    amounts = {vmid: terms[resource].reservation for pool in pools for vmid, terms in pool.guests.items()}
    return Reserved(
        resource=resource,
        room={
            n.name: room(n.capacity.cpu, n.capacity.memory)
            for n in given.cluster.nodes
            if n.has_capacity and n.capacity
        },
        promised=tally(given.cluster, lambda guest: amounts.get(guest.vmid, 0.0)),
    )
