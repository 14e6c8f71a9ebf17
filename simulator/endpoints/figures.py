# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Rows of nodes, guests and storages as listings show them (pve-api.md 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.world.figures import GuestFigures
from simulator.world.model import Guest, Storage

from .call import Call, Row

if TYPE_CHECKING:
    from collections.abc import Callable

CGROUP_MODE = 2


def node_status(call: Call, name: str) -> str:
    """Say online, offline or unknown (a member without statistics), as the answering node sees it."""
    if not call.world.sees_online(call.node, name):
        return "offline"
    return "online" if call.world.statistics.node(name) else "unknown"


def node_row(call: Call, name: str) -> Row:
    """Build what all listings say about a node; figures only with Sys.Audit on it."""
    row: Row = {"id": f"node/{name}", "node": name, "type": "node", "status": node_status(call, name)}
    figures = call.world.statistics.node(name)
    if figures is None:
        return row
    row["level"] = ""
    if not call.may(f"/nodes/{name}", "Sys.Audit"):
        return row
    row |= {"maxcpu": figures.maxcpu, "maxmem": figures.maxmem, "maxdisk": figures.maxdisk}
    if row["status"] == "online":
        row |= {"cpu": figures.cpu, "mem": figures.mem, "disk": figures.disk, "uptime": figures.uptime}
    return row


def guest_row(guest: Guest, figures: GuestFigures | None, *, is_nine: bool) -> Row:
    """Build the statistics row of a guest; without statistics only its identity is known."""
    row: Row = {"id": f"{guest.type}/{guest.vmid}", "type": guest.type, "vmid": guest.vmid, "node": guest.node}
    if figures is None:
        row["status"] = "unknown"
        return row
    (_time, _node, name, template, status, cpu, maxcpu, mem, maxmem, memhost, disk, maxdisk, uptime,
     netin, netout, diskread, diskwrite, *_pressures) = figures  # fmt: skip
    row |= {
        "status": status, "name": name, "template": template, "uptime": uptime,
        "cpu": cpu, "maxcpu": whole(maxcpu), "mem": mem, "maxmem": maxmem, "disk": disk, "maxdisk": maxdisk,
        "netin": netin, "netout": netout, "diskread": diskread, "diskwrite": diskwrite,
    }  # fmt: skip
    if is_nine:
        row["memhost"] = memhost
    return row


def whole(value: float) -> float | int:
    """Give a number without its fraction when it has none, as JSON of the real daemons does."""
    return int(value) if value == int(value) else value


def storage_row(call: Call, storage: Storage, node: str) -> Row:
    """Build the row of a storage on one node; without statistics of the node its state is unknown."""
    row: Row = {
        "id": f"storage/{node}/{storage.name}",
        "type": "storage",
        "storage": storage.name,
        "node": node,
        "plugintype": storage.type,
        "shared": int(storage.is_shared),
        "content": ",".join(call.shuffled(storage.content)),
        "status": "unknown",
    }
    if call.world.statistics.node(node) and node not in storage.broken_on:
        row |= {"status": "available", "disk": storage.used_on(node), "maxdisk": storage.total}
    return row


def sees_guests(call: Call) -> Callable[[object], bool]:
    """Give a quick judge of which guests the caller may see."""
    return call.access.judge_below(call.subject, "/vms", "VM.Audit")
