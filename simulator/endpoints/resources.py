# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""GET /cluster/resources: one call for everything, filtered by what the caller may see (pve-api.md 2.4, 3.3)."""

from __future__ import annotations

import json
from collections.abc import Iterable

from .call import Call, Handler, Row
from .figures import CGROUP_MODE, guest_row, node_row, sees_guests, storage_row
from .ha_view import guest_states, node_states

POOL_SUMS = ("mem", "maxmem")
ZONE = "localnetwork"


def resources(call: Call) -> bytes:
    """List pools, guests, nodes, storages and networks, or one kind of them."""
    kind = call.param("type")
    rows: list[Row] = []
    guests = guest_rows(call) if kind in (None, "vm") else []
    if kind is None:
        rows += _pool_rows(call, guests)
    rows += guests
    if kind in (None, "node"):
        rows += _node_rows(call)
    if kind in (None, "storage"):
        rows += _storage_rows(call)
    if kind in (None, "sdn"):
        rows += _network_rows(call, kind)
    return _serialised(call, rows)


def guest_rows(call: Call) -> list[Row]:
    """List guests, sorted by their number as text; owner, lock and tags are exact, figures as last published."""
    world = call.world
    visible = sees_guests(call)
    figures = world.statistics.guests()
    pools = _pool_names(call)
    states = guest_states(world)
    is_nine = call.is_nine
    rows = []
    for vmid in sorted(world.guests, key=str):
        if not visible(vmid):
            continue
        guest = world.guests[vmid]
        row = guest_row(guest, figures.get(vmid), is_nine=is_nine)
        config = guest.config
        extras = (("lock", config.get("lock")), ("tags", config.get("tags")), ("pool", pools.get(vmid)),
                  ("hastate", states.get(guest.sid) if states else None))  # fmt: skip
        row |= {name: value for name, value in extras if value}
        rows.append(row)
    return rows


def _pool_names(call: Call) -> dict[int, str]:
    """Map guests to the pools that the caller may see."""
    pools = [pool for pool in call.world.pools.values() if call.may(f"/pool/{pool.name}", "Pool.Audit")]
    return {vmid: pool.name for pool in pools for vmid in pool.vmids}


def _pool_rows(call: Call, guests: Iterable[Row]) -> list[Row]:
    """List pools with the sums of their running members."""
    rows = {
        name: {"id": f"/pool/{name}", "type": "pool", "pool": name}
        for name in call.world.pools
        if call.may(f"/pool/{name}", "Pool.Audit")
    }
    for guest in guests:
        row = rows.get(guest.get("pool", ""))
        if row is not None and guest.get("uptime"):
            _add_member(row, guest)
    return call.shuffled(rows.values())


def _add_member(row: Row, guest: Row) -> None:
    """Add a running guest to its pool: memory and cores add up, cpu is weighted by cores."""
    cores = row.get("maxcpu", 0) + guest["maxcpu"]
    busy = row.get("cpu", 0) * row.get("maxcpu", 0) + guest["cpu"] * guest["maxcpu"]
    row |= {name: row.get(name, 0) + guest[name] for name in POOL_SUMS}
    row |= {"maxcpu": cores, "cpu": busy / cores, "uptime": max(row.get("uptime", 0), guest["uptime"])}


def _node_rows(call: Call) -> list[Row]:
    """List nodes with what only this listing says of them."""
    states = node_states(call.world)
    rows = []
    for name in call.shuffled(call.world.nodes):
        row = node_row(call, name)
        if "level" in row:
            row["cgroup-mode"] = CGROUP_MODE
        if name in states:
            row["hastate"] = states[name]
        rows.append(row)
    return rows


def _storage_rows(call: Call) -> list[Row]:
    """List every storage once for each node that may use it."""
    nodes = call.shuffled(call.world.nodes)
    return [
        storage_row(call, storage, node)
        for storage in call.world.storages.values()
        if call.may(f"/storage/{storage.name}", "Datastore.Audit")
        for node in nodes
        if storage.is_usable_on(node)
    ]


def _network_rows(call: Call, kind: str | None) -> list[Row]:
    """List the default zone of each node; PVE 9.1 and later call it a network."""
    if not call.may(f"/sdn/zones/{ZONE}", "SDN.Audit"):
        return []
    nodes = [name for name in call.shuffled(call.world.nodes) if call.world.statistics.node(name)]
    if call.profile != "9.2":
        return [{"id": f"sdn/{n}/{ZONE}", "type": "sdn", "sdn": ZONE, "node": n, "status": "ok"} for n in nodes]
    if kind == "sdn":
        return []
    shared = {"type": "network", "network": ZONE, "network-type": "zone", "status": "ok"}
    return [{"id": f"network/{n}/zone/{ZONE}", "node": n, **shared} for n in nodes]


def _serialised(call: Call, rows: list[Row]) -> bytes:
    """Serialise many rows quickly, all in one random order of keys."""
    order = call.shuffled({key for row in rows for key in row})
    mixed = [{key: row[key] for key in order if key in row} for row in rows]
    return json.dumps(mixed, separators=(",", ":")).encode()


HANDLERS: dict[str, Handler] = {"GET /cluster/resources": resources}
