# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Ballooning of machines in pools: the least that each may be left with, and shares of what is to spare (drs-model 5.9)."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.settings import BALLOON, SHARES
from ansible_collections.pve.drs.plugins.module_utils.core.pools.flatten import memory_shares
from ansible_collections.pve.drs.plugins.module_utils.core.pools.scene import Scene, number
from ansible_collections.pve.drs.plugins.module_utils.core.pools.shares import MIB


def ballooning(scene: Scene) -> Iterator[Guest]:
    """Members of whose memory Proxmox VE may take some: the least is set, and less than all; shares are not 0."""
    for guest in scene.members:
        least, shares = scene.former(guest.vmid, BALLOON), scene.former(guest.vmid, SHARES)
        is_open = 0.0 < number(least) * MIB < guest.size.memory
        if guest.type == "qemu" and is_open and (shares is None or number(shares)):
            yield guest


def wanted_least(scene: Scene) -> dict[int, int]:
    """MiB by vmid, where a guest may be left with less than is reserved for it."""
    found: dict[int, int] = {}
    for guest in ballooning(scene):
        reserved = min(guest.size.memory, scene.memory.guaranteed[guest.vmid])
        least = ceil(round(reserved / MIB, 6))
        if least > number(scene.former(guest.vmid, BALLOON)):
            found[guest.vmid] = least
    return found


def wanted_shares(scene: Scene) -> dict[int, int]:
    """By vmid: among the machines that ballooning may take from."""
    return memory_shares({guest.vmid: scene.memory.standing[guest.vmid] for guest in ballooning(scene)})
