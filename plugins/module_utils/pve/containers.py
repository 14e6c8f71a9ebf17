# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a container's configuration says against moving it; PVE has no check for that (pve-api 6.3, 10)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from math import inf

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Obstacle, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.ha import vmid_of
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, Rows, flag, items

MOUNT = re.compile(r"(rootfs|mp\d+|unused\d+)")
SIZE = re.compile(r"(?:^|,)size=(\d+(?:\.\d+)?)([KMGT]?)(?:,|$)")
SIZE_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
DEVICE = re.compile(r"dev\d+")
# Local volumes with snapshots can be copied on these types only.
SNAPSHOT_TYPES = ("zfspool", "btrfs")


def container_precondition(config: Row, storages: Rows, policy: Policy, nodes: Iterable[str]) -> Precondition:
    """From the configuration, the table of storages and the names of all nodes."""
    table = {str(row.get("storage")): row for row in storages}
    used = dict(_volumes(config))
    by_node = {node: reason for node in nodes if (reason := _closed(node, used, table))}
    return Precondition(
        storage=Obstacle(anywhere=next(_storage_reasons(config, used, table, policy), None), by_node=by_node),
        devices=Obstacle(anywhere=next(_device_reasons(config), None)),
        copied=copied_bytes(container_volumes(config, storages)),
    )


def container_volumes(config: Row, storages: Rows) -> Iterator[tuple[str, float | None]]:
    """(storage, bytes) of the volumes that are copied when the container moves."""
    shared = {str(row.get("storage")) for row in storages if flag(row.get("shared"))}
    for key, storage in _volumes(config):
        if storage not in shared:
            yield storage, size_of(str(config[key]))


def copied_bytes(volumes: Iterable[tuple[str, float | None]]) -> dict[str, float]:
    """By storage; infinite where the size of one is not known."""
    sizes: dict[str, float] = defaultdict(float)
    for storage, size in volumes:
        sizes[storage] += inf if size is None else size
    return dict(sizes)


def dragged_by(answer: Row) -> frozenset[int]:
    """Guests that the HA manager moves along (GET migrate)."""
    found = (vmid_of(sid) for sid in items(answer.get("dependent-ha-resources")))
    return frozenset(vmid for vmid in found if vmid is not None)


def size_of(line: str) -> float | None:
    """Bytes of `size=8G` in a volume's line."""
    found = SIZE.search(line)
    return float(found[1]) * SIZE_UNITS[found[2]] if found else None


def with_ha_reasons(found: Precondition, answer: Row) -> Precondition:
    """What HA says on top (GET migrate of PVE 9, which lists nothing else for containers)."""
    blocked = answer.get("not-allowed-nodes")
    by_node = {
        str(node): f"HA keeps it apart from {_partners(reasons)}"
        for node, reasons in (blocked.items() if isinstance(blocked, dict) else ())
        if reasons
    }
    return replace(found, ha=Obstacle(by_node=by_node), dragged=dragged_by(answer))


def _partners(reasons: Row) -> str:
    blocking = reasons.get("blocking-ha-resources") or []
    return ", ".join(str(entry.get("sid")) for entry in blocking) or "another guest"


def _volumes(config: Row) -> Iterator[tuple[str, str]]:
    """(key, storage) of volumes; mounts of a path of the node are not among them."""
    for key, value in sorted(config.items()):
        source = source_of(value)
        if MOUNT.fullmatch(key) and not source.startswith("/") and ":" in source:
            yield key, source.partition(":")[0]


def source_of(value: object) -> str:
    """The first part names the volume, with or without `volume=`."""
    return str(value).partition(",")[0].removeprefix("volume=")


def _device_reasons(config: Row) -> Iterator[str]:
    devices = sorted(key for key in config if DEVICE.fullmatch(key))
    if devices:
        yield f"it uses {', '.join(devices)} of its node"
    binds = sorted(key for key, value in config.items() if MOUNT.fullmatch(key) and _is_local_path(str(value)))
    if binds:
        yield f"{', '.join(binds)} is a path of its node"


def _storage_reasons(config: Row, used: Mapping[str, str], table: Mapping[str, Row], policy: Policy) -> Iterator[str]:
    unknown = sorted({storage for storage in used.values() if storage not in table})
    if unknown:
        yield f"storage {', '.join(unknown)} cannot be seen; is Datastore.Audit granted on it?"
    local = sorted(key for key, storage in used.items() if not flag(table.get(storage, {}).get("shared")))
    if local and not policy.with_local_disks:
        yield f"it has local volumes {', '.join(local)} (with_local_disks is off)"
    frozen = [key for key in local if table.get(used[key], {}).get("type") not in SNAPSHOT_TYPES]
    if frozen and config.get("parent"):
        yield f"local volume {', '.join(frozen)} has snapshots and cannot be copied"


def _is_local_path(value: str) -> bool:
    return source_of(value).startswith("/") and "shared=1" not in value.split(",")


def _closed(node: str, used: Mapping[str, str], table: Mapping[str, Row]) -> str | None:
    """Storages that the node may not use."""
    missing = sorted({s for s in used.values() if s in table and not _is_usable(table[s], node)})
    return f"storage {', '.join(missing)} is not available there" if missing else None


def _is_usable(storage: Row, node: str) -> bool:
    nodes = items(storage.get("nodes"))
    return not flag(storage.get("disable")) and (not nodes or node in nodes)
