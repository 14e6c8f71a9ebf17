# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""History of nodes, guests and storages; any node answers for all (pve-api.md 4)."""

from __future__ import annotations

from functools import partial

from simulator.answers import ApiError, failure
from simulator.world import rrd

from .call import Call, Handler, Row
from .storage import storage_of

FILES = {"8.4": ("pve2-node", "pve2-vm"), "9.0": ("pve-node-9.0", "pve-vm-9.0"), "9.2": ("pve-node-9.0", "pve-vm-9.0")}


def _frame(call: Call) -> rrd.Frame:
    return rrd.Frame(call.params["timeframe"], call.param("cf", "AVERAGE"))


def _no_file(call: Call, kind: int, name: object) -> ApiError:
    path = f"/var/lib/rrdcached/db/{FILES[call.profile][kind]}/{name}"
    return failure(f"RRD error: opening '{path}': No such file or directory")


def of_node(call: Call) -> list[Row]:
    """Give the history of a node, also of one that is down."""
    name = call.params["node"]
    if name not in call.world.nodes:
        raise _no_file(call, 0, name)
    return [dict(row) for row in rrd.node_history(call.world, name, _frame(call))]


def of_guest(kind: str, call: Call) -> list[Row]:
    """Give the history of a guest, wherever it ran; the node of the path only has to be some name."""
    guest = call.world.guests.get(call.params["vmid"])
    if guest is None or guest.type != kind:
        raise _no_file(call, 1, call.params["vmid"])
    return [dict(row) for row in rrd.guest_history(call.world, guest.vmid, _frame(call))]


def of_storage(call: Call) -> list[Row]:
    """Give the history of a storage as its node saw it."""
    storage = storage_of(call)
    return [dict(row) for row in rrd.storage_history(call.world, storage.name, call.node, _frame(call))]


HANDLERS: dict[str, Handler] = {
    "GET /nodes/{node}/rrddata": of_node,
    "GET /nodes/{node}/qemu/{vmid}/rrddata": partial(of_guest, "qemu"),
    "GET /nodes/{node}/lxc/{vmid}/rrddata": partial(of_guest, "lxc"),
    "GET /nodes/{node}/storage/{storage}/rrddata": of_storage,
}
