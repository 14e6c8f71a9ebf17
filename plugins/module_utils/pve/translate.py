# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Rows of PVE's listings -> nodes and guests of the model. No input or output."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.errors import InconsistentInventory
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.pve.values import Row, Rows, flag, items, number, text, whole

MIB = 2.0**20
GUEST_TYPES = ("qemu", "lxc")
# What QEMU itself needs beside the memory of its guest; PVE 8 does not report it (drs-model 2.6).
OVERHEAD_BYTES = 128 * MIB
OVERHEAD_SHARE = 0.01
# Containers that idle are reported a hair below nothing (pve-api 3.3): that is noise, not a missing figure.
CPU_NOISE = -0.01
EXPECTED_CPU_SHARE = 0.5
EXPECTED_CONTAINER_MEMORY_SHARE = 0.5


def nodes_of(resources: Rows, status: Rows, ha_states: Row) -> tuple[Node, ...]:
    """Members by /cluster/status with figures by /cluster/resources; HA states by the manager, which knows more.

    Raises InconsistentInventory when one of them lists a node twice.
    """
    figures = _by_name("/cluster/resources", resources, "node")
    members = _by_name("/cluster/status", status, "name")
    return tuple(_node(name, members.get(name), figures.get(name, {}), ha_states) for name in {**figures, **members})


def _by_name(path: str, rows: Rows, key: str) -> dict[str, Row]:
    """Nodes alone."""
    found: dict[str, Row] = {}
    for row in rows:
        name = str(row.get(key))
        if row.get("type") == "node" and name in found:
            raise InconsistentInventory(f"{path} lists node {name} more than once; nothing was planned")
        if row.get("type") == "node":
            found[name] = row
    return found


def _node(name: str, member: Row | None, row: Row, ha_states: Row) -> Node:
    is_offline = member is not None and not flag(member.get("online"))
    cpus, memory = number(row.get("maxcpu")), number(row.get("maxmem"))
    cpu, used = number(row.get("cpu")), number(row.get("mem"))
    return Node(
        name=name,
        status="offline" if is_offline else text(row.get("status")) or "unknown",
        capacity=Resources(cpus, memory) if cpus and memory else None,
        usage=Resources(cpu * cpus, used) if cpu is not None and used is not None and cpus else None,
        hastate=text(ha_states.get(name)) or text(row.get("hastate")),
        uptime_seconds=whole(row.get("uptime")),
    )


def guests_of(resources: Rows) -> tuple[Guest, ...]:
    """VMs and containers; rows of other types, also of types yet to come, are left out."""
    return tuple(guest_of(row) for row in resources if row.get("type") in GUEST_TYPES)


def guest_of(row: Row) -> Guest:
    """One guest. Raises InconsistentInventory when the row does not say which guest it is, or where."""
    vmid, node = whole(row.get("vmid")), text(row.get("node"))
    if vmid is None or node is None:
        raise InconsistentInventory(f"/cluster/resources lists guest {row.get('id')!r} without vmid or node")
    demand, is_estimated = _demand(row)
    return Guest(
        vmid=vmid,
        type=str(row["type"]),
        name=str(row.get("name") or ""),
        node=node,
        status=text(row.get("status")) or "unknown",
        size=_size(row),
        demand=demand,
        is_estimated=is_estimated,
        is_template=flag(row.get("template")),
        lock=text(row.get("lock")),
        tags=frozenset(items(row.get("tags"))),
        pool=text(row.get("pool")),
        hastate=text(row.get("hastate")),
        host_bytes=number(row.get("memhost")) or None,
        network_rate=_network_rate(row),
    )


def _network_rate(row: Row) -> float | None:
    """Listings count bytes since the start of the guest (drs-model 2.1)."""
    count, seconds = busier_direction(row), number(row.get("uptime"))
    return count / seconds if count is not None and seconds else None


def busier_direction(row: Row) -> float | None:
    """Of what came in and what went out; a link carries both at once."""
    coming, going = number(row.get("netin")), number(row.get("netout"))
    return None if coming is None or going is None else max(coming, going)


def _size(row: Row) -> Resources:
    return Resources(number(row.get("maxcpu")) or 0.0, number(row.get("maxmem")) or 0.0)


def _demand(row: Row) -> tuple[Resources, bool]:
    """What it uses; where a figure is missing, what such a guest is expected to use, and True (drs-model 2.9, 8.2)."""
    if row.get("status") in ("stopped", "unknown", None):
        return Resources(0.0, 0.0), False
    cpu, memory, expected = cores(row), resident(row), _expected(row)
    demand = Resources(expected.cpu if cpu is None else cpu, expected.memory if memory is None else memory)
    return demand, cpu is None or memory is None


def _expected(row: Row) -> Resources:
    size = _size(row)
    share = EXPECTED_CONTAINER_MEMORY_SHARE if row.get("type") == "lxc" else 1.0
    return Resources(EXPECTED_CPU_SHARE * size.cpu, share * size.memory)


def cores(row: Row) -> float | None:
    """Busy cores: PVE gives a fraction of the guest's own vCPUs (drs-model 2.5)."""
    share, cpus = number(row.get("cpu")), number(row.get("maxcpu"))
    if share is None and _is_noise(row.get("cpu")):
        share = 0.0
    return share * cpus if share is not None and cpus else None


def _is_noise(value: object) -> bool:
    try:
        return CPU_NOISE <= float(str(value)) < 0
    except ValueError:
        return False


def resident(row: Row) -> float | None:
    """Bytes that the guest holds on its host (drs-model 2.6); a guest that runs holds more than nothing."""
    memory = number(row.get("mem")) or None
    if row.get("type") == "lxc" or memory is None:
        return memory
    if "memhost" in row:
        on_host = number(row.get("memhost"))
        return max(on_host, memory) if on_host else None
    size = number(row.get("maxmem"))
    return min(size, memory + OVERHEAD_BYTES + OVERHEAD_SHARE * size) if size else None
