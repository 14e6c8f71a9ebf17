# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that do not exist yet, known by their size: where there is storage for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count, islice

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.memory_capacity import GIB
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.storage_space import HEADROOM
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Newcomer, Starting

FIRST_VMID = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Storages:
    """Bytes free by storage with its content and by node, and what newcomers want of which, by vmid."""

    free: Mapping[tuple[str, str], Mapping[str, float]]
    wanted: Mapping[int, Newcomer]

    def refusal(self, vmid: int, node: str) -> str | None:
        """Why a newcomer cannot be created on the node, or None."""
        if vmid not in self.wanted:
            return None
        newcomer = self.wanted[vmid]
        name, content, size = newcomer.storage or "", newcomer.content, newcomer.disk_bytes
        free = self.free.get((name, content), {}).get(node)
        if free is None:
            return f"storage {name} is not there for {content} on {node}"
        if HEADROOM * size <= free:
            return None
        return f"storage {name} has {free / GIB:.1f} GiB free on {node}, too little for {size / GIB:.1f} GiB"


def storages_for(wanted: Starting) -> Storages:
    """Newcomers that name no storage take any node."""
    return Storages(free=wanted.free_bytes, wanted={one.guest.vmid: one for one in wanted.newcomers if one.storage})


def free_vmids(taken: Iterable[int], number: int) -> tuple[int, ...]:
    """The lowest ids that no guest has, as Proxmox VE would give them."""
    known = set(taken)
    return tuple(islice((vmid for vmid in count(FIRST_VMID) if vmid not in known), number))
