# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Facts of nodes and guests that only some methods need; None is what PVE did not report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalStorage:
    """A storage of one node that holds guests' volumes and is not shared (drs-model 2.3.1)."""

    id: str
    plugintype: str = ""
    used_bytes: float
    total_bytes: float
    content: frozenset[str] = frozenset({"images", "rootdir"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDetails:
    """From the status of a node, and `arc_bytes` from its history (PVE 9).

    `ksm_bytes` are pages that guests share by merging; `arc_bytes` is the cache of ZFS; `cores` are physical.
    """

    ksm_bytes: float | None = None
    swap_used_bytes: float | None = None
    swap_total_bytes: float | None = None
    arc_bytes: float | None = None
    mhz: float | None = None
    sockets: int | None = None
    cores: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balloon:
    """A virtual machine's balloon: what it has now, the least it may be left with, and its weight (0: never changed).

    `free_bytes` is what the guest says it does not need; None where its driver does not tell.
    """

    bytes: float
    least_bytes: float
    shares: float = 1000.0
    free_bytes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestConfig:
    """What a guest's configuration says about its load and its host, by the names of PVE; None where it says nothing.

    `cpulimit` is in cores. `hugepages` are of the host, `any` or their size in MiB; `affinity` lists cpus of the host,
    `hostnodes` its NUMA nodes by key, such as numa0.
    """

    cpulimit: float | None = None
    hugepages: str | None = None
    affinity: str | None = None
    hostnodes: Mapping[str, str] = field(default_factory=dict)
    allow_ksm: bool = True
