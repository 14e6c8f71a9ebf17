# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Memory in use on a node stays below `memory_max` of what the host leaves to guests."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.capacity import Capacity
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest

NAME = "memory_capacity"
GIB = 2.0**30
RESERVE_SHARE = 0.02


def build(given: Given) -> Capacity:
    """drs-model 3.3, memory guard, over the capacity less the host's reserve of 2.2."""
    sizes = {node.name: node.capacity.memory for node in given.cluster.nodes if node.capacity}
    return Capacity(
        name=NAME,
        room={node: given.policy.memory_max * usable_bytes(size) for node, size in sizes.items()},
        amount=lambda used: used.memory,
        need=lambda guest: guest.peak.memory if guest.is_active else 0.0,
        show=lambda bytes_: f"{bytes_ / GIB:.1f} GiB",
        spare={guest.vmid: spare for guest in given.cluster.guests if (spare := _spare(guest))},
    )


def usable_bytes(size: float) -> float:
    """What the host leaves to guests (drs-model 2.2)."""
    return size - max(GIB, RESERVE_SHARE * size)


def _spare(guest: Guest) -> float:
    """Bytes that the guest holds and PVE takes back when its node runs short: ballooning alone may keep a node full.

    Never more than the guest holds: what it was given and never touched is not in use (drs-model 2.6).
    """
    balloon = guest.balloon
    if balloon is None or not guest.is_active or not balloon.works(guest.size.memory):
        return 0.0
    return max(0.0, min(balloon.bytes, guest.demand.memory) - balloon.least_bytes)
