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
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Newcomer

FIRST_VMID = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Storages:
    """Bytes free by storage and node, and what newcomers want of which, by vmid."""

    free: Mapping[str, Mapping[str, float]]
    wanted: Mapping[int, tuple[str, float]]

    def refusal(self, vmid: int, node: str) -> str | None:
        """Why a newcomer cannot be created on the node, or None."""
        if vmid not in self.wanted:
            return None
        name, size = self.wanted[vmid]
        free = self.free.get(name, {}).get(node)
        if free is None:
            return f"storage {name} is not available on {node}"
        if HEADROOM * size <= free:
            return None
        return f"storage {name} has {free / GIB:.1f} GiB free on {node}, too little for {size / GIB:.1f} GiB"


def storages_for(newcomers: Iterable[Newcomer], free: Mapping[str, Mapping[str, float]]) -> Storages:
    wanted = {one.guest.vmid: (one.storage, one.disk_bytes) for one in newcomers if one.storage}
    return Storages(free=free, wanted=wanted)


def free_vmids(taken: Iterable[int], number: int) -> tuple[int, ...]:
    """The lowest ids that no guest has, as Proxmox VE would give them."""
    known = set(taken)
    return tuple(islice((vmid for vmid in count(FIRST_VMID) if vmid not in known), number))
