# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The HA manager refuses a node because of other guests there, or would move others along (drs-model 3.3)."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.obstacles import ObstacleConstraint, obstacles
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_guest import GuestConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class HaBlockers:
    """What PVE's check says of a node, and of guests that come along unplanned."""

    blocked: ObstacleConstraint
    dragged: GuestConstraint
    name: str = "ha_blockers"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        return self.dragged.refusal(placement, move) or self.blocked.refusal(placement, move)

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        return self.blocked.targets(placement, vmid, self.dragged.targets(placement, vmid, among))


def build(given: Given) -> HaBlockers:
    """Guests of its own bundle are moved together with it anyway."""

    def reason(guest: Guest) -> str | None:
        found, bundle = given.cluster.preconditions.get(guest.vmid), given.rules.bundles.get(guest.vmid)
        others = (found.dragged if found else frozenset()) - frozenset(bundle.vmids if bundle else ())
        guests = given.cluster.guest_by_vmid
        names = ", ".join(guests[vmid].sid if vmid in guests else str(vmid) for vmid in sorted(others))
        return f"HA would move {names} along with it" if names else None

    return HaBlockers(
        blocked=obstacles(given, "ha_blockers", lambda found: found.ha),
        dragged=GuestConstraint(name="ha_blockers", reason=reason),
    )
