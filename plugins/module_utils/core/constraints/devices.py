# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Devices of the host hold a guest; devices that are mapped need a free one on the target (drs-model 3.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.obstacles import ObstacleConstraint, obstacles
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConstraint:
    """`found` is what PVE says; `counts` how many devices of each mapping a node has, and `used` who uses which.

    A device is in use while its guest runs. Who uses devices is known of nodes that `tell_configs`.
    """

    found: ObstacleConstraint
    counts: Mapping[str, Mapping[str, int]]
    used: Mapping[int, Mapping[str, int]]
    name: str = "devices"

    def violations(self, placement: Placement, node: str) -> tuple[Violation, ...]:
        return ()

    def refusal(self, placement: Placement, move: Move) -> str | None:
        return self.found.refusal(placement, move) or self._shortage(placement, move.vmid, move.target)

    def targets(self, placement: Placement, vmid: int, among: frozenset[str]) -> frozenset[str]:
        allowed = self.found.targets(placement, vmid, among)
        if vmid not in self.used:
            return allowed
        return frozenset(node for node in allowed if not self._shortage(placement, vmid, node))

    def _shortage(self, placement: Placement, vmid: int, node: str) -> str | None:
        wanted = self.used.get(vmid)
        if not wanted or not placement.guest(vmid).is_active:
            return None
        taken: Counter[str] = Counter()
        for other in self.used.keys() & placement.guests_on(node):
            if placement.guest(other).is_active:
                taken.update(self.used[other])
        short = [
            name
            for name, number in wanted.items()
            if name in self.counts and taken[name] + number > self.counts[name].get(node, 0)
        ]
        return f"no mapped device {', '.join(sorted(short))} is free on {node}" if short else None


def build(given: Given) -> DeviceConstraint:
    """Mappings and their users are asked for where a guest with such a device may move (pve-api 11)."""
    return DeviceConstraint(
        found=obstacles(given, "devices", lambda found: found.devices),
        counts=given.cluster.mapped_devices,
        used={
            guest.vmid: Counter(guest.config.mapped)
            for guest in given.cluster.guests
            if guest.config and guest.config.mapped
        },
    )
