# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The cluster as a whole: index, membership, free guest numbers, backup coverage."""

from __future__ import annotations

from simulator.answers import bad_parameters

from .call import Call, Handler, Row
from .figures import sees_guests

INDEX = (
    "replication", "metrics", "notifications", "config", "firewall", "backup", "backup-info", "ha", "acme", "ceph",
    "jobs", "mapping", "sdn", "log", "resources", "tasks", "options", "status", "nextid",
)  # fmt: skip
FIRST_VMID, LAST_VMID = 100, 1_000_000


def index(call: Call) -> list[Row]:
    """Name what lies below /cluster."""
    nine = ("bulk-action", "qemu") if call.profile == "9.2" else ()
    return [{"name": name} for name in (*INDEX, *nine)]


def status(call: Call) -> list[Row]:
    """Tell who belongs to the cluster, as the answering node sees it (pve-api.md 3.2)."""
    world = call.world
    cluster = {
        "type": "cluster", "id": "cluster", "name": world.name, "nodes": len(world.nodes),
        "quorate": int(world.is_quorate(call.node)), "version": len(world.nodes),
    }  # fmt: skip
    members = [_member(call, name) for name in call.shuffled(world.nodes)]
    return [cluster, *members] if len(members) > 1 else [members[0] | {"nodeid": 0}]


def _member(call: Call, name: str) -> Row:
    node = call.world.nodes[name]
    return {
        "type": "node", "id": f"node/{name}", "name": name, "nodeid": node.number, "ip": node.address,
        "online": int(call.world.sees_online(call.node, name)), "local": int(name == call.node), "level": "",
    }  # fmt: skip


def nextid(call: Call) -> str:
    """Find a free guest number, or confirm that one is free."""
    wanted = call.param("vmid")
    if wanted is not None and wanted in call.world.guests:
        raise bad_parameters({"vmid": f"VM {wanted} already exists"})
    free = (vmid for vmid in range(FIRST_VMID, LAST_VMID) if vmid not in call.world.guests)
    return str(wanted if wanted is not None else next(free))


def not_backed_up(call: Call) -> list[Row]:
    """List guests that no backup job covers: without jobs, all of them."""
    visible = sees_guests(call)
    guests = [guest for vmid, guest in sorted(call.world.guests.items()) if visible(vmid)]
    return [{"vmid": guest.vmid, "type": guest.type, "name": guest.name} for guest in guests]


def qdevice(_call: Call) -> Row:
    """Tell the state of a quorum device; this cluster has none."""
    return {}


HANDLERS: dict[str, Handler] = {
    "GET /cluster": index,
    "GET /cluster/status": status,
    "GET /cluster/nextid": nextid,
    "GET /cluster/backup-info/not-backed-up": not_backed_up,
    "GET /cluster/config/qdevice": qdevice,
}
