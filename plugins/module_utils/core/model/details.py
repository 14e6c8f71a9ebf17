# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Facts of nodes and guests that only some methods need; None is what PVE did not report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import fsum


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalStorage:
    """A storage of one node that holds guests' volumes and is not shared (drs-model 2.3.1)."""

    id: str
    plugintype: str = ""
    used_bytes: float
    total_bytes: float
    content: frozenset[str] = frozenset({"images", "rootdir"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalVolume:
    """A volume of a guest on a local storage. Storages of one `pool` list the same volumes, under the same names."""

    storage: str
    pool: str
    name: str
    bytes: float


def total_bytes(volumes: Iterable[LocalVolume]) -> float:
    """A volume that is listed by two storages counts once."""
    return fsum({(volume.pool, volume.name): volume.bytes for volume in volumes}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDetails:
    """From the status of a node, and `arc_bytes` from its history (PVE 9).

    `ksm_bytes` are pages that guests share by merging; `arc_bytes` is the cache of ZFS; `cores` are physical.
    `version` is that of Proxmox VE, such as 9.2.11; flags of the processor are as Linux names them.
    """

    ksm_bytes: float | None = None
    swap_used_bytes: float | None = None
    swap_total_bytes: float | None = None
    arc_bytes: float | None = None
    mhz: float | None = None
    sockets: int | None = None
    cores: int | None = None
    version: str | None = None
    cpu_vendor: str | None = None
    cpu_model: str | None = None
    cpu_flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balloon:
    """A virtual machine's balloon: what it has now, the least it may be left with, and its weight (0: never changed).

    `free_bytes` is what the guest says it does not need; None where its driver does not tell.
    """

    bytes: float
    least_bytes: float
    shares: float = 1000.0
    free_bytes: float | None = None

    def works(self, size_bytes: float) -> bool:
        """PVE may take memory of a guest of that size, down to the least and no further."""
        return bool(self.shares) and 0.0 < self.least_bytes < size_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestConfig:
    """What a guest's configuration says about its load and its host, by the names of PVE; None where it says nothing.

    `cpulimit` is in cores. `hugepages` are of the host, `any` or their size in MiB; `affinity` lists cpus of the host,
    `hostnodes` its NUMA nodes by key, such as numa0. `cpu` is the type of its processors, `mapped` names the mapping
    of each mapped device, such as pci/gpu, `storages` are all that hold something of it.
    """

    cpulimit: float | None = None
    hugepages: str | None = None
    affinity: str | None = None
    hostnodes: Mapping[str, str] = field(default_factory=dict)
    allow_ksm: bool = True
    cpu: str | None = None
    mapped: tuple[str, ...] = ()
    storages: frozenset[str] = frozenset()
