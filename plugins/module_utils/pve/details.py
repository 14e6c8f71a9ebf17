# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Status, listings and configurations -> details of nodes and guests. No input or output."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.model.details import (
    Balloon,
    LocalStorage,
    LocalVolume,
    NodeDetails,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, Rows, flag, items, number, text, whole

GUEST_CONTENT = frozenset({"images", "rootdir"})
DEFAULT_SHARES = 1000.0
VENDORS = {"Intel": "GenuineIntel", "AMD": "AuthenticAMD"}


def details_of(status: Row, arc_bytes: float | None) -> NodeDetails:
    """From the status of a node (pve-api 3.5)."""
    swap, ksm, cpu = _part(status, "swap"), _part(status, "ksm"), _part(status, "cpuinfo")
    return NodeDetails(
        ksm_bytes=number(ksm.get("shared")),
        swap_used_bytes=number(swap.get("used")),
        swap_total_bytes=number(swap.get("total")),
        arc_bytes=arc_bytes,
        mhz=number(cpu.get("mhz")),
        sockets=whole(cpu.get("sockets")),
        cores=whole(cpu.get("cores")),
        version=_version(status),
        cpu_vendor=_vendor(cpu),
        cpu_model=text(cpu.get("model")),
        cpu_flags=frozenset(items(cpu.get("flags"))),
    )


def _version(status: Row) -> str | None:
    """As in `pve-manager/9.2.2/4fc7a4bd`."""
    parts = str(status.get("pveversion") or "").split("/")
    return parts[1] if len(parts) > 1 else None


def _vendor(cpu: Mapping[str, object]) -> str | None:
    """PVE 8 tells it in the model only."""
    model = str(cpu.get("model") or "")
    return text(cpu.get("vendor")) or next((vendor for word, vendor in VENDORS.items() if word in model), None)


def lost_storages(resources: Rows) -> dict[str, frozenset[str]]:
    """By node: those that it should have and that did not answer lately (pve-api 3.3)."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in resources:
        if row.get("type") == "storage" and row.get("status") != "available":
            found[str(row.get("node"))].add(str(row.get("storage")))
    return {node: frozenset(names) for node, names in found.items()}


def local_storages(resources: Rows) -> dict[str, tuple[LocalStorage, ...]]:
    """By node: what is not shared, can be reached and holds volumes of guests (drs-model 2.3.1)."""
    found: dict[str, list[LocalStorage]] = defaultdict(list)
    for row in resources:
        storage = _local_storage(row)
        if storage:
            found[str(row.get("node"))].append(storage)
    return {node: tuple(sorted(storages, key=lambda storage: storage.id)) for node, storages in found.items()}


def _local_storage(row: Row) -> LocalStorage | None:
    name, content = text(row.get("storage")), frozenset(items(row.get("content")))
    used, total = number(row.get("disk")), number(row.get("maxdisk"))
    if row.get("type") != "storage" or flag(row.get("shared")) or row.get("status") != "available":
        return None
    if name is None or used is None or not total or not content & GUEST_CONTENT:
        return None
    plugintype = text(row.get("plugintype")) or ""
    return LocalStorage(id=name, plugintype=plugintype, used_bytes=used, total_bytes=total, content=content)


def volumes_of(lists: Iterable[tuple[LocalStorage, Rows]]) -> dict[int, tuple[LocalVolume, ...]]:
    """By guest, on the local storages of one node.

    Two storages of the same kind and with the same figures are one pool, named after the first one.
    """
    pools: dict[tuple[str, float, float], str] = {}
    found: dict[int, list[LocalVolume]] = defaultdict(list)
    for storage, rows in lists:
        pool = pools.setdefault((storage.plugintype, storage.used_bytes, storage.total_bytes), storage.id)
        for row in rows:
            vmid, size = whole(row.get("vmid")), number(row.get("used")) or number(row.get("size"))
            if vmid is not None and size is not None and row.get("content") in GUEST_CONTENT:
                name = str(row.get("volid")).partition(":")[2]
                found[vmid].append(LocalVolume(storage=storage.id, pool=pool, name=name, bytes=size))
    return {vmid: tuple(volumes) for vmid, volumes in found.items()}


def balloon_of(row: Row) -> Balloon | None:
    """Of a virtual machine whose memory PVE may take and give; None where the listing names no minimum."""
    now, least = number(row.get("balloon")), number(row.get("balloon_min"))
    if now is None or least is None:
        return None
    shares = number(row.get("shares"))
    return Balloon(
        bytes=now,
        least_bytes=least,
        shares=DEFAULT_SHARES if shares is None else shares,
        free_bytes=number(row.get("freemem")),
    )


def configured_cpus(kind: str, config: Row) -> float | None:
    """VCPUs as configured, which listings cap at the threads of the node (pve-api 5.3); None: as the listing says."""
    if kind == "lxc":
        return number(config.get("cores")) or number(config.get("cpulimit")) or None
    return number(config.get("vcpus")) or (number(config.get("sockets")) or 1) * (number(config.get("cores")) or 1)


def _part(row: Row, key: str) -> Mapping[str, object]:
    part = row.get(key)
    return part if isinstance(part, dict) else {}
