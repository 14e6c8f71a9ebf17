# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that Proxmox's HA manager is moving, recovering, holding or balancing are left to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_guest import NOWHERE
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.draining import taken_back
from ansible_collections.pve.drs.plugins.module_utils.core.ha.coexistence import left_to_proxmox
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import FROZEN
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY, Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

MOVABLE_HA_STATES = ("started", "stopped", "disabled", "ignored")


@dataclass(frozen=True, slots=True, kw_only=True)
class HaManager:
    """`held` says why an HA guest must stay, `balanced` why its load is for others to even out."""

    held: Callable[[Guest], str | None]
    balanced: Callable[[Guest], str | None]
    name: str = "ha_manager"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        return self._reason(placement, move.vmid)

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        return NOWHERE if self._reason(placement, vmid) else among

    def _reason(self, placement: Placement, vmid: int) -> str | None:
        """What is broken may be mended also with guests that Proxmox balances (drs-model 3.10)."""
        guest = placement.guest(vmid)
        if not guest.is_ha:
            return None
        return self.held(guest) or (self.balanced(guest) if placement.purpose != MANDATORY else None)


def build(given: Given) -> HaManager:
    """HA states from drs-model 3.3; disarming and auto-rebalance from 3.10."""
    draining = {node.name for node in given.cluster.nodes if node.in_maintenance}
    draining_by_us = {node.name for node in given.cluster.nodes if node.is_draining}
    is_frozen = given.cluster.ha.mode == FROZEN
    undone = taken_back(given.cluster)

    def held(guest: Guest) -> str | None:
        if is_frozen:
            return "HA is disarmed, or about to be, with its guests frozen where they are"
        if guest.hastate not in MOVABLE_HA_STATES:
            return f"the HA manager has it in state {guest.hastate}"
        if guest.node in draining:
            return f"the HA manager moves it off {guest.node}, which is in maintenance"
        if guest.node in draining_by_us and guest.vmid in undone:
            return (
                f"the HA manager moves it when {guest.node} is in maintenance, and back before ({undone[guest.vmid]})"
            )
        return None

    return HaManager(held=held, balanced=left_to_proxmox(given.cluster, given.policy))
