# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Every storage that a guest needs is there and can be reached, and what is only on its node may be copied."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.obstacles import ObstacleConstraint, obstacles
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_pair import PairConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageConstraint:
    """First what was found out about the guest, then what its configuration and the list of storages say."""

    found: ObstacleConstraint
    reach: PairConstraint
    name: str = "storage"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        return self.found.refusal(placement, move) or self.reach.refusal(placement, move)

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        return self.reach.targets(placement, vmid, self.found.targets(placement, vmid, among))


def build(given: Given) -> StorageConstraint:
    """drs-model 3.3, storage guard. PVE's own check does not see whether a storage answers (pve-api 6.1)."""
    lost = {node.name: node.lost_storages for node in given.cluster.nodes if node.lost_storages}

    def reason(guest: Guest, _source: str, target: str) -> str | None:
        needed = guest.config.storages if guest.config else frozenset()
        missing = ", ".join(sorted(needed & lost.get(target, frozenset())))
        return f"storage {missing} cannot be reached from {target}" if missing else None

    return StorageConstraint(
        found=obstacles(given, "storage", lambda found: found.storage),
        reach=PairConstraint(name="storage", concerns=lambda _guest: bool(lost), reason=reason),
    )
